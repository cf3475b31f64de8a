"""Theory-driven comparative case studies: from transcripts to evidenced ideal types.

>>> import crosscase as cc
>>> study = cc.open("my-study")  # doctest: +SKIP
>>> cc.identify(study).verdict("urban").sentence  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crosscase import frameworks
    from crosscase.errors import CrosscaseError
    from crosscase.services.public import (
        agree,
        compare,
        configurations,
        contrasts,
        cooccurrence,
        disconfirm,
        distribution,
        gaps,
        identify,
        identify_by,
        ratings,
        report,
        robustness,
        saturation,
        select,
        trajectories,
    )
    from crosscase.services.study import Study
    from crosscase.services.study import open_study as open  # what users type: cc.open

__version__ = "0.1.0"

__all__ = [
    "CrosscaseError",
    "Study",
    "__version__",
    "agree",
    "compare",
    "configurations",
    "contrasts",
    "cooccurrence",
    "disconfirm",
    "distribution",
    "frameworks",
    "gaps",
    "identify",
    "identify_by",
    "open",
    "ratings",
    "report",
    "robustness",
    "saturation",
    "select",
    "trajectories",
]

# Loaded when they are first used: every process that reads a file imports this package, and the analyses take a second.
_HOMES = {
    "CrosscaseError": ("crosscase.errors", "CrosscaseError"),
    "Study": ("crosscase.services.study", "Study"),
    "agree": ("crosscase.services.public", "agree"),
    "compare": ("crosscase.services.public", "compare"),
    "configurations": ("crosscase.services.public", "configurations"),
    "disconfirm": ("crosscase.services.public", "disconfirm"),
    "distribution": ("crosscase.services.public", "distribution"),
    "identify": ("crosscase.services.public", "identify"),
    "identify_by": ("crosscase.services.public", "identify_by"),
    "open": ("crosscase.services.study", "open_study"),
    "report": ("crosscase.services.public", "report"),
    "robustness": ("crosscase.services.public", "robustness"),
    "contrasts": ("crosscase.services.public", "contrasts"),
    "cooccurrence": ("crosscase.services.public", "cooccurrence"),
    "gaps": ("crosscase.services.public", "gaps"),
    "ratings": ("crosscase.services.public", "ratings"),
    "saturation": ("crosscase.services.public", "saturation"),
    "select": ("crosscase.services.public", "select"),
    "trajectories": ("crosscase.services.public", "trajectories"),
}


def __getattr__(name: str) -> Any:
    if name == "frameworks":
        return import_module("crosscase.frameworks")
    if name not in _HOMES:
        raise AttributeError(f"module 'crosscase' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
