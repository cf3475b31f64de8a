"""How firmly does each verdict stand? What is left out, moved or weighed otherwise, and what flips it."""

from crosscase.analysis.robustness.anchors import anchor_box, anchor_flips
from crosscase.analysis.robustness.decomposition import decompose
from crosscase.analysis.robustness.flips import flip_sets
from crosscase.analysis.robustness.prior import prior_sensitivity
from crosscase.analysis.robustness.robustness import Robustness, robustness

__all__ = [
    "Robustness",
    "anchor_box",
    "anchor_flips",
    "decompose",
    "flip_sets",
    "prior_sensitivity",
    "robustness",
]
