"""All that can be left out, moved or weighed otherwise, in one table; what flips a verdict opens to its evidence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from crosscase.analysis.identify.result import Identification
from crosscase.analysis.result import Result, framework_name
from crosscase.analysis.robustness.again import Answer, Standing, sampled_again, standing_of, without_sources
from crosscase.analysis.robustness.anchors import anchor_box, anchor_flips
from crosscase.analysis.robustness.decomposition import decompose
from crosscase.analysis.robustness.flips import flip_sets
from crosscase.analysis.robustness.prior import prior_sensitivity
from crosscase.analysis.robustness.weightings import prior_atoms, verdicts_by_weighting
from crosscase.errors import NotFound
from crosscase.model.framework import Framework

_KEYS = ("case", "change", "item")
_CONFIRMED_AT_MOST = 4
_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "case": pl.String,
    "change": pl.String,
    "item": pl.String,
    "type": pl.String,
    "before": pl.Float64,
    "after": pl.Float64,
    "verdict": pl.String,
    "types": pl.List(pl.String),
    "flips": pl.Boolean,
    "n_codings": pl.Int64,
    "how": pl.String,
    "confirmed": pl.Boolean,
}


@dataclass(frozen=True)
class Robustness(Result):
    """What happens to each verdict when something is changed; ``table`` has a row per case and change.

    Columns: ``case``, ``change`` (``source``, ``level``, ``kind``, ``coder`` and ``domain``: left out; ``weights``:
    how much espoused work counts), ``item`` (which), ``type`` (the assigned one), its probability ``before`` and
    ``after``, the ``verdict`` and ``types`` that come out, ``flips``, ``n_codings`` left out, ``how`` the answer was
    found (``draws`` of the model that are there, or ``sampled`` again) and, for flips from draws, whether sampling
    again ``confirmed`` them (null: not tried).

    Attributes
    ----------
    flip_sets
        Minimal sets of sources whose removal flips a verdict (``analysis.robustness.flips``).
    anchors, box
        Breakpoints of the anchors, and the range of every membership over a box of anchors.
    prior
        P(type) over a grid of priors.
    weightings, atoms
        The model-free reading under the three weightings, and under other weights of the prior atom α₀.
    uncertainty
        Where the uncertainty of each membership comes from.
    """

    flip_sets: pl.DataFrame = field(default_factory=pl.DataFrame)
    anchors: pl.DataFrame = field(default_factory=pl.DataFrame)
    box: pl.DataFrame = field(default_factory=pl.DataFrame)
    prior: pl.DataFrame = field(default_factory=pl.DataFrame)
    weightings: pl.DataFrame = field(default_factory=pl.DataFrame)
    atoms: pl.DataFrame = field(default_factory=pl.DataFrame)
    uncertainty: pl.DataFrame = field(default_factory=pl.DataFrame)

    @property
    def flips(self) -> pl.DataFrame:
        """The changes that make a verdict another one."""
        return self.table.filter("flips")

    def holds(self, case: str) -> bool:
        """Whether no change flips the verdict of a case; raises ``NotFound`` for an unknown one."""
        rows = self.table.filter(pl.col("case") == case)
        if rows.is_empty():
            raise NotFound(f"no case {case!r}", mend=f"use one of {', '.join(self.table['case'].unique().sort())}")
        return not rows["flips"].any()

    def to_dict(self) -> dict[str, object]:
        """All tables and the parameters as plain values."""
        more = ("flip_sets", "anchors", "box", "prior", "weightings", "atoms", "uncertainty")
        return {**super().to_dict(), **{name: getattr(self, name).to_dicts() for name in more}}


def robustness(
    found: Identification,
    evidence: pl.DataFrame,
    framework: Framework,
    *,
    width: float = 0.05,
    level: float = 0.90,
    progress: Callable[[str, int, int], None] | None = None,
) -> Robustness:
    """Leave out each source, level, kind, coder and domain; move anchors, weights and prior; find what flips.

    Parameters
    ----------
    found
        What ``identify`` returned for this evidence.
    evidence
        The same evidence.
    width
        Half the width of the box of anchors.
    level
        Probability inside the intervals.

    Notes
    -----
    Sources, levels and kinds are left out in the draws that are there: given a draw's table counts the type has a
    closed form without any set of sources. Coders, domains and weights change the counts themselves, so the model is
    sampled again, with fewer draws (probabilities are then good to about .02). Flips that come from draws are sampled
    again as well, up to four of them.
    """
    standing = standing_of(found, evidence, framework)
    steps = ("sources", "coders and domains", "flips", "anchors and prior")

    def say(done: int) -> None:
        if progress:
            progress(f"robustness: {steps[min(done, len(steps) - 1)]}", done, len(steps))

    say(0)
    rows = [*_left_out(standing)]
    say(1)
    rows += [*_sampled(standing)]
    say(2)
    table = _confirmed(standing, pl.DataFrame(rows, schema=_SCHEMA))
    sets = flip_sets(standing)
    say(3)
    box, priors = anchor_box(found, framework, width), prior_sensitivity(standing)
    result = Robustness(
        table=table,
        parameters={**found.parameters, "framework": framework_name(framework), "width": width, "of": "robustness"},
        keys=_KEYS,
        lineage=_lineage(standing, table, sets),
        codings=found.codings,
        flip_sets=sets,
        anchors=anchor_flips(found, framework),
        box=box,
        prior=priors,
        weightings=verdicts_by_weighting(standing),
        atoms=prior_atoms(standing),
        uncertainty=decompose(standing, box, priors, level=level),
    )
    say(4)
    return result


def _groups(standing: Standing, column: str) -> Iterator[tuple[str, str, frozenset[str]]]:
    """Case, group and the group's sources, for groups that are not the whole of a case."""
    sources = standing.study.codings.select("case", "source", column).unique().drop_nulls()
    for case in standing.study.cases:
        here = sources.filter(pl.col("case") == case)
        for name in sorted(here[column].unique()):
            members = frozenset(here.filter(pl.col(column) == name)["source"])
            if len(members) < here["source"].n_unique():
                yield case, str(name), members


def _left_out(standing: Standing) -> Iterator[dict[str, object]]:
    """Every source, level and kind of a case."""
    changes = []
    for case in standing.study.cases:
        here = standing.study.codings.filter(pl.col("case") == case)
        names = sorted(here["source"].unique())
        changes += [(case, "source", name, frozenset([name])) for name in names if len(names) > 1]
    for column in ("level", "kind"):
        changes += [(case, column, name, members) for case, name, members in _groups(standing, column)]
    answers = without_sources(standing, [(case, members) for case, _, _, members in changes])
    sizes = dict(standing.study.codings.group_by("source").len().iter_rows())
    how = "sampled" if standing.fit is None else "draws"
    for (case, change, item, members), answer in zip(changes, answers, strict=True):
        yield _row(standing, case, change, item, answer, sum(sizes.get(s, 0) for s in members), how)


def _sampled(standing: Standing) -> Iterator[dict[str, object]]:
    """Every coder and domain, and other weights of what is not enacted."""
    codings = standing.study.codings
    for column, change in (("coder", "coder"), ("domain", "domain")):
        names = sorted(codings[column].drop_nulls().unique())
        for name in names if len(names) > 1 else ():
            gone = pl.col(column) == name
            answers = sampled_again(standing, ~gone.fill_null(False))
            counts = dict(codings.filter(gone).group_by("case").len().iter_rows())
            for case, answer in answers.items():
                if counts.get(case):
                    yield _row(standing, case, change, name, answer, counts[case], "sampled")
    rules = standing.framework.rules
    if rules.actuality and len(set(rules.weights.values())) > 1:
        for item, weights in (
            ("only what is enacted counts", {k: float(v >= 1.0) for k, v in rules.weights.items()}),
            ("what is espoused counts in full", {k: float(v > 0.0) for k, v in rules.weights.items()}),
        ):
            for case, answer in sampled_again(standing, rules=replace(rules, weights=weights)).items():
                yield _row(standing, case, "weights", item, answer, 0, "sampled")


def _row(
    standing: Standing, case: str, change: str, item: str, answer: Answer, n_codings: int, how: str
) -> dict[str, object]:
    base, assigned = standing.base(case), standing.assigned(case)
    return {
        "case": case,
        "change": change,
        "item": item,
        "type": assigned,
        "before": base.probability[assigned],
        "after": answer.probability[assigned],
        "verdict": answer.kind,
        "types": list(answer.types),
        "flips": answer.short != base.short,
        "n_codings": n_codings,
        "how": how,
        "confirmed": None,
    }


def _confirmed(standing: Standing, table: pl.DataFrame) -> pl.DataFrame:
    """Sample again for the flips that came from draws, the greatest falls of probability first."""
    if standing.fit is None:
        return table
    numbered = table.with_row_index("row")
    flips = numbered.filter(pl.col("flips") & (pl.col("how") == "draws")).sort(pl.col("after") - pl.col("before"))
    confirmed: dict[int, bool] = {}
    for row in flips.head(_CONFIRMED_AT_MOST).iter_rows(named=True):
        gone = pl.col("case").eq(row["case"]) & pl.col(row["change"]).eq(row["item"])
        answer = sampled_again(standing, ~gone.fill_null(False))[row["case"]]
        confirmed[row["row"]] = answer.short != standing.base(row["case"]).short
    known = pl.col("row").replace_strict(confirmed, default=None, return_dtype=pl.Boolean)
    return numbered.with_columns(confirmed=known if confirmed else pl.lit(None, dtype=pl.Boolean)).drop("row")


def _lineage(standing: Standing, table: pl.DataFrame, sets: pl.DataFrame) -> pl.DataFrame:
    """The codings that each change leaves out, with the part that they play for the assigned type."""
    found = standing.found.lineage.filter(pl.col("type").is_not_null()).select("case", "type", "coding_id", "part")
    codings = standing.study.codings.select("coding_id", "source", "level", "kind", "coder", "domain")
    played = found.unique().join(codings, on="coding_id", how="inner")
    parts = []
    for change in ("source", "level", "kind", "coder", "domain"):
        rows = table.filter(pl.col("change") == change).select("case", "change", "item", "type")
        left = rows.join(
            played.rename({"domain": "in_domain"}) if change == "domain" else played,
            left_on=["case", "type", "item"],
            right_on=["case", "type", "in_domain" if change == "domain" else change],
            how="inner",
        )
        parts.append(left.select("case", "change", "item", "coding_id", "part"))
    chosen = sets.explode("sources").select("case", "sources")
    assigned = pl.DataFrame(
        [(case, standing.assigned(case)) for case in standing.study.cases],
        schema={"case": pl.String, "type": pl.String},
        orient="row",
    )
    in_sets = chosen.join(assigned, on="case").join(
        played, left_on=["case", "type", "sources"], right_on=["case", "type", "source"], how="inner"
    )
    parts.append(
        in_sets.select("case", pl.lit("flip set").alias("change"), pl.col("case").alias("item"), "coding_id", "part")
    )
    return pl.concat(parts).unique(maintain_order=True)
