"""What a change says, field by field; a field that is not as it should be is refused with a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosscase.errors import InputError

Body = Mapping[str, Any]


def text_in(body: Body, name: str) -> str:
    """A text that has to be there."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise InputError(f"{name} is missing", where="workbench", mend="reload the page")
    return value


def perhaps_text_in(body: Body, name: str) -> str | None:
    """A text, or nothing if the field is not there."""
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} is no text", where="workbench", mend="reload the page")
    return value


def whole_in(body: Body, name: str) -> int:
    """A whole number."""
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InputError(f"{name} is no whole number", where="workbench", mend="reload the page")
    return value


def wholes_in(body: Body, name: str) -> list[int]:
    """Whole numbers, none at all if the field is not there."""
    values = body.get(name, [])
    if not isinstance(values, list) or any(not isinstance(v, int) or isinstance(v, bool) for v in values):
        raise InputError(f"{name} are no whole numbers", where="workbench", mend="reload the page")
    return values


def spans_in(body: Body, name: str) -> list[tuple[int, int]]:
    """Passages of one source as pairs of start and end; none at all if the field is not there."""
    values = body.get(name, [])
    if not isinstance(values, list) or not all(_is_pair(value) for value in values):
        raise InputError(f"{name} are no pairs of start and end", where="workbench", mend="reload the page")
    return [(start, end) for start, end in values]


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(end) is int for end in value)


def facets_in(body: Body) -> dict[str, str] | None:
    """Answers by facet, if there are any."""
    facets = body.get("facets")
    if facets is None:
        return None
    if not isinstance(facets, dict) or not all(isinstance(v, str) for v in facets.values()):
        raise InputError("facets are answers by facet", where="workbench", mend="reload the page")
    return facets


def reason_in(body: Body) -> str:
    """A reason; empty where none is given."""
    return (perhaps_text_in(body, "reason") or "").strip()


def list_in(body: Body, name: str) -> list[Body]:
    """A list of objects; empty where the field is missing."""
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise InputError(f"{name} are no list", where="workbench", mend="reload the page")
    return value
