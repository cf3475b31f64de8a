"""``crosscase``: one module per group of verbs."""

from __future__ import annotations

from crosscase.cli import (  # noqa: F401  (importing a module registers its verbs)
    agreement,
    analyse,
    backups,
    care,
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
