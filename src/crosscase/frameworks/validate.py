"""From plain values to the classes of the schema; what does not fit becomes sentences with line and field."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from crosscase.frameworks.document import Document, Path
from crosscase.frameworks.problems import Problems, hint, nearest
from crosscase.frameworks.references import check_references
from crosscase.frameworks.schema import SCHEMA, FrameworkFile

_NOUNS = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
}
_GIVEN = {str: "text", int: "a number", float: "a number", bool: "true or false", list: "a list", dict: "keys"}
_LATER = "References between the parts are checked once these are mended."


def validate(document: Document, where: str) -> FrameworkFile:
    """A file that fits the schema and in itself; one ``FrameworkError`` tells everything that does not."""
    problems = Problems(document, where)
    for path, line in document.repeated:
        problems.add(path, f"the key {path[-1]!r} stands here twice — keep one", line)
    file = _shape(document.value, problems)
    check_references(file, problems)
    problems.refuse()
    return file


def _shape(value: object, problems: Problems) -> FrameworkFile:
    try:
        return FrameworkFile.model_validate(value)
    except ValidationError as fault:
        mends = _tell(fault.errors(include_url=False), problems)
    if mends is None:
        problems.refuse(_LATER)
    # Nothing but unknown keys: read as they were meant, or left out, the rest can be judged at the same time.
    try:
        return FrameworkFile.model_validate(_mended(value, mends or {}))
    except ValidationError as fault:
        _tell(fault.errors(include_url=False), problems)
    problems.refuse(_LATER)
    raise AssertionError("a file that does not fit has problems")


def _path(loc: tuple[int | str, ...]) -> Path:
    return tuple(step for step in loc if step != "[key]")


def _mended(value: object, mends: Mapping[Path, str | None], path: Path = ()) -> object:
    """The same values with unknown keys renamed to what was meant, or left out."""
    if isinstance(value, dict):
        names = {key: mends.get((*path, key), key) for key in value}
        return {name: _mended(value[key], mends, (*path, key)) for key, name in names.items() if name is not None}
    if isinstance(value, list):
        return [_mended(part, mends, (*path, i)) for i, part in enumerate(value)]
    return value


def _tell(errors: list[ErrorDetails], problems: Problems) -> dict[Path, str | None] | None:
    """Note every error; gives what to do with unknown keys if there is nothing else, ``None`` otherwise."""
    missing = {_path(e["loc"]) for e in errors if e["type"] == "missing"}
    mends: dict[Path, str | None] = {}
    for path in (_path(e["loc"]) for e in errors if e["type"] == "extra_forbidden"):
        known = _keys_at(path[:-1])
        problems.add(path, f"unknown key {str(path[-1])!r}{hint(str(path[-1]), known)}")
        near = nearest(str(path[-1]), known)
        mends[path] = near if (*path[:-1], near) in missing else None
    missing -= {(*path[:-1], near) for path, near in mends.items() if near}
    for path in missing:
        problems.add(path[:-1], f"{path[-1]!r} is missing{_MISSING.get(str(path[-1]), '')}")
    others = [e for e in errors if e["type"] not in ("missing", "extra_forbidden")]
    for error in others:
        problems.add(_path(error["loc"]), _sentence(error))
    return None if others or missing else mends


_MISSING = {
    "prov": " — say where it comes from: inferred, recalled KEY or stated KEY",
    "schema": f" — begin the file with 'schema: {SCHEMA}'",
    "reason": " — an anchor without a written reason cannot be defended",
}


def _sentence(error: ErrorDetails) -> str:
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind in _NOUNS:
        return _wrong_kind(_NOUNS[kind], given)
    if kind == "string_pattern_mismatch":
        return f"{_short(given)} cannot stand here{_ADVICE.get(str(context.get('pattern')), '')}"
    if kind == "literal_error":
        if error["loc"] == ("schema",):
            return f"this Crosscase reads {SCHEMA}, not {_short(given)}"
        choices = [c.strip(" '") for c in str(context.get("expected", "")).replace(" or ", ", ").split(",")]
        return f"{_short(given)} is not possible here{hint(str(given), choices)}"
    if kind in ("string_too_short", "too_short"):
        return "is blank" if kind == "string_too_short" else "is empty — leave the key out, or fill it"
    if kind == "string_too_long":
        return f"is longer than {context.get('max_length')} characters"
    message = error["msg"]
    return message[0].lower() + message[1:]


def _wrong_kind(wanted: str, given: object) -> str:
    if given is None:
        return f"is empty; it must be {wanted}"
    if wanted == "text" and isinstance(given, (bool, int, float)):
        return f"{_short(given)} must be text — put it in quotes"
    return f"must be {wanted}, not {_GIVEN.get(type(given), 'this')}"


def _short(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 80 else text[:77] + "…" + text[-1]


_WORD = " — begin with a small letter; use small letters, digits and _"
_ADVICE = {
    r"^[a-z][a-z0-9_]{0,63}$": _WORD,
    r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$": _WORD + " in steps joined by dots",
    r"^[a-z][a-z0-9]*([-_][a-z0-9]+)*$": " — use small letters, digits and hyphens",
    r"^[A-Za-z_][A-Za-z0-9_]{0,63}$": " — use letters, digits and _",
    r"^[A-Za-z][A-Za-z0-9_-]{0,31}$": " — use a short key such as EP19",
    r"^\d{1,4}\.\d{1,4}\.\d{1,4}$": " — write three numbers such as 1.0.0, in quotes",
    r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$": " — use a language code such as en",
}


def _keys_at(path: Path) -> list[str]:
    """The keys that are known at a place of the file."""
    annotation: Any = FrameworkFile
    for step in path:
        annotation = _below(annotation, step)
    entry = _entry(annotation)
    return [field.alias or name for name, field in entry.model_fields.items()] if entry else []


def _below(annotation: Any, step: str | int) -> Any:
    if entry := _entry(annotation):
        for name, field in entry.model_fields.items():
            if step == (field.alias or name):
                return field.annotation
        return None
    for part in _choices(annotation):
        if get_origin(part) in (list, dict, Mapping):
            return get_args(part)[-1]
    return None


def _entry(annotation: Any) -> type[BaseModel] | None:
    for part in _choices(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def _choices(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _choices(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for choice in get_args(annotation) for part in _choices(choice)]
    return [annotation]
