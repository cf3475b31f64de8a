"""Agreement on freely placed spans of a study: uα per code on the text that the same coders read.

Text that only one coder read, and questions, are cut out; what is left of a source is put together per set of coders
who read it (a *lane*). Lanes of one source are added up again before intervals are made, so whole sources are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from crosscase.analysis.agreement.estimate import Estimate
from crosscase.analysis.agreement.spans import Span
from crosscase.analysis.agreement.study.answering import Answering, Flags
from crosscase.analysis.agreement.study.coefficients import Asking
from crosscase.analysis.agreement.study.decisions import Decisions
from crosscase.analysis.agreement.study.result import ALL
from crosscase.analysis.agreement.unitizing import unitizing_by_code
from crosscase.analysis.items import align_codings
from crosscase.errors import Degenerate

Found = Estimate | Degenerate


@dataclass(frozen=True)
class Lanes:
    """Spans of each rater on the lanes, with the length and the source of each lane."""

    spans: pl.DataFrame  # lane, rater, code, start, end
    read: Mapping[int, tuple[int, ...]]
    length: Mapping[int, float]
    source: Mapping[int, str]
    raters: tuple[str, ...]
    codes: tuple[str, ...]


def lanes_of(stretches: Decisions, codings: pl.DataFrame) -> Lanes:
    """Lay the stretches of text that two coders read end to end; ``stretches`` links every coding that touches them."""
    bits = (stretches.read * (1 << np.arange(len(stretches.raters)))).sum(axis=1)
    rows = stretches.rows.select("group", "source", "start", "end").with_columns(
        row=pl.int_range(pl.len(), dtype=pl.Int64), readers=pl.Series(bits)
    )
    rows = rows.with_columns(
        lane=pl.struct("group", "source", "readers").rank("dense").cast(pl.Int64),
        length=pl.col("end") - pl.col("start"),
    ).sort("lane", "start")
    rows = rows.with_columns(offset=pl.col("length").cum_sum().over("lane") - pl.col("length"))
    spans = stretches.links.join(rows, on="row").join(
        codings.select("coding_id", first="start", last="end"), on="coding_id"
    )
    begin, shift = pl.max_horizontal("start", "first"), pl.col("offset") - pl.col("start")
    clipped = spans.with_columns(from_=begin + shift, to_=pl.min_horizontal("end", "last") + shift)
    whole = clipped.group_by("coding_id", "lane", maintain_order=True).agg(
        pl.col("rater").first(), pl.col("code").first(), start=pl.col("from_").min(), end=pl.col("to_").max()
    )
    per_lane = rows.group_by("lane", maintain_order=True).agg(
        pl.col("length").sum(), pl.col("source").first(), pl.col("readers").first()
    )
    places = range(len(stretches.raters))
    return Lanes(
        whole.select("lane", "rater", "code", "start", "end"),
        {lane: tuple(n for n in places if mask >> n & 1) for lane, mask in per_lane.select("lane", "readers").rows()},
        {lane: float(length) for lane, length in per_lane.select("lane", "length").rows()},
        dict(per_lane.select("lane", "source").rows()),
        stretches.raters,
        stretches.codes,
    )


def span_values(
    stretches: Decisions, codings: pl.DataFrame, targets: Mapping[str, Sequence[int]], asking: Asking
) -> dict[str, Found]:
    """uα of each target, a code or several codes taken as one."""
    if asking.coefficient != "alpha":
        reason = Degenerate(f"{asking.coefficient} needs fixed units: for free spans uα is there")
        return dict.fromkeys(targets, reason)
    found: dict[str, Found] = {}
    twice = stretches.known.sum(axis=1) >= 2
    row, code = (stretches.links[name].to_numpy() for name in ("row", "code"))
    stretches = replace(stretches, links=stretches.links.filter(pl.Series(twice[row, code])))
    # Text on which a coder's answer is not known is not that coder's; codes go together that the same rows answer.
    together: dict[bytes, list[str]] = {}
    readers = {name: stretches.compared(codes)[1] for name, codes in targets.items()}
    for name, flags in readers.items():
        together.setdefault(flags.tobytes(), []).append(name)
    for names in together.values():
        some = replace(stretches, read=readers[names[0]]).choose()
        found |= _values(some, codings, {name: targets[name] for name in names}, asking)
    return {name: found[name] for name in targets}


def _values(
    stretches: Decisions, codings: pl.DataFrame, targets: Mapping[str, Sequence[int]], asking: Asking
) -> dict[str, Found]:
    if stretches.rows.is_empty():
        return dict.fromkeys(targets, Degenerate("no text was read by two coders in rounds that asked for it"))
    lanes = lanes_of(stretches, codings)
    owners: dict[int, list[str]] = {}
    for name, codes in targets.items():
        for code in codes:
            owners.setdefault(code, []).append(name)
    spans: dict[str, dict[int, list[Span]]] = {
        rater: {lane: [] for lane, read in lanes.read.items() if n in read} for n, rater in enumerate(lanes.raters)
    }
    used: set[str] = set()
    for lane, rater, code, start, end in lanes.spans.iter_rows():
        for name in owners.get(code, ()):
            spans[lanes.raters[rater]][lane].append((start, end, name))
            used.add(name)
    nobody: dict[str, Found] = {name: Degenerate("nobody marked it") for name in targets if name not in used}
    if not used:
        return nobody
    values = unitizing_by_code(
        spans,
        lanes.length,
        sorted(used),
        within=lanes.source,
        interval=asking.interval,
        level=asking.level,
        draws=asking.draws,
        seed=asking.seed,
    )
    return nobody | {str(name): _named(value, str(name)) for name, value in values.items()}


def _named(value: Found, name: str) -> Found:
    """The row names the code already."""
    if isinstance(value, Estimate):
        return replace(value, coefficient="uα, any code" if name == ALL else "uα")
    return value


def shares_marked(
    stretches: Decisions, codings: pl.DataFrame, targets: Mapping[str, Sequence[int]]
) -> dict[str, float]:
    """Share of the text read that each target covers, over coders."""
    lanes = lanes_of(stretches, codings)
    total = sum(lanes.length[lane] * len(read) for lane, read in lanes.read.items())
    named = pl.DataFrame(
        [(name, code) for name, codes in targets.items() for code in codes],
        schema={"_name": pl.String, "code": pl.Int64},
        orient="row",
    )
    mine = lanes.spans.join(named, on="code").sort("_name", "lane", "rater", "start")
    # Where a coder's spans of one target overlap, the text counts once.
    reach = pl.col("end").cum_max().shift(1).over("_name", "lane", "rater").fill_null(0)
    fresh = mine.select("_name", fresh=(pl.col("end") - pl.max_horizontal("start", reach)).clip(0))
    marked = dict(fresh.group_by("_name").agg(pl.col("fresh").sum()).rows())
    return {name: float(marked.get(name) or 0) / total if total else 0.0 for name in targets}


def item_decisions(
    codings: pl.DataFrame, within: Decisions, covers: Callable[[pl.DataFrame], Flags], answering: Answering
) -> Decisions:
    """Each thing that somebody marked as a row: who marked it, and who read it and did not.

    Codings of different coders with the same code are one item when they overlap by half of the shorter one
    (``analysis.items``). ``covers`` says for items which raters read the place.
    """
    codes = {code: n for n, code in enumerate(within.codes)}
    raters = {rater: n for n, rater in enumerate(within.raters)}
    known = codings.filter(pl.col("code").is_in(list(codes)) & pl.col("coder").is_in(list(raters)))
    aligned = align_codings(known.with_columns(_ask=pl.col("round") + "\x1f" + pl.col("code")), "_ask")
    aligned = aligned.sort("round", "source", "start", "item")
    shortest = (pl.col("end") - pl.col("start")).arg_min()
    rows = aligned.group_by("item", maintain_order=True).agg(
        pl.col("source").first(),
        pl.col("start").gather(shortest).first(),
        pl.col("end").gather(shortest).first(),
        pl.col("text").gather(shortest).first(),
        group=pl.col("round").first(),
        code=pl.col("code").first(),
    )
    number = dict(zip(rows["item"].to_list(), range(rows.height), strict=True))
    links = aligned.select(
        row=pl.col("item").replace_strict(number, return_dtype=pl.Int64),
        rater=pl.col("coder").replace_strict(raters, return_dtype=pl.Int64),
        code=pl.col("code").replace_strict(codes, return_dtype=pl.Int64),
        coding_id="coding_id",
    )
    read = covers(rows)
    links = links.filter(pl.Series(read[links["row"].to_numpy(), links["rater"].to_numpy()]))
    about = np.zeros((rows.height, 1, len(codes)), dtype=bool)
    about[np.arange(rows.height), 0, rows["code"].replace_strict(codes, return_dtype=pl.Int64).to_numpy()] = True
    answers = about & answering.known(rows, read, within.raters, within.codes, "coder")
    gave = np.zeros((rows.height, len(raters), len(codes)), dtype=bool)
    gave[links["row"].to_numpy(), links["rater"].to_numpy(), links["code"].to_numpy()] = True
    whole = replace(within, rows=rows.drop("item", "code"), read=read, gave=gave, known=answers, links=links)
    return whole.choose(rows=np.asarray(gave.any(axis=(1, 2))))
