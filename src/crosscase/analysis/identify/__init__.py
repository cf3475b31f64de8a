"""Which ideal type each case is: the model of § 3 of the methods, its verdicts and their evidence."""

from crosscase.analysis.identify.calibration import Calibration, calibrate_model
from crosscase.analysis.identify.grouped import Grouped, identify_by
from crosscase.analysis.identify.identify import identify
from crosscase.analysis.identify.result import Identification, Statement
from crosscase.analysis.identify.settings import Prior, Thresholds
from crosscase.analysis.identify.verdicts import Verdict

__all__ = [
    "Calibration",
    "Grouped",
    "Identification",
    "Prior",
    "Statement",
    "Thresholds",
    "Verdict",
    "calibrate_model",
    "identify",
    "identify_by",
]
