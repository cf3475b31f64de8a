"""Set-theoretic methods (QCA): from calibrated memberships to truth tables, solutions and their fit.

>>> from crosscase.analysis import qca
>>> table = qca.TruthTable.from_rows(conditions=["A", "B"], on=[[1, 1], [1, 0]], off=[[0, 1]])
>>> [model.expression for model in qca.minimize(table).models]
['A']

Names and arguments are those of the R packages QCA (Duşa) and SetMethods (Oana, Schneider), in snake_case.
"""

# --- tables, solutions and fit ---------------------------------------------------------------------------------------
from crosscase.analysis.qca.assumptions import contradictory_assumptions, esa, find_rows, simultaneous_rows
from crosscase.analysis.qca.clock import Limits
from crosscase.analysis.qca.data import Columns, Selection, read_columns, select
from crosscase.analysis.qca.expressions import Expression, Literal, Term, negate, parse
from crosscase.analysis.qca.factorise import factorise
from crosscase.analysis.qca.fit import (
    FitResult,
    NecessityFit,
    SufficiencyFit,
    consistency,
    coverage,
    necessity_fit,
    pof,
    pri,
    relevance_of_necessity,
    sufficiency_fit,
    unique_coverages,
)
from crosscase.analysis.qca.minimise import minimize
from crosscase.analysis.qca.solution import Block, Model, Solution
from crosscase.analysis.qca.truth_table import Row, TruthTable, truth_table

__all__ = [
    "Block",
    "Columns",
    "Expression",
    "FitResult",
    "Limits",
    "Literal",
    "Model",
    "NecessityFit",
    "Row",
    "Selection",
    "Solution",
    "SufficiencyFit",
    "Term",
    "TruthTable",
    "consistency",
    "contradictory_assumptions",
    "coverage",
    "esa",
    "factorise",
    "find_rows",
    "minimize",
    "necessity_fit",
    "negate",
    "parse",
    "pof",
    "pri",
    "read_columns",
    "relevance_of_necessity",
    "select",
    "simultaneous_rows",
    "sufficiency_fit",
    "truth_table",
    "unique_coverages",
]

# --- calibration, necessity, robustness and beyond: add names below with their own import block and __all__ += [...] --
from crosscase.analysis.qca.anchor_sensitivity import anchor_sensitivity
from crosscase.analysis.qca.answer import Answer
from crosscase.analysis.qca.calibrate import FSQCA_IDM, calibrate, recode
from crosscase.analysis.qca.clusters import ClusterDiagnostics, cluster_diagnostics
from crosscase.analysis.qca.coincidence import Coincidences, ComplexFormula, Condition, cna
from crosscase.analysis.qca.coincidence_fit import condition_fit
from crosscase.analysis.qca.diagnostics import CalibrationCurve, SetDiagnostics, calibration_curve, diagnose_sets
from crosscase.analysis.qca.necessity import Necessity, SuperSubset, necessity, super_subset
from crosscase.analysis.qca.permutation import PermutationTest, binomial_test, permutation_test
from crosscase.analysis.qca.property_space import PropertySpace, corner_names, property_space
from crosscase.analysis.qca.robustness import Robustness, robustness
from crosscase.analysis.qca.sensitivity import Sensitivity, sensitivity
from crosscase.analysis.qca.smmr import CaseSelection, smmr
from crosscase.analysis.qca.theory import TheoryEvaluation, theory_evaluation
from crosscase.analysis.qca.uncertainty import Uncertainty, draw_memberships, uncertainty

__all__ += [
    "FSQCA_IDM",
    "Answer",
    "CalibrationCurve",
    "CaseSelection",
    "ClusterDiagnostics",
    "Coincidences",
    "ComplexFormula",
    "Condition",
    "Necessity",
    "PermutationTest",
    "PropertySpace",
    "Robustness",
    "Sensitivity",
    "SetDiagnostics",
    "SuperSubset",
    "TheoryEvaluation",
    "Uncertainty",
    "anchor_sensitivity",
    "binomial_test",
    "calibrate",
    "calibration_curve",
    "cluster_diagnostics",
    "cna",
    "condition_fit",
    "corner_names",
    "diagnose_sets",
    "draw_memberships",
    "necessity",
    "permutation_test",
    "property_space",
    "recode",
    "robustness",
    "sensitivity",
    "smmr",
    "super_subset",
    "theory_evaluation",
    "uncertainty",
]
