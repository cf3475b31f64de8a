"""Whether two coders' own codings make a case the same type: on what both read, and as types."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.factories.studies import coding_of, make_study

from crosscase.errors import NotEnoughEvidence
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services import agreeing_types
from crosscase.services.codings import record_codings
from crosscase.services.study import Study

CODE = "infra.curr.common"
WORDS = {"interview-p01": "The academic office decides.", "notes": "Nobody asks", "plan": "All schools shall"}


@dataclass(frozen=True)
class Verdict:
    kind: str
    types: tuple[str, ...]
    probability: float = 0.9


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """ana and ben share two sources, ben and cleo one; ana alone read more."""
    made = make_study(tmp_path_factory.mktemp("types"))
    reads = {"ana": ["interview-p01", "plan"], "ben": ["interview-p01", "plan", "notes"], "cleo": ["notes"]}
    codings = [coding_of(made, name, WORDS[name], CODE, coder) for coder, names in reads.items() for name in names]
    read = [
        ReviewedSpan(Passage(name, 0, len(made.text(name))), coder, "first")
        for coder, names in reads.items()
        for name in names
    ]
    record_codings(made, codings, read)
    return made


def told(monkeypatch: pytest.MonkeyPatch, by_coder: dict[str, Verdict]) -> list[tuple[str, int]]:
    """Stand-ins for the identification, which says what it read."""
    asked: list[tuple[str, int]] = []

    class Found:
        def __init__(self, coder: str) -> None:
            self.coder = coder

        def verdict(self, case: str) -> Verdict:
            return by_coder[self.coder]

    def identify(study: Study, evidence: Any, **options: Any) -> Found:
        asked.append((evidence["coder"][0], evidence["source"].n_unique()))
        return Found(evidence["coder"][0])

    monkeypatch.setattr(agreeing_types, "identify_study", identify)
    return asked


def test_two_coders_are_compared_on_the_sources_that_both_read(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = told(monkeypatch, dict.fromkeys(("ana", "ben", "cleo"), Verdict("type", ("Managerial system",))))
    result = agreeing_types.types_by_coder(study)
    assert asked == [("ana", 2), ("ben", 2), ("ben", 1), ("cleo", 1)]
    north = result.table.filter(case="north")
    assert north.select("compared", "coder", "n_sources").rows() == [
        ("ana, ben", "ana", 2),
        ("ana, ben", "ben", 2),
        ("ben, cleo", "ben", 1),
        ("ben, cleo", "cleo", 1),
    ]
    assert result.quotes(case="north", compared="ben, cleo", coder="ben")["source"].to_list() == ["notes"]
    assert result.quotes(case="north", compared="ana, ben", coder="ben").height == 2


def test_leaning_to_a_type_is_the_same_type(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    told(
        monkeypatch,
        {
            "ana": Verdict("type", ("Managerial system",)),
            "ben": Verdict("leaning", ("Managerial system",)),
            "cleo": Verdict("between", ("Networked system", "Managerial system")),
        },
    )
    same = dict(agreeing_types.types_by_coder(study).table.filter(case="north").select("compared", "same").rows())
    assert same == {"ana, ben": True, "ben, cleo": False}


def test_where_there_is_not_enough_nothing_is_known(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    told(
        monkeypatch,
        {"ana": Verdict("not_enough", ()), "ben": Verdict("none", ()), "cleo": Verdict("none", ())},
    )
    same = dict(agreeing_types.types_by_coder(study).table.filter(case="north").select("compared", "same").rows())
    assert same == {"ana, ben": None, "ben, cleo": True}


def test_nobody_shares_a_source(tmp_path: Path) -> None:
    made = make_study(tmp_path)
    record_codings(made, [], [ReviewedSpan(Passage("plan", 0, 9), "ana", "first")])
    with pytest.raises(NotEnoughEvidence, match="no source was read by two people"):
        agreeing_types.types_by_coder(made)
