"""Verbs about agreement between coders: agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from crosscase.cli.app import (
    JsonOption,
    StudyArgument,
    app,
    out,
    print_blind,
    print_json,
    print_table,
    words_in,
)
from crosscase.errors import ManifestError, NotFound
from crosscase.report.agreement_more import ALL_CODES, method_of, named_coefficients
from crosscase.services.rounds import round_state, rounds
from crosscase.services.study import Study, open_study

if TYPE_CHECKING:
    import polars as pl

    from crosscase.analysis.agreement.study import AgreementResult
    from crosscase.analysis.result import Result

_TABLES = ("code", "domain", "pair", "round", "facet", "coder")
_BY = (*_TABLES, "type", "drift")
_INTERVALS = ("jackknife", "bootstrap")
_LONGEST = 90
_INDICES = {"kappa_max": "κ max", "prevalence_index": "prev.", "bias_index": "bias"}
_CODERS = ("coder_a", "coder_b")
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ROOM_FOR_NUMBERS = 62
"""Characters that the columns of numbers take."""

GOES_WITH: dict[str, tuple[str, ...]] = {
    "unit": (*_TABLES, "drift"),
    "coefficient": _TABLES,
    "level": _TABLES,
    "interval": _TABLES,
    "round": _BY,
    "show": ("code", "domain", "facet", "coder", "type", "drift"),
    "facet": ("code", "facet", "coder"),
    "pair": ("code", "domain", "facet", "coder"),
    "confusion": ("code",),
    "over": ("drift",),
}
"""Which options go with which view (``--by``); others are refused, for they would change nothing."""
NEEDS: dict[str, tuple[str, ...]] = {"facet": ("show",), "pair": ("show", "confusion")}
"""Options that need one of some others."""
EXCLUDES: tuple[tuple[str, str], ...] = (("confusion", "show"),)


@app.command()
def agree(
    study: StudyArgument = ".",
    by: Annotated[str, typer.Option(help=", ".join(_BY))] = "code",
    unit: Annotated[str | None, typer.Option(help="turn, sentence, paragraph, passage or span")] = None,
    coefficient: Annotated[str | None, typer.Option(help="alpha, kappa, fleiss, scott, ac1, percent …")] = None,
    level: Annotated[float | None, typer.Option(help="of the intervals, such as 0.95")] = None,
    interval: Annotated[str | None, typer.Option(help="jackknife (default) or bootstrap, over sources")] = None,
    rounds_: Annotated[str | None, typer.Option("--round", help="these rounds only, separated by commas")] = None,
    show: Annotated[
        str | None, typer.Option("--show", help="the passages behind a code (--by type: a case), or all")
    ] = None,
    facet: Annotated[str | None, typer.Option(help="with --show: same code, another answer to this facet")] = None,
    pair: Annotated[str | None, typer.Option(help="two coders, such as ana,ben: with --show or --confusion")] = None,
    confusion: Annotated[bool, typer.Option("--confusion", help="which code is given in the place of which")] = False,
    over: Annotated[
        str | None, typer.Option(help="with --by drift: round (default), month, week or third of a coder's work")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Agreement between coders on what both have read: per code, pair, round or facet, with intervals."""
    from crosscase.services.agreeing import agree_study, drift_result

    if by not in _BY:
        raise ManifestError(f"agreement by {by!r} is not known", where="crosscase agree", mend=f"use {', '.join(_BY)}")
    given = {"unit": unit, "coefficient": coefficient, "level": level, "interval": interval, "round": rounds_}
    given |= {"show": show, "facet": facet, "pair": pair, "confusion": confusion or None, "over": over}
    _refuse_idle(by, {name for name, value in given.items() if value is not None})
    if interval is not None and interval not in _INTERVALS:
        mend = f"use {' or '.join(_INTERVALS)}: a value without an interval is not shown"
        raise ManifestError(f"no interval by {interval!r} on a study", where="--interval", mend=mend)
    two = _pair_of(pair)
    with open_study(study) as opened:
        chosen = _rounds_of(opened, rounds_ or "")
        hidden = [r.name for r in rounds(opened) if r.hidden]
        if by == "drift":
            found = drift_result(opened, unit=unit, over=over or "round", rounds=chosen)
            _print_opened(found, "code", show, hidden, as_json) if show else _print_drift(found.table, as_json)
            return
        if by == "type":
            # Brings the whole identification with it, which takes longer to load than the other tables to measure.
            from crosscase.cli.agreement_types import print_types
            from crosscase.services.agreeing_types import types_by_coder

            verdicts = types_by_coder(opened, rounds=chosen)
            if show:
                _print_opened(verdicts, "case", show, hidden, as_json)
            elif as_json:
                print_json(verdicts.to_dict())
            else:
                print_types(opened, verdicts)
            return
        options: dict[str, Any] = {"coefficient": coefficient, "level": level, "rounds": chosen}
        result = agree_study(opened, by=by, unit=unit, interval=interval or "jackknife", **options)
    if show is not None:
        _print_passages(
            result.disagreements(None if show == "all" else show, two, facet=facet), dict(result.parameters), as_json
        )
        if not as_json:
            print_blind(hidden, "passages")
    elif confusion:
        if as_json:
            print_json({"parameters": dict(result.parameters), "rows": result.confusion(two).to_dicts()})
        else:
            _print_confused(result, two)
    else:
        _print_agreement(result, as_json)


def _refuse_idle(by: str, given: set[str]) -> None:
    """Refuse options that would change nothing, in one sentence."""
    for name in sorted(given):
        if by not in GOES_WITH[name]:
            views = ", ".join(GOES_WITH[name])
            raise ManifestError(
                f"--{name} does not go with --by {by}", where="crosscase agree", mend=f"it is for {views}"
            )
        needed = NEEDS.get(name)
        if needed and not given & set(needed):
            mend = f"add --{' or --'.join(needed)}"
            raise ManifestError(f"--{name} alone changes nothing", where="crosscase agree", mend=mend)
    for one, other in EXCLUDES:
        if one in given and other in given:
            what = f"--{one} and --{other} are two answers"
            raise ManifestError(what, where="crosscase agree", mend="ask for one of them")


def _print_opened(result: Result, key: str, name: str, hidden: list[str], as_json: bool) -> None:
    """The codings behind the rows of a table, those that colleagues do not share first."""
    if name != "all" and name not in result.table[key].to_list():
        names = ", ".join(result.table[key].unique(maintain_order=True).to_list())
        raise NotFound(f"no {key} {name!r} was compared", where="crosscase agree", mend=f"use one of {names}")
    found = result.quotes() if name == "all" else result.quotes(**{key: name})
    if "differs" in found["part"].to_list():
        found = found.filter(part="differs")
    found = found.unique("coding_id", maintain_order=True).sort("source", "start", "coder", maintain_order=True)
    if as_json:
        print_json({"parameters": dict(result.parameters), "rows": found.to_dicts()})
        return
    for row in found.iter_rows(named=True):
        out.print(f"{row['source']} {row['start']}–{row['end']}, {row['code']}, {row['coder']}", markup=False)
        out.print(f"  “{_short(row['text'] or '')}”", markup=False)
    one = found.height == 1
    said = "1 coding" if one else f"{found.height} codings"
    out.print(f"{said} stand{'s' if one else ''} behind these rows.", markup=False)
    print_blind(hidden, "codings")


def _rounds_of(study: Study, text: str) -> list[str] | None:
    names = words_in(text)
    for name in names:
        round_state(study, name)
    return names or None


def _pair_of(pair: str | None) -> tuple[str, str] | None:
    if pair is None:
        return None
    names = [name.strip() for name in pair.split(",")]
    if len(names) != 2 or not all(names) or names[0] == names[1]:
        raise ManifestError(f"{pair!r} is no pair", where="--pair", mend="name two coders, such as ana,ben")
    return names[0], names[1]


def _print_agreement(result: AgreementResult, as_json: bool) -> None:
    if as_json:
        print_json({**result.to_dict(), "warnings": list(result.warnings)})
        return
    table = result.table
    cells = [name for name in table.columns if name in result.keys]
    letters = _letters(table, cells)
    reasons = _repeated_reasons(table)
    indices = [name for name in _INDICES if name in table.columns]
    rows = [
        (
            *(row[name] for name in cells if not letters or name not in _CODERS),
            *(["–".join(letters[row[name]] for name in _CODERS)] if letters else []),
            _number(row["value"])
            if row["value"] is not None and row["low"] is not None
            else reasons.get(row["not_defined"], row["not_defined"]),
            "" if row["low"] is None else f"{row['low']:.2f}–{row['high']:.2f}",
            _share(row.get("prevalence")),
            _share(row.get("positive_agreement", row.get("same_answer"))),
            row["n_sources"],
            row["n_units"],
            row["n_differ"],
            *("–" if row[name] is None else f"{row[name]:.2f}" for name in indices),
        )
        for row in table.iter_rows(named=True)
    ]
    said = result.parameters
    raw = "positive" if "positive_agreement" in table.columns else "same"
    cells = [*(name for name in cells if name not in _CODERS), "pair"] if letters else cells
    heads = [*cells, "value", f"{said['level']:.0%}", "given", raw, "sources", "units", "differ"]
    heads += [_INDICES[name] for name in indices]
    numbers = list(range(len(cells), len(heads)))
    out.print(_sentence(table, said), markup=False)
    if letters:
        out.print("; ".join(f"{letter}: {name}" for name, letter in letters.items()), markup=False)
    print_table("", heads, rows, numbers=numbers)
    for reason, mark in reasons.items():
        out.print(f"{mark.removeprefix('not defined ')}: {reason}", markup=False)
    if indices:
        out.print(
            "κ max: the largest κ that the coders' shares of the code allow; prev.: how far yes and no lie apart; "
            "bias: how far the coders' shares lie apart. A low κ with a high prev. is expected.",
            markup=False,
        )
    for warning in result.warnings:
        out.print(f"Note: {warning}", markup=False)
    if "code" in cells:
        ask = "--by domain --show DOMAIN" if result.domains else "--show CODE"
        out.print(
            "Sorted by what to fix first: units that differ × distance to the threshold. "
            f"See the passages: crosscase agree {ask}",
            markup=False,
        )


def _letters(table: pl.DataFrame, cells: list[str]) -> dict[str, str]:
    """Coder → a letter, where the table is for pairs and the names would be broken over several lines."""
    if not set(_CODERS) <= set(cells):
        return {}
    names = sorted({name for column in _CODERS for name in table[column].to_list()})
    longest = max(len(code) for code in table["code"].to_list())
    needed = _ROOM_FOR_NUMBERS + 2 * (max(map(len, names)) + 2) + min(longest, 20)
    if needed <= out.width or len(names) > len(_ALPHABET):
        return {}
    return dict(zip(names, _ALPHABET, strict=False))


def _repeated_reasons(table: pl.DataFrame) -> dict[str, str]:
    """Reason → a mark, for reasons that several rows share: they stand once, under the table."""
    said = [reason for reason in table["not_defined"].to_list() if reason]
    shared = dict.fromkeys(reason for reason in said if said.count(reason) > 1)
    return {reason: f"not defined [{n}]" for n, reason in enumerate(shared, start=1)}


def _sentence(table: pl.DataFrame, said: Any) -> str:
    rows = table.select("code" if "code" in table.columns else table.columns[0], "coefficient").rows()
    names = named_coefficients((ALL_CODES if label == "(all)" else label, name or "") for label, name in rows)
    methods: list[str] = table["method"].drop_nulls().unique(maintain_order=True).to_list()
    method = method_of(methods)
    what = names or f"{said['coefficient']}, not defined anywhere"
    who = f"Independent codings of {said['raters']}"
    if "compared_rounds" in said:
        who = f"Each coder with themself ({said['raters']}) over the rounds {said['compared_rounds']}"
    return f"{who}; unit: {said['unit']}; {what}; {method}."


def _print_passages(found: pl.DataFrame, parameters: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json({"parameters": parameters, "rows": found.to_dicts()})
        return
    for row in found.iter_rows(named=True):
        what = f"{row['code']}, {row['facet']}" if "facet" in row else row["code"]
        out.print(f"{row['source']} {row['start']}–{row['end']}, {what}, round {row['round']}", markup=False)
        for side in "ab":
            out.print(f"  {row[f'coder_{side}']}: {_said(row, side)}", markup=False)
        out.print(f"  “{_short(row['text'] or row['quote_a'] or row['quote_b'])}”", markup=False)
    places = found.select("source", "start", "end", "round").unique().height
    n = f"{found.height:,} difference{'' if found.height == 1 else 's'} between two coders"
    out.print(f"{n}, in {places:,} place{'' if places == 1 else 's'}." if places else "Nothing differs.", markup=False)


def _said(row: dict[str, Any], side: str) -> str:
    spans = ", ".join(f"{a}–{b}" for a, b in row[f"spans_{side}"] or [])
    parts = [f"gave it at {spans}" if row[f"gave_{side}"] else "did not give it"]
    parts += [row[f"facets_{side}"]] if row[f"facets_{side}"] else []
    parts += [f"also {', '.join(row[f'also_{side}'])}"] if row[f"also_{side}"] else []
    parts += [f"memo: {memo}" for memo in row[f"memos_{side}"] or []]
    return "; ".join(parts)


def _print_drift(table: pl.DataFrame, as_json: bool) -> None:
    if as_json:
        print_json({"parameters": {}, "rows": table.to_dicts()})
        return
    when = "round" if "round" in table.columns else "period"
    rows = [
        (
            row["code"],
            row["coder"],
            row[when],
            row["n_units"],
            row["n_given"],
            f"{row['difference']:+.2f}",
            *("–" if row[end] is None else f"{row[end]:+.2f}" for end in ("low", "high")),
            *("–" if row[end] is None else f"{row[end]:+.2f}" for end in ("moved", "moved_low", "moved_high")),
        )
        for row in table.iter_rows(named=True)
    ]
    heads = ["code", "coder", when, "units", "given", "apart", "low", "high", "moved", "low", "high"]
    print_table("", heads, rows, numbers=list(range(3, len(heads))))
    out.print(
        "apart: log-odds of giving the code, less that of colleagues on the same units; moved: since the time before.",
        markup=False,
    )


def _print_confused(result: AgreementResult, pair: tuple[str, str] | None) -> None:
    """Pairs of codes, the most frequent first: a matrix of fifty codes fits no terminal."""
    found = result.most_confused(pair)
    heads = [f"{pair[0]} gave", f"{pair[1]} gave"] if pair else ["one coder gave", "another gave"]
    print_table("", [*heads, "times"], list(found.iter_rows()), numbers=[2])
    out.print(
        "Counted on units where each gave a code that the other did not; the whole matrix: --confusion --json.",
        markup=False,
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1] + "…"
