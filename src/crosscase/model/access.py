"""Who may do what: three roles, and the cases that somebody may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum


class Right(IntEnum):
    """What a deed asks for; each right holds the ones before it."""

    READ = 1  # see sources, codings and results
    CODE = 2  # code, note, answer suggestions, decide between coders, judge counter-evidence
    LEAD = 3  # sources, rounds, the codebook, machine coders, people, backups


ROLES: Mapping[str, Right] = {"owner": Right.LEAD, "coder": Right.CODE, "reader": Right.READ}


@dataclass(frozen=True)
class Access:
    """A role, and the names of the cases that it reaches; ``None`` is every case, also those that are added later."""

    role: str = "owner"
    cases: frozenset[str] | None = None

    def may(self, right: Right) -> bool:
        """Whether the role holds a right."""
        return ROLES[self.role] >= right

    @property
    def whole(self) -> bool:
        """Whether every case is in reach."""
        return self.cases is None


# Whoever can open the file of a study on their own machine can do everything with it.
EVERYTHING = Access()
