"""The report's first sentences, put together from the verdicts, and what is missing, said once for all cases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from crosscase.analysis.identify import Verdict
from crosscase.report import numerals
from crosscase.services.reporting.names import Names, listed

# What an answer that is no type "expects" tells a reader nothing.
_EMPTY = re.compile(
    r"none of the types expects nothing in particular, |, none of the types expects nothing in particular"
)


def opening(verdicts: Mapping[str, Verdict], absent: Mapping[str, float], names: Names, *, whole: bool = True) -> str:
    """The answer for the whole study in a few sentences.

    Parameters
    ----------
    absent
        Types of which it can be claimed that no case belongs to them, with the probability.
    whole
        Whether these are all cases of the study; else nothing is said about those that are out of reach.
    """
    one, many = names.framework.case_noun
    kinds: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for case, verdict in verdicts.items():
        kinds.setdefault((verdict.kind, tuple(verdict.types)), []).append(names.case(case))
    if {kind for kind, _ in kinds} == {"not_enough"}:
        n = len(verdicts)
        said = [f"The evidence is not enough for a verdict on {f'any of the {n} {many}' if n > 1 else f'the {one}'}."]
    else:
        said = [_group(kind, types, cases, names) for (kind, types), cases in kinds.items()]
    n = len(verdicts)
    nobody = (
        f"No {one}" if whole else f"The {one} that you see is not" if n == 1 else f"None of the {n} {many} that you see"
    )
    for type, probability in absent.items():
        verb = "" if not whole and n == 1 else " is"
        said.append(
            f"{nobody}{verb} {_with_article(names.type(type))} (probability {numerals.probability(probability)})."
        )
    if not whole:
        said.append(f"Other {many} of the study are out of your reach; nothing is said about them.")
    return " ".join(said)


def in_short(kind: str, names: Sequence[str]) -> str:
    """A verdict in a few words, from the names of its types.

    >>> in_short("leaning", ["Networked system"]), in_short("not_enough", [])
    ('leaning Networked system', 'not enough evidence')
    """
    return {
        "type": " ".join(names),
        "leaning": f"leaning {' '.join(names)}",
        "between": f"between {' and '.join(names)}",
        "none": "none of the types",
        "not_enough": "not enough evidence",
    }[kind]


def lacking(sentences: Sequence[str], names: Names) -> tuple[str, ...]:
    """What evidence is missing, conditions that lack the same put together, ids replaced by labels."""
    labels = {c.id: c.label for c in names.framework.conditions}
    groups: dict[str, list[str]] = {}
    others = []
    for sentence in sentences:
        id, _, rest = sentence.partition(": ")
        if id in labels and rest:
            for lack in rest.split("; "):
                groups.setdefault(lack, []).append(id)
        else:
            others.append(sentence)
    found = []
    for lack, ids in sorted(groups.items(), key=lambda item: -len(item[1])):
        all_of_them = len(ids) == len(labels) > 2
        about = f"All {len(ids)} conditions" if all_of_them else listed(f"“{labels[id]}”" for id in ids)
        found.append(f"{about}: {_sources_of(lack)}.")
    return (*found, *(_readable(sentence, names) for sentence in others))


def about_condition(sentence: str, id: str) -> str:
    """What one condition lacks, without its name before it."""
    return "; ".join(_sources_of(lack) for lack in sentence.removeprefix(f"{id}: ").split("; "))


def verdict_sentence(case: str, verdict: Verdict, names: Names) -> str:
    """The verdict's sentence with the case's label; what is missing is left out, for it is listed beside it."""
    sentence = verdict.sentence
    if verdict.kind == "not_enough":
        sentence = sentence.removesuffix(f"{'. '.join(verdict.missing)}.").strip()
    return names.case(case) + sentence.removeprefix(case) if sentence.startswith(case) else sentence


def _group(kind: str, types: Sequence[str], cases: Sequence[str], names: Names) -> str:
    who, several = listed(cases), len(cases) > 1
    called = [_with_article(names.type(type)) for type in types]
    if kind == "type":
        if several:
            return f"{who} are each identified as {listed(called)}."
        return f"{who} is identified as {listed(called)}."
    if kind == "leaning":
        return f"{who} {'lean' if several else 'leans'} to being {listed(called)}."
    if kind == "between":
        return f"{who} {'lie' if several else 'lies'} between {listed(called)}."
    if kind == "none":
        return f"{who} {'are' if several else 'is'} none of the types."
    return f"On {who} the evidence is not enough for a verdict."


def _with_article(name: str) -> str:
    """A type's name inside a sentence; names with capitals inside are taken for proper names."""
    inside = name if any(word[:1].isupper() for word in name.split()[1:]) else name[:1].lower() + name[1:]
    return f"{'an' if inside[:1].lower() in 'aeiou' else 'a'} {inside}"


def _readable(sentence: str, names: Names) -> str:
    said = _EMPTY.sub("", sentence)
    for locus in names.loci:
        said = said.replace(f"expects {locus.id};", f"expects {locus.label.lower()};")
        said = said.replace(f"expects {locus.id},", f"expects {locus.label.lower()},")
    for condition in names.framework.conditions:
        if said.startswith(f"{condition.id}:"):
            said = f"“{condition.label}”{said.removeprefix(condition.id)}"
    said = said[:1].upper() + said[1:]
    return said if said.endswith(".") else f"{said}."


def _sources_of(lack: str) -> str:
    """The kinds of sources that were found, as people say it: "only meetings found"."""
    return re.sub(r"only (\w+) found", lambda found: f"only {found[1].replace('_', ' ')}s found", lack)
