"""The search for evidence against claims: ranked queues, the sources a verdict hangs on, saturation."""

from crosscase.analysis.disconfirm.candidates import QUEUES, RULES, Candidate
from crosscase.analysis.disconfirm.saturation import Saturation, saturation
from crosscase.analysis.disconfirm.search import Disconfirmation, Material, Searched, disconfirm
from crosscase.analysis.disconfirm.weights import flip_sets, weigh_sources

__all__ = [
    "QUEUES",
    "RULES",
    "Candidate",
    "Disconfirmation",
    "Material",
    "Saturation",
    "Searched",
    "disconfirm",
    "flip_sets",
    "saturation",
    "weigh_sources",
]
