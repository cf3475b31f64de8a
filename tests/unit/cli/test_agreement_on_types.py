"""``crosscase agree --by type`` in a narrow terminal: a block per case, lines that fit, reasons once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.factories.studies import COMMON, coding_of, make_study

from crosscase.cli import main
from crosscase.cli.app import out
from crosscase.errors import AnalysisError
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services import agreeing_types
from crosscase.services.codings import record_codings

LONG = "a-coder-with-a-long-name"
WHY = "the chains have not converged, also not with 8 times as many sweeps, so no number is reported"


@dataclass(frozen=True)
class Verdict:
    kind: str
    types: tuple[str, ...]
    probability: float


VERDICTS = {
    "ana": Verdict("type", ("networked",), 0.92),
    "ben": Verdict("leaning", ("networked",), 0.74),
    LONG: Verdict("between", ("managerial", "networked"), 0.9),
}


class Found:
    """Stands in for an identification of one coder's codings."""

    def __init__(self, coder: str) -> None:
        if coder not in VERDICTS:
            raise AnalysisError(WHY, where="types")
        self.coder = coder

    def verdict(self, case: str) -> Verdict:
        return VERDICTS[self.coder] if case == "north" else Verdict("not_enough", (), 0.97)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Four people have read the plan."""
    made = make_study(tmp_path_factory.mktemp("cli-types"))
    coders = (*VERDICTS, "cleo")
    codings = [coding_of(made, "plan", "All schools shall use", COMMON, coder) for coder in coders]
    record_codings(made, codings, [ReviewedSpan(Passage("plan", 0, 85), coder, "first") for coder in coders])
    made.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agreeing_types, "identify_study", lambda study, mine, **options: Found(mine["coder"][0]))
        yield made.folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_every_line_of_a_block_fits_into_80_columns(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "width", 80)
    lines = said(capsys, "agree", str(folder), "--by", "type").splitlines()
    north, south = lines.index("North"), lines.index("South")
    block = lines[north:south]
    assert "  ana: Networked system (.92) · ben: leaning Networked system (.74) · same" in block
    assert "  ana: Networked system (.92) · cleo: not defined [1] · not known" in block
    at = block.index(f"  {LONG}: between Managerial system and Networked system (.90)")
    assert block[at + 1] == "    · ana: Networked system (.92) · not the same"
    verdicts = [line for line in lines if not line.startswith("Not defined")]
    assert max(map(len, verdicts)) <= 80
    assert [line for line in lines if line.startswith("Not defined")] == [f"Not defined [1]: {WHY}."]
    assert lines[-1] == "The same type in 1 of 12 comparisons, another in 2; not known in 9."


def test_a_wide_terminal_has_one_line_per_pair_and_json_has_the_numbers(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "width", 160)
    lines = said(capsys, "agree", str(folder), "--by", "type").splitlines()
    assert [line for line in lines if line.startswith("    ")] == []
    assert sum(line.startswith("  ") for line in lines) == 2 * 6
    rows = json.loads(said(capsys, "agree", str(folder), "--by", "type", "--json"))["rows"]
    assert len(rows) == 2 * 2 * 6
    first = next(row for row in rows if row["coder"] == "ben" and row["case"] == "north")
    assert (first["verdict"], first["probability"], first["types"]) == ("leaning: networked", 0.74, "networked")
