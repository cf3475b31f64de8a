"""Agreement on a study: values by hand, what is missing, what is opened, what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase.analysis import agreement as ag
from crosscase.analysis.agreement.study import Asking, agree_on
from crosscase.analysis.agreement.study.answering import Answering
from crosscase.analysis.agreement.study.drift import drift_table, periods_of
from crosscase.errors import InputError, NotEnoughEvidence, NotFound

from .frames import coding, frame, reviewed, study

# Ten units: both gave the code on 0–3, ana alone on 4, ben alone on 5; two sources of the same make.
TEN = {"ana": {"s1": [0, 1, 2, 3, 4], "s2": [0, 1, 2, 3, 4]}, "ben": {"s1": [0, 1, 2, 3, 5], "s2": [0, 1, 2, 3, 5]}}
KAPPA = Asking("kappa")


def cell(table: pl.DataFrame, **key: str) -> dict[str, object]:
    return table.filter(*(pl.col(k) == v for k, v in key.items())).row(0, named=True)


def test_cohens_kappa_of_the_worked_example_is_point_six() -> None:
    row = cell(agree_on(study(TEN), asking=KAPPA).table, code="env.a")
    assert row["value"] == pytest.approx(0.6)  # p_a = .8, p_e = .5
    assert row["prevalence"] == pytest.approx(0.5)
    assert row["positive_agreement"] == pytest.approx(0.8)  # 2·8 / (2·8 + 2 + 2)
    assert (row["n_units"], row["n_sources"], row["n_differ"]) == (20, 2, 4)
    assert row["prevalence_index"] == pytest.approx(0.0)
    assert row["kappa_max"] == pytest.approx(1.0)


def test_alpha_is_that_of_the_array_core_on_the_same_ratings() -> None:
    ratings = [[int(u in TEN[c]["s1"]) for c in ("ana", "ben")] for u in range(10)] * 2
    row = cell(agree_on(study(TEN)).table, code="env.a")
    expected = ag.krippendorff_alpha(ratings, clusters=["s1"] * 10 + ["s2"] * 10)
    assert (row["value"], row["low"], row["high"]) == pytest.approx((expected.value, expected.low, expected.high))


def test_units_outside_what_a_coder_read_are_missing_not_uncoded() -> None:
    read = [("s1", 0, 100, "ana", "one"), ("s2", 0, 100, "ana", "one")]
    read += [("s1", 0, 40, "ben", "one"), ("s2", 0, 100, "ben", "one")]
    result = agree_on(study(TEN, read=read), asking=Asking("percent"))
    row = cell(result.table, code="env.a")
    assert row["n_units"] == 14
    assert row["value"] == pytest.approx(12 / 14)  # s1 contributes four agreements
    assert any(
        "1 of 20 codings lies outside what its coder has recorded as read" in sentence for sentence in result.warnings
    )


def test_a_unit_that_was_read_in_part_is_missing() -> None:
    read = [("s1", 0, 100, "ana", "one"), ("s2", 0, 100, "ana", "one"), ("s2", 0, 100, "ben", "one")]
    read += [("s1", 0, 15, "ben", "one"), ("s1", 15, 38, "ben", "one")]  # spans that touch count as one
    row = cell(agree_on(study(TEN, read=read)).table, code="env.a")
    assert row["n_units"] == 13


def test_a_code_that_a_round_did_not_ask_for_is_missing_there() -> None:
    one = study(TEN, answering=Answering({"one": ["use.c"]}))
    assert "env.a" not in agree_on(replace(one, codings=_with(one.codings, "use.c"))).table["code"].to_list()


def _with(codings: pl.DataFrame, code: str) -> pl.DataFrame:
    extra = frame([coding(99, "s1", 0, 10, code, "ana"), coding(98, "s2", 0, 10, code, "ben")])
    return pl.concat([codings, extra])


def test_coders_of_different_rounds_are_no_pair() -> None:
    apart = study(TEN)
    moved = apart.codings.with_columns(round=pl.when(pl.col("coder") == "ben").then(pl.lit("two")).otherwise("round"))
    spans = apart.reviewed.with_columns(round=pl.when(pl.col("coder") == "ben").then(pl.lit("two")).otherwise("round"))
    with pytest.raises(NotEnoughEvidence, match="same round"):
        agree_on(replace(apart, codings=moved, reviewed=spans, rounds=("one", "two")))


def test_machines_do_not_enter() -> None:
    people = study(TEN)
    machine = people.codings.filter(coder="ana").with_columns(coder=pl.lit("robot"), coder_kind=pl.lit("dictionary"))
    with_machine = replace(people, codings=pl.concat([people.codings, machine]))
    assert agree_on(with_machine).table.equals(agree_on(people).table)


def test_what_is_not_defined_says_why_and_is_never_a_number() -> None:
    everything = {c: {"s1": list(range(10)), "s2": list(range(10))} for c in ("ana", "ben")}
    row = cell(agree_on(study(everything)).table, code="env.a")
    assert row["value"] is None and row["low"] is None
    assert str(row["not_defined"]).startswith("not defined: ")
    one_source = {c: {"s1": TEN[c]["s1"]} for c in TEN}
    row = cell(agree_on(study(one_source)).table, code="env.a")
    assert row["value"] is None
    assert "two sources or more" in str(row["not_defined"])  # no interval, so no value


def test_every_disagreement_opens_to_both_coders_side_by_side() -> None:
    result = agree_on(study(TEN, memos={5: ("ana: not sure",)}))
    shown = result.disagreements(code="env.a", pair=("ana", "ben"))
    assert shown.height == cell(result.table, code="env.a")["n_differ"] == 4
    first = shown.row(0, named=True)
    assert (first["source"], first["start"], first["end"], first["text"]) == ("s1", 40, 50, "s1 4")
    assert first["gave_a"] and not first["gave_b"]
    assert first["spans_a"] == [[40, 50]] and first["codings_a"] == [5] and first["memos_a"] == ["ana: not sure"]
    with pytest.raises(NotFound, match="no coder 'zoe'"):
        result.disagreements(pair=("ana", "zoe"))
    with pytest.raises(NotFound, match="no code"):
        result.disagreements(code="env.z")


def test_units_that_coders_differ_on_deserve_a_second_look() -> None:
    result = agree_on(study(TEN))
    doubtful = result.second_look("env.a", certain=0.9)
    assert set(doubtful["start"]) == {40, 50}
    assert doubtful["probability"].is_between(0.1, 0.9).all()


def test_every_cell_opens_to_its_codings() -> None:
    result = agree_on(study(TEN))
    quotes = result.quotes(code="env.a")
    assert quotes.height == 20
    assert quotes.filter(part="differs").height == 4
    assert result.evidence[("env.a",)] == tuple(range(1, 21))


def test_confusion_counts_what_stands_in_the_place_of_what() -> None:
    rows = [coding(1, "s1", 0, 10, "env.a", "ana"), coding(2, "s1", 0, 10, "env.b", "ben")]
    rows += [coding(3, "s1", 10, 20, "env.a", "ana"), coding(4, "s2", 0, 10, "use.c", "ana")]
    rows += [coding(5, "s2", 0, 10, "use.c", "ben")]
    result = agree_on(replace(study(TEN), codings=frame(rows)))
    table = result.confusion(("ana", "ben"))
    found = {(r["ana"], k): v for r in table.to_dicts() for k, v in r.items() if k != "ana"}
    assert found["env.a", "env.b"] == 1 and found["env.a", "(none)"] == 1 and found["use.c", "use.c"] == 1
    both = result.confusion()
    values = both.drop("coder_a").to_numpy()
    assert (values == values.T).all()


def test_facets_are_compared_on_passages_with_the_same_code() -> None:
    rows = [
        coding(n, "s1" if n < 7 else "s2", n * 10, n * 10 + 10, "env.a", coder, locus=locus)
        for coder, shift in (("ana", 0), ("ben", 0))
        for n, locus in enumerate(["school", "central"] * 5)
    ]
    for number, row in enumerate(rows):
        row["coding_id"] = number
    rows[19]["locus"] = "school"  # ben differs once
    rows[0]["locus"] = None  # ana left one open
    wide = replace(study(TEN), codings=frame(rows))
    result = agree_on(wide, by="facet", asking=Asking("percent"))
    row = cell(result.table, facet="locus")
    assert (row["n_units"], row["n_differ"]) == (9, 1)
    assert row["value"] == pytest.approx(8 / 9)
    assert cell(result.table, facet="stance")["not_defined"] == (
        "not defined: no passage has an answer from two coders"
    )
    assert result.quotes(facet="locus").filter(part="differs").height == 2
    differing = result.disagreements(facet="locus")
    assert differing.select("source", "start", "facets_a", "facets_b").rows() == [
        ("s2", 90, "locus: central", "locus: school")
    ]
    with pytest.raises(NotFound, match="no facet 'mood'"):
        result.disagreements(facet="mood")


def test_rounds_stand_alone_and_together_with_a_warning_about_looking_one_by_one() -> None:
    first = study(TEN)
    again = first.codings.with_columns(round=pl.lit("two"), coding_id=pl.col("coding_id") + 100)
    agreed = again.filter((pl.col("start") != 40) & (pl.col("start") != 50))
    both = replace(
        first,
        codings=pl.concat([first.codings, agreed]),
        reviewed=pl.concat([first.reviewed, first.reviewed.with_columns(round=pl.lit("two"))]),
        rounds=("one", "two"),
    )
    result = agree_on(both, by="round", asking=Asking("percent"))
    values = {(r["round"], r["scope"]): r["value"] for r in result.table.filter(code="env.a").to_dicts()}
    assert values == pytest.approx(
        {("one", "alone"): 0.8, ("one", "so far"): 0.8, ("two", "alone"): 1.0, ("two", "so far"): 0.9}
    )
    assert any("one by one" in sentence for sentence in result.warnings)
    itself = agree_on(both, by="coder", asking=Asking("percent"))
    row = cell(itself.table, code="env.a", coder="ana")
    assert row["value"] == pytest.approx(0.9)  # ana gave unit 4 in the first round only


def test_drift_is_seen_against_colleagues_on_the_same_units() -> None:
    first = study(TEN)
    loose = [coding(200 + n, s, n * 10, n * 10 + 10, "env.a", "ana", "two") for s in ("s1", "s2") for n in range(9)]
    strict = [coding(300 + n, s, n * 10, n * 10 + 10, "env.a", "ben", "two") for s in ("s1", "s2") for n in range(4)]
    for number, row in enumerate(loose + strict):
        row["coding_id"] = 500 + number
    both = replace(
        first,
        codings=pl.concat([first.codings, frame(loose + strict)]),
        reviewed=pl.concat([first.reviewed, first.reviewed.with_columns(round=pl.lit("two"))]),
        rounds=("one", "two"),
    )
    table = drift_table(both)
    second = cell(table, coder="ana", round="two")
    expected = np.log(18.5 / 2.5) - np.log(8.5 / 12.5)
    assert second["difference"] == pytest.approx(expected)
    assert second["moved"] == pytest.approx(expected)  # in round one ana and ben gave it equally often
    assert cell(table, coder="ben", round="two")["difference"] == pytest.approx(-expected)


def test_a_change_has_the_interval_of_two_independent_times() -> None:
    four = {f"s{n}": range(k) for n, k in ((1, 2), (2, 5), (3, 4), (4, 9))}
    both = study({"ana": four, "ben": {name: range(5) for name in four}})
    when = {"s1": "1", "s2": "1", "s3": "2", "s4": "2"}
    periods = pl.DataFrame(
        [(who, "one", source, time) for who in ("ana", "ben") for source, time in when.items()],
        schema=["coder", "round", "source", "period"],
        orient="row",
    )
    first, second = drift_table(both, periods=periods).filter(coder="ana").to_dicts()
    assert first["moved_low"] is None and first["moved"] is None
    reach = [(row["high"] - row["low"]) / 2 for row in (first, second)]  # both rest on two sources, so on the same t
    assert second["moved"] == pytest.approx(second["difference"] - first["difference"])
    assert second["moved_high"] - second["moved"] == pytest.approx(np.hypot(*reach))
    assert second["moved"] - second["moved_low"] == pytest.approx(np.hypot(*reach))
    # Sources that are all alike do not say how much they vary.
    alike = study({"ana": dict.fromkeys(four, range(3)), "ben": dict.fromkeys(four, range(5))})
    for row in drift_table(alike, periods=periods).to_dicts():
        assert row["low"] is None and row["moved_low"] is None


def test_drift_over_time_follows_each_coders_own_work() -> None:
    # ana codes s1 in March and s2 in April; ben codes both in May.
    days = [
        ("ana", "s1", "2026-03-30"),
        ("ana", "s2", "2026-04-02"),
        ("ben", "s1", "2026-05-04"),
        ("ben", "s2", "2026-05-05"),
    ]
    begun = pl.DataFrame(
        [(who, "one", source, f"{day}T09:00:00.000Z", n) for n, (who, source, day) in enumerate(days)],
        schema=["coder", "round", "source", "at", "place"],
        orient="row",
    )
    months = periods_of(begun, "month")
    assert months["period"].to_list() == ["2026-03", "2026-04", "2026-05", "2026-05"]
    assert periods_of(begun, "week")["period"].to_list() == ["2026-W14", "2026-W14", "2026-W19", "2026-W19"]
    assert set(periods_of(begun, "third")["period"]) == {"1 of 3", "2 of 3"}  # two sources: the last third has none
    both = study({"ana": {"s1": range(2), "s2": range(8)}, "ben": {"s1": range(5), "s2": range(5)}})
    table = drift_table(both, periods=months)
    ana, ben = (table.filter(coder=who) for who in ("ana", "ben"))
    assert ana["period"].to_list() == ["2026-03", "2026-04"]
    # By hand: 2 of 10 units against 5 of 10, then 8 of 10 against 5 of 10.
    march, april = np.log(2.5 / 8.5), np.log(8.5 / 2.5)
    assert ana["difference"].to_list() == pytest.approx([march, april])
    assert ana["moved"].to_list() == [None, pytest.approx(april - march)]
    assert ben["difference"].to_list() == pytest.approx([0.0])  # 10 of 20 against 10 of 20
    assert drift_table(both, periods=months.filter(pl.col("source") == "s1")).filter(coder="ana")[
        "n_units"
    ].to_list() == [10]


def test_free_spans_give_the_unitizing_alpha_of_the_array_core() -> None:
    result = agree_on(study(TEN), unit="span")
    row = cell(result.table, code="env.a")
    spans = {
        coder: {s: [(u * 10, u * 10 + 10, 1) for u in places] for s, places in by_source.items()}
        for coder, by_source in TEN.items()
    }
    expected = ag.unitizing_alpha(spans, {"s1": 100, "s2": 100})
    assert (row["value"], row["low"]) == pytest.approx((expected.value, expected.low))
    assert row["prevalence"] == pytest.approx(0.5)
    assert row["positive_agreement"] == pytest.approx(0.8)
    assert result.disagreements(code="env.a").height == 4


def test_text_that_one_coder_read_does_not_count_for_free_spans() -> None:
    read = [("s1", 0, 100, "ana", "one"), ("s2", 0, 100, "ana", "one")]
    read += [("s1", 0, 40, "ben", "one"), ("s2", 0, 100, "ben", "one")]
    row = cell(agree_on(study(TEN, read=read), unit="span").table, code="env.a")
    spans = {
        coder: {s: [(u * 10, u * 10 + 10, 1) for u in places if s == "s2" or u < 4] for s, places in by.items()}
        for coder, by in TEN.items()
    }
    assert row["value"] == pytest.approx(ag.unitizing_alpha(spans, {"s1": 40, "s2": 100}).value)


def test_a_span_over_a_question_stays_one_unit() -> None:
    # Units 0–9 and 20–29 with a question between them: 20 readable characters.
    one = study({"ana": {"s1": [], "s2": []}, "ben": {"s1": [], "s2": []}}, n_units=3)
    readable = one.units.filter(pl.col("start") != 10)
    rows = [coding(n, s, 5, 25, "env.a", c) for n, (s, c) in enumerate([("s1", "ana"), ("s1", "ben"), ("s2", "ana")])]
    result = agree_on(replace(one, units=readable, codings=frame(rows)), unit="span")
    spans = {"ana": {"s1": [(5, 15, 1)], "s2": [(5, 15, 1)]}, "ben": {"s1": [(5, 15, 1)], "s2": []}}
    expected = ag.unitizing_alpha(spans, {"s1": 20, "s2": 20}).value
    assert cell(result.table, code="env.a")["value"] == pytest.approx(expected)


def test_the_worst_code_with_most_to_win_stands_first() -> None:
    rows = [coding(n, "s1", n * 10, n * 10 + 10, "env.a", "ana") for n in range(5)]
    rows += [coding(10 + n, "s2", n * 10, n * 10 + 10, "env.a", "ben") for n in range(5)]
    rows += [
        coding(20 + n, s, n * 10, n * 10 + 10, "use.c", c)
        for n in range(4)
        for s in ("s1", "s2")
        for c in ("ana", "ben")
    ]
    for number, row in enumerate(rows):
        row["coding_id"] = number
    table = agree_on(replace(study(TEN), codings=frame(rows))).table
    assert table["code"].to_list() == ["(all)", "env.a", "use.c"]


@pytest.mark.parametrize("coefficient", ["alpha", "kappa", "fleiss", "scott", "ac1", "brennan-prediger", "percent"])
def test_all_coefficients_are_one_at_full_agreement(coefficient: str) -> None:
    same = {c: {"s1": [1, 2], "s2": [4]} for c in ("ana", "ben")}
    table = agree_on(study(same), asking=Asking(coefficient)).table
    assert table["value"].to_list() == pytest.approx([1.0, 1.0])


def test_what_does_not_exist_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="no coefficient 'omega'"):
        Asking("omega")
    with pytest.raises(InputError, match="by 'moon'"):
        agree_on(study(TEN), by="moon")  # type: ignore[arg-type]
    with pytest.raises(NotEnoughEvidence, match="recorded what they read"):
        agree_on(study(TEN, read=[]))


PLACES = st.lists(st.integers(0, 9), unique=True, max_size=10)


@settings(deadline=None, max_examples=40)
@given(
    st.fixed_dictionaries(
        {c: st.fixed_dictionaries(dict.fromkeys(("s1", "s2", "s3"), PLACES)) for c in ("a", "b", "c")}
    ),
    st.permutations(["a", "b", "c"]),
)
def test_names_of_coders_and_order_of_rows_do_not_matter(
    given_codes: dict[str, dict[str, list[int]]], names: list[str]
) -> None:
    renamed = dict(zip(("a", "b", "c"), names, strict=True))
    one = study(given_codes)
    if one.codings.is_empty():
        return
    other = replace(
        one,
        codings=one.codings.with_columns(coder=pl.col("coder").replace(renamed)).reverse(),
        reviewed=one.reviewed.with_columns(coder=pl.col("coder").replace(renamed)).reverse(),
        units=one.units.reverse(),
    )
    for unit in ("turn", "span"):
        left = agree_on(one, unit=unit).table.drop("method")  # type: ignore[arg-type]
        right = agree_on(other, unit=unit).table.drop("method")  # type: ignore[arg-type]
        for a, b in zip(left.to_dicts(), right.to_dicts(), strict=True):
            assert a == pytest.approx(b, nan_ok=True), unit


def test_reading_more_than_one_round_of_units_in_units_of_a_round() -> None:
    one = study(TEN)
    handed = pl.DataFrame({"source": ["s1", "s2"], "start": [0, 0], "end": [100, 100], "round": ["one", "one"]})
    row = cell(agree_on(replace(one, units=handed), unit="passage", asking=Asking("percent")).table, code="env.a")
    assert (row["n_units"], row["value"]) == (2, 1.0)
    overlapping = reviewed([("s1", 0, 60, "ana", "one"), ("s1", 0, 100, "ben", "one")])
    units = overlapping.select("source", "start", "end", "round")
    with pytest.raises(InputError, match="units overlap"):
        agree_on(replace(one, units=units), unit="passage")
