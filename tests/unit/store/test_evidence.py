"""The evidence frame: one row per coding, quotes cut at code points, layers kept apart."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.studies import coding_of, make_study

from crosscase.errors import NotFound
from crosscase.model.coding import Coding, Passage
from crosscase.services.codings import record_codings, retire_coding

COLUMNS = [
    *("coding_id", "source", "case", "kind", "date", "participant", "role", "level", "start", "end", "text"),
    *("code", "domain", "locus", "mode", "stance", "actuality", "subject"),
    *("coder", "coder_kind", "round", "codebook_version", "confidence"),
]


def test_the_frame_has_the_columns_of_the_contract(tmp_path: Path) -> None:
    assert make_study(tmp_path).evidence().columns == COLUMNS


def test_a_coding_comes_back_with_everything_that_was_said(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    words = "close my door — 😀 — and teach"
    record_codings(study, [coding_of(study, "interview-p01", words, "use.adapt.free", locus="school", mode="resist")])
    row = study.evidence().to_dicts()[0]
    assert row["text"] == words
    assert (row["case"], row["kind"], row["level"], row["date"]) == ("north", "interview", "school", "2019-04-30")
    assert (row["code"], row["domain"], row["locus"], row["mode"]) == ("use.adapt.free", "use", "school", "resist")
    assert (row["stance"], row["coder"], row["coder_kind"], row["round"]) == (None, "ana", "person", "first")


def test_layers_are_never_mixed(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    record_codings(study, [coding_of(study, "plan", "adopted curriculum", "infra.curr.common")])
    record_codings(study, [coding_of(study, "plan", "All schools", "infra.curr.common", "both")], layer="consensus")
    assert study.evidence("independent")["text"].to_list() == ["adopted curriculum"]
    assert study.evidence("consensus")["text"].to_list() == ["All schools"]
    assert study.evidence("suggestion").is_empty()
    with pytest.raises(NotFound, match="layer"):
        study.evidence("everything")


def test_a_retired_coding_leaves_the_evidence_and_stays_in_the_history(tmp_path: Path) -> None:
    study = make_study(tmp_path)
    record_codings(study, [coding_of(study, "plan", "adopted curriculum", "infra.curr.common")])
    retire_coding(study, 1, "wrong code")
    assert study.evidence().is_empty()
    assert study.evidence().columns == COLUMNS


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), min_size=1, max_size=200).filter(
        lambda t: t.strip()
    ),
    st.data(),
)
def test_any_passage_of_any_text_comes_back_verbatim(text: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as folder, make_study(Path(folder), {"any": text}) as study:
        stored = study.text("any")
        spans = data.draw(
            st.lists(
                st.tuples(st.integers(0, len(stored) - 1), st.integers(1, len(stored))).filter(lambda s: s[0] < s[1]),
                min_size=1,
                max_size=6,
                unique=True,
            )
        )
        codings = [
            Coding(Passage("any", a, b), "infra.curr.common", "ana", "first", quote=stored[a:b]) for a, b in spans
        ]
        record_codings(study, codings)
        frame = study.evidence()
        assert frame["text"].to_list() == [stored[a:b] for a, b in spans]
        assert frame["end"].dtype == pl.Int64
