"""A framework as Markdown, for `crosscase framework show`: everything in it, and where each part comes from."""

from __future__ import annotations

from collections.abc import Iterator

from crosscase.model.framework import (
    Condition,
    Domain,
    Facet,
    Framework,
    IdealType,
    Indicator,
    Pattern,
    Provenance,
)

_DEGREES = {1.0: "in", 0.75: "more in", 0.5: "open", 0.25: "more out", 0.0: "out"}


def describe(framework: Framework) -> str:
    """The whole framework as Markdown, for reading, printing and reviewing."""
    f = framework
    lines = [
        f"# {f.title}",
        "",
        f"{f.id} {f.version} · a case is one {f.case_noun[0]} · {len(f.domains)} domains, "
        f"{len(f.indicators)} indicators, {len(f.conditions)} conditions, {len(f.types)} types · {f.digest[:12]}",
        "",
        f"**What is coded.** {f.coding_unit}",
        *_sources(f),
        *_listed("Notes", f.notes),
        *_facets(f),
        *(line for domain in f.domains for line in _domain(f, domain)),
        *_dilemmas(f),
        *_conditions(f),
        *_types(f),
        *_evidence(f),
        *_ratings(f),
    ]
    return "\n".join(lines) + "\n"


def gaps(framework: Framework) -> tuple[str, ...]:
    """What a coder would miss: indicators without a line that says what to include or leave out, an example, terms."""
    wanted = {"include": "what to include", "exclude": "what to leave out", "example": "an example", "terms": "terms"}
    found = []
    for indicator in framework.indicators:
        left = [label for name, label in wanted.items() if not getattr(indicator, name)]
        if left:
            found.append(f"{indicator.id}: {', '.join(left)} missing")
    return tuple(found)


def _listed(title: str, items: tuple[str, ...]) -> list[str]:
    return ["", f"## {title}", *(f"- {item}" for item in items)] if items else []


def _origin(f: Framework, provenance: Provenance) -> str:
    parts = [provenance.sentence(f.citations)]
    parts += [f"{name}: {own.sentence(f.citations)}" for name, own in provenance.fields.items()]
    return "; ".join(parts)


def _sources(f: Framework) -> list[str]:
    return _listed("Sources", tuple(f"{key}: {cite} (seen: {f.seen[key]})" for key, cite in f.citations.items()))


def _facets(f: Framework) -> Iterator[str]:
    if f.facets:
        yield from ("", "## Facets: what is answered about each coding")
    for facet in f.facets:
        yield from _facet(f, facet)


def _facet(f: Framework, facet: Facet) -> Iterator[str]:
    asked = "always asked" if facet.required else "optional"
    yield from ("", f"### {facet.id}: {facet.question}", f"{asked} · {_origin(f, facet.provenance)}")
    if facet.note:
        yield facet.note
    for value in facet.values:
        told = [f"include {value.include}" if value.include else "", f"not {value.exclude}" if value.exclude else ""]
        cues = [f"terms: {', '.join(value.terms)}"] if value.terms else []
        rest = "; ".join(part for part in [*told, *cues] if part)
        yield f"- `{value.id}` {value.label}" + (f": {rest}" if rest else "")


def _domain(f: Framework, domain: Domain) -> Iterator[str]:
    yield from ("", f"## {domain.name} (`{domain.id}`)", domain.definition, f"*{_origin(f, domain.provenance)}*")
    for who, work in domain.typical.items():
        yield f"- typical of {who}: {work}"
    for subdomain in domain.subdomains:
        if subdomain.id != domain.id:
            yield from ("", f"### {subdomain.name} (`{subdomain.id}`)", f"*{_origin(f, subdomain.provenance)}*")
        for indicator in subdomain.indicators:
            yield from _indicator(f, indicator)


def _indicator(f: Framework, indicator: Indicator) -> Iterator[str]:
    part_of = f", part of `{indicator.parent}`" if indicator.parent else ""
    yield from ("", f"**`{indicator.id}` {indicator.name}**{part_of}: {indicator.definition}")
    rows = {
        "Include": indicator.include,
        "Leave out": indicator.exclude,
        "Invented example": indicator.example,
        "Unit": indicator.unit,
        "Direction": "high values count against" if indicator.reverse else "",
        "Terms": ", ".join(indicator.terms),
        "Weak terms": ", ".join(indicator.weak_terms),
        "Not when near": ", ".join(indicator.not_terms),
        "From": _origin(f, indicator.provenance),
    }
    yield from (f"- {label}: {text}" for label, text in rows.items() if text)


def _dilemmas(f: Framework) -> Iterator[str]:
    if f.dilemmas:
        yield from ("", "## Dilemmas")
    for dilemma in f.dilemmas:
        yield from ("", f"**`{dilemma.id}` {dilemma.name}** {dilemma.definition}".rstrip())
        if dilemma.anchor:
            yield f"- Rests on: {dilemma.anchor}"
        if dilemma.terms:
            yield f"- Terms: {', '.join(dilemma.terms)}"
        yield f"- From: {_origin(f, dilemma.provenance)}"


def _conditions(f: Framework) -> Iterator[str]:
    if f.conditions:
        yield from ("", "## Conditions")
    for condition in f.conditions:
        yield from _condition(f, condition)


def _condition(f: Framework, condition: Condition) -> Iterator[str]:
    yield from ("", f"### {condition.id}: {condition.label}", condition.definition)
    yield f"*{_origin(f, condition.provenance)}*"
    yield from (f"- for: {_pattern(pattern)}" for pattern in condition.supports)
    yield from (f"- against: {_pattern(pattern)}" for pattern in condition.opposes)
    if condition.indicators:
        yield f"- from the {condition.input}: {', '.join(condition.indicators)}"
    if condition.anchors:
        a = condition.anchors
        for name, value in (("out", a.out), ("cross", a.cross), ("in", a.into)):
            yield f"- {name} at {value:g}: {a.reasons.get(name, '')}"
    for name, reason in condition.unset_anchors.items():
        yield f"- {name} not set: {reason}"
    yield from (f"- rate as {name.replace('_', ' ')}: {text}" for name, text in condition.degrees.items())
    needs = condition.needs
    if condition.input == "passages":
        levels = f", {', '.join(needs.levels)} among them" if needs.levels else ""
        asked = f"{_many(needs.sources, 'source')} of {_many(needs.kinds, 'kind')}{levels}"
        yield f"- needs {asked}; below that it stays unknown"
    if not condition.in_model:
        yield "- not a dimension of the model of types: the domains count these passages already"


def _many(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _pattern(pattern: Pattern) -> str:
    facets = "; ".join(f"{name} {' or '.join(values)}" for name, values in pattern.facets.items())
    return ", ".join(f"`{code}`" for code in pattern.codes) + (f" where {facets}" if facets else "")


def _types(f: Framework) -> Iterator[str]:
    if f.types:
        yield from ("", "## Types")
    for type in f.types:
        yield from _type(f, type)
    if f.residual_corners:
        yield from ("", "### Corners that belong to no type")
    for name, (formula, label) in f.residual_corners.items():
        yield f"- `{name}` {formula}: {label}"


def _type(f: Framework, type: IdealType) -> Iterator[str]:
    yield from ("", f"### {type.name} (`{type.id}`)", type.definition, f"*{_origin(f, type.provenance)}*")
    yield f"- Rule: `{type.formula}`"
    for label, text in (("Instruction", type.instruction), ("Accountability", type.accountability)):
        if text:
            yield f"- {label}: {text}"
    for domain, row in type.templates.items():
        degrees = ", ".join(f"{locus} {_DEGREES.get(degree, f'{degree:g}')}" for locus, degree in row.items())
        expected = type.expects(domain)
        yield f"- {domain}: {degrees}" + (f"; expects {expected}" if expected else "; leaves open who holds it")
    yield from (f"- {locus} does: {', '.join(modes)}" for locus, modes in type.modes.items())
    yield from (f"- Not {f.type(other).name}: {text}" for other, text in type.discriminates_from.items())
    yield from (f"- Speaks against it: {_pattern(pattern)}" for pattern in type.disconfirming)
    yield from (f"- Speaks against it: {text}" for text in type.disconfirming_notes)
    for case in type.exemplars:
        yield f"- Exemplar: {case} ({_origin(f, type.exemplar_provenance.get(case, type.provenance))})"


def _evidence(f: Framework) -> Iterator[str]:
    if f.evidence_rules:
        yield from ("", "## Evidence that each degree asks for")
        yield from (f"- {name.replace('_', ' ')}: {text}" for name, text in f.evidence_rules.items())
    yield from _listed("Where to look for what speaks against it", f.disconfirming_search)
    if f.rules.weights:
        yield from ("", "## Weights", f"By {f.rules.actuality}:")
        yield from (f"- {value}: {weight:g}" for value, weight in f.rules.weights.items())


def _ratings(f: Framework) -> Iterator[str]:
    if f.ratings is None:
        return
    r = f.ratings
    yield from ("", "## Ratings of each case", f"*{_origin(f, r.provenance)}*")
    yield from (f"- {step}: {rule}" for step, rule in r.rules.items())
    yield from (f"- {name}: {text}" for name, text in r.special.items())
    yield from (f"- {label}: {t}" for label, t in (("Procedure", r.procedure), ("Groups", r.distinguishing)) if t)
    if f.outcome:
        yield f"- Outcome: {f.outcome.label} ({', '.join(f.outcome.values)})"
