"""Compiling on a fresh installation: compiled parts side by side, each in a process of its own, during other work.

The numeric parts are compiled on first use and kept (``crosscase.analysis.compiled``). One after the other that takes
most of a minute; side by side, and while documents are read, people hardly wait for it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import product

import polars as pl

from crosscase import frameworks
from crosscase.analysis.compiled import is_kept
from crosscase.analysis.distribution import distribution
from crosscase.analysis.identify import identify

_FRAMEWORK = "education_systems"
_LONGEST_S = 600


@contextmanager
def compiling_meanwhile() -> Iterator[None]:
    """Compile what is not kept yet while the body runs, and wait for it at the end.

    What fails in such a process is compiled again, and heard of, where it is needed.
    """
    context = multiprocessing.get_context("spawn")
    missing = [name for name in PARTS if not is_kept(name)]
    workers = [context.Process(target=compile_part, args=(name,), daemon=True) for name in missing]
    for worker in workers:
        worker.start()
    try:
        yield
        for worker in workers:
            worker.join(_LONGEST_S)
    finally:
        for worker in workers:
            if worker.is_alive():
                worker.kill()


def compile_part(name: str) -> None:
    """Compile one part by using it on a few invented codings."""
    os.nice(5)  # whoever waits for something else comes first
    PARTS[name]()


def _shares() -> None:
    distribution(_codings(), frameworks.load(_FRAMEWORK), draws=100)


def _types() -> None:
    found = identify(_codings(), frameworks.load(_FRAMEWORK), draws=100, chains=1, allow_unconverged=True)
    assert not found.weights.is_empty()


# What is kept when the part is done → what compiles it. The weights of evidence need the chains first.
PARTS: Mapping[str, Callable[[], None]] = {"share_kernel.draw_cells": _shares, "leave_out._leave_out": _types}


def _codings() -> pl.DataFrame:
    """Two cases in which schools and the centre speak of every domain, coded by two people."""
    framework = frameworks.load(_FRAMEWORK)
    first = {i.domain: i.id for i in reversed(framework.indicators) if i.kind == "passage"}
    kinds = [("interview", "school"), ("document", "central_office"), ("fieldnotes", "school")]
    facets = {f.id: f.values[0].id for f in framework.facets}
    rows: list[dict[str, object]] = []
    for case, (kind, level), turn, (domain, code), coder in product(
        ("one", "other"), kinds, range(3), first.items(), ("ana", "ben")
    ):
        rows.append(
            {
                "coding_id": len(rows) + 1,
                "source": f"{case}-{kind}",
                "case": case,
                "kind": kind,
                "date": None,
                "participant": None,
                "role": None,
                "level": level,
                "start": 1000 * turn,
                "end": 1000 * turn + 50,
                "text": "",
                "code": code,
                "domain": domain,
                **facets,
                "coder": coder,
                "coder_kind": "person",
                "round": "first",
                "codebook_version": framework.version,
                "confidence": None,
            }
        )
    return pl.DataFrame(
        rows,
        infer_schema_length=None,
        schema_overrides={"date": pl.String, "participant": pl.String, "role": pl.String, "confidence": pl.Float64},
    )
