"""A small framework with terms, weak terms, not-terms and cues, so that every rule of the dictionary can be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crosscase.model.framework import (
    AnalysisRules,
    Domain,
    Facet,
    FacetValue,
    Framework,
    Indicator,
    Provenance,
    StanceRules,
    Subdomain,
)

_OURS = Provenance("inferred")
_LOCUS = {
    "central_office": ("central office", "the district", "superintendent"),
    "school": ("our school", "our principal"),
    "not_stated": (),
}
_MODE = {"prescribe": ("required to", "mandate"), "support": ("coach", "train"), "contract": ("charter",)}
_STANCE = ("present", "absent", "contradicts", "mixed", "uncertain")
_ACTUALITY = ("enacted", "formal", "espoused", "planned", "past")


def indicator(
    id: str, terms: Sequence[str] = (), weak: Sequence[str] = (), not_terms: Sequence[str] = (), kind: str = "passage"
) -> Indicator:
    """An indicator; its domain is the part of its id before the first dot."""
    domain, subdomain = id.split(".")[0], id.rsplit(".", 1)[0]
    return Indicator(
        id, id, domain, subdomain, "", "", "", "", _OURS, tuple(terms), tuple(weak), tuple(not_terms), kind=kind
    )


def framework(
    indicators: Sequence[Indicator] | None = None, *, locus: Mapping[str, Sequence[str]] | None = None
) -> Framework:
    """The small framework, or one of other indicators with the same facets."""
    given = tuple(indicators) if indicators is not None else INDICATORS
    domains = tuple(
        Domain(d, d, "", (Subdomain(f"{d}.all", d, tuple(i for i in given if i.domain == d), _OURS),), provenance=_OURS)
        for d in dict.fromkeys(i.domain for i in given)
    )
    facets = (
        _facet("locus", _LOCUS if locus is None else locus),
        _facet("mode", _MODE),
        _facet("stance", dict.fromkeys(_STANCE, ())),
        _facet("actuality", dict.fromkeys(_ACTUALITY, ())),
    )
    stance = StanceRules("stance", ("present",), ("absent", "contradicts"), ("mixed",), ("uncertain",))
    rules = AnalysisRules("locus", "not_stated", stance, "actuality")
    return Framework(
        "small", "1", "Small", "en", ("case", "cases"), "", {}, facets, domains, (), (), rules, digest="small-1"
    )


def _facet(id: str, values: Mapping[str, Sequence[str]]) -> Facet:
    return Facet(id, f"{id}?", tuple(FacetValue(v, v, terms=tuple(t)) for v, t in values.items()), True, _OURS)


INDICATORS = (
    indicator("infra.curr", ["common curriculum", "pacing guide", "scope and sequence"], ["textbook"]),
    indicator("infra.assess", ["common assessment"], [], ["tax assessment"]),
    indicator("use.coach", ["literacy coach", "coaching cycle"], [], ["football coach"]),
    indicator("use.team", ["professional learning community", "PLC"]),
    indicator("use.train", ["professional learning", "in-service"]),
    indicator("env.choice", ["school choice"], ["charter"], ["multiple choice"]),
    indicator("env.number", ["per-pupil spending"], kind="number"),
)
