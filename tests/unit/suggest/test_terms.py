"""Terms with their frequency and samples, before they are used."""

from __future__ import annotations

import pytest
from tests.unit.suggest.small_framework import framework

from crosscase.suggest import DictionaryCoder, term_report
from crosscase.suggest.terms import in_context

CODER = DictionaryCoder(framework())


def test_every_term_has_its_frequency_also_when_it_does_not_occur() -> None:
    frame = term_report(CODER, {"a": "The PLC met. The PLC left.", "b": "A PLC and a textbook."})
    rows = {(r["term"], r["indicator"]): r for r in frame.iter_rows(named=True)}
    assert rows["PLC", "use.team"]["n_hits"] == 3
    assert rows["PLC", "use.team"]["n_sources"] == 2
    assert rows["PLC", "use.team"]["per_100k_words"] == pytest.approx(3 * 100_000 / 11)
    assert rows["textbook", "infra.curr"]["weak"]
    assert rows["pacing guide", "infra.curr"]["n_hits"] == 0
    assert frame["term"][0] == "PLC"
    assert "tax assessment" not in frame["term"].to_list()


def test_a_term_above_fifty_in_a_hundred_thousand_words_is_to_be_confirmed() -> None:
    words = "word " * 99_949
    frame = term_report(CODER, [("a", words + "PLC " * 51 + "textbook " * 0)])
    assert frame.row(0, named=True)["to_confirm"]
    frame = term_report(CODER, [("a", words + "PLC " * 50 + "word")])
    assert not frame.row(0, named=True)["to_confirm"]


def test_a_few_hits_in_a_short_text_are_not_called_frequent() -> None:
    assert not term_report(CODER, {"a": "The PLC met. " * 7})["to_confirm"].any()
    assert term_report(CODER, {"a": "The PLC met. " * 8})["to_confirm"][0]


def test_samples_come_from_everywhere_and_are_at_most_eight() -> None:
    text = " ".join(f"n{n} PLC" for n in range(1000))
    (samples,) = term_report(CODER, {"a": text}).filter(term="PLC")["samples"].to_list()
    places = [int(sample.split("⟦")[0].split()[-1].lstrip("n")) for sample in samples]
    assert len(samples) == 8
    assert places == sorted(places) and places[0] < 125 and places[-1] > 750


def test_a_sample_shows_the_term_between_whole_words() -> None:
    text = "alpha " * 40 + "the PLC\nmet " + "omega " * 40
    start = text.index("PLC")
    sample = in_context(text, start, start + 3)
    assert "the ⟦PLC⟧ met" in sample
    assert sample.startswith("…alpha ") and sample.endswith(" omega…")


def test_without_any_text_nothing_is_frequent() -> None:
    frame = term_report(CODER, {})
    assert frame.height == len([e for e in CODER.entries if e.role in ("term", "weak term")])
    assert not frame["to_confirm"].any()
