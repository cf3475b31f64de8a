"""Every error that Crosscase raises on purpose.

    CrosscaseError
    ├── InputError                 something that was handed in cannot be used
    │   ├── FormatError            a file cannot be read as what it claims to be
    │   ├── FrameworkError         a framework file is not valid
    │   ├── ManifestError          sources.csv, study.yaml or a mapping is not valid
    │   └── OffsetError            a passage does not fit its source
    ├── StudyError                 the study cannot do what was asked
    │   ├── NotFound               no such study, source, code, coder, claim …
    │   ├── Conflict               it would contradict what the study holds
    │   └── TooNew                 the study was written by a newer Crosscase
    ├── AccessError                not allowed for this person
    ├── AnalysisError              a result cannot be computed
    │   ├── NotEnoughEvidence      too little to say anything
    │   └── Degenerate             the statistic is undefined for these data
    ├── EngineError                a worker or engine failed
    └── RemoteCoderError           a machine coder's service failed

A message has three parts: what happened, where, what to do. ``str(error)`` joins them with " — ".
"""

from __future__ import annotations

__all__ = [
    "AccessError",
    "AnalysisError",
    "Conflict",
    "CrosscaseError",
    "Degenerate",
    "EngineError",
    "FormatError",
    "FrameworkError",
    "InputError",
    "ManifestError",
    "NotEnoughEvidence",
    "NotFound",
    "OffsetError",
    "RemoteCoderError",
    "StudyError",
    "TooNew",
]


class CrosscaseError(Exception):
    """Base of every error raised on purpose; one sentence: what — where — what to do."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(what, where, mend)

    def __str__(self) -> str:
        return " — ".join(part for part in (self.what, self.where, self.mend) if part)

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only parts must survive the way back from a worker process.
        return (_rebuild, (type(self), self.what, self.where, self.mend))


def _rebuild(kind: type[CrosscaseError], what: str, where: str, mend: str) -> CrosscaseError:
    return kind(what, where=where, mend=mend)


class InputError(CrosscaseError):
    """Something that was handed in cannot be used."""


class FormatError(InputError):
    """A file cannot be read as what it claims to be."""


class FrameworkError(InputError):
    """A framework file is not valid."""


class ManifestError(InputError):
    """A manifest, a study file or a mapping is not valid."""


class OffsetError(InputError):
    """A passage does not fit its source."""


class StudyError(CrosscaseError):
    """The study cannot do what was asked."""


class NotFound(StudyError):
    """No such study, source, code, coder or claim."""


class Conflict(StudyError):
    """It would contradict what the study already holds."""


class TooNew(StudyError):
    """The study was written by a newer version of Crosscase."""


class AccessError(CrosscaseError):
    """This person may not do that."""


class AnalysisError(CrosscaseError):
    """A result cannot be computed."""


class NotEnoughEvidence(AnalysisError):
    """There is too little evidence to say anything."""


class Degenerate(AnalysisError):
    """The statistic is undefined for these data."""


class EngineError(CrosscaseError):
    """A worker or an engine failed."""


class RemoteCoderError(CrosscaseError):
    """The service behind a machine coder failed."""
