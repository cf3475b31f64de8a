"""What sees other codings after a change of the codebook: domains, conditions, types and claims, with how many.

Who asks sees what they may see: colleagues' codings in a blind round are not counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from crosscase.analysis.support import matches
from crosscase.model.claim import Claim
from crosscase.model.former import with_former
from crosscase.model.framework import Framework, Pattern
from crosscase.services.claims import claims, following
from crosscase.services.sight import Sight
from crosscase.services.study import Study

_PLACE = ("source", "start", "end", "coder", "round", "layer")


@dataclass(frozen=True)
class Effect:
    """Something that sees ``n_more`` codings that it did not see, and ``n_fewer`` no more."""

    label: str
    n_more: int
    n_fewer: int

    @property
    def sentence(self) -> str:
        said = [f"{n} {word}" for n, word in ((self.n_more, "more"), (self.n_fewer, "fewer")) if n]
        return f"{self.label}: {' and '.join(said)}"


@dataclass(frozen=True)
class Effects:
    """What sees other codings, and ``n_same``: codings that become one with another of their coder."""

    seen: tuple[Effect, ...]
    n_same: int = 0


def effects_of(
    study: Study, sight: Sight, new: Framework, kind: str, before: tuple[str, ...], after: tuple[str, ...]
) -> Effects:
    """What a change would do to everything that counts codings; nothing is changed."""
    old = study.rulebook
    rows = _rows(study, sight, before)
    then = _after(rows, kind, before, after)
    kept = then.unique([*_PLACE, "code", *(f.id for f in old.facets)], keep="first", maintain_order=True)
    if kind == "split":
        new = with_former(new, {code: old for code in before if code not in {i.id for i in new.indicators}})
    homes = {i.id: i.domain for i in new.indicators}
    kept = kept.with_columns(domain=pl.col("code").replace_strict(homes, default=None, return_dtype=pl.String))
    # The other former codes count as before: what becomes of these codes is compared, nothing else.
    found: list[Effect] = []
    for domain in old.domains:
        was, is_ = rows.filter(domain=domain.id), kept.filter(domain=domain.id)
        found += _effect(f"Domain “{domain.name}”", was.height, is_.height)
    theirs = dict(_asking(new))
    for label, patterns in _asking(old):
        found += _compared(label, _seen(rows, patterns), _seen(kept, theirs.get(label, ())))
    for stored in claims(study):
        changed = following(stored.claim, [(before, after)] if after else [])
        for side in ("for", "against"):
            label = f"Claim “{stored.claim.sentence}”, {side}"
            found += _compared(label, _seen(rows, _of(stored.claim, side)), _seen(kept, _of(changed, side)))
    return Effects(tuple(found), then.height - kept.height)


def _rows(study: Study, sight: Sight, codes: Sequence[str]) -> pl.DataFrame:
    layers = [study.evidence(layer).with_columns(layer=pl.lit(layer)) for layer in ("independent", "consensus")]
    rows = pl.concat(layers).filter(pl.col("code").is_in(list(codes)))
    shown = [sight.sees(coder, round) for coder, round in rows.select("coder", "round").iter_rows()]
    return rows.filter(pl.Series(shown, dtype=pl.Boolean))


def _after(rows: pl.DataFrame, kind: str, before: tuple[str, ...], after: tuple[str, ...]) -> pl.DataFrame:
    if kind == "drop":
        return rows.clear()
    if kind == "split" or not after or before == after:
        return rows
    return rows.with_columns(code=pl.lit(after[0]))


def _asking(framework: Framework) -> Iterator[tuple[str, tuple[Pattern, ...]]]:
    for condition in framework.conditions:
        yield f"Condition “{condition.label}”, for", condition.supports
        yield f"Condition “{condition.label}”, against", condition.opposes
    for ideal in framework.types:
        yield f"Type “{ideal.name}”, its list of what speaks against it", ideal.disconfirming


def _of(claim: Claim, side: str) -> tuple[Pattern, ...]:
    return tuple(part.pattern for part in claim.effective_parts if part.side == side)


def _seen(rows: pl.DataFrame, patterns: Sequence[Pattern]) -> Mapping[int, None]:
    if not patterns or rows.is_empty():
        return {}
    seen = rows.filter(pl.any_horizontal(matches(pattern, rows.columns) for pattern in patterns))
    return dict.fromkeys(seen["coding_id"].to_list())


def _compared(label: str, was: Mapping[int, None], is_: Mapping[int, None]) -> list[Effect]:
    more, fewer = len(is_.keys() - was.keys()), len(was.keys() - is_.keys())
    return [Effect(label, more, fewer)] if more or fewer else []


def _effect(label: str, was: int, is_: int) -> list[Effect]:
    return [Effect(label, max(is_ - was, 0), max(was - is_, 0))] if was != is_ else []
