"""Part of the evidence: some kinds of sources, one role, one level, a time, one coder; and who does the work in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields

import polars as pl

from crosscase.analysis.distribution import distribution
from crosscase.analysis.periods import with_periods
from crosscase.analysis.support import about_cases
from crosscase.errors import AnalysisError, NotEnoughEvidence
from crosscase.report.content import Coding, Work
from crosscase.services.comparing import evidence_of
from crosscase.services.reporting.codings import readable
from crosscase.services.reporting.names import Names
from crosscase.services.reporting.work import work
from crosscase.services.study import Study

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}){0,2}")


@dataclass(frozen=True)
class Filters:
    """What is read: a value of each, or everything where it is empty; ``since`` and ``until`` are dates or beginnings
    of dates (2019, 2019-04), both included."""

    kind: str = ""
    role: str = ""
    level: str = ""
    period: str = ""
    since: str = ""
    until: str = ""
    coder: str = ""

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name)}


EVERYTHING = Filters()


@dataclass(frozen=True)
class Part:
    """The evidence about cases that filters let through, and how much there is of it in all."""

    evidence: pl.DataFrame
    n_all: int

    @property
    def n_codings(self) -> int:
        return self.evidence.height

    def some(self) -> pl.DataFrame:
        """The evidence; raises ``NotEnoughEvidence`` when nothing was let through."""
        if self.evidence.is_empty():
            raise NotEnoughEvidence("no coding fits these filters", where="compare", mend="take one of them away")
        return self.evidence


@dataclass(frozen=True)
class Choices:
    """What there is to choose from in the evidence."""

    kinds: tuple[str, ...]
    roles: tuple[str, ...]
    levels: tuple[str, ...]
    periods: tuple[str, ...]
    coders: tuple[str, ...]


@dataclass(frozen=True)
class Slice:
    """The distribution of work in part of the evidence, with the codings behind every cell.

    ``cells`` leads from case, domain and locus to ids in ``codings``; ``aside`` from case and domain to those that
    weigh nothing.
    """

    work: Work
    codings: Mapping[int, Coding]
    cells: Mapping[tuple[str, ...], tuple[int, ...]]
    aside: Mapping[tuple[str, ...], tuple[int, ...]]
    n_codings: int
    n_all: int


def choices_of(study: Study) -> Choices:
    """The kinds, roles, levels, years and coders that the evidence has."""
    evidence, _ = about_cases(evidence_of(study, None))

    def values(name: str) -> tuple[str, ...]:
        return tuple(sorted(evidence[name].drop_nulls().unique().to_list()))

    try:
        periods = with_periods(evidence).names
    except AnalysisError:
        periods = ()  # no source has a date
    return Choices(values("kind"), values("role"), values("level"), periods, values("coder"))


def filtered(evidence: pl.DataFrame, filters: Filters) -> pl.DataFrame:
    """The evidence that the filters let through; codings without a date have no time.

    Raises ``AnalysisError`` for a date that is none.
    """
    kept = evidence
    for name in ("kind", "role", "level", "coder"):
        if wanted := getattr(filters, name):
            kept = kept.filter(pl.col(name) == wanted)
    for given in (filters.since, filters.until):
        if given and not _DATE.fullmatch(given):
            raise AnalysisError(f"{given[:40]!r} is no date", mend="write 2019, 2019-04 or 2019-04-30")
    date = pl.col("date")
    if filters.period:
        kept = kept.filter(date.str.starts_with(filters.period).fill_null(False))
    if filters.since:
        kept = kept.filter((date >= filters.since).fill_null(False))
    if filters.until:
        # 2019 lets all of 2019 through.
        kept = kept.filter(((date <= filters.until) | date.str.starts_with(filters.until)).fill_null(False))
    return kept


def part_of(study: Study, filters: Filters, layer: str | None = None) -> Part:
    """What every room of Compare reads: the evidence about cases that the filters let through.

    Raises ``AnalysisError`` for a date that is none, and when nothing is coded yet.
    """
    everything, _ = about_cases(evidence_of(study, layer))
    return Part(filtered(everything, filters), everything.height)


def work_slice(study: Study, filters: Filters) -> Slice:
    """Who does the work in the part of the evidence that the filters let through.

    Raises ``NotEnoughEvidence`` when they let nothing through.
    """
    part = part_of(study, filters)
    kept = part.some()
    options = study.settings.analysis
    cases = tuple(dict.fromkeys([*(c.name for c in study.settings.cases), *sorted(kept["case"].unique())]))
    names = Names(study.rulebook, study.settings, cases)
    found = distribution(
        kept,
        study.rulebook,
        weighting=options.weighting,
        draws=options.draws,
        seed=options.seed,
        level=options.level,
        cases=list(cases),
    )
    counted, aside = (
        found.lineage.filter(test) for test in (pl.col("part") != "set aside", pl.col("part") == "set aside")
    )
    return Slice(
        work({options.weighting: found}, options.weighting, names, ""),
        readable(kept, study.sources(), names, {}),
        _ids(counted, "case", "domain", "locus"),
        _ids(aside, "case", "domain"),
        part.n_codings,
        part.n_all,
    )


def _ids(lineage: pl.DataFrame, *keys: str) -> dict[tuple[str, ...], tuple[int, ...]]:
    """Cell → its codings."""
    cells = lineage.group_by(*keys, maintain_order=True).agg(pl.col("coding_id"))
    return {tuple(key): tuple(ids) for *key, ids in cells.iter_rows()}
