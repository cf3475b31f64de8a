"""``crosscase``: one module per group of verbs."""

from __future__ import annotations

from crosscase.cli import analyse, care, collect, workbench  # noqa: F401  (importing a module registers its verbs)
from crosscase.cli.app import main

__all__ = ["main"]
