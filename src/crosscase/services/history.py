"""Who did what, and whether the record of it is whole."""

from __future__ import annotations

from crosscase.errors import StudyError
from crosscase.services.study import Study
from crosscase.store import audit


def history(study: Study, *, since: int = 0, limit: int | None = None) -> list[audit.Event]:
    """Events in their order."""
    with study.reading() as connection:
        return audit.events(connection, since=since, limit=limit)


def verify_history(study: Study) -> int:
    """How many events were checked; raises ``StudyError`` at the first that does not fit the chain."""
    with study.reading() as connection:
        broken = audit.first_broken(connection)
        if broken is not None:
            raise StudyError(
                f"event {broken} does not fit the chain: it or the one before was changed past Crosscase",
                where=str(study.folder),
                mend="compare with a backup",
            )
        return len(audit.events(connection))
