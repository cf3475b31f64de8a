"""Agreement between the coders of a study: which decisions they took on which units, and how far these agree."""

from .agree import StudyCodings, agree_on
from .coefficients import COEFFICIENTS, Asking
from .result import AgreementResult

__all__ = ["COEFFICIENTS", "AgreementResult", "Asking", "StudyCodings", "agree_on"]
