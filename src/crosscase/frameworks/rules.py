"""Whether the theory in a framework file can be computed: conditions, anchors, rules, templates, analysis, ratings."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from crosscase.errors import FrameworkError
from crosscase.frameworks.document import Path
from crosscase.frameworks.problems import Problems, hint
from crosscase.frameworks.schema import ConditionEntry, FrameworkFile, PatternEntry, Placed, TypeEntry
from crosscase.model.formula import FUNCTIONS, Formula, parse_formula


def check_analysis(file: FrameworkFile, problems: Problems) -> None:
    """The facets that analyses read exist, and every value of them is accounted for."""
    analysis = file.analysis
    if analysis.locus and (values := _facet(file, analysis.locus.facet, ("analysis", "locus", "facet"), problems)):
        nobody = analysis.locus.not_stated
        if nobody is not None and nobody not in values:
            problems.add(("analysis", "locus", "not_stated"), f"{nobody!r} is no value of it{hint(nobody, values)}")
    if analysis.mode:
        _facet(file, analysis.mode, ("analysis", "mode"), problems)
    if stance := analysis.stance:
        path: Path = ("analysis", "stance")
        values = _facet(file, stance.facet, (*path, "facet"), problems)
        uses = [(v, use) for use in ("affirms", "denies", "splits", "drops") for v in getattr(stance, use)]
        _partition(values, uses, path, problems)
    if actuality := analysis.actuality:
        path = ("analysis", "actuality")
        values = _facet(file, actuality.facet, (*path, "facet"), problems)
        _partition(values, [(v, "weights") for v in actuality.weights], path, problems)
    for i, level in enumerate(analysis.school_levels):
        _level(file, level, ("analysis", "school_levels", i), problems)


def _facet(file: FrameworkFile, name: str, path: Path, problems: Problems) -> Collection[str]:
    if name in file.facets:
        return file.facets[name].values
    problems.add(path, f"there is no facet {name!r}{hint(name, file.facets)}")
    return ()


def _partition(values: Collection[str], uses: Sequence[tuple[str, str]], path: Path, problems: Problems) -> None:
    """Each value of a facet stands in exactly one place: what is left out would be counted by guess."""
    if not values:
        return
    seen: set[str] = set()
    for value, use in uses:
        if value not in values:
            problems.add((*path, use), f"{value!r} is no value of the facet{hint(value, values)}")
        elif value in seen:
            problems.add((*path, use), f"{value!r} stands here or above already — keep one")
        seen.add(value)
    if left := [value for value in values if value not in seen]:
        problems.add(path, f"says nothing about {', '.join(left)}")


def _level(file: FrameworkFile, level: str, path: Path, problems: Problems) -> None:
    levels = file.participants.levels if file.participants else {}
    if level not in levels:
        problems.add(path, f"there is no level {level!r} under participants{hint(level, levels)}")


def check_conditions(file: FrameworkFile, placed: Sequence[Placed], problems: Problems) -> None:
    """Each condition has what its kind of input needs, and anchors that rise."""
    for name, condition in file.conditions.items():
        path: Path = ("conditions", name)
        if name in FUNCTIONS:
            problems.add(path, f"{name!r} is a word of the rules — choose another name")
        for key, patterns in (("for", condition.supports), ("against", condition.opposes)):
            if patterns and condition.input != "passages":
                problems.add((*path, key), f"a condition with input {condition.input} has no patterns")
            for i, pattern in enumerate(patterns):
                _check_pattern(file, placed, pattern, (*path, key, i), problems)
        for i, level in enumerate(condition.needs.levels):
            _level(file, level, (*path, "needs", "levels", i), problems)
        _check_input(condition, placed, path, problems)
        _check_anchors(condition, path, problems)


def _check_input(condition: ConditionEntry, placed: Sequence[Placed], path: Path, problems: Problems) -> None:
    if condition.input == "passages":
        if not condition.supports:
            problems.add(path, "'for' is missing — say which codings speak for the condition")
        if condition.indicators:
            problems.add((*path, "indicators"), "a condition built from passages has patterns instead")
        return
    kinds = {p.entry.id: p.entry.kind for p in placed}
    for i, id in enumerate(condition.indicators):
        if id not in kinds:
            problems.add((*path, "indicators", i), f"there is no indicator {id!r}{hint(id, kinds)}")
        elif condition.input == "number" and kinds[id] != "number":
            problems.add((*path, "indicators", i), f"{id!r} is no number — give it 'kind: number' and a unit")
    if condition.input == "number" and len(condition.indicators) != 1:
        told = "needs exactly one indicator, as units differ — write one condition for each and join them in the rule"
        problems.add((*path, "indicators"), told)
    if condition.input == "rating" and not condition.degrees:
        problems.add(path, "'degrees' is missing — say in words what people rate as in, more_in, more_out, out")


def _check_anchors(condition: ConditionEntry, path: Path, problems: Problems) -> None:
    if condition.anchors is None:
        if condition.input != "rating":
            problems.add(path, "'anchors' is missing — give out, cross and in, each with its reason")
        return
    path = (*path, "anchors")
    values = {name: anchor.at for name, anchor in condition.anchors.all.items()}
    given = [value for value in values.values() if value is not None]
    if len(given) < len(values):
        if given:
            problems.add(path, "some anchors are null and some are not — give all three, or none")
        elif condition.input != "number":
            problems.add(path, "anchors for passages are shares of support and cannot be null")
        return
    if not given[0] < given[1] < given[2]:
        told = ", ".join(f"{name} {value:g}" for name, value in zip(values, given, strict=True))
        problems.add(path, f"anchors must rise, and these do not: {told} — for the opposite write ~ in the rule")
    if condition.input == "passages" and not all(0 <= value <= 1 for value in given):
        problems.add(path, "anchors for passages are shares of support, between 0 and 1")


def _check_pattern(
    file: FrameworkFile, placed: Sequence[Placed], pattern: PatternEntry, path: Path, problems: Problems
) -> None:
    kinds = {p.entry.id: p.entry.kind for p in placed}
    for code in pattern.code:
        if code.endswith("*"):
            if code != "*" and not (code.endswith(".*") and any(id.startswith(code[:-1]) for id in kinds)):
                problems.add((*path, "code"), f"no indicator begins with {code[:-1]!r}{hint(code, _families(kinds))}")
        elif code not in kinds:
            problems.add((*path, "code"), f"there is no indicator {code!r}{hint(code, [*kinds, *_families(kinds)])}")
        elif kinds[code] == "number":
            problems.add((*path, "code"), f"{code!r} is a number; no passage is coded with it")
    for facet, values in pattern.facets.items():
        if facet not in file.facets:
            told = f"there is no facet {facet!r}{hint(facet, ['code', *file.facets])}"
            problems.add((*path, facet), told)
            continue
        for value in values:
            if value not in file.facets[facet].values:
                told = f"{value!r} is no value of the facet {facet}{hint(value, file.facets[facet].values)}"
                problems.add((*path, facet), told)


def _families(ids: Collection[str]) -> list[str]:
    steps = (id.split(".")[:n] for id in ids for n in range(1, id.count(".") + 1))
    return list(dict.fromkeys(".".join(step) + ".*" for step in steps))


def check_types(file: FrameworkFile, placed: Sequence[Placed], problems: Problems) -> None:
    """Rules can be read and speak about conditions that exist; templates speak about domains and loci that exist."""
    locus = file.analysis.locus
    loci: Mapping[str, object] = {}
    if locus and locus.facet in file.facets:
        loci = {k: v for k, v in file.facets[locus.facet].values.items() if k != locus.not_stated}
    for i, type in enumerate(file.types):
        path: Path = ("types", i)
        _check_rule(file, type.rule, (*path, "rule"), problems)
        _check_template(file, type, loci, path, problems)
        _check_modes(file, type, loci, path, problems)
        others = [other.id for other in file.types if other.id != type.id]
        for name in type.discriminates_from:
            if name not in others:
                told = f"there is no other type {name!r}{hint(name, others)}"
                problems.add((*path, "discriminates_from", name), told)
        for p, pattern in enumerate(type.disconfirming.patterns):
            _check_pattern(file, placed, pattern, (*path, "disconfirming", "patterns", p), problems)
    for name, corner in file.residual_corners.items():
        _check_rule(file, corner.rule, ("residual_corners", name, "rule"), problems)


def _check_rule(file: FrameworkFile, rule: str, path: Path, problems: Problems) -> None:
    try:
        formula: Formula = parse_formula(rule)
    except FrameworkError as fault:
        problems.add(path, str(fault))
        return
    for name in formula.conditions:
        if name not in file.conditions:
            problems.add(path, f"there is no condition {name!r}{hint(name, file.conditions)}")


def _check_template(
    file: FrameworkFile, type: TypeEntry, loci: Mapping[str, object], path: Path, problems: Problems
) -> None:
    if type.templates and not loci:
        problems.add((*path, "templates"), "needs 'analysis › locus': which facet says who does the work")
        return
    domains = [domain.id for domain in file.domains]
    for domain, row in type.templates.items():
        if domain not in domains:
            problems.add((*path, "templates", domain), f"there is no domain {domain!r}{hint(domain, domains)}")
        for name in row:
            if name not in loci:
                told = f"{name!r} is no locus of work{hint(name, loci)}"
                problems.add((*path, "templates", domain, name), told)


def _check_modes(
    file: FrameworkFile, type: TypeEntry, loci: Mapping[str, object], path: Path, problems: Problems
) -> None:
    facet = file.facets.get(file.analysis.mode or "")
    if type.modes and facet is None:
        problems.add((*path, "modes"), "needs 'analysis › mode': which facet says what is done")
        return
    for name, modes in type.modes.items():
        if name not in loci:
            problems.add((*path, "modes", name), f"{name!r} is no locus of work{hint(name, loci)}")
        for mode in modes:
            if facet is not None and mode not in facet.values:
                problems.add((*path, "modes", name), f"{mode!r} is no mode{hint(mode, facet.values)}")


def check_ratings(file: FrameworkFile, problems: Problems) -> None:
    """The scale rises and each step of it has a rule."""
    if file.ratings is None:
        return
    scale, path = file.ratings.scale, ("ratings",)
    if any(low >= high for low, high in pairwise(scale)):
        problems.add((*path, "scale"), "must rise")
    steps = {f"{step:+d}" if step else "0" for step in scale}
    for key in file.ratings.rules:
        if key not in steps:
            problems.add((*path, "rules", key), f"{key!r} is no step of the scale{hint(key, sorted(steps))}")
    if left := sorted(steps - set(file.ratings.rules)):
        problems.add((*path, "rules"), f"says nothing about {', '.join(left)}")
