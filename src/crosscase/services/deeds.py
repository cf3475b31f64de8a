"""A deed that somebody names: said twice it is done once, and undoing it finds all that it made."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid5

from crosscase.errors import InputError


def deed_guids(guid: str) -> Iterator[str]:
    """The names of what one deed makes, when it may make several things; the first is the deed's own.

    Whoever sends a deed names it, so that sending it twice changes nothing and undoing it finds all of it.
    """
    try:
        base = UUID(guid)
    except ValueError:
        raise InputError(f"{guid[:40]!r} is no GUID", where="changes", mend="reload the page") from None
    yield str(base)
    number = 0
    while True:
        number += 1
        yield str(uuid5(base, str(number)))
