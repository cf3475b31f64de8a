"""Coverage and calibration of the model over a grid of designs, also where its prior is wrong.

Studies of four cases are imagined as arrays of readings, without text, over sources × passages × how alike sources are
(κ) × how able coders are. Types and shares come from the model's prior; κ and the accuracy of coders are what the grid
says, which the model does not know. 90 % intervals of shares should hold the truth 87 to 93 times in 100 with eight
sources or more, and probabilities of types should be as often right as they say.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from crosscase import frameworks
from crosscase.analysis.identify.calibration import Calibration
from crosscase.analysis.identify.dimensions import (
    Cells,
    Dims,
    Floats,
    Ints,
    Layout,
    Patterns,
    Readings,
    dimensions_of,
)
from crosscase.analysis.identify.imagine import Truth, imagine_readings, truth_from_prior
from crosscase.analysis.identify.sampling import rules_of, sample
from crosscase.analysis.identify.settings import Prior
from crosscase.model.framework import Framework
from crosscase.model.seed import check_seed

SOURCES, PASSAGES = (4, 8, 15, 30), (2, 4)
ALIKE, ACCURACY = (1.0, 3.0, 10.0), (0.60, 0.82, 0.95)
N_CASES, N_CODERS, DOUBLE = 4, 3, 0.3
Design = tuple[int, int, float, float]


def grid() -> list[Design]:
    """Sources × passages per source and dimension × κ × accuracy."""
    return list(product(SOURCES, PASSAGES, ALIKE, ACCURACY))


def read_design(design: Design, seed: int, studies: int) -> dict[str, Any]:
    """One cell of the grid: coverage of the intervals of shares, and calibration of the probabilities of types."""
    framework = frameworks.load("education-systems")
    n_sources, n_passages, alike, accuracy = design
    inside: list[bool] = []
    width: list[float] = []
    probability, planted = [], []
    for number in range(studies):
        rng = np.random.default_rng([check_seed(seed), number, *(int(10 * x) for x in design)])
        readings = blank_study(framework, n_sources, n_passages, rng)
        rules = rules_of(
            readings, [t.id for t in framework.types], Prior(), np.zeros((N_CASES, len(framework.types) + 1))
        )
        drawn = truth_from_prior(readings, rules, rng)
        truth = replace(drawn, concentration=alike, confusion=_able(drawn, accuracy, readings, rng))
        imagined = imagine_readings(readings, truth, rng)
        found = sample(imagined, rules, draws=400, chains=1, seed=int(rng.integers(2**31)), warmup=300, thin=1)
        low, high = np.quantile(found.shares[0], (0.05, 0.95), axis=0)
        for d, dimension in enumerate(readings.dimensions):
            size = len(dimension.categories)
            held = (truth.shares[:, d, :size] >= low[:, d, :size]) & (truth.shares[:, d, :size] <= high[:, d, :size])
            inside += held.ravel().tolist()
            width.append(float((high[:, d, :size] - low[:, d, :size]).mean()))
        probability.append(found.probability[0].mean(axis=0))
        planted.append(truth.type)
    calibration = Calibration({}, {}, np.concatenate(probability), np.concatenate(planted), studies)
    often, right = calibration.claimed(0.90)
    return {
        "sources": n_sources,
        "passages": n_passages,
        "alike": alike,
        "accuracy": accuracy,
        "studies": studies,
        "coverage": round(float(np.mean(inside)), 4),
        "width": round(float(np.mean(width)), 4),
        "brier": round(calibration.brier(), 4),
        "claimed at .90": round(often, 4),
        "right among them": None if right is None else round(right, 4),
    }


def blank_study(framework: Framework, n_sources: int, n_passages: int, rng: np.random.Generator) -> Readings:
    """The layout of a study in which every source of a case has so many passages in every dimension."""
    dimensions = dimensions_of(framework)
    family = np.array([d.family for d in dimensions], dtype=np.int64)
    sizes = np.array([len(d.categories) for d in dimensions], dtype=np.int64)
    places = list(product(range(N_CASES), range(len(dimensions)), range(n_sources)))
    case, dimension, source = (np.array(column, dtype=np.int64) for column in zip(*places, strict=True))
    kinds = ("document", "interview", "observation")
    n_items = len(places) * n_passages
    patterns, which = _patterns(family[np.repeat(dimension, n_passages)], n_items, rng)
    even = (np.arange(sizes.max()) < sizes[:, None]) / sizes[:, None]
    layout = Layout(
        Dims(sizes, family, np.array([sizes[family == f].max() for f in (0, 1)], dtype=np.int64), even),
        Cells(
            case=case,
            dimension=dimension,
            source=case * n_sources + source,
            arm=2 * (source % len(kinds)),
            start=np.arange(0, n_items + 1, n_passages, dtype=np.int64),
            pattern=which,
        ),
        patterns,
    )
    names = tuple(f"source {i}" for i in range(N_CASES * n_sources))
    coders = tuple(f"coder {i}" for i in range(N_CODERS))
    cases = tuple(f"case {i}" for i in range(N_CASES))
    return Readings(cases, dimensions, coders, names, kinds, layout, pl.DataFrame())


def _patterns(family: Ints, n_items: int, rng: np.random.Generator) -> tuple[Patterns, Ints]:
    """Every item by one coder, some by two."""
    first = rng.integers(N_CODERS, size=n_items)
    second = (first + 1 + rng.integers(N_CODERS - 1, size=n_items)) % N_CODERS
    is_double = rng.random(n_items) < DOUBLE
    n_each = 1 + is_double
    coder = np.repeat(first, n_each)
    coder[np.cumsum(n_each)[is_double] - 1] = second[is_double]
    start = np.concatenate([[0], np.cumsum(n_each)]).astype(np.int64)
    nothing = np.zeros(len(coder), dtype=np.int64)
    patterns = Patterns(start, family.copy(), np.ones(n_items), coder, nothing, np.ones(len(coder)))
    return patterns, np.arange(n_items, dtype=np.int64)


def _able(truth: Truth, accuracy: float, readings: Readings, rng: np.random.Generator) -> Floats:
    """Coders who are right this often, with mistakes that lean to one category each."""
    confusion = np.zeros_like(truth.confusion)
    for r in range(confusion.shape[0]):
        for f, size in enumerate(readings.layout.dims.family_sizes):
            lean = rng.dirichlet(np.ones(size))
            for k in range(size):
                others = lean.copy()
                others[k] = 0.0
                confusion[r, f, k, :size] = (1.0 - accuracy) * others / others.sum()
                confusion[r, f, k, k] = accuracy
    return confusion


def summarise_grid(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The grid against its bars: coverage .87 to .93 with eight sources or more."""
    enough = [r for r in rows if r["sources"] >= 8]
    inside = [r for r in enough if 0.87 <= r["coverage"] <= 0.93]
    able = [r for r in enough if r["accuracy"] > 0.6]
    claimed = [r["right among them"] for r in rows if r["right among them"] is not None]
    return {
        "bar": "coverage of 90 % intervals .87 to .93 with eight sources or more",
        "cells with eight sources or more": len(enough),
        "of these inside the bar": len(inside),
        "of those with coders better than .60": f"{sum(r in inside for r in able)} of {len(able)}",
        "lowest coverage": min(r["coverage"] for r in enough) if enough else None,
        "highest coverage": max(r["coverage"] for r in enough) if enough else None,
        "lowest share right among claims at .90": min(claimed) if claimed else None,
        "met": len(inside) == len(enough) if enough else None,
    }
