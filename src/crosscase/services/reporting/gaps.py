"""What is missing, and what the evidence at hand cannot show: sentences that follow from counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from crosscase.report import numerals
from crosscase.report.content import Gaps, Work
from crosscase.services.reporting.names import KINDS, LEVELS, Names, listed

# Below this many sources an interval rests on the prior more than on the case.
FEW_SOURCES = 8
_VOICES = {"central": "the central level", "school": "schools", "families": "families"}
_HALF = 0.5


def gaps(
    evidence: pl.DataFrame,
    sources: pl.DataFrame,
    work: Work,
    missing: Mapping[str, Sequence[str]],
    names: Names,
) -> Gaps:
    """Sentences for the study and for each case.

    Parameters
    ----------
    missing
        Case → what evidence its conditions and its verdict lack.
    """
    about = sources.filter(pl.col("case").is_not_null() & (pl.col("kind") != "context"))
    study = [
        *_voices(about, names),
        *_one_kind(about, names),
        *_uncoded(evidence, about),
        *_machine_made(evidence, about),
        *_one_coder(evidence),
        *_intentions(evidence, names),
        *_outside(evidence, names),
    ]
    cases = [
        (
            names.case(case),
            (
                *_case_sources(about.filter(pl.col("case") == case), about, names),
                *_silent_domains(case, work),
                *missing.get(case, ()),
            ),
        )
        for case in names.cases
    ]
    return Gaps(tuple(study), tuple(cases))


def _voices(about: pl.DataFrame, names: Names) -> list[str]:
    levels = set(about["level"].drop_nulls().to_list())
    absent = [label for level, label in _VOICES.items() if level not in levels]
    if not absent or about.is_empty():
        return []
    each = names.framework.case_noun[0]
    return [f"No source from {listed(absent, 'or')} in any {each}: what they would say is unknown, not absent."]


def _one_kind(about: pl.DataFrame, names: Names) -> list[str]:
    kinds = about["kind"].unique().to_list()
    if len(kinds) != 1:
        return []
    kind = KINDS.get(kinds[0], kinds[0])
    against = "Documents say what ought to be" if kinds[0] == "document" else "Nothing checks one kind by another"
    if kinds[0] == "meeting":
        against = "Public meetings show what is said in front of a public, not what happens in classrooms"
    return [f"Every source is a {kind}. {against}; other kinds of sources could contradict it."]


def _uncoded(evidence: pl.DataFrame, about: pl.DataFrame) -> list[str]:
    silent = about.filter(~pl.col("name").is_in(evidence["source"].unique().to_list()))
    if silent.is_empty():
        return []
    n, all = silent.height, numerals.plural(about.height, "source")
    return [
        f"{n} of {all} {'has' if n == 1 else 'have'} no coding in this layer: nobody has coded "
        f"{'it' if n == 1 else 'them'}, or nothing was found there."
    ]


def _machine_made(evidence: pl.DataFrame, about: pl.DataFrame) -> list[str]:
    said = []
    kinds = set(evidence["coder_kind"].drop_nulls().unique().to_list())
    if kinds == {"dictionary"}:
        said.append(
            "Every coding is a dictionary's suggestion. A dictionary finds words, not meaning: it misses what is said "
            "in other words, takes mentions for practice, and nobody has checked what it found."
        )
    elif kinds and "person" not in kinds:
        said.append("Every coding is a machine's suggestion that nobody has checked.")
    n = int(about["machine_transcript"].sum() or 0)
    if n:
        said.append(
            f"{n} of {numerals.plural(about.height, 'source')} "
            f"{'is a machine transcript' if n == 1 else 'are machine transcripts'}: words may be wrong, and "
            "quotations are not verified."
        )
    return said


def _one_coder(evidence: pl.DataFrame) -> list[str]:
    people = evidence.filter(pl.col("coder_kind") == "person")["coder"].n_unique()
    if people != 1:
        return []
    return ["One person coded: agreement cannot be measured, and how far the coder errs rests on the prior alone."]


def _intentions(evidence: pl.DataFrame, names: Names) -> list[str]:
    rules = names.framework.rules
    if not rules.actuality or rules.actuality not in evidence.columns:
        return []
    answers = evidence[rules.actuality].drop_nulls()
    lesser = [value for value, weight in rules.weights.items() if weight < 1.0]
    share = int(answers.is_in(lesser).sum()) / len(answers) if len(answers) else 0.0
    if share <= _HALF:
        return []
    return [
        f"{share:.0%} of the codings hold rules, beliefs, plans or the past, not present practice; they weigh less, "
        "and what people do may differ."
    ]


def _outside(evidence: pl.DataFrame, names: Names) -> list[str]:
    inside = [domain.id for domain in names.framework.domains]
    n = evidence.filter(~pl.col("domain").is_in(inside).fill_null(False)).height
    if not n:
        return []
    return [f"{numerals.plural(n, 'coding')} with codes that the framework no longer has count nowhere."]


def _case_sources(here: pl.DataFrame, about: pl.DataFrame, names: Names) -> list[str]:
    if here.is_empty():
        return ["There is no source about it."]
    said = []
    if here.height < FEW_SOURCES:
        said.append(f"Only {numerals.plural(here.height, 'source')}: intervals are wide and lean on the prior.")
    elsewhere = set(about["level"].drop_nulls().to_list())
    levels = set(here["level"].drop_nulls().to_list())
    wanted = {"central", "school", *(elsewhere & set(LEVELS))}
    absent = [LEVELS[level] for level in LEVELS if level in wanted - levels]
    if absent:
        said.append(
            f"No source from the {listed(absent, 'or')}." if len(absent) == 1 else f"No source from: {listed(absent)}."
        )
    if here["kind"].n_unique() == 1 and about["kind"].n_unique() > 1:
        kind = here["kind"][0]
        said.append(f"Every source is a {KINDS.get(kind, kind)}: nothing checks one kind by another.")
    return said


def _silent_domains(case: str, work: Work) -> list[str]:
    shown = next((c for c in work.cases if c.case == case), None)
    silent = [domain.label for domain in shown.domains if not domain.shares] if shown else []
    return [f"Nothing says who does the work of: {listed(silent).lower()}."] if silent else []
