"""The experiments by name, and running one: in pieces that are kept, so that a run that was stopped goes on."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crosscase import __version__
from crosscase.errors import NotFound
from crosscase.model.seed import check_seed
from crosscase.simulate.experiments import calibration, coverage, recovery

Piece = Callable[[int, int], Any]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Experiment:
    """An experiment.

    ``piece`` makes one piece of it, by its number and the seed; ``n_pieces`` by how many studies are asked for;
    ``summarise`` puts the pieces together.
    """

    name: str
    says: str
    piece: Piece
    n_pieces: Callable[[int], int]
    summarise: Callable[[Sequence[Any]], dict[str, Any]]
    studies: int = 500
    parameters: Mapping[str, Any] = field(default_factory=dict)


def _recovery_piece(name: str, number: int, seed: int) -> Any:
    return recovery.read_study(recovery.SCENARIOS[name], seed * 100_000 + number)


@dataclass(frozen=True)
class _Recovery:
    """A piece of a recovery experiment; a class, so that it can travel to another process."""

    scenario: str

    def __call__(self, number: int, seed: int) -> Any:
        return _recovery_piece(self.scenario, number, seed)

    def summarise(self, pieces: Sequence[Any]) -> dict[str, Any]:
        return recovery.summarise(recovery.SCENARIOS[self.scenario], [row for piece in pieces for row in piece])


_STUDIES_PER_CELL = 40


def _coverage_piece(number: int, seed: int) -> Any:
    return coverage.read_design(coverage.grid()[number], seed, _STUDIES_PER_CELL)


def _grid_size(studies: int) -> int:
    return min(len(coverage.grid()), max(1, studies // _STUDIES_PER_CELL))


def _coverage_summary(pieces: Sequence[Any]) -> dict[str, Any]:
    return {**coverage.summarise_grid(list(pieces)), "cells": list(pieces)}


def _same(studies: int) -> int:
    return studies


EXPERIMENTS: dict[str, Experiment] = {
    **{
        f"recovery-{name}": Experiment(
            f"recovery-{name}", scenario.says, _Recovery(name), _same, _Recovery(name).summarise, 500
        )
        for name, scenario in recovery.SCENARIOS.items()
    },
    "coverage": Experiment(
        "coverage",
        "intervals and probabilities over sources × passages × heterogeneity × coder accuracy",
        _coverage_piece,
        _grid_size,
        _coverage_summary,
        _STUDIES_PER_CELL * len(coverage.grid()),
    ),
    "calibration": Experiment(
        "calibration",
        "simulation-based calibration on the layout of the simulated study",
        calibration.piece,
        calibration.n_pieces,
        calibration.summarise,
        200,
    ),
}


def run_experiment(
    name: str,
    *,
    studies: int | None = None,
    seed: int = 1,
    folder: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run an experiment and return its summary.

    Parameters
    ----------
    studies
        How many studies are simulated; as many as the experiment says by default.
    folder
        Where finished pieces are kept; a run with the same name, seed and program goes on there.
    workers
        Processes at work at the same time.

    Raises
    ------
    NotFound
        No experiment of this name.
    """
    check_seed(seed)
    if name not in EXPERIMENTS:
        raise NotFound(f"no experiment {name!r}", mend=f"use one of {', '.join(EXPERIMENTS)}")
    experiment = EXPERIMENTS[name]
    n = experiment.n_pieces(studies or experiment.studies)
    kept = _Kept(folder, f"{name}-{seed}-{__version__}")
    missing = [number for number in range(n) if number not in kept.pieces]
    done = n - len(missing)
    if workers > 1:
        # Spawned, not forked: a fork takes locks along that other threads of this process hold.
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
            for number, piece in zip(missing, pool.map(experiment.piece, missing, [seed] * len(missing)), strict=True):
                kept.keep(number, piece)
                done += 1
                if progress:
                    progress(name, done, n)
    else:
        for number in missing:
            kept.keep(number, experiment.piece(number, seed))
            done += 1
            if progress:
                progress(name, done, n)
    return {
        "experiment": name,
        "says": experiment.says,
        "seed": seed,
        "crosscase": __version__,
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        **experiment.summarise([kept.pieces[number] for number in range(n)]),
    }


class _Kept:
    """Finished pieces, one line each in a file named by the experiment; in memory only without a folder."""

    def __init__(self, folder: Path | None, key: str) -> None:
        digest = hashlib.sha256(key.encode()).hexdigest()[:8]
        self.path = None if folder is None else folder / f"{key}-{digest}.jsonl"
        self.pieces: dict[int, Any] = {}
        if self.path is not None and self.path.is_file():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                number, piece = json.loads(line)
                self.pieces[number] = piece

    def keep(self, number: int, piece: Any) -> None:
        self.pieces[number] = piece
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps([number, piece]) + "\n")
                file.flush()
