"""The simulated study: deterministic, marked, coded at its words, and true to its design."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crosscase import frameworks
from crosscase.simulate.bank import load_bank
from crosscase.simulate.design import seed_study
from crosscase.simulate.study import SimulatedStudy, simulate_study
from crosscase.simulate.write import write_study

MARK = "SIMULATED"


@pytest.fixture(scope="module")
def study() -> SimulatedStudy:
    return simulate_study(seed_study(seed=1))


def test_the_same_seed_gives_the_same_study_and_another_one_another() -> None:
    one, again, other = (simulate_study(seed_study(seed=s, scale=0.1)) for s in (3, 3, 4))
    assert one.sources == again.sources
    assert one.codings == again.codings
    assert one.sources != other.sources


def test_it_has_the_size_of_the_study_that_it_imitates(study: SimulatedStudy) -> None:
    assert Counter(s.kind for s in study.sources) == {"interview": 59, "observation": 48, "document": 48}
    interviews = [s.n_words for s in study.sources if s.kind == "interview"]
    assert 3500 <= sum(interviews) / len(interviews) <= 5500
    assert len({s.date[:4] for s in study.sources}) >= 3


def test_every_source_says_that_it_is_simulated_outside_of_every_coding(study: SimulatedStudy) -> None:
    texts = {s.name: s.text for s in study.sources}
    assert all(text.startswith(MARK) for text in texts.values())
    assert all(c.passage.start > len(texts[c.passage.source].split("\n", 1)[0]) for c in study.codings)


def test_every_coding_stands_on_its_words(study: SimulatedStudy) -> None:
    texts = {s.name: s.text for s in study.sources}
    assert all(texts[c.passage.source][c.passage.start : c.passage.end] == c.quote for c in study.codings)


def test_all_indicators_appear(study: SimulatedStudy) -> None:
    wanted = {i.id for i in frameworks.load("education-systems").indicators}
    assert {c.code for c in study.codings} == wanted


def test_no_coder_says_the_same_thing_twice_in_one_source(study: SimulatedStudy) -> None:
    counts = Counter((c.passage.source, c.coder, c.round, c.quote, c.code) for c in study.codings)
    assert max(counts.values()) == 1


def test_some_sources_are_coded_by_two_and_coders_differ(study: SimulatedStudy) -> None:
    by_source: dict[str, set[str]] = {}
    for span in study.reviewed:
        by_source.setdefault(span.passage.source, set()).add(span.coder)
    double = [s for s, coders in by_source.items() if len(coders) > 1]
    assert 0.15 <= len(double) / len(by_source) <= 0.6
    read = {
        (c.passage.source, c.coder, c.code, c.facets.get("locus")) for c in study.codings if c.passage.source in double
    }
    assert len({(s, code, locus) for s, _, code, locus in read}) < len(read)  # they agree on something
    assert len({(s, coder) for s, coder, _, _ in read}) > len(double)


def test_disconfirming_passages_and_conflicts_are_planted(study: SimulatedStudy) -> None:
    assert len(study.truth.planted) >= 20
    assert Counter(c.case for c in study.truth.conflicts).keys() == {"urban", "suburban", "charter", "hybrid"}


def test_the_files_are_those_texts_and_all_are_marked(tmp_path: Path) -> None:
    small = simulate_study(seed_study(seed=2, scale=0.1))
    write_study(small, tmp_path)
    for source in small.sources:
        found = [p for p in (tmp_path / "sources").rglob("*") if p.name == Path(source.file).name]
        assert [p.read_bytes().decode() for p in found] == [source.text]
    assert MARK.lower() in (tmp_path / "README.txt").read_text().lower()
    assert "simulated" in (tmp_path / "truth.yaml").read_text()[:400].lower()


def test_the_bank_is_large_and_written_for_every_indicator() -> None:
    phrases = load_bank().passages
    assert len(phrases) >= 800
    assert len({p.text for p in phrases}) == len(phrases)
    per_code = Counter(p.code for p in phrases)
    assert set(per_code) == {i.id for i in frameworks.load("education-systems").indicators}
    assert min(per_code.values()) >= 15


@pytest.mark.parametrize("kind", ["market_driven", "federated"])
def test_what_is_written_shows_the_shares_that_were_planted(kind: str) -> None:
    truth = {"urban": kind, "suburban": kind}
    studies = [simulate_study(seed_study(seed=s, scale=0.5, truth=truth, volume=0.6)) for s in (1, 2)]
    gaps = _gaps(studies)
    place = max(gaps, key=lambda where: abs(gaps[where]))
    assert abs(gaps[place]) <= 0.15, f"{place}: {gaps[place]:+.2f}"


def _gaps(studies: list[SimulatedStudy]) -> dict[tuple[str, str], float]:
    """Written less planted share of each locus in each domain; what is denied or uncertain names no doer."""
    loci: dict[str, list[str]] = {}
    for passage in (p for study in studies for p in study.truth.passages):
        if passage.facets["stance"] in ("present", "mixed"):
            loci.setdefault(passage.code.split(".")[0], []).append(passage.facets["locus"])
    shares = [truth.main.shares for study in studies for truth in study.truth.cases.values()]
    return {
        (domain, locus): loci[domain].count(locus) / len(loci[domain])
        - sum(share[domain][locus] for share in shares) / len(shares)
        for domain in loci
        for locus in shares[0][domain]
    }
