"""From probabilities to a verdict in plain words: a type, leaning, between two, none, or not enough evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crosscase.analysis.identify.dimensions import Dimension
from crosscase.analysis.identify.sampling import NONE
from crosscase.analysis.identify.settings import Thresholds
from crosscase.model.framework import Framework

KINDS = ("type", "leaning", "between", "none", "not_enough")


@dataclass(frozen=True)
class Verdict:
    """What can be said about a case.

    Attributes
    ----------
    kind
        ``type``, ``leaning``, ``between``, ``none`` or ``not_enough``.
    types
        The types that the verdict names, most probable first; empty for ``none`` and ``not_enough``.
    probability
        Of what the verdict says; of the most probable answer where there is not enough evidence.
    sentence
        The verdict in words.
    missing
        Sentences on the evidence that would decide; empty where nothing is lacking.
    runner_up, margin
        The next answer (a type or ``none``), and how much more probable the first one is.
    decisive
        The dimension without which the log-odds against the runner-up would fall most; ``None`` where none speaks
        for the verdict.
    corner
        The corner of the property space in which the case sits; ``?`` marks conditions that are unknown.
    disagreement
        A sentence where model, rule and model-free estimate do not say the same; empty where they do.
    """

    case: str
    kind: str
    types: tuple[str, ...]
    probability: float
    sentence: str
    missing: tuple[str, ...]
    runner_up: str
    margin: float
    decisive: str | None
    corner: str
    disagreement: str = ""


@dataclass(frozen=True)
class Account:
    """What is known about one case when its verdict is found.

    Attributes
    ----------
    probability
        Type → probability that the model says so and the rule does not deny it; ``none`` is what is left.
    by_model, model_free
        Type → probability by the model alone, with ``none``; median membership on model-free shares.
    memberships
        Type → median membership by its rule with low and high; the median is ``None`` where conditions are unknown.
    conditions
        Condition → median membership, ``None`` where unknown.
    lacking
        Condition → sentence, for the conditions whose needs are not met.
    log_evidence
        Dimension → log evidence for each type and, last, *none*; empty where there is no model.
    n_sources
        Dimension → number of sources that speak about it.
    """

    case: str
    probability: Mapping[str, float]
    memberships: Mapping[str, tuple[float | None, float, float]] = field(default_factory=dict)
    conditions: Mapping[str, float | None] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    log_evidence: Mapping[str, Sequence[float]] = field(default_factory=dict)
    n_sources: Mapping[str, int] = field(default_factory=dict)
    n_codings: int = 1
    by_model: Mapping[str, float] = field(default_factory=dict)
    model_free: Mapping[str, float | None] = field(default_factory=dict)


def verdict_of(
    account: Account, framework: Framework, dimensions: Sequence[Dimension], thresholds: Thresholds
) -> Verdict:
    """The verdict on one case; the thresholds are settings of the study."""
    ranked = sorted(account.probability, key=lambda name: -account.probability[name])
    first, second = ranked[0], ranked[1]
    p = account.probability
    kind, named = _kind(account, ranked, thresholds)
    needed = _needed(framework, kind, named)
    missing = tuple(sentence for name, sentence in account.lacking.items() if name in needed)
    if kind == "not_enough" and account.n_codings:
        missing = _would_decide(account, framework, dimensions, (first, second))
    elif not account.n_codings:
        missing = (f"no coding speaks about {account.case}", *account.lacking.values())
    if missing:
        kind, named = "not_enough", ()
    verdict = Verdict(
        case=account.case,
        kind=kind,
        types=named,
        probability=sum(p[name] for name in named) if named else p[first],
        sentence="",
        missing=missing,
        runner_up=second,
        margin=p[first] - p[second],
        decisive=_decisive(account, framework, dimensions, first, second),
        corner=corner_of(account, framework),
        disagreement=disagreement_of(account, framework),
    )
    return replace(verdict, sentence=_sentence(verdict, account, framework, dimensions, first))


def kind_of(
    probability: Mapping[str, float], lacking: Mapping[str, str], framework: Framework, thresholds: Thresholds
) -> tuple[str, tuple[str, ...]]:
    """Kind and types of the verdict that probabilities and unmet needs lead to, without its words."""
    account = Account("", probability)
    ranked = sorted(probability, key=lambda name: -probability[name])
    kind, named = _kind(account, ranked, thresholds)
    if kind != "not_enough" and _needed(framework, kind, named) & set(lacking):
        return "not_enough", ()
    return kind, named


def disagreement_of(account: Account, framework: Framework) -> str:
    """What model, rule and model-free estimate say, where they do not say the same; empty where they do."""
    if not account.by_model or not account.n_codings:
        return ""
    model = max(account.by_model, key=lambda name: account.by_model[name])
    rule = _called({name: median for name, (median, _, _) in account.memberships.items()})
    free = _called(account.model_free)
    said = {model} | {name for name in (rule, free) if name is not None}
    if len(said) < 2:
        return ""
    parts = [
        f"by the model it is most probably {name_of(framework, model)} ({show_probability(account.by_model[model])})"
    ]
    for name, memberships, words in (
        (rule, {n: m for n, (m, _, _) in account.memberships.items()}, "by the rule"),
        (free, account.model_free, "by the rule on model-free shares"),
    ):
        if name is not None and name != model:
            own = memberships.get(model)
            against = f", since its membership in that is {show(own)}" if own is not None else ""
            parts.append(f"{words} it is {name_of(framework, name)}{against}")
    return f"The readings disagree: {'; '.join(parts)}."


def _called(memberships: Mapping[str, float | None]) -> str | None:
    """The type with the highest membership above one half, ``none``, or ``None`` where conditions are unknown."""
    known = {name: m for name, m in memberships.items() if m is not None}
    best = max(known, key=lambda name: known[name], default=None)
    if best is not None and known[best] > 0.5:
        return best
    return NONE if known and len(known) == len(memberships) else None


def corner_of(account: Account, framework: Framework) -> str:
    """The corner of the property space: each condition, ``~`` where absent, ``?`` where unknown or exactly at .5."""
    signs = []
    for condition in framework.conditions:
        x = account.conditions.get(condition.id)
        signs.append(("?" if x is None or x == 0.5 else "~" if x < 0.5 else "") + condition.id)
    corner = " * ".join(signs)
    known = {name: x for name, x in account.conditions.items() if x is not None}
    for formula, label in framework.residual_corners.values():
        if set(formula.conditions) <= set(known) and formula.membership(known) > 0.5:
            return f"{corner} ({label})"
    return corner


def show(probability: float) -> str:
    """A share or membership as it is printed: two digits, never a false 0 or 1."""
    if 0.0 < probability < 0.005:
        return "< .01"
    if 0.995 <= probability < 1.0:
        return "> .99"
    return f"{probability:.2f}".removeprefix("0")


def show_probability(probability: float) -> str:
    """The same for a probability, which draws can never show to be exactly 0 or 1."""
    return show(min(max(probability, 1e-9), 1.0 - 1e-9))


def _kind(account: Account, ranked: Sequence[str], thresholds: Thresholds) -> tuple[str, tuple[str, ...]]:
    p = account.probability
    first, second = ranked[0], ranked[1]
    if first != NONE and p[first] >= thresholds.type:
        return "type", (first,)
    if first == NONE and p[NONE] >= thresholds.type:
        return "none", ()
    if first != NONE and p[first] >= thresholds.leaning:
        return "leaning", (first,)
    if NONE not in (first, second) and p[first] + p[second] >= thresholds.type:
        return "between", (first, second)
    tied = tuple(name for name, (median, _, _) in account.memberships.items() if median == 0.5)
    if not account.log_evidence and len(tied) > 1:
        return "between", tied
    return "not_enough", ()


def _needed(framework: Framework, kind: str, named: Sequence[str]) -> set[str]:
    """The conditions whose needs must be met for a verdict."""
    if kind == "none":
        return {condition.id for condition in framework.conditions}
    return {name for t in named for name in framework.type(t).formula.conditions}


def _would_decide(
    account: Account, framework: Framework, dimensions: Sequence[Dimension], rivals: tuple[str, str]
) -> tuple[str, ...]:
    """Which evidence would decide between the two most probable answers: what is lacking, then where they differ."""
    sentences = list(account.lacking.values())
    names = [t.id for t in framework.types]
    differing = []
    for dimension in dimensions:
        wanted = [dimension.expected[names.index(r)] if r in names else None for r in rivals]
        if wanted[0] != wanted[1] and dimension.id not in account.lacking:
            differing.append((account.n_sources.get(dimension.id, 0), dimension, wanted))
    for n, dimension, wanted in sorted(differing, key=lambda item: item[0])[:3]:
        ways = [
            f"{name_of(framework, r)} expects {dimension.categories[w] if w is not None else 'nothing in particular'}"
            for r, w in zip(rivals, wanted, strict=True)
        ]
        spoken = "1 source speaks" if n == 1 else f"{n or 'no'} sources speak"
        sentences.append(f"{dimension.label}: {', '.join(ways)}; {spoken} about it")
    tied = [name for name, x in account.conditions.items() if x == 0.5]
    sentences += [f"{name}: the case lies exactly on the cross-over" for name in tied]
    return tuple(sentences) or ("the evidence points in several directions; more sources would decide",)


def _decisive(
    account: Account, framework: Framework, dimensions: Sequence[Dimension], first: str, second: str
) -> str | None:
    if account.log_evidence:
        place = {t.id: i for i, t in enumerate(framework.types)} | {NONE: len(framework.types)}
        gains = {
            d.id: float(account.log_evidence[d.id][place[first]] - account.log_evidence[d.id][place[second]])
            for d in dimensions
            if d.id in account.log_evidence
        }
        best = max(gains, key=lambda name: gains[name], default=None)
        return best if best is not None and gains[best] > 0 else None
    if first == NONE:
        return None
    # By the rule alone the condition that keeps the membership lowest decides.
    held = {}
    for name, wanted in framework.type(first).formula.signs().items():
        x = account.conditions.get(name)
        if x is not None:
            held[name] = x if wanted else 1.0 - x
    return min(held, key=lambda name: held[name], default=None)


def name_of(framework: Framework, type: str) -> str:
    """A type's name, or "none of the types"."""
    return "none of the types" if type == NONE else framework.type(type).name


def _sentence(
    verdict: Verdict, account: Account, framework: Framework, dimensions: Sequence[Dimension], first: str
) -> str:
    p = account.probability
    case = verdict.case
    if verdict.kind == "not_enough":
        n = account.n_codings
        most = (
            f" The model alone puts most on {name_of(framework, first)} ({show_probability(p[first])}), from {n} "
            f"coding{'' if n == 1 else 's'}; as long as evidence is missing, that is no verdict."
            if n
            else ""
        )
        missing = ". ".join(verdict.missing)
        return f"{case}: not enough evidence for a verdict.{most} {missing}. {verdict.disagreement}".rstrip()
    if verdict.kind == "none":
        none = f"{case} is none of the types (probability {show_probability(p[NONE])})"
        return f"{none}; it sits in the corner {verdict.corner}. {verdict.disagreement}".rstrip()
    if verdict.kind == "between":
        parts = [f"{name_of(framework, t)} ({show_probability(p[t])})" for t in verdict.types]
        if all(account.memberships.get(t, (None, 0.0, 1.0))[0] == 0.5 for t in verdict.types):
            parts = [name_of(framework, t) for t in verdict.types]
            return f"{case} lies exactly on the cross-over between {' and '.join(parts)}."
        return f"{case} lies between {' and '.join(parts)}."
    verb = "is identified as" if verdict.kind == "type" else "leans to"
    sentence = f"{case} {verb} {name_of(framework, first)} (probability {show_probability(p[first])})"
    median, low, high = account.memberships.get(first, (None, 0.0, 1.0))
    if median is not None:
        sentence += f"; membership by the rule {show(median)} ({show(low)} to {show(high)})"
    sentence += f"; runner-up {name_of(framework, verdict.runner_up)} ({show_probability(p[verdict.runner_up])})"
    if verdict.decisive is not None:
        labels = {d.id: d.label for d in dimensions} | {c.id: c.label for c in framework.conditions}
        sentence += f"; what separates them most is {labels.get(verdict.decisive, verdict.decisive)}"
    return f"{sentence}. {verdict.disagreement}".rstrip()


def as_row(verdict: Verdict) -> dict[str, object]:
    """A verdict as plain values."""
    return {**vars(verdict), "types": list(verdict.types), "missing": list(verdict.missing)}
