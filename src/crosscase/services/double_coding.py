"""Which sources are to be coded twice: drawn by strata with a seed, recorded; and how many a wanted interval needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from uuid import uuid4

import polars as pl
import sqlalchemy as sa

from crosscase.analysis.agreement.study.planning import Stratum, draw_sources, no_such_kind, plan_table
from crosscase.errors import NotEnoughEvidence
from crosscase.services.agreeing import agree_study
from crosscase.services.study import Study
from crosscase.store import audit, schema


@dataclass(frozen=True)
class SamplingPlan:
    """A recorded draw of sources for double coding."""

    guid: str
    seed: int
    kinds: tuple[str, ...]
    strata: tuple[Stratum, ...]
    created_at: str

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(name for stratum in self.strata for name in stratum.drawn)


def plan_double_coding(
    study: Study, n: int, *, seed: int | None = None, kinds: Sequence[str] = ("interview",)
) -> SamplingPlan:
    """Draw sources for double coding by case, kind and level, and record the draw with its seed.

    Raises ``InputError`` when there are fewer sources than asked for.
    """
    chosen = study.settings.analysis.seed if seed is None else seed
    strata = draw_sources(study.sources(), n, chosen, kinds)
    plan = SamplingPlan(str(uuid4()), chosen, tuple(kinds), strata, audit.now())
    with study.changing() as connection:
        row = {"guid": plan.guid, "seed": plan.seed, "kinds": list(plan.kinds), "created_at": plan.created_at}
        row |= {"strata": [asdict(s) for s in strata], "sources": list(plan.sources)}
        connection.execute(schema.sampling_plan.insert().values(**row))
        detail = {"seed": chosen, "kinds": list(kinds), "n": n, "sources": list(plan.sources)}
        audit.append_event(connection, study.actor, "double_coding.planned", "sampling_plan", plan.guid, detail)
    return plan


def sampling_plans(study: Study) -> list[SamplingPlan]:
    """All recorded draws in their order."""
    with study.reading() as connection:
        rows = connection.execute(sa.select(schema.sampling_plan).order_by(schema.sampling_plan.c.id)).all()
    return [
        SamplingPlan(
            r.guid,
            r.seed,
            tuple(r.kinds),
            tuple(Stratum(**{**s, "drawn": tuple(s["drawn"])}) for s in r.strata),
            r.created_at,
        )
        for r in rows
    ]


def sources_for_width(
    study: Study,
    width: float,
    *,
    unit: str | None = None,
    coefficient: str | None = None,
    level: float | None = None,
    rounds: Iterable[str] | None = None,
    kinds: Sequence[str] = (),
) -> pl.DataFrame:
    """How many sources to double-code, per code, for intervals no wider than ``width``.

    What is double-coded now is the pilot: its jackknife variance says how agreement varies from source to source.
    With ``kinds`` pilot and answer are in sources of these kinds, such as interviews; ``n_there`` says how many of them
    the cases have. Columns: code, n_pilot, width_now, n_sources, n_there, not_defined; the most demanding code first.
    Raises ``NotEnoughEvidence`` when no value has an interval.
    """
    there = study.sources().filter(pl.col("case").is_not_null() & (pl.col("kind") != "context"))
    if kinds:
        there = there.filter(pl.col("kind").is_in(list(kinds)))
        if there.is_empty():
            raise no_such_kind(study.sources(), kinds)
    some = there["name"].to_list() if kinds else None
    result = agree_study(study, unit=unit, coefficient=coefficient, level=level, rounds=rounds, sources=some)
    found = {
        row["code"]: (row["se"], row["n_sources"])
        for row in result.table.iter_rows(named=True)
        if row["low"] is not None
    }
    if not found:
        least = f"two sources {'of these kinds ' if kinds else ''}that two people coded are the least"
        raise NotEnoughEvidence(
            f"no value has an interval: {least}",
            where="planning",
            mend="double-code a pilot first",
        )
    table = plan_table(found, width, float(result.parameters["level"]))
    return table.insert_column(table.columns.index("not_defined"), pl.lit(there.height).alias("n_there"))
