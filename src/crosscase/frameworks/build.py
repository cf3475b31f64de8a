"""From a checked file to the model: frozen, with provenance handed down to every part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from crosscase.frameworks.entries import (
    DilemmaEntry,
    DomainEntry,
    FacetEntry,
    PlainProvenanceEntry,
    ProvenanceEntry,
)
from crosscase.frameworks.schema import (
    DEGREES,
    AnalysisEntry,
    ConditionEntry,
    FrameworkFile,
    NoteEntry,
    PatternEntry,
    Placed,
    RatingsEntry,
    TypeEntry,
)
from crosscase.model.formula import parse_formula
from crosscase.model.framework import (
    AnalysisRules,
    Anchors,
    Condition,
    Dilemma,
    Domain,
    Facet,
    FacetValue,
    Framework,
    IdealType,
    Indicator,
    Needs,
    Outcome,
    Pattern,
    Provenance,
    Ratings,
    Role,
    StanceRules,
    Subdomain,
)


def build(file: FrameworkFile) -> Framework:
    """The framework that a checked file describes."""
    top = _provenance(file.prov, Provenance("inferred"))
    citations = {key: source.cite for key, source in file.sources.items()}
    placed = list(file.indicators())
    participants = file.participants
    return Framework(
        id=file.id,
        version=file.version,
        title=file.title,
        language=file.language,
        case_noun=(file.case_noun.one, file.case_noun.many),
        coding_unit=file.coding_unit,
        citations=citations,
        facets=tuple(_facet(id, entry, top) for id, entry in file.facets.items()),
        domains=tuple(_domain(entry, placed, top) for entry in file.domains),
        conditions=tuple(_condition(id, entry, top) for id, entry in file.conditions.items()),
        types=tuple(_type(entry, top) for entry in file.types),
        rules=_rules(file.analysis),
        dilemmas=tuple(_dilemma(entry, top) for entry in file.dilemmas),
        residual_corners={id: (parse_formula(c.rule), c.label) for id, c in file.residual_corners.items()},
        ratings=_ratings(file.ratings, top) if file.ratings else None,
        notes=tuple(_note(entry, citations) for entry in file.notes),
        digest=digest(file),
        provenance=top,
        seen={key: source.seen or "nothing" for key, source in file.sources.items()},
        levels=dict(participants.levels) if participants else {},
        roles=tuple(Role(id, r.label, r.level) for id, r in participants.roles.items()) if participants else (),
        evidence_rules=dict(file.evidence_rules.degrees),
        disconfirming_search=tuple(file.evidence_rules.disconfirming_search),
        outcome=Outcome(file.outcome.id, file.outcome.label, tuple(file.outcome.values)) if file.outcome else None,
    )


def digest(file: FrameworkFile) -> str:
    """SHA-256 of what a file says, in its order; comments, line breaks and short forms do not change it."""
    content = file.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def _provenance(entry: PlainProvenanceEntry | None, above: Provenance) -> Provenance:
    """A part's own provenance, or kind and source of the nearest part above (notes and fields are about one part)."""
    if entry is None:
        return Provenance(above.kind, above.source)
    fields = {}
    if isinstance(entry, ProvenanceEntry):
        fields = {name: _provenance(field, above) for name, field in entry.fields_.items()}
    return Provenance(entry.kind, ", ".join(entry.keys), entry.note or "", fields)


def _facet(id: str, entry: FacetEntry, above: Provenance) -> Facet:
    return Facet(
        id=id,
        question=entry.question,
        values=tuple(
            FacetValue(name, v.label, v.include or "", v.exclude or "", tuple(v.terms))
            for name, v in entry.values.items()
        ),
        required=entry.required,
        provenance=_provenance(entry.prov, above),
        default=entry.default,
        note=entry.note or "",
    )


def _domain(entry: DomainEntry, placed: Iterable[Placed], above: Provenance) -> Domain:
    own = _provenance(entry.prov, above)
    here = [p for p in placed if p.domain is entry]
    if entry.indicators:
        # A domain without sub-domains is its own only sub-domain, so that every indicator sits at the same depth.
        subdomains = [Subdomain(entry.id, entry.name, _indicators(here, own), own, entry.definition)]
    else:
        subdomains = []
        for sub in entry.subdomains:
            inherited = _provenance(sub.prov, own)
            parts = _indicators([p for p in here if p.subdomain is sub], inherited)
            subdomains.append(Subdomain(sub.id, sub.name, parts, inherited, sub.definition or ""))
    return Domain(entry.id, entry.name, entry.definition, tuple(subdomains), own, dict(entry.typical))


def _indicators(placed: Iterable[Placed], above: Provenance) -> tuple[Indicator, ...]:
    return tuple(_indicator(p, above) for p in placed)


def _indicator(placed: Placed, above: Provenance) -> Indicator:
    entry = placed.entry
    for ancestor in placed.ancestors:
        above = _provenance(ancestor.prov, above)
    return Indicator(
        id=entry.id,
        name=entry.name,
        domain=placed.domain.id,
        subdomain=placed.subdomain.id if placed.subdomain else placed.domain.id,
        definition=entry.definition,
        include=entry.include or "",
        exclude=entry.exclude or "",
        example=entry.example or "",
        provenance=_provenance(entry.prov, above),
        terms=tuple(entry.terms),
        weak_terms=tuple(entry.weak_terms),
        not_terms=tuple(entry.not_terms),
        kind=entry.kind,
        unit=entry.unit or "",
        reverse=entry.reverse,
        parent=placed.parent,
    )


def _patterns(entries: Iterable[PatternEntry]) -> tuple[Pattern, ...]:
    return tuple(Pattern(tuple(e.code), {k: tuple(v) for k, v in e.facets.items()}) for e in entries)


def _condition(id: str, entry: ConditionEntry, above: Provenance) -> Condition:
    anchors, unset = None, {}
    if entry.anchors is not None:
        values = [anchor.at for anchor in entry.anchors.all.values()]
        reasons = {name: anchor.reason for name, anchor in entry.anchors.all.items()}
        numbers = [value for value in values if value is not None]
        if len(numbers) == len(values):
            anchors = Anchors(numbers[0], numbers[1], numbers[2], reasons)
        else:
            unset = reasons
    return Condition(
        id=id,
        label=entry.label,
        definition=entry.definition,
        provenance=_provenance(entry.prov, above),
        input=entry.input,
        supports=_patterns(entry.supports),
        opposes=_patterns(entry.opposes),
        indicators=tuple(entry.indicators),
        anchors=anchors,
        needs=Needs(entry.needs.sources, entry.needs.kinds, tuple(entry.needs.levels)),
        in_model=entry.in_model,
        degrees=dict(entry.degrees.items()),
        unset_anchors=unset,
    )


def _type(entry: TypeEntry, above: Provenance) -> IdealType:
    own = _provenance(entry.prov, above)
    return IdealType(
        id=entry.id,
        name=entry.name,
        definition=entry.definition,
        formula=parse_formula(entry.rule),
        provenance=own,
        templates={d: {locus: DEGREES[degree] for locus, degree in row.items()} for d, row in entry.templates.items()},
        instruction=entry.instruction or "",
        accountability=entry.accountability or "",
        exemplars=tuple(e.case for e in entry.exemplars),
        modes={locus: tuple(modes) for locus, modes in entry.modes.items()},
        discriminates_from=dict(entry.discriminates_from),
        disconfirming=_patterns(entry.disconfirming.patterns),
        disconfirming_notes=tuple(entry.disconfirming.notes),
        exemplar_provenance={e.case: _provenance(e.prov, own) for e in entry.exemplars},
    )


def _rules(entry: AnalysisEntry) -> AnalysisRules:
    stance = entry.stance
    return AnalysisRules(
        locus=entry.locus.facet if entry.locus else None,
        not_stated=entry.locus.not_stated if entry.locus else None,
        stance=StanceRules(
            stance.facet, tuple(stance.affirms), tuple(stance.denies), tuple(stance.splits), tuple(stance.drops)
        )
        if stance
        else None,
        actuality=entry.actuality.facet if entry.actuality else None,
        weights=dict(entry.actuality.weights) if entry.actuality else {},
        school_levels=tuple(entry.school_levels) or AnalysisRules.school_levels,
        mode=entry.mode,
    )


def _dilemma(entry: DilemmaEntry, above: Provenance) -> Dilemma:
    return Dilemma(
        id=entry.id,
        name=entry.name,
        provenance=_provenance(entry.prov, above),
        terms=tuple(entry.terms),
        definition=entry.definition or "",
        anchor=entry.anchor or "",
    )


def _ratings(entry: RatingsEntry, above: Provenance) -> Ratings:
    return Ratings(
        scale=tuple(entry.scale),
        rules=dict(entry.rules),
        special=dict(entry.special),
        procedure=entry.procedure or "",
        distinguishing=entry.distinguishing or "",
        provenance=_provenance(entry.prov, above),
    )


def _note(entry: NoteEntry, citations: dict[str, str]) -> str:
    if entry.prov is None:
        return entry.text
    origin = _provenance(entry.prov, Provenance("inferred")).sentence(citations)
    return f"{entry.text} [{origin}]"
