"""Small frameworks and evidence with a known truth, for the tests of ``crosscase.analysis``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from crosscase.model.formula import parse_formula
from crosscase.model.framework import (
    AnalysisRules,
    Anchors,
    Condition,
    Domain,
    Facet,
    FacetValue,
    Framework,
    IdealType,
    Indicator,
    Needs,
    Pattern,
    Provenance,
    StanceRules,
    Subdomain,
)

OURS = Provenance("inferred")
DOMAINS = ("env", "infra", "use", "perf", "lead")
LOCI = ("central_office", "school", "joint", "external_partner", "families_market")
IN, MORE_IN, CROSS, MORE_OUT, OUT = 1.0, 0.75, 0.5, 0.25, 0.0
FORMULAS = {
    "managerial": "COMMON * ~SCHOOLVOICE * ~MARKET",
    "market_driven": "~COMMON * SCHOOLVOICE * ~BOUNDS * MARKET",
    "federated": "~COMMON * SCHOOLVOICE * BOUNDS * ~MARKET",
    "networked": "COMMON * SCHOOLVOICE * ~MARKET",
}
EXPECTED: dict[str, dict[str, str | None]] = {
    "managerial": dict.fromkeys(DOMAINS, "central_office"),
    "market_driven": {"env": None, "infra": "school", "use": "school", "perf": "families_market", "lead": "school"},
    "federated": {"env": None, "infra": "school", "use": "school", "perf": None, "lead": "school"},
    "networked": dict.fromkeys(DOMAINS, "joint"),
}
SIGNS = {
    "managerial": {"COMMON": True, "MARKET": False},
    "market_driven": {"COMMON": False, "BOUNDS": False, "MARKET": True},
    "federated": {"COMMON": False, "BOUNDS": True, "MARKET": False},
    "networked": {"COMMON": True, "MARKET": False},
}
# Where each condition is spoken about: domain, the code for it, the code against it.
POLES = {
    "COMMON": ("infra", "infra.curr.common", "infra.curr.local"),
    "BOUNDS": ("use", "use.adapt.bounded", "use.adapt.free"),
    "MARKET": ("perf", "perf.account.market", "perf.account.bureau"),
}


def _indicator(id: str, domain: str, **more: object) -> Indicator:
    return Indicator(id, id, domain, domain, id, "", "", "", OURS, **more)  # type: ignore[arg-type]


def _facet(id: str, *values: str) -> Facet:
    return Facet(id, f"{id}?", tuple(FacetValue(v, v) for v in values), True, OURS)


def education(*, needs: Needs | None = None, voice: bool = True) -> Framework:
    """The four ideal types of education systems over five loci, with few indicators."""
    needs = needs or Needs(sources=3, kinds=2, levels=("school",))
    anchors = Anchors(0.25, 0.5, 0.75)
    codes = {d: [f"{d}.other"] for d in DOMAINS}
    for domain, pro, contra in POLES.values():
        codes[domain] += [pro, contra]
    conditions = [
        Condition(
            name, name.title(), "", OURS, "passages", (Pattern((pro,)),), (Pattern((contra,)),), (), anchors, needs
        )
        for name, (_, pro, contra) in POLES.items()
    ]
    spoken = tuple(f"{d}.other" for d in ("infra", "use", "lead"))
    voiced = Condition(
        "SCHOOLVOICE",
        "Schools hold real authority",
        "",
        OURS,
        "passages",
        (Pattern(spoken, {"locus": ("school", "joint")}),),
        (Pattern(spoken, {"locus": ("central_office",)}),),
        (),
        anchors,
        needs,
        in_model=False,
    )
    return Framework(
        id="education-test",
        version="1",
        title="Education systems, for tests",
        language="en",
        case_noun=("district", "districts"),
        coding_unit="passage",
        citations={},
        facets=(
            _facet("locus", *LOCI, "not_stated"),
            _facet("stance", "present", "absent", "contradicts", "mixed", "uncertain"),
            _facet("actuality", "enacted", "formal", "espoused", "planned", "past"),
        ),
        domains=tuple(
            Domain(d, d.title(), "", (Subdomain(d, d, tuple(_indicator(c, d) for c in codes[d]), OURS),), OURS)
            for d in DOMAINS
        ),
        conditions=(*conditions, voiced) if voice else tuple(conditions),
        types=tuple(
            IdealType(
                name,
                name.replace("_", "-").title(),
                "",
                parse_formula(FORMULAS[name]),
                OURS,
                templates={
                    d: {locus: IN if locus == want else OUT for locus in LOCI} if want else dict.fromkeys(LOCI, CROSS)
                    for d, want in EXPECTED[name].items()
                },
            )
            for name in FORMULAS
        ),
        rules=AnalysisRules(
            locus="locus",
            not_stated="not_stated",
            stance=StanceRules("stance", ("present",), ("absent", "contradicts"), ("mixed",), ("uncertain",)),
            actuality="actuality",
            weights={"enacted": 1.0, "formal": 0.75, "espoused": 0.25, "planned": 0.25, "past": 0.0},
        ),
        residual_corners={"legacy_loose": (parse_formula("~COMMON * ~BOUNDS * ~MARKET"), "Loosely coupled schooling")},
    )


def welfare(anchors: Anchors | None = Anchors(0.2, 0.5, 0.8)) -> Framework:
    """Two regimes over numeric conditions only: no passages, no locus facet."""
    names = {"DECOM": ("rate", False), "UNIVERSAL": ("flat", False), "MARKET": ("private", False)}
    return Framework(
        id="welfare-test",
        version="1",
        title="Welfare regimes, for tests",
        language="en",
        case_noun=("country", "countries"),
        coding_unit="figure",
        citations={},
        facets=(),
        domains=(
            Domain(
                "dec",
                "Decommodification",
                "",
                (
                    Subdomain(
                        "d", "d", tuple(_indicator(i, "dec", kind="number", reverse=r) for i, r in names.values()), OURS
                    ),
                ),
                OURS,
            ),
        ),
        conditions=tuple(
            Condition(n, n.title(), "", OURS, "number", indicators=(i,), anchors=anchors) for n, (i, _) in names.items()
        ),
        types=(
            IdealType("social_democratic", "Social democratic", "", parse_formula("DECOM * UNIVERSAL * ~MARKET"), OURS),
            IdealType("liberal", "Liberal", "", parse_formula("~DECOM * ~UNIVERSAL * MARKET"), OURS),
        ),
        rules=AnalysisRules(),
    )


COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "coding_id": pl.Int64,
    "source": pl.String,
    "case": pl.String,
    "kind": pl.String,
    "date": pl.String,
    "participant": pl.String,
    "role": pl.String,
    "level": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "text": pl.String,
    "code": pl.String,
    "domain": pl.String,
    "locus": pl.String,
    "mode": pl.String,
    "stance": pl.String,
    "actuality": pl.String,
    "subject": pl.String,
    "coder": pl.String,
    "coder_kind": pl.String,
    "round": pl.String,
    "codebook_version": pl.String,
    "confidence": pl.Float64,
}
_DEFAULTS = {
    "case": "urban",
    "kind": "interview",
    "level": "school",
    "start": 0,
    "end": 50,
    "text": "…",
    "stance": "present",
    "actuality": "enacted",
    "coder": "ana",
    "coder_kind": "person",
    "round": "1",
    "codebook_version": "1",
}


def evidence_of(*rows: Mapping[str, object]) -> pl.DataFrame:
    """An evidence frame from rows that name only what matters; the domain follows from the code."""
    full = []
    for i, row in enumerate(rows):
        code = str(row.get("code", "infra.other"))
        given = {"coding_id": i + 1, "source": "s1", "code": code, "domain": code.split(".")[0]}
        full.append({**dict.fromkeys(COLUMNS), **_DEFAULTS, **given, **row})
    return pl.DataFrame(full, schema=COLUMNS)


@dataclass(frozen=True)
class Planted:
    """What a simulated study was made of."""

    evidence: pl.DataFrame
    types: Mapping[str, str]
    shares: Mapping[tuple[str, str], np.ndarray] = field(repr=False)


def plant(
    seed: int,
    types: Sequence[str],
    *,
    n_sources: int = 15,
    n_passages: float = 3.0,
    accuracy: float = 0.82,
    concentration: float = 6.0,
    dominant: float = 0.62,
    double_coded: float = 0.3,
    denied: float = 0.1,
    coders: Sequence[str] = ("ana", "ben"),
) -> Planted:
    """A study with planted types; its truth is not drawn from the model's prior.

    In a domain that the type settles its locus holds ``dominant`` of the work; sources scatter around the case's
    shares with ``concentration``; coders read the locus and the pole rightly with ``accuracy``.
    """
    rng = np.random.default_rng(seed)
    bias = {c: rng.dirichlet(np.ones(len(LOCI))) for c in coders}
    rows: list[dict[str, object]] = []
    shares: dict[tuple[str, str], np.ndarray] = {}
    names = tuple(f"case{i + 1}" for i in range(len(types)))
    for case, kind in zip(names, types, strict=True):
        for name in (*DOMAINS, *POLES):
            shares[case, name] = _shares(rng, kind, name, dominant)
        for s in range(n_sources):
            _source(rng, rows, case, s, shares, n_passages, accuracy, concentration, double_coded, denied, coders, bias)
    return Planted(evidence_of(*rows), dict(zip(names, types, strict=True)), shares)


def _shares(rng: np.random.Generator, kind: str, name: str, dominant: float) -> np.ndarray:
    if name in POLES:
        wanted = SIGNS.get(kind, {}).get(name)
        if kind == "none":
            # A corner of the property space that no type holds: no common approach, no bounds, no market.
            wanted = False
        p = rng.beta(8, 2) if wanted is not None else rng.beta(2, 2)
        return np.array([p, 1 - p]) if wanted in (True, None) else np.array([1 - p, p])
    n = len(LOCI)
    locus = EXPECTED.get(kind, {}).get(name)
    if locus is None:
        best = int(rng.integers(n))
        if kind == "none" and name in ("infra", "use", "lead"):
            best = LOCI.index("external_partner")
    else:
        best = LOCI.index(locus)
    rest = rng.dirichlet(np.full(n - 1, 2.0)) * (1 - dominant)
    return np.insert(rest, best, dominant)


def _source(
    rng: np.random.Generator,
    rows: list[dict[str, object]],
    case: str,
    s: int,
    shares: Mapping[tuple[str, str], np.ndarray],
    n_passages: float,
    accuracy: float,
    concentration: float,
    double_coded: float,
    denied: float,
    coders: Sequence[str],
    bias: Mapping[str, np.ndarray],
) -> None:
    level, kind = (("central", "interview"), ("school", "interview"), ("school", "observation"))[s % 3]
    local = {name: rng.dirichlet(np.maximum(concentration * shares[case, name], 1e-3)) for name in (*DOMAINS, *POLES)}
    both = rng.random() < double_coded
    who = list(coders) if both else [coders[int(rng.integers(len(coders)))]]
    at = 0

    def read(truth: int, coder: str, n: int) -> int:
        if rng.random() < accuracy:
            return truth
        if n == 2:
            return 1 - truth
        wrong = bias[coder].copy()
        wrong[truth] = 0.0
        return int(rng.choice(n, p=wrong / wrong.sum()))

    def say(code_of: Mapping[str, str], locus_of: Mapping[str, str], stance: str) -> None:
        nonlocal at
        for coder in who:
            shift = int(rng.integers(-5, 6)) if both else 0
            rows.append(
                {
                    "case": case,
                    "source": f"{case}-{s}",
                    "level": level,
                    "kind": kind,
                    "start": at + 10 + shift,
                    "end": at + 70 + shift,
                    "code": code_of[coder],
                    "domain": code_of[coder].split(".")[0],
                    "locus": locus_of[coder],
                    "stance": stance,
                    "coder": coder,
                }
            )
        at += 100

    for domain in DOMAINS:
        for _ in range(rng.poisson(n_passages)):
            truth = int(rng.choice(len(LOCI), p=local[domain]))
            stance = "present"
            if rng.random() < denied:
                # A denial names a locus that does not do the work.
                stance, truth = "absent", int(rng.choice([k for k in range(len(LOCI)) if k != truth]))
            say(
                dict.fromkeys(who, f"{domain}.other"),
                {c: LOCI[read(truth, c, len(LOCI))] for c in who},
                stance,
            )
    for name, (_, pro, contra) in POLES.items():
        for _ in range(rng.poisson(n_passages)):
            truth = int(rng.choice(2, p=local[name]))
            say({c: (pro, contra)[read(truth, c, 2)] for c in who}, dict.fromkeys(who, "not_stated"), "present")
