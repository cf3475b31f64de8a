"""Which ideal type each case is: the model of § 3 of the methods, its verdicts and their evidence."""

from crosscase.analysis.identify.identify import identify
from crosscase.analysis.identify.result import Identification, Statement
from crosscase.analysis.identify.settings import Prior, Thresholds
from crosscase.analysis.identify.verdicts import Verdict

__all__ = ["Identification", "Prior", "Statement", "Thresholds", "Verdict", "identify"]
