"""Places side by side: as many as the table says, in their context, and nothing of rounds that were not asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.factories.studies import COMMON, LOCAL, code_differently, make_study

from crosscase.errors import NotFound
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services.adjudicating import take_coder
from crosscase.services.agreeing import agree_study, read_together, share_read_together
from crosscase.services.codings import record_codings
from crosscase.services.decisions import decision_progress
from crosscase.services.side_by_side import Bench, spots_of
from crosscase.services.study import Study
from crosscase.services.surroundings import Surroundings


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    made = make_study(tmp_path_factory.mktemp("study"))
    code_differently(made)
    code_differently(made, "second")
    yield made
    made.close()


@pytest.mark.parametrize("unit", ["turn", "sentence", "paragraph", "span"])
def test_as_many_units_differ_as_the_table_says(study: Study, unit: str) -> None:
    for by in ("code", "pair"):
        result = agree_study(study, by=by, unit=unit, rounds=["first"])
        for row in result.table.to_dicts():
            pair = (row["coder_a"], row["coder_b"]) if by == "pair" else None
            assert len(spots_of(result, code=row["code"], pair=pair)) == row["n_differ"]
    facets = agree_study(study, by="facet", unit=unit, rounds=["first"])
    for row in facets.table.to_dicts():
        assert len(spots_of(facets, facet=row["facet"])) == row["n_differ"]


def test_units_on_which_coders_agree_are_the_others_with_codings(study: Study) -> None:
    result = agree_study(study, unit="sentence", rounds=["first"])
    same = spots_of(result, code=COMMON, same=True)
    assert [study.text(s.source)[s.start : s.end] for s in same] == [
        "The academic office decides.",
        "All schools shall use the adopted curriculum.",
    ]
    assert spots_of(result, code=LOCAL, same=True) == []
    with pytest.raises(NotFound):
        spots_of(result, code="no.code")
    with pytest.raises(NotFound):
        spots_of(result, pair=("ana", "cleo"))


def test_only_the_rounds_that_are_asked_for_are_read(study: Study) -> None:
    first, both = Bench(study, ["first"]), Bench(study, ["first", "second"])
    assert set(first.codings) == set(range(1, 9))
    assert len(both.clusters()) == 2 * len(first.clusters())
    assert {spot.round for spot in first.clusters()} == {"first"}
    assert Bench(study, []).clusters() == []
    assert agree_study(study, rounds=["first"]).decisions.rows["group"].unique().to_list() == ["first"]


def test_a_place_says_how_its_sides_differ(study: Study) -> None:
    bench = Bench(study, ["first"])
    kinds = [bench.place(spot).kinds for spot in bench.clusters()]
    assert kinds == ["the same", "codes differ", "not all coded it", "answers differ", "not all coded it"]
    lines = bench.place(bench.clusters()[1]).lines
    assert [line.near for line in lines] == [False, True, False]
    assert "".join(p.text for p in lines[1].parts if p.spans == (0, 1)) == "school has the same ones"
    assert "".join(p.text for p in lines[1].parts if p.spans == (0,)) == "every "


def test_progress_counts_people_in_these_rounds_only(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        code_differently(study)
        code_differently(study, "second")
        take_coder(study, [3, 4], "ana")
        found = {p.code: (p.n_decided, p.n_codings) for p in decision_progress(study, ["first"])}
        assert found == {COMMON: (1, 5), LOCAL: (1, 2), "use.adapt.free": (0, 1)}
        assert sum(p.n_codings for p in decision_progress(study, [])) == 0


@settings(max_examples=60)
@given(st.data())
def test_the_words_of_a_passage_are_never_lost_or_doubled(study: Study, data: st.DataObject) -> None:
    text = study.text("interview-p01")
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    lines = Surroundings(study).lines("interview-p01", start, end, [[(start, end)]])
    marked = "".join(p.text for line in lines if line.near for p in line.parts if p.spans)
    # What stands between turns (labels, empty lines) is not shown; every shown word stands in the passage, in order.
    words = iter(text[start:end])
    assert all(c in words for c in marked)


def test_the_surroundings_are_cut_between_words(tmp_path: Path) -> None:
    long = "P01: " + " ".join(f"word{n:04d}" for n in range(300)) + "\n"
    with make_study(
        tmp_path, {"talk": "P02: " + "before " * 90 + "\n" + long + "P02: " + "after " * 90 + "\n"}
    ) as study:
        text = study.text("talk")
        start = text.index("word0150")
        lines = Surroundings(study).lines("talk", start, start + 8, [[(start, start + 8)]])
        assert [line.near for line in lines] == [False, True, False]
        words = {word for line in lines for part in line.parts for word in part.text.split()}
        assert words <= set(text.split())


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.integers(0, 30), st.integers(1, 12), st.sampled_from("xyz"), st.sampled_from("12")
        ),
        max_size=12,
    )
)
def test_what_two_have_read_in_one_round_is_what_counting_each_character_says(
    rows: list[tuple[str, int, int, str, str]],
) -> None:
    frame = pl.DataFrame(
        [(source, start, start + length, coder, round) for source, start, length, coder, round in rows],
        schema={"source": pl.String, "start": pl.Int64, "end": pl.Int64, "coder": pl.String, "round": pl.String},
        orient="row",
    )
    readers: dict[tuple[str, str, int], set[str]] = {}
    for source, start, end, coder, round in frame.iter_rows():
        for place in range(start, end):
            readers.setdefault((source, round, place), set()).add(coder)
    expected = {(source, place) for (source, _, place), some in readers.items() if len(some) > 1}
    found = read_together(frame)
    assert {(source, place) for source, spans in found.items() for a, b in spans for place in range(a, b)} == expected
    assert all(a[1] < b[0] for spans in found.values() for a, b in pairwise(spans))


def test_the_share_that_two_have_read_is_counted_in_words(tmp_path: Path) -> None:
    with make_study(
        tmp_path, {"plan": "One two three four.\nFive six.\n", "notes": "Seven eight nine ten.\n"}
    ) as study:
        end = study.text("plan").index("Five")
        spans = [ReviewedSpan(Passage("plan", 0, n), coder, "first") for coder, n in (("ana", 26), ("ben", end))]
        record_codings(study, [], spans)
        assert share_read_together(study, "paragraph") == (4 / 10, 2)
