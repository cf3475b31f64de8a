"""Codings that wait for their coders after a change of the codebook, in sentences that stand beside every result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from crosscase.services.study import Study
from crosscase.store import schema

WHERE = "Their coders decide in the Codebook room under “Look again”"


@dataclass(frozen=True)
class Waiting:
    """Codings that one change of the codebook left to their coders: ``code`` was split or redefined."""

    edit: int
    kind: str
    code: str
    name: str
    n_codings: int

    @property
    def sentence(self) -> str:
        """How many wait for what, and how they count until then."""
        wait = f"{self.n_codings} {'coding waits' if self.n_codings == 1 else 'codings wait'}"
        it, counts = ("its", "it counts") if self.n_codings == 1 else ("their", "they count")
        if self.kind == "split":
            return (
                f"{wait} for re-coding after the split of “{self.name}”: until {it} coder has decided, {counts} under "
                "the former code as before."
            ).replace("their coder has", "their coders have")
        return (
            f"{wait} for a second look after the new definition of “{self.name}”: until then {counts} as under the "
            "old definition."
        )


def waiting_by_change(study: Study, layer: str | None = None) -> tuple[Waiting, ...]:
    """What waits after each change of the codebook, in one layer or in all."""
    r, e, c = schema.recoding.c, schema.codebook_edit.c, schema.coding.c
    statement = (
        sa.select(e.id, e.kind, e.codes_before, sa.func.count())
        .select_from(schema.recoding)
        .join(schema.codebook_edit, e.id == r.edit_id)
        .join(schema.coding, c.id == r.coding_id)
        .where(r.done_at.is_(None), c.retired_at.is_(None))
        .group_by(e.id)
        .order_by(e.id)
    )
    if layer is not None:
        statement = statement.where(c.layer == layer)
    with study.reading() as connection:
        rows = connection.execute(statement).all()
    names = {i.id: i.name.removesuffix(" (former code)") for i in study.rulebook.indicators} if rows else {}
    return tuple(Waiting(id, kind, before[0], names.get(before[0], before[0]), n) for id, kind, before, n in rows)


def waiting_sentences(waiting: Sequence[Waiting]) -> tuple[str, ...]:
    """What stands beside a result that rests on codings that wait; nothing when none does."""
    return (*(w.sentence for w in waiting), f"{WHERE}.") if waiting else ()
