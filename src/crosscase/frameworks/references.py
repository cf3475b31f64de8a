"""Whether the parts of a framework file fit together: every name that is used is there, and means one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import BaseModel

from crosscase.frameworks.document import Path
from crosscase.frameworks.entries import TAKEN_COLUMNS, IndicatorEntry, PlainProvenanceEntry, ProvenanceEntry
from crosscase.frameworks.problems import Problems, hint
from crosscase.frameworks.rules import check_analysis, check_conditions, check_ratings, check_types
from crosscase.frameworks.schema import FrameworkFile, Placed


def check_references(file: FrameworkFile, problems: Problems) -> None:
    """Note everything in a file that refers to nothing, refers in circles, or stands there twice."""
    placed = list(file.indicators())
    _check_ids(file, placed, problems)
    _check_parents(placed, problems)
    _check_terms(placed, problems)
    _check_provenance(file, problems)
    _check_facets(file, problems)
    _check_participants(file, problems)
    check_analysis(file, problems)
    check_conditions(file, placed, problems)
    check_types(file, placed, problems)
    check_ratings(file, problems)


def _check_ids(file: FrameworkFile, placed: Sequence[Placed], problems: Problems) -> None:
    codebook: list[tuple[str, Path]] = []
    for d, domain in enumerate(file.domains):
        codebook.append((domain.id, ("domains", d, "id")))
        for s, subdomain in enumerate(domain.subdomains):
            codebook.append((subdomain.id, ("domains", d, "subdomains", s, "id")))
    codebook += [(p.entry.id, (*p.path, "id")) for p in placed]
    codebook += [(dilemma.id, ("dilemmas", i, "id")) for i, dilemma in enumerate(file.dilemmas)]
    _check_unique(codebook, problems)
    types = [(t.id, ("types", i, "id")) for i, t in enumerate(file.types)]
    corners = [(name, ("residual_corners", name)) for name in file.residual_corners]
    _check_unique([*types, *corners], problems)
    for id, path in codebook:
        if path[0] == "domains" and len(path) > 3:
            start = file.domains[int(path[1])].id + "."
            if not id.startswith(start):
                # Otherwise a pattern such as infra.* would pass over indicators of the domain.
                problems.add(path, f"the id {id!r} must begin with that of its domain, {start!r}")


def _check_unique(named: Iterable[tuple[str, Path]], problems: Problems) -> None:
    first: dict[str, Path] = {}
    for id, path in named:
        if id in first:
            problems.add(path, f"the id {id!r} is used twice, first on line {problems.line(first[id])}")
        first.setdefault(id, path)


def _check_parents(placed: Sequence[Placed], problems: Problems) -> None:
    by_id = {p.entry.id: p for p in placed}
    for p in placed:
        parent, path = p.entry.parent, (*p.path, "parent")
        if parent is None:
            continue
        if p.ancestors:
            problems.add(path, f"stands under {p.ancestors[-1].id!r} already — leave parent out")
        elif parent not in by_id:
            problems.add(path, f"there is no indicator {parent!r}{hint(parent, by_id)}")
        elif by_id[parent].domain.id != p.domain.id:
            problems.add(path, f"{parent!r} belongs to another domain")
        elif circle := _circle(p.entry, by_id):
            problems.add(path, f"parents go in a circle: {' → '.join(circle)}")


def _circle(entry: IndicatorEntry, by_id: dict[str, Placed]) -> list[str]:
    chain = [entry.id]
    current = by_id[entry.id].parent
    while current is not None and current in by_id:
        chain.append(current)
        if current == entry.id:
            return chain
        if current in chain[:-1]:
            return []  # runs into a circle further up, which is told there
        current = by_id[current].parent
    return []


def _check_terms(placed: Sequence[Placed], problems: Problems) -> None:
    for p in placed:
        taken: dict[str, str] = {}
        for name in ("terms", "weak_terms", "not_terms"):
            for i, term in enumerate(getattr(p.entry, name)):
                other = taken.setdefault(term.casefold(), name)
                if other != name:
                    problems.add((*p.path, name, i), f"{term!r} stands under {other} as well — choose one")
        if (p.entry.kind == "number") != (p.entry.unit is not None):
            told = "a number needs its unit" if p.entry.kind == "number" else "only a number has a unit"
            problems.add((*p.path, "unit"), told)


def _check_provenance(file: FrameworkFile, problems: Problems) -> None:
    for path, prov, owner in _provenances(file, ()):
        for key in prov.keys:
            if key not in file.sources:
                problems.add(path, f"there is no source {key!r}{hint(key, file.sources)}")
            elif prov.kind == "stated" and file.sources[key].seen is None:
                problems.add(path, f"{key} was not seen, so it cannot be 'stated' — use 'recalled', or fill in seen")
        if prov.kind == "stated" and not prov.keys:
            problems.add(path, "'stated' needs a source — write 'stated KEY'")
        if isinstance(prov, ProvenanceEntry):
            known = [f.alias or n for n, f in type(owner).model_fields.items() if n != "prov"]
            for name in prov.fields_:
                if name not in known:
                    problems.add((*path, "fields", name), f"this part has no field {name!r}{hint(name, known)}")


def _provenances(entry: object, path: Path) -> Iterator[tuple[Path, PlainProvenanceEntry, BaseModel]]:
    """Every provenance below a part, with the part that it is about."""
    if isinstance(entry, BaseModel):
        for name, field in type(entry).model_fields.items():
            value, below = getattr(entry, name), (*path, field.alias or name)
            if isinstance(value, PlainProvenanceEntry):
                yield below, value, entry
                if isinstance(value, ProvenanceEntry):
                    for key, part in value.fields_.items():
                        yield (*below, "fields", key), part, entry
            else:
                yield from _provenances(value, below)
    elif isinstance(entry, dict):
        for key, value in entry.items():
            yield from _provenances(value, (*path, key))
    elif isinstance(entry, list):
        for i, value in enumerate(entry):
            yield from _provenances(value, (*path, i))


def _check_facets(file: FrameworkFile, problems: Problems) -> None:
    for name, facet in file.facets.items():
        if name in TAKEN_COLUMNS:
            problems.add(("facets", name), f"{name!r} is a column of the evidence already — choose another name")
        if not facet.values:
            problems.add(("facets", name, "values"), "is empty — a facet needs values to choose from")
        if facet.default is not None and facet.default not in facet.values:
            told = f"{facet.default!r} is no value of this facet{hint(facet.default, facet.values)}"
            problems.add(("facets", name, "default"), told)


def _check_participants(file: FrameworkFile, problems: Problems) -> None:
    if file.participants is None:
        return
    levels = file.participants.levels
    for name, role in file.participants.roles.items():
        if role.level not in levels:
            told = f"there is no level {role.level!r}{hint(role.level, levels)}"
            problems.add(("participants", "roles", name, "level"), told)
