"""Simulated studies with a known truth, for demonstration, for tests and for experiments.

Everything in them is invented, and every file that is written says so.

>>> from crosscase.simulate import seed_study, simulate_study
>>> study = simulate_study(seed_study(seed=1, scale=0.1))
>>> study.truth.cases["urban"].type
'managerial'
"""

from crosscase.simulate.coders import TruePassage
from crosscase.simulate.design import SEED_TRUTH, CaseDesign, CoderDesign, StudyDesign, seed_coders, seed_study
from crosscase.simulate.study import Conflict, SimulatedSource, SimulatedStudy, StudyTruth, simulate_study
from crosscase.simulate.text import MARK
from crosscase.simulate.truth import CaseTruth, Face
from crosscase.simulate.write import write_study

__all__ = [
    "MARK",
    "SEED_TRUTH",
    "CaseDesign",
    "CaseTruth",
    "CoderDesign",
    "Conflict",
    "Face",
    "SimulatedSource",
    "SimulatedStudy",
    "StudyDesign",
    "StudyTruth",
    "TruePassage",
    "seed_coders",
    "seed_study",
    "simulate_study",
    "write_study",
]
