"""From evidence to arrays: the dimensions that passages speak about, and what each coder read in each passage.

A dimension is a question with a few categories: a domain (categories: the loci) or a condition (for, against). All
domains share one family of categories, all conditions another, because a coder who mistakes *joint* for *central*
does so whatever the domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

from crosscase.analysis.distribution import unstated_locus
from crosscase.model.framework import Framework

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
POLES = ("for", "against")
_READ = ("case", "source", "kind", "coder", "coding_id", "item")
# An actuality that counts at most this much says what people mean to do, not what they do.
_ESPOUSED = 0.5
LOCUS_FAMILY, POLE_FAMILY = 0, 1


@dataclass(frozen=True)
class Dimension:
    """One question, and the category that each type expects (``None``: the type leaves it open)."""

    id: str
    kind: str  # domain | condition
    label: str
    categories: tuple[str, ...]
    expected: tuple[int | None, ...]

    @property
    def family(self) -> int:
        return LOCUS_FAMILY if self.kind == "domain" else POLE_FAMILY

    @property
    def informs(self) -> bool:
        """Whether any type expects anything here."""
        return any(category is not None for category in self.expected)


class Dims(NamedTuple):
    """The dimensions as numbers."""

    sizes: Ints  # categories per dimension
    family: Ints  # per dimension
    family_sizes: Ints
    background: Floats  # dimension × category: shares in the whole study


class Cells(NamedTuple):
    """The items of each cell: what a source says in a dimension, of enacted work and of espoused work apart.

    ``arm`` is twice the number of the source's kind, and one more where the items only espouse.
    """

    case: Ints
    dimension: Ints
    source: Ints
    arm: Ints
    start: Ints  # first item of each cell, and the end
    pattern: Ints  # per item


class Patterns(NamedTuple):
    """Items whose readings are alike (the same coders said the same, with the same weight) share a pattern.

    A sweep works out the likelihood of a pattern once. The arrays after ``weight`` have an entry per reading.
    """

    start: Ints  # first reading of each pattern, and the end
    family: Ints
    weight: Floats  # probability that the item speaks of what is done: 1 where work is enacted
    coder: Ints
    category: Ints
    affirms: Floats  # 1 if the reading affirms its category, 0 if it denies it, between them if it does both


class Rises(NamedTuple):
    """Log rising factorials of the Dirichlet parameters of shares, by number of tables.

    ``parameters`` holds the parameters themselves: dominant, elsewhere (per family), diffuse.
    """

    parameters: Floats
    dominant: Floats  # n
    elsewhere: Floats  # family × n
    diffuse: Floats  # n
    total_dominant: Floats  # family × n, of the sum of the parameters
    total_diffuse: Floats


class Layout(NamedTuple):
    """The evidence as arrays for the sampler."""

    dims: Dims
    cells: Cells
    patterns: Patterns


@dataclass(frozen=True)
class Readings:
    """The evidence that the model sees, with the names behind its numbers."""

    cases: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    coders: tuple[str, ...]
    sources: tuple[str, ...]
    kinds: tuple[str, ...]
    layout: Layout
    rows: pl.DataFrame  # case, dimension, source, kind, coding_id, item, category, affirms, weight, espoused

    @property
    def n_items(self) -> int:
        return len(self.layout.cells.pattern)

    @property
    def has_espoused(self) -> bool:
        """Whether some passages only espouse."""
        return bool((self.layout.cells.arm % 2 == 1).any())


def dimensions_of(framework: Framework) -> tuple[Dimension, ...]:
    """The questions that the framework's passages answer, in its order: domains, then conditions."""
    loci = framework.loci
    found = []
    for domain in framework.domains if loci else ():
        expects = [t.expects(domain.id) for t in framework.types]
        expected = tuple(loci.index(e) if e in loci else None for e in expects)
        if any(category is not None for category in expected):
            found.append(Dimension(domain.id, "domain", domain.name, loci, expected))
    signs = [t.formula.signs() for t in framework.types]
    for condition in framework.conditions:
        if condition.input != "passages":
            continue
        wanted: list[int | None] = [None] * len(signs)
        if condition.in_model:
            wanted = [None if condition.id not in s else (0 if s[condition.id] else 1) for s in signs]
        found.append(Dimension(condition.id, "condition", condition.label, POLES, tuple(wanted)))
    return tuple(found)


def read_evidence(
    located: pl.DataFrame | None, spoken: pl.DataFrame, framework: Framework, cases: Sequence[str]
) -> Readings:
    """Arrange the codings of a study for the sampler.

    Parameters
    ----------
    located
        Codings of domains from ``located_codings(…, "each")``; ``None`` in a framework without loci.
    spoken
        Codings of conditions from ``spoken_codings``.

    Notes
    -----
    The order of rows and the names of coders do not matter: sources are sorted, and coders are numbered by their
    first coding.
    """
    dimensions = dimensions_of(framework)
    parts = [_condition_readings(_espousing(spoken, framework), dimensions)]
    if located is not None:
        parts.append(_domain_readings(_espousing(located, framework), framework, dimensions))
    rows = pl.concat(parts).filter(pl.col("case").is_in(list(cases)))
    rows = rows.with_columns(pl.col("kind").fill_null("other"))
    coders = rows.group_by("coder").agg(pl.col("coding_id").min()).sort("coding_id")["coder"].to_list()
    number = {name: i for i, name in enumerate(cases)}
    sources, kinds = sorted(rows["source"].unique()), sorted(rows["kind"].unique())
    rows = rows.with_columns(
        case_number=_numbered("case", list(number)),
        coder_number=_numbered("coder", coders),
        source_number=_numbered("source", sources),
        # What an item says is espoused where most of its codings have it so.
        arm=2 * _numbered("kind", kinds)
        + (pl.col("espoused").mean().over("dimension", "source", "item") > 0.5).cast(pl.Int64),
    ).sort("case_number", "dimension", "source", "arm", "item", "coding_id", "category")
    return Readings(
        tuple(cases), dimensions, tuple(coders), tuple(sources), tuple(kinds), _layout(rows, dimensions), rows
    )


def _numbered(column: str, names: Sequence[str]) -> pl.Expr:
    return pl.col(column).replace_strict({name: i for i, name in enumerate(names)}, return_dtype=pl.Int64)


def _espousing(codings: pl.DataFrame, framework: Framework) -> pl.DataFrame:
    """Mark the codings of what people mean to do, by how little their actuality counts."""
    rules = framework.rules
    if not rules.actuality or rules.actuality not in codings.columns:
        return codings.with_columns(espoused=pl.lit(0.0))
    espoused = [value for value, weight in rules.weights.items() if 0.0 < weight <= _ESPOUSED]
    return codings.with_columns(espoused=pl.col(rules.actuality).is_in(espoused).fill_null(False).cast(pl.Float64))


def _domain_readings(located: pl.DataFrame, framework: Framework, dimensions: Sequence[Dimension]) -> pl.DataFrame:
    place = {d.id: i for i, d in enumerate(dimensions) if d.kind == "domain"}
    category = {locus: k for k, locus in enumerate(framework.loci)}
    # "Not stated", merely past and uncertain say nothing about where the work sits.
    telling = located.filter(
        (pl.col("locus") != unstated_locus(framework))
        & (pl.col("part") != "set aside")
        & pl.col("domain").is_in(list(place))
    )
    return telling.select(
        *_READ,
        dimension=pl.col("domain").replace_strict(place, return_dtype=pl.Int64),
        category=pl.col("locus").replace_strict(category, return_dtype=pl.Int64),
        affirms=pl.col("affirmed") / (pl.col("affirmed") + pl.col("denied")),
        weight=pl.col("affirmed") + pl.col("denied"),
        espoused=pl.col("espoused"),
    )


def _condition_readings(spoken: pl.DataFrame, dimensions: Sequence[Dimension]) -> pl.DataFrame:
    place = {d.id: i for i, d in enumerate(dimensions) if d.kind == "condition"}
    # A passage that speaks for and against (a mixed stance) is a reading of "for" that does half of each.
    both = (pl.col("pro") > 0) & (pl.col("contra") > 0)
    return spoken.filter(pl.col("pro") + pl.col("contra") > 0).select(
        *_READ,
        dimension=pl.col("condition").replace_strict(place, return_dtype=pl.Int64),
        category=pl.when(pl.col("pro") > 0).then(0).otherwise(1).cast(pl.Int64),
        affirms=pl.when(both).then(pl.col("pro") / (pl.col("pro") + pl.col("contra"))).otherwise(1.0),
        weight=pl.col("pro") + pl.col("contra"),
        espoused=pl.col("espoused"),
    )


def _layout(rows: pl.DataFrame, dimensions: Sequence[Dimension]) -> Layout:
    family = np.array([d.family for d in dimensions], dtype=np.int64)
    sizes = np.array([len(d.categories) for d in dimensions], dtype=np.int64)
    family_sizes = np.array([max([1, *sizes[family == f]]) for f in (LOCUS_FAMILY, POLE_FAMILY)], dtype=np.int64)
    kinds = {i: d.family for i, d in enumerate(dimensions)}
    rows = rows.with_columns(
        family=pl.col("dimension").replace_strict(kinds, return_dtype=pl.Int64),
        entry=pl.struct("coder_number", "category", "affirms"),
    )
    entries = rows["entry"].unique(maintain_order=True)
    listed = pl.DataFrame({"entry": entries}).with_row_index("entry_number")
    rows = rows.join(listed, on="entry", how="left", maintain_order="left")
    cell_of = ("case_number", "dimension", "source_number", "arm")
    items = rows.group_by(*cell_of, "item", maintain_order=True).agg(
        pl.col("entry_number").sort().cast(pl.String).str.join(" ").alias("pattern"),
        pl.col("family").first(),
        pl.col("weight").mean().clip(0.0, 1.0),
    )
    heads = [pl.col("family").cast(pl.String), pl.col("weight").round(6).cast(pl.String)]
    items = items.with_columns(pattern=pl.concat_str(*heads, "pattern", separator=":"))
    patterns = items["pattern"].unique(maintain_order=True).to_list()
    which = {pattern: i for i, pattern in enumerate(patterns)}
    members = [[int(n) for n in pattern.split(":")[2].split()] for pattern in patterns]
    cells = items.group_by(*cell_of, maintain_order=True).agg(pl.len())
    readings = entries.struct.unnest()[[n for member in members for n in member]]
    return Layout(
        dims=Dims(sizes, family, family_sizes, _background(rows, sizes)),
        cells=Cells(
            case=_ints(cells["case_number"]),
            dimension=_ints(cells["dimension"]),
            source=_ints(cells["source_number"]),
            arm=_ints(cells["arm"]),
            start=np.concatenate([[0], np.cumsum(_ints(cells["len"]))]).astype(np.int64),
            pattern=np.array([which[pattern] for pattern in items["pattern"]], dtype=np.int64),
        ),
        patterns=Patterns(
            start=np.cumsum([0, *map(len, members)]).astype(np.int64),
            family=np.array([int(pattern.split(":")[0]) for pattern in patterns], dtype=np.int64),
            weight=np.array([float(pattern.split(":")[1]) for pattern in patterns], dtype=np.float64),
            coder=_ints(readings["coder_number"]),
            category=_ints(readings["category"]),
            affirms=_floats(readings["affirms"]),
        ),
    )


def _background(rows: pl.DataFrame, sizes: Ints) -> Floats:
    """Shares of the categories among all readings of the study that affirm, one more of each for caution."""
    result = (np.arange(max(sizes, default=1)) < sizes[:, None]).astype(np.float64)
    counted = rows.filter(pl.col("affirms") > 0).group_by("dimension", "category").len()
    for dimension, category, n in counted.iter_rows():
        result[dimension, category] += n
    shares: Floats = result / result.sum(axis=1, keepdims=True)
    return shares


def _ints(column: pl.Series) -> Ints:
    return np.ascontiguousarray(column.to_numpy().astype(np.int64))


def _floats(column: pl.Series) -> Floats:
    return np.ascontiguousarray(column.to_numpy().astype(np.float64))
