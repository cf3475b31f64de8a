"""Everything that is shown about agreement on some rounds, measured together from one reading of the study."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase import __version__
from crosscase.analysis.agreement.study import AgreementResult, StudyCodings
from crosscase.analysis.agreement.study.agree import Unit
from crosscase.errors import AnalysisError, NotEnoughEvidence
from crosscase.services.agreeing import agree_study, read_by_people, study_codings
from crosscase.services.study import Study
from crosscase.store import schema

Progress = Callable[[str, int, int], None]
STEPS = ("reading the codings", "each code", "each pair of coders", "each round", "the answers about passages")


@dataclass(frozen=True)
class Agreements:
    """Agreement on some rounds, or why there is none.

    Attributes
    ----------
    whole
        Per code, with the passages behind it.
    pairs
        The table per code and pair of coders.
    rounds
        All codes together, for each round that may be seen, alone and with those before it; empty for a single round.
    facets
        Per facet, with the passages behind it; ``None`` where no passage has the same code from two coders.
    why, mend
        Why nothing was measured, and what to do.
    """

    whole: AgreementResult | None = None
    pairs: pl.DataFrame | None = None
    rounds: pl.DataFrame | None = None
    facets: AgreementResult | None = None
    why: str = ""
    mend: str = ""

    def table(self) -> tuple[AgreementResult, pl.DataFrame]:
        """The result per code and the table per pair; raises ``NotEnoughEvidence`` where there is none."""
        if self.whole is None or self.pairs is None:
            raise NotEnoughEvidence(self.why, where="agreement", mend=self.mend)
        return self.whole, self.pairs

    def answers(self) -> AgreementResult:
        """The result per facet; raises ``NotEnoughEvidence`` where there is none."""
        self.table()
        if self.facets is None:
            raise NotEnoughEvidence("no passage has the same code from two coders", where="agreement")
        return self.facets


def measure_together(
    study: Study,
    *,
    unit: str,
    coefficient: str,
    rounds: Sequence[str],
    visible: Sequence[str],
    progress: Progress | None = None,
) -> Agreements:
    """Measure agreement on ``rounds`` per code, pair and facet, and on each of the ``visible`` rounds."""
    told = iter(enumerate(STEPS))

    def step() -> None:
        n, name = next(told)
        if progress is not None:
            progress(name, n, len(STEPS))

    options: dict[str, Any] = {"unit": unit, "coefficient": coefficient}
    try:
        step()
        codings = study_codings(study, cast(Unit, unit), rounds=rounds)
        step()
        whole = agree_study(study, by="code", codings=codings, **options)
        step()
        pairs = _pairs(study, whole, codings, options)
        step()
        by_round = _rounds(study, codings, rounds, visible, options)
        step()
        return Agreements(whole, pairs, by_round, _facets(study, whole, codings, options))
    except AnalysisError as reason:
        return Agreements(why=reason.what, mend=reason.mend)


def _pairs(study: Study, whole: AgreementResult, codings: StudyCodings, options: dict[str, Any]) -> pl.DataFrame:
    raters = whole.units.raters
    if len(raters) > 2:
        return agree_study(study, by="pair", codings=codings, **options).table
    # The only pair is everybody, whose values stand there already.
    return whole.table.with_columns(coder_a=pl.lit(raters[0]), coder_b=pl.lit(raters[1]))


def _rounds(
    study: Study, codings: StudyCodings, rounds: Sequence[str], visible: Sequence[str], options: dict[str, Any]
) -> pl.DataFrame:
    if len(visible) < 2:
        return pl.DataFrame()
    if tuple(rounds) != tuple(visible):
        codings = study_codings(study, options["unit"], rounds=visible)
    return agree_study(study, by="round", codings=codings, together=True, **options).table


def _facets(
    study: Study, whole: AgreementResult, codings: StudyCodings, options: dict[str, Any]
) -> AgreementResult | None:
    if not study.framework.facets:
        return None
    try:
        found = agree_study(study, by="facet", codings=codings, **options)
    except AnalysisError:
        return None  # no passage has the same code from two coders: the table per code shows it
    # The same codings twice would travel twice from process to process.
    return replace(found, codings=whole.codings) if found.codings.equals(whole.codings) else found


def agreement_rests_on(study: Study, rounds: Sequence[str]) -> str:
    """SHA-256 of all that agreement on these rounds depends on.

    Decisions, claims and codings of other rounds are not part of it: they change nothing here.
    """
    settings = study.settings
    parts: list[Any] = [__version__, list(rounds), study.framework.digest, settings.agreement.model_dump_json()]
    parts.append(settings.analysis.seed)
    whole = hashlib.sha256(json.dumps(parts).encode())
    with study.reading() as connection:
        for row in _rows(connection, rounds):
            whole.update(repr(tuple(row)).encode())
        read = read_by_people(connection).filter(pl.col("round").is_in(list(rounds)))
    whole.update(repr(read.rows()).encode())
    return whole.hexdigest()


def _rows(connection: Connection, rounds: Sequence[str]) -> Iterator[Sequence[Any]]:
    c, r, m = schema.coding.c, schema.coding_round.c, schema.memo.c
    s = schema.source.c
    yield from connection.execute(sa.select(s.id, s.name, s.sha256, s.case_id, s.kind).order_by(s.id))
    ids = connection.execute(sa.select(r.id).where(r.name.in_(list(rounds)))).scalars().all()
    asked = schema.round_code.c
    yield from connection.execute(
        sa.select(asked.round_id, asked.code_id).where(asked.round_id.in_(ids)).order_by(asked.round_id, asked.code_id)
    )
    of_rounds = (c.layer == "independent", c.retired_at.is_(None), c.round_id.in_(ids))
    coders = sa.select(schema.coder.c.id, schema.coder.c.name, schema.coder.c.kind)
    mine = sa.select(c.coder_id).where(*of_rounds)
    yield from connection.execute(coders.where(schema.coder.c.id.in_(mine)).order_by(schema.coder.c.id))
    what = (c.id, c.source_id, c.start, c.end, c.code_id, c.facet_set_id, c.coder_id, c.round_id)
    yield from connection.execute(sa.select(*what).where(*of_rounds).order_by(c.id))
    memos = sa.select(m.id, m.text).join(schema.coding, c.guid == m.object_guid).where(m.object_kind == "coding")
    yield from connection.execute(memos.where(*of_rounds).order_by(m.id))
    waits = schema.recoding.c
    yield from connection.execute(sa.select(waits.edit_id, waits.coding_id, waits.done_at).order_by(waits.id))


def count_codings(study: Study, rounds: Sequence[str]) -> int:
    """How many codings of coders these rounds have."""
    c, r = schema.coding.c, schema.coding_round.c
    statement = sa.select(sa.func.count()).select_from(schema.coding).join(schema.coding_round, r.id == c.round_id)
    with study.reading() as connection:
        of_rounds = (c.layer == "independent", c.retired_at.is_(None), r.name.in_(list(rounds)))
        return int(connection.execute(statement.where(*of_rounds)).scalar_one())
