"""Passages are cut where people stop, and read with their negations, reports and places."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase.analysis.disconfirm import saturation
from crosscase.analysis.disconfirm.bm25 import Bm25, Counted, weights_of
from crosscase.analysis.disconfirm.prose import cut, read, stems_of, unfamiliar_places
from crosscase.errors import Degenerate

TURNS = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "is_question": pl.Boolean}
NO_TURNS = pl.DataFrame(schema=TURNS)


@given(st.text(alphabet="ab .!?\n😀", max_size=400))
@settings(deadline=None)
def test_passages_lie_in_order_inside_the_text_and_lose_no_word(text: str) -> None:
    pieces = cut({"s": text}, NO_TURNS)
    last = 0
    for start, end, words in pieces.select("start", "end", "text").iter_rows():
        assert last <= start < end <= len(text)
        assert words == text[start:end] == words.strip()
        last = end
    assert "".join(pieces["text"].to_list()).split() == [] or "".join(
        "".join(t.split()) for t in pieces["text"].to_list()
    ) == "".join(text.split())


def test_questions_are_left_out_and_turns_are_not_run_together() -> None:
    text = "Who decides? We do. Nobody else."
    turns = pl.DataFrame([("s", 0, 12, True), ("s", 13, 19, False), ("s", 20, 32, False)], schema=TURNS, orient="row")
    assert cut({"s": text}, turns)["text"].to_list() == ["We do.", "Nobody else."]


def test_long_talk_is_cut_at_sentences() -> None:
    text = " ".join(f"This is sentence number {n} of a long turn." for n in range(12))
    pieces = cut({"s": text}, NO_TURNS)["text"].to_list()
    assert len(pieces) > 1
    assert all(p.endswith(".") and len(p.split()) <= 45 for p in pieces)


@pytest.mark.parametrize(
    ("said", "stems"),
    [
        ("Schools choose.", ("school", "choos")),
        ("Schools don’t choose.", ("school", "not_choos")),
        ("No school chooses, the office chooses.", ("not_school", "not_choos", "offic", "choos")),
        ("Nobody ever asked us.", ("not_ever", "not_ask", "not_us")),
    ],
)
def test_a_negation_reaches_to_the_next_stop(said: str, stems: tuple[str, ...]) -> None:
    assert stems_of(said) == stems


def test_reported_speech_and_other_places_are_noticed() -> None:
    assert read("People say that we do as we like.").reported
    assert read("According to the paper it is all decided downtown.").reported
    assert not read("We do as we like.").reported
    assert read("In my last district every school chose its own books.").elsewhere
    assert not read("Every school here chooses its own books.").elsewhere


def test_a_place_that_only_one_source_of_the_case_names_is_unfamiliar() -> None:
    texts = ["I worked in Westlake then.", "We met in Tollgate.", "They are at Tollgate.", "It was in March."]
    assert unfamiliar_places(texts, ["a", "a", "b", "b"], ["x"] * 4) == ["Westlake", "", "", ""]
    # What one case knows, another may not.
    assert unfamiliar_places(texts[1:3], ["a", "b"], ["x", "y"]) == ["Tollgate", "Tollgate"]


def test_bm25_gives_what_the_formula_gives_by_hand() -> None:
    documents = [["a", "a", "b"], ["b"], ["c", "c"]]
    index = Bm25(Counted(documents))
    idf = np.log(1 + (3 - 1 + 0.5) / 1.5)
    by_hand = idf * 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2))
    assert index.scores({"a": 1.0}).tolist() == pytest.approx([by_hand, 0.0, 0.0])
    assert weights_of(["x", "x", "y"]) == pytest.approx({"x": 1 + np.log(2), "y": 1.0})


def test_saturation_is_the_share_of_points_seen_once() -> None:
    found = saturation({"s1": ["a", "b"], "s2": ["a"], "s3": ["c"]}, ["s1", "s2", "s3", "s4"])
    assert (found.n_passages, found.n_distinct, found.n_once, found.unseen) == (4, 3, 2, 0.5)
    assert found.curve == (2, 2, 3, 3)
    # Variance (2 + 2·1 − 4/4) / 16, times 1.645.
    assert found.high - found.unseen == pytest.approx(1.6449 * (3 / 16) ** 0.5, abs=1e-3) or found.high == 1.0


def test_saturation_is_never_sure_from_few_passages() -> None:
    assert saturation({"s": ["a"]}).low == pytest.approx(0.1)
    assert saturation({"s": ["a", "a", "a"]}).high == pytest.approx(1 - 0.1 ** (1 / 3))
    with pytest.raises(Degenerate, match="no passage"):
        saturation({"s": []})


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("xyz"), max_size=5), min_size=1))
@settings(deadline=None)
def test_the_unseen_share_lies_inside_its_interval_and_the_curve_never_falls(points: dict[str, list[str]]) -> None:
    if not any(points.values()):
        return
    found = saturation(points)
    assert 0.0 <= found.low <= found.unseen <= found.high <= 1.0
    assert list(found.curve) == sorted(found.curve)
    assert found.curve[-1] == found.n_distinct
