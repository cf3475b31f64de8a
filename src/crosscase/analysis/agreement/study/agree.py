"""Agreement between the coders of a study, from its evidence to a table that opens to passages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import polars as pl

from crosscase.analysis.agreement.study.answering import Answering, waiting_sentences
from crosscase.analysis.agreement.study.coefficients import Asking
from crosscase.analysis.agreement.study.decisions import Decisions, decide, readers
from crosscase.analysis.agreement.study.facets import facet_table
from crosscase.analysis.agreement.study.free_spans import item_decisions, shares_marked, span_values
from crosscase.analysis.agreement.study.result import ALL, AgreementResult
from crosscase.analysis.agreement.study.tables import Group, Targets, groups_by, tabulate
from crosscase.analysis.result import provenance
from crosscase.errors import InputError, NotEnoughEvidence

By = Literal["code", "domain", "pair", "round", "facet", "coder"]
Unit = Literal["turn", "sentence", "paragraph", "passage", "span"]

ONE_BY_ONE = (
    "Looked at one by one, rounds give many chances to pass: whoever codes until the latest round reaches the "
    "threshold stops too early more often than not (docs/methods/agreement.md). Read the value so far with its "
    "interval, or fix the number of looks before you start."
)


NOT_ASKED_TWICE = "no two rounds that this coder read the same units in asked for it"


@dataclass(frozen=True)
class StudyCodings:
    """What agreement reads of a study.

    Attributes
    ----------
    codings
        Independent evidence, as ``study.evidence("independent")``.
    reviewed
        ``source``, ``start``, ``end``, ``coder``, ``round``: what was read.
    units
        ``source``, ``start``, ``end`` and, where known, ``text``; for free spans the stretches that can be coded.
    rounds
        In their order.
    answering
        Which codes each round asked for, and which codings wait for re-coding.
    facets, codes
        In the order of the codebook; ``codes`` maps each code to its domain. A code that was split stands there too as
        long as nobody has begun to code it again.
    memos
        Coding id → notes.
    framework
        Name, version and digest.
    """

    codings: pl.DataFrame
    reviewed: pl.DataFrame
    units: pl.DataFrame
    rounds: tuple[str, ...]
    facets: tuple[str, ...]
    codes: Mapping[str, str]
    answering: Answering = field(default_factory=Answering)
    memos: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    framework: str = ""


def agree_on(
    study: StudyCodings,
    *,
    by: By = "code",
    unit: Unit = "turn",
    asking: Asking | None = None,
    threshold: float = 0.8,
    together: bool = False,
) -> AgreementResult:
    """How far coders agree, per code, domain, pair, round, facet, or with themselves.

    Parameters
    ----------
    by
        ``"code"``, ``"domain"``, ``"pair"`` (code × pair of coders), ``"round"`` (each round alone, and all rounds so
        far), ``"facet"`` (facets of passages that coders gave the same code), ``"coder"`` (each coder with themself:
        units that they read in two rounds).
    unit
        ``"turn"``, ``"sentence"``, ``"paragraph"``, ``"passage"`` (what coders were handed to read, as it is), or
        ``"span"`` (freely placed spans: uα).
    asking
        Coefficient, interval, level, draws, seed.
    threshold
        Below it a code is to be worked on; it orders the table and changes no value.
    together
        Only the value of all codes together, without a row for each.

    Returns
    -------
    ``.table``, ``.disagreements(code=…)``, ``.confusion()``, ``.warnings``.

    Raises
    ------
    NotEnoughEvidence
        Fewer than two people coded, nobody recorded what they read, or nothing was read twice.
    InputError
        Units overlap, or an option that does not exist.

    Notes
    -----
    Machines and consensus do not enter. Values: Krippendorff 2019; intervals leave out one source at a time.
    """
    if by not in get_args(By) or unit not in get_args(Unit):
        raise InputError(
            f"agreement by {by!r} on units {unit!r} is not known",
            mend=f"by: {', '.join(get_args(By))}; units: {', '.join(get_args(Unit))}",
        )
    asking = asking or Asking()
    people, reviewed = _people(study, by)
    options: dict[str, Any] = {"by": by, "unit": unit, "threshold": threshold, **vars_of(asking)}
    said = provenance(people, study.codings.height - people.height, study.framework, layer="independent", **options)
    if by == "facet":
        return _by_facet(study, people, reviewed, asking, said, threshold)
    rater, group = ("round", "coder") if by == "coder" else ("coder", "round")
    if unit == "span" and by == "coder":
        raise InputError("a coder is compared with themself on fixed units", mend="use --unit turn or paragraph")
    way: dict[str, Any] = {"rater": rater, "group": group, "answering": study.answering}
    units = decide(people, study.units, reviewed, tuple(study.codes), **way)
    shown, values, shares = units, None, None
    if unit == "span":
        touched = decide(people, study.units, reviewed, tuple(study.codes), **way, share=0.0)
        shown = item_decisions(people, units, lambda rows: readers(rows, reviewed, units.raters), study.answering)

        def values(group: Group, targets: Targets) -> Any:
            return span_values(group.of(touched), people, targets, asking)

        def shares(group: Group, targets: Targets) -> Any:
            return shares_marked(group.of(touched), people, targets)

    targets = _targets(by, shown, study.codes)
    if together:
        targets = {ALL: targets[ALL]}
    groups = groups_by(by, units, study.rounds)
    why = NOT_ASKED_TWICE if by == "coder" else ""
    table = tabulate(shown, targets, groups, asking, threshold=threshold, values=values, shares=shares, unanswered=why)
    return AgreementResult(
        table=table,
        parameters={**said, "n_outside_what_was_read": units.n_outside, **_compared(by, units)},
        keys=("code", *groups[0].cell),
        lineage=_lineage(shown, targets, groups),
        codings=people,
        decisions=shown,
        units=units,
        facets=study.facets,
        memos=dict(study.memos),
        warnings=_warnings(units, people, study, by),
        domains=_domains(shown, targets) if by == "domain" else {},
    )


def _compared(by: str, units: Decisions) -> dict[str, str]:
    """Who is compared; a coder with themself: over which rounds."""
    if by != "coder":
        return {"raters": ", ".join(units.raters)}
    return {"raters": ", ".join(sorted(set(units.rows["group"]))), "compared_rounds": ", ".join(units.raters)}


def vars_of(asking: Asking) -> dict[str, Any]:
    """The options as parameters of a result."""
    return {name: getattr(asking, name) for name in ("coefficient", "interval", "level", "draws", "seed")}


def _people(study: StudyCodings, by: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    people = study.codings.filter(pl.col("coder_kind") == "person")
    reviewed = study.reviewed
    if by != "coder" and people["coder"].n_unique() < 2 and reviewed["coder"].n_unique() < 2:
        raise NotEnoughEvidence(
            "agreement needs codings of two people", where="the independent layer", mend="let a second person code"
        )
    return people, reviewed


def _targets(by: str, decisions: Decisions, codes: Mapping[str, str]) -> dict[str, list[int]]:
    """Codes that somebody gave, and all together; or domains."""
    used = np.flatnonzero(decisions.gave.any(axis=(0, 1))).tolist()
    if not used:
        raise NotEnoughEvidence("nobody coded anything in what two coders read", where="the independent layer")
    targets: dict[str, list[int]] = {ALL: used}
    for c in used:
        code = decisions.codes[c]
        targets.setdefault(codes[code] if by == "domain" else code, []).append(c)
    return targets


def _domains(d: Decisions, targets: Targets) -> dict[str, tuple[str, ...]]:
    return {name: tuple(d.codes[c] for c in some) for name, some in targets.items() if name != ALL}


def _lineage(d: Decisions, targets: Targets, groups: Sequence[Group]) -> pl.DataFrame:
    """Each coding in each cell: ``agreed`` where all who answered gave the code, else ``differs``."""
    links = d.links.select("row", "rater", "code", "coding_id")
    row, code = links["row"].to_numpy(), links["code"].to_numpy()
    named = pl.DataFrame(
        [(n, name, c) for n, (name, some) in enumerate(targets.items()) for c in some],
        schema={"_target": pl.Int64, "_name": pl.String, "code": pl.Int64},
        orient="row",
    )
    frames = []
    for group in groups:
        raters = list(group.raters) if group.raters is not None else list(range(len(d.raters)))
        readers_of = d.known[:, raters].sum(axis=1)
        given = (d.gave[:, raters] & d.known[:, raters]).sum(axis=1)
        here = (readers_of[row, code] >= 2) & links["rater"].is_in(raters).to_numpy()
        if group.rounds is not None:
            here &= d.rows["group"].is_in(list(group.rounds)).to_numpy()[row]
        part = np.where(given[row, code] == readers_of[row, code], "agreed", "differs")
        mine = links.with_columns(part=pl.Series(part)).filter(pl.Series(here))
        placed = mine.join(named, on="code", maintain_order="left").sort("_target", maintain_order=True)
        cell = {"code": pl.col("_name"), **{k: pl.lit(v) for k, v in group.cell.items()}}
        frames.append(
            placed.select(*(value.alias(k) for k, value in cell.items()), "coding_id", "part").unique(
                maintain_order=True
            )
        )
    return pl.concat(frames)


def _warnings(d: Decisions, people: pl.DataFrame, study: StudyCodings, by: str) -> tuple[str, ...]:
    found = list(waiting_sentences(study.answering, people))
    n_compared = people.filter(pl.col("code").is_in(list(study.codes))).height
    if d.n_outside:
        found.append(_outside(d.n_outside, n_compared))
    if by == "round" and d.rows["group"].n_unique() > 1:
        found.append(ONE_BY_ONE)
    n_sources = d.rows["source"].n_unique()
    if n_sources < 10:
        found.append(f"Intervals rest on {n_sources} sources: they are wide, and rough.")
    return tuple(found)


def _outside(n: int, n_compared: int) -> str:
    lie, their, count = ("lies", "its coder has", "counts") if n == 1 else ("lie", "their coders have", "count")
    where = f"outside what {their} recorded as read, or in questions"
    return f"{n:,} of {n_compared:,} codings {lie} {where}, and {count} nowhere."


def _by_facet(
    study: StudyCodings,
    people: pl.DataFrame,
    reviewed: pl.DataFrame,
    asking: Asking,
    said: dict[str, Any],
    threshold: float,
) -> AgreementResult:
    units = decide(people, study.units, reviewed, tuple(study.codes), answering=study.answering)
    items = item_decisions(people, units, lambda rows: readers(rows, reviewed, units.raters), study.answering)
    table, lineage = facet_table(items, people, study.facets, asking, threshold)
    return AgreementResult(
        table=table,
        parameters={**said, "n_outside_what_was_read": units.n_outside, **_compared("facet", units)},
        keys=("facet",),
        lineage=lineage,
        codings=people,
        decisions=items,
        units=units,
        facets=study.facets,
        memos=dict(study.memos),
        warnings=_warnings(units, people, study, "facet"),
    )
