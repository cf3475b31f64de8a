"""Changing the codes of a framework text: other words, another id, several into one, one into several, away.

What counts a code elsewhere in the file (conditions, what would speak against a type, parents) follows. The text is
written anew: comments at its head stay, comments inside go, and every value keeps its meaning, which is checked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from crosscase.errors import FrameworkError
from crosscase.frameworks.document import read_document

FIELDS = ("name", "definition", "include", "exclude", "example")
_READS_AS_OTHER = re.compile(r"[-+.]?[0-9][0-9.]*([eE][-+]?[0-9]+)?|\.[0-9]+|[-+]|")


@dataclass(frozen=True)
class CodeText:
    """The words of a code as people write them; an empty ``include``, ``exclude`` or ``example`` is left out."""

    id: str
    name: str
    definition: str
    include: str = ""
    exclude: str = ""
    example: str = ""


@dataclass(frozen=True)
class Rewriting:
    """What becomes of some codes: all of ``before`` go, ``after`` take their place where the first of them stood.

    A code that stands in both keeps whatever else the file says about it (terms, provenance, children). ``counts``
    tells what counts instead of each code in conditions and types; a code without an entry there counts as it is.
    """

    before: tuple[str, ...]
    after: tuple[CodeText, ...]
    counts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def rewrite(text: str, change: Rewriting, version: str, where: str = "framework") -> str:
    """The text of the framework after the change, under a new version.

    Raises ``FrameworkError`` for a code that is not there. Whether the new text is a framework, ``loads`` says.
    """
    data: Any = read_document(text, where).value
    data["version"] = version
    _replace(data, change, where)
    _recount(data, change)
    return _text_of(data, text, where)


def with_version(text: str, version: str, where: str = "framework") -> str:
    """The same framework under another version."""
    data: Any = read_document(text, where).value
    data["version"] = version
    return _text_of(data, text, where)


def _text_of(data: Any, text: str, where: str) -> str:
    written = _head(text) + yaml.dump(
        data, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=118, default_flow_style=False
    )
    if read_document(written, where).value != data:
        raise FrameworkError(
            "the framework cannot be written so that it reads the same", where=where, mend="edit its file instead"
        )
    return written


def next_version(version: str, taken: Sequence[str]) -> str:
    """The version after this one that was not used yet.

    >>> next_version("1.0.0", ["1.0.0"]), next_version("1.9", ["1.10"]), next_version("draft", [])
    ('1.0.1', '1.11', 'draft.1')
    """
    head, _, last = version.rpartition(".")
    if not (head and last.isdecimal()):
        head, last = version, "0"
    number = int(last) + 1
    while f"{head}.{number}" in taken:
        number += 1
    return f"{head}.{number}"


class _Writer(yaml.SafeDumper):
    """Writes what the reader of frameworks reads back as the same."""


def _text(writer: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    quoted = '"' if _READS_AS_OTHER.fullmatch(value) else None
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=quoted)


def _never(*_: object) -> bool:
    return True


_Writer.add_representer(str, _text)
_Writer.ignore_aliases = _never  # type: ignore[assignment, method-assign]


def _head(text: str) -> str:
    lines = []
    for line in text.splitlines(keepends=True):
        if line.strip() and not line.startswith("#"):
            break
        lines.append(line)
    return "".join(lines)


def _lists(data: Any) -> Iterator[list[Any]]:
    """Every list of indicators in the file."""
    for domain in data.get("domains") or ():
        for holder in (domain, *(domain.get("subdomains") or ())):
            yield from _below(holder.get("indicators") or [])


def _below(entries: list[Any]) -> Iterator[list[Any]]:
    yield entries
    for entry in entries:
        yield from _below(entry.get("children") or [])


def _find(data: Any, code: str, where: str) -> tuple[list[Any], int]:
    for entries in _lists(data):
        for place, entry in enumerate(entries):
            if entry.get("id") == code:
                return entries, place
    raise FrameworkError(f"there is no code {code}", where=where, mend="reload the Codebook room")


def _replace(data: Any, change: Rewriting, where: str) -> None:
    found = {}
    for code in change.before:
        entries, place = _find(data, code, where)
        found[code] = entries[place]
    if not change.before:
        raise FrameworkError("no code is named", where=where, mend="choose one in the Codebook room")
    entries, place = _find(data, change.before[0], where)
    # A renamed code keeps what else is said about it; so does the one that others are merged into.
    spare = found[change.before[0]] if len(change.after) == 1 else {}
    made = [_written(found.get(wanted.id, spare), wanted) for wanted in change.after]
    entries[place : place + 1] = made
    gone = [found[code] for code in change.before[1:]]
    for entries in _lists(data):
        entries[:] = [entry for entry in entries if not any(entry is other for other in gone)]


def _written(entry: Mapping[str, Any], code: CodeText) -> dict[str, Any]:
    words = {"id": code.id} | {name: getattr(code, name).strip() for name in FIELDS}
    made = {**words, **{k: v for k, v in entry.items() if k not in words}}
    return {k: v for k, v in made.items() if v != "" or k in ("id", "name", "definition")}


def _recount(data: Any, change: Rewriting) -> None:
    def now(codes: list[str]) -> list[str]:
        said = [new for code in codes for new in change.counts.get(code, (code,))]
        return list(dict.fromkeys(said))

    for entries in _lists(data):
        for entry in entries:
            parent = now([entry["parent"]]) if entry.get("parent") else []
            if parent and parent[0] != entry["id"]:
                entry["parent"] = parent[0]
            else:
                entry.pop("parent", None)
    for condition in (data.get("conditions") or {}).values():
        for side in ("for", "against"):
            if condition.get(side):
                condition[side] = _patterns(condition[side], now)
        if condition.get("indicators"):
            condition["indicators"] = now(condition["indicators"])
    for ideal in data.get("types") or ():
        disconfirming = ideal.get("disconfirming") or {}
        if disconfirming.get("patterns"):
            disconfirming["patterns"] = _patterns(disconfirming["patterns"], now)


def _patterns(patterns: list[Any], now: Callable[[list[str]], list[str]]) -> list[Any]:
    kept = []
    for pattern in patterns:
        codes = pattern["code"]
        said = now([codes] if isinstance(codes, str) else codes)
        if said:
            kept.append({**pattern, "code": said[0] if len(said) == 1 else said})
    return kept
