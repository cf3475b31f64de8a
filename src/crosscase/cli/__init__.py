"""``crosscase``: one module per group of verbs."""

from __future__ import annotations

from crosscase.cli import (  # noqa: F401  (importing a module registers its verbs)
    adjudication,
    agreement,
    analyse,
    backups,
    care,
    codebook,
    collect,
    compare,
    configurations,
    corpus,
    disconfirm,
    explore,
    identifying,
    rounds,
    simulating,
    users,
    workbench,
)
from crosscase.cli.app import main

__all__ = ["main"]
