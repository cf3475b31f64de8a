"""What a person can choose for a set-theoretic analysis: the sets that the study has, and the choices of one plan."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crosscase.analysis.qca.data import MAX_LEVELS, read_outcome
from crosscase.errors import InputError
from crosscase.services.memberships import Plan, table_of_study
from crosscase.services.settings import ConfigurationSettings
from crosscase.services.study import Study

EVIDENCE = "coded evidence"


@dataclass(frozen=True)
class Choosable:
    """A set that a condition or the outcome can be.

    Attributes
    ----------
    origin
        Where its memberships come from.
    n_known
        Cases that have a value; ``None`` where only the analysis of the evidence can tell.
    levels
        2 for memberships, more for a multi-value condition.
    raw
        Whether the values are raw numbers that need anchors before they are memberships.
    """

    name: str
    label: str
    origin: str
    n_known: int | None = None
    levels: int = 2
    raw: bool = False

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes that it can be, such as ``GAINS`` and ``~GAINS``."""
        if self.levels > 2:
            return tuple(f"{self.name}[{level}]" for level in range(self.levels))
        return self.name, f"~{self.name}"


@dataclass(frozen=True)
class Choices:
    """A plan with the anchors of raw numbers; ``own`` says whether it is another one than that of study.yaml."""

    plan: Plan
    anchors: Mapping[str, tuple[float, ...]]
    data: str = ""
    own: bool = False

    @property
    def settings(self) -> ConfigurationSettings:
        """The choices as settings, which is what memberships are made with."""
        plan = self.plan
        return ConfigurationSettings(
            outcome=plan.outcome,
            conditions=plan.conditions,
            data=self.data,
            anchors=dict(self.anchors),
            incl_cut=plan.incl_cut,
            n_cut=plan.n_cut,
            pri_cut=plan.pri_cut,
            dir_exp=plan.dir_exp,
        )

    @property
    def yaml(self) -> str:
        """The lines that keep these choices in ``study.yaml``."""
        import yaml

        plan = self.plan
        content: dict[str, Any] = {"outcome": plan.outcome}
        if plan.conditions:
            content["conditions"] = list(plan.conditions)
        if self.data:
            content["data"] = self.data
        if self.anchors:
            content["anchors"] = {name: list(values) for name, values in self.anchors.items()}
        content["incl_cut"] = plan.incl_cut[0] if len(plan.incl_cut) == 1 else list(plan.incl_cut)
        content |= {"n_cut": plan.n_cut, "pri_cut": plan.pri_cut}
        if plan.dir_exp:
            content["dir_exp"] = list(plan.dir_exp)
        written: str = yaml.safe_dump({"configurations": content}, sort_keys=False, allow_unicode=True, width=100)
        return written


def sets_to_choose(study: Study) -> tuple[Choosable, ...]:
    """The sets of the study: columns of its table, conditions of its framework, numbers of its cases."""
    settings = study.settings.configurations
    file = settings.data if settings is not None else ""
    table = table_of_study(study, file)
    names_column = "case" if "case" in table.columns else (table.columns or [""])[0]
    found = {
        name: _choosable(name, "", f"the table {file}", table[name].to_list())
        for name in table.columns
        if name != names_column
    }
    for condition in study.framework.conditions:
        found.setdefault(condition.id, Choosable(condition.id, condition.label, EVIDENCE))
    numbers: dict[str, list[float | None]] = {}
    for case in study.settings.cases:
        for name in case.numbers:
            numbers.setdefault(name, [c.numbers.get(name) for c in study.settings.cases])
    for name, values in numbers.items():
        found.setdefault(name, _choosable(name, "", "numbers of the cases in study.yaml", values))
    return tuple(found.values())


def _choosable(name: str, label: str, origin: str, values: Sequence[object]) -> Choosable:
    known = [float(v) for v in values if isinstance(v, int | float) and math.isfinite(v)]
    raw = any(not 0.0 <= v <= 1.0 for v in known)
    whole = raw and all(v >= 0 and v == int(v) and v < MAX_LEVELS for v in known)
    levels = int(max(known)) + 1 if whole else 2
    return Choosable(name, label, origin, len(known), levels, raw)


def choices_of(study: Study, query: Mapping[str, Sequence[str]]) -> Choices | None:
    """What the fields of a query ask for; without an outcome the choices of ``study.yaml``, or ``None``.

    Fields: ``outcome``, ``condition`` (repeated), ``incl_cut``, ``n_cut``, ``pri_cut``, ``dir_exp``,
    ``anchors.SET``. What is left out is as in ``study.yaml``, else the default.

    Raises
    ------
    InputError
        A field that should be a number is none, or lies outside its range.
    """
    settings = study.settings.configurations
    data = settings.data if settings is not None else ""
    usual = Choices(Plan.of(settings), settings.anchors, data) if settings is not None else None
    outcome = _last(query, "outcome")
    if not outcome:
        return usual
    read_outcome(outcome)
    plan = replace(usual.plan, outcome=outcome) if usual is not None else Plan(outcome)
    if "condition" in query:
        plan = replace(plan, conditions=_conditions(query["condition"]))
    if "incl_cut" in query:
        plan = replace(plan, incl_cut=_incl_cut(_last(query, "incl_cut")))
    if "n_cut" in query:
        plan = replace(plan, n_cut=_whole(_last(query, "n_cut")))
    if "pri_cut" in query:
        plan = replace(plan, pri_cut=_share(_last(query, "pri_cut"), "the PRI cut"))
    if "dir_exp" in query:
        plan = replace(plan, dir_exp=_words(_last(query, "dir_exp")))
    anchors = dict(usual.anchors) if usual is not None else {}
    for name in (key.removeprefix("anchors.") for key in query if key.startswith("anchors.")):
        given = _last(query, f"anchors.{name}")
        anchors.pop(name, None)
        if given:
            anchors[name] = tuple(_number(part, f"anchors of {name}") for part in _words(given))
    own = usual is None or (plan, anchors) != (usual.plan, dict(usual.anchors))
    return Choices(plan, anchors, data, own)


def _conditions(names: Sequence[str]) -> tuple[str, ...]:
    # A form has an empty one, so that choosing none is not taken for leaving the choice out.
    chosen = tuple(dict.fromkeys(name for name in names if name.strip()))
    if not chosen:
        raise InputError("there is no condition", where="Configurations", mend="choose one condition or more")
    return chosen


def _last(query: Mapping[str, Sequence[str]], name: str) -> str:
    return query[name][-1].strip() if query.get(name) else ""


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _number(text: str, where: str) -> float:
    try:
        found = float(text)
    except ValueError:
        raise InputError(f"{text!r} is no number", where=where, mend="write such as 0.8") from None
    if not math.isfinite(found):
        raise InputError(f"{text!r} is no number", where=where, mend="write such as 0.8")
    return found


def _share(text: str, where: str) -> float:
    found = _number(text, where)
    if not 0.0 <= found <= 1.0:
        raise InputError(f"{text} lies outside 0 to 1", where=where, mend="write such as 0.8")
    return found


def _incl_cut(text: str) -> tuple[float, ...]:
    cuts = tuple(_share(part, "the consistency cut") for part in _words(text))
    if not 1 <= len(cuts) <= 2:
        raise InputError(
            f"the consistency cut has {len(cuts)} values",
            where="the consistency cut",
            mend="give one, or two for contradictions, such as 0.8, 0.6",
        )
    return cuts


def _whole(text: str) -> int:
    found = _number(text, "the least number of cases")
    if found != int(found) or found < 1:
        raise InputError(f"{text} is no number of cases", where="the least number of cases", mend="give 1 or more")
    return int(found)
