"""An experiment: passages planted against each case's type, and how well the search for counter-evidence finds them.

Passages of three strengths are planted among equally many hard negatives (a negation that supports the claim, another
place, reported speech) into interviews of a simulated study. Nobody codes them, so only the retrieval of uncoded
passages can find them. They stand in ``phrases/counter_evidence.yaml``, which no other part of the program reads.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
import yaml

from crosscase.analysis.disconfirm.bm25 import Bm25, Counted, weights_of
from crosscase.analysis.disconfirm.corpus import Corpus, read_corpus, theory_texts
from crosscase.analysis.disconfirm.prose import stems_of
from crosscase.analysis.disconfirm.retrieval import fuse, indicators_against, score_passages
from crosscase.analysis.disconfirm.sides import in_scope
from crosscase.model.claim import Claim, Scope, claim_of_type
from crosscase.model.coding import Coding, Passage
from crosscase.model.framework import Framework
from crosscase.model.seed import check_seed
from crosscase.simulate.bank import SLOTS, slots_of
from crosscase.simulate.study import SimulatedSource, SimulatedStudy

STRENGTHS = ("explicit", "paraphrased", "implicit")
NEGATIVES = ("denying", "elsewhere", "reported")
_TURN = re.compile(r"^(Interviewer|P\d+[^:\n]*): ?", re.MULTILINE)
_SCHOOLS = (("Alder Street", "Finch Hill"), ("Quarry Road", "Larkspur"), ("Mill Pond", "Orchard View"))


@dataclass(frozen=True)
class Planted:
    """One planted passage; ``kind`` is its strength, or what makes it a hard negative."""

    case: str
    source: str
    start: int
    end: int
    kind: str

    @property
    def against(self) -> bool:
        return self.kind in STRENGTHS


@dataclass(frozen=True)
class PlantedStudy:
    """A simulated study with planted passages; codings have moved with the text."""

    sources: tuple[SimulatedSource, ...]
    codings: tuple[Coding, ...]
    planted: tuple[Planted, ...]
    natural: tuple[Planted, ...]  # what the simulation holds against a case's type by itself; kind "natural"


@dataclass(frozen=True)
class ClaimScore:
    """How one ranking did on one claim."""

    claim: str
    ranking: str
    recall: Mapping[str, float]  # strength → share of the planted among the first 50
    precision: float  # of the first 10 among all uncoded passages in scope
    pool_precision: float  # of the first 10 among the planted passages and hard negatives only
    negatives: Mapping[str, float]  # hard negative → share among the first 50


@lru_cache(maxsize=1)
def load_passages() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Type → kind → passages."""
    text = (
        resources.files("crosscase.simulate").joinpath("phrases", "counter_evidence.yaml").read_text(encoding="utf-8")
    )
    found = {
        ideal: {kind: tuple(rows) for kind, rows in kinds.items()} for ideal, kinds in yaml.safe_load(text).items()
    }
    for kinds in found.values():
        for rows in kinds.values():
            assert all(slots_of(row) <= SLOTS for row in rows)
    return found


def plant(study: SimulatedStudy, seed: int) -> PlantedStudy:
    """Plant every passage written against (and seemingly against) the type of each case at the end of a turn."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([check_seed(seed), 77])))
    texts = {s.name: s.text for s in study.sources}
    codings = {s.name: [c for c in study.codings if c.passage.source == s.name] for s in study.sources}
    natural = [
        Planted(p.case, p.source, p.start, p.end, "natural") for p in study.truth.passages if p.verdict == "against"
    ]
    planted: list[Planted] = []
    for number, (case, truth) in enumerate(study.truth.cases.items()):
        kinds = load_passages().get(truth.type or "", {})
        rows = [(kind, text) for kind, texts_ in kinds.items() for text in texts_]
        interviews = [s.name for s in study.sources if s.case == case and s.kind == "interview"]
        for place in rng.permutation(len(rows)):
            kind, template = rows[place]
            school, school2 = _SCHOOLS[number % len(_SCHOOLS)]
            words = template.format(school=school, school2=school2, district="the district")
            source = interviews[int(rng.integers(len(interviews)))]
            at = _end_of_a_turn(texts[source], rng)
            addition = f" {words}"
            texts[source] = texts[source][:at] + addition + texts[source][at:]
            move = len(addition)
            codings[source] = [_moved(c, at, move) for c in codings[source]]
            planted = [_shifted(p, source, at, move) for p in planted]
            natural = [_shifted(p, source, at, move) for p in natural]
            planted.append(Planted(case, source, at + 1, at + move, kind))
    sources = tuple(replace(s, text=texts[s.name]) for s in study.sources)
    every = tuple(c for s in study.sources for c in codings[s.name])
    return PlantedStudy(sources, every, tuple(planted), tuple(natural))


def _end_of_a_turn(text: str, rng: np.random.Generator) -> int:
    ends = []
    for match in _TURN.finditer(text):
        if match.group(1) != "Interviewer":
            end = text.find("\n\n", match.end())
            ends.append(len(text.rstrip()) if end < 0 else end)
    return ends[int(rng.integers(len(ends)))]


def _moved(coding: Coding, at: int, by: int) -> Coding:
    p = coding.passage
    return coding if p.start < at else replace(coding, passage=Passage(p.source, p.start + by, p.end + by))


def _shifted(p: Planted, source: str, at: int, by: int) -> Planted:
    return replace(p, start=p.start + by, end=p.end + by) if p.source == source and p.start >= at else p


def evidence_frame(sources: Sequence[SimulatedSource], codings: Sequence[Coding], framework: Framework) -> pl.DataFrame:
    """The evidence of a simulated study without a study file; columns as in ``study.evidence()``."""
    facts = {s.name: s for s in sources}
    rows = []
    for number, coding in enumerate(codings, start=1):
        source = facts[coding.passage.source]
        rows.append(
            {
                "coding_id": number,
                "source": source.name,
                **{k: getattr(source, k) for k in ("case", "kind", "date", "participant", "role", "level")},
                "start": coding.passage.start,
                "end": coding.passage.end,
                "text": source.text[coding.passage.start : coding.passage.end],
                "code": coding.code,
                "domain": framework.indicator(coding.code).domain,
                **dict(coding.facets),
                "coder": coding.coder,
                "coder_kind": "person",
                "round": coding.round,
                "codebook_version": framework.version,
                "confidence": None,
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides={"confidence": pl.Float64})


def source_frame(sources: Sequence[SimulatedSource]) -> pl.DataFrame:
    """The sources of a simulated study; columns as in ``study.sources()``, those that the search reads."""
    names = ("name", "case", "kind", "date", "participant", "role", "level")
    return pl.DataFrame([{n: getattr(s, n) for n in names} for s in sources], infer_schema_length=None)


def turn_frame(sources: Sequence[SimulatedSource]) -> pl.DataFrame:
    """Turns of the interviews."""
    rows = []
    for source in sources:
        if source.kind != "interview":
            continue
        for match in _TURN.finditer(source.text):
            end = source.text.find("\n\n", match.end())
            rows.append(
                (source.name, match.end(), len(source.text) if end < 0 else end, match.group(1) == "Interviewer")
            )
    schema = {"source": pl.String, "start": pl.Int64, "end": pl.Int64, "is_question": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def measure(study: SimulatedStudy, framework: Framework, seed: int, *, coded: bool = True) -> list[ClaimScore]:
    """Plant into a study, search against the type of every case, and score our ranking beside plain BM25.

    With ``coded`` false nothing in the study is coded, so that retrieval has only the framework to go by.
    """
    planted = plant(study, seed)
    evidence = evidence_frame(planted.sources, planted.codings, framework)
    if not coded:
        evidence = evidence.clear()
    texts = {s.name: s.text for s in planted.sources}
    corpus = read_corpus(texts, turn_frame(planted.sources), source_frame(planted.sources), evidence, framework)
    plain = Counted([r.plain for r in corpus.readings])
    index = Bm25(plain)
    labels = {case.name: case.label for case in study.design.cases}
    scores: list[ClaimScore] = []
    for case, truth in study.truth.cases.items():
        if truth.type is None or truth.type not in load_passages():
            continue
        ideal = framework.type(truth.type)
        claim = claim_of_type(ideal, framework, Scope((case,)), f"{case} is {ideal.name}", name=f"{seed}-{case}")
        against = " ".join(theory_texts(framework.indicator(i)) for i in indicators_against(claim, framework))
        sentence = f"{labels[case]} is not a {ideal.name}. {ideal.definition}"
        kinds = _kinds(corpus, claim, planted, case)
        found = score_passages(corpus, claim, evidence, framework, labels)
        ours = np.zeros(corpus.passages.height)
        ours[kinds.rows] = fuse(found.total[kinds.rows], found.plain[kinds.rows])
        rankings = {
            "ours": ours,
            "ours without plain BM25": found.total,
            "bm25 vocabulary": index.scores(weights_of(_plain(against))),
            "bm25 sentence": index.scores(weights_of(_plain(sentence))),
        }
        scores += [_score(claim.name, name, ranking, kinds, planted, case) for name, ranking in rankings.items()]
    return scores


def _plain(text: str) -> list[str]:
    return [stem.removeprefix("not_") for stem in stems_of(text)]


@dataclass(frozen=True)
class _Pool:
    """Uncoded passages in scope: row numbers, and which planted or natural passage each one holds."""

    rows: npt.NDArray[np.int64]
    holds: tuple[tuple[int, str] | None, ...]


def _kinds(corpus: Corpus, claim: Claim, planted: PlantedStudy, case: str) -> _Pool:
    scope = in_scope(corpus.passages.with_row_index("row"), claim.scope).filter(~pl.col("covered"))
    marks: dict[str, list[tuple[int, int, int, str]]] = {}
    for number, p in enumerate((*planted.planted, *planted.natural)):
        if p.case == case:
            marks.setdefault(p.source, []).append((p.start, p.end, number, p.kind))
    holds: list[tuple[int, str] | None] = []
    for source, start, end in scope.select("source", "start", "end").iter_rows():
        best: tuple[int, tuple[int, str]] | None = None
        for low, high, number, kind in marks.get(source, ()):
            shared = min(high, end) - max(low, start)
            if 2 * shared >= min(high - low, end - start) and (best is None or shared > best[0]):
                best = (shared, (number, kind))
        holds.append(best[1] if best else None)
    return _Pool(scope["row"].to_numpy().astype(np.int64), tuple(holds))


def _score(
    claim: str, name: str, ranking: npt.NDArray[np.float64], pool: _Pool, planted: PlantedStudy, case: str
) -> ClaimScore:
    order = np.argsort(-ranking[pool.rows], kind="stable")
    held = [pool.holds[i] for i in order]
    first = {number for hold in held[:50] if hold for number in (hold[0],)}
    mine = {n: p.kind for n, p in enumerate(planted.planted) if p.case == case}

    def share(kind: str) -> float:
        wanted = [n for n, k in mine.items() if k == kind]
        return sum(n in first for n in wanted) / len(wanted)

    labelled = list(dict.fromkeys(h for h in held if h and h[1] != "natural"))[:10]
    return ClaimScore(
        claim,
        name,
        {kind: share(kind) for kind in STRENGTHS},
        sum(h[1] in (*STRENGTHS, "natural") for h in held[:10] if h) / 10,
        sum(h[1] in STRENGTHS for h in labelled) / max(len(labelled), 1),
        {kind: share(kind) for kind in NEGATIVES},
    )


def summarise(scores: Sequence[ClaimScore], *, draws: int = 2000, seed: int = 1, level: float = 0.90) -> dict[str, Any]:
    """Means with bootstrap intervals over claims (the clusters), and the ratio of our precision to that of BM25."""
    rng = np.random.Generator(np.random.PCG64(seed))
    names = list(dict.fromkeys(s.ranking for s in scores))
    claims = list(dict.fromkeys(s.claim for s in scores))
    picks = rng.integers(len(claims), size=(draws, len(claims)))
    place = {(s.claim, s.ranking): s for s in scores}

    def column(name: str, of: Any) -> npt.NDArray[np.float64]:
        return np.array([of(place[claim, name]) for claim in claims], dtype=np.float64)

    def mean(values: npt.NDArray[np.float64]) -> dict[str, float]:
        low, high = np.quantile(values[picks].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
        return {"mean": round(float(values.mean()), 3), "low": round(float(low), 3), "high": round(float(high), 3)}

    result: dict[str, Any] = {"n_claims": len(claims), "level": level, "rankings": {}}
    for name in names:
        result["rankings"][name] = {
            "recall_50": {k: mean(column(name, lambda s, k=k: s.recall[k])) for k in STRENGTHS},
            "precision_10": mean(column(name, lambda s: s.precision)),
            "precision_10_on_hard_negatives": mean(column(name, lambda s: s.pool_precision)),
            "hard_negatives_in_50": {k: mean(column(name, lambda s, k=k: s.negatives[k])) for k in NEGATIVES},
        }
    for of, label in (
        (lambda s: s.precision, "precision_10"),
        (lambda s: s.pool_precision, "precision_10_on_hard_negatives"),
    ):
        for other in names[1:]:
            ours, theirs = column("ours", of), column(other, of)
            below = theirs[picks].mean(axis=1)
            drawn = np.where(below > 0, ours[picks].mean(axis=1) / np.where(below > 0, below, 1.0), np.inf)
            low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], method="lower")
            ratio = float(ours.mean() / theirs.mean()) if theirs.mean() > 0 else None
            result[f"{label}, ours to {other}"] = {
                "ratio": round(ratio, 2) if ratio is not None else "not defined: BM25 found none",
                "low": round(float(low), 2),
                "high": round(float(high), 2) if np.isfinite(high) else "unbounded",
            }
    return result
