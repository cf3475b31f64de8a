"""A YAML text as plain values, each with the line that it stands on.

Only what a framework file needs is read: mappings, lists and plain values. There are no tags, so a file can never make
Python objects; keys and texts are taken as they are written (``no`` stays *no*, ``1.0`` as a key stays *1.0*); an alias
counts as often as it is used, so a small file cannot grow without bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import yaml

from crosscase.errors import FrameworkError

LARGEST = 2 * 1024 * 1024
MOST_VALUES = 100_000
DEEPEST = 30

# The C reader is ten times faster and reads the same language; it is missing where PyYAML was built without libyaml.
_READER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,15}\Z")
_FRACTION = re.compile(r"[-+]?([0-9]{1,15}\.[0-9]{0,15}|\.[0-9]{1,15}|[0-9]{1,15})([eE][-+]?[0-9]{1,2})?\Z")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
# What no text for people holds: control characters but tab and line feed, and halves of surrogate pairs.
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

Path = tuple[str | int, ...]


@dataclass
class Node:
    """One value of the file and the line on which it begins; ``parts`` are the nodes below it."""

    value: object
    line: int
    size: int = 1
    parts: dict[str | int, Node] = field(default_factory=dict)


@dataclass
class Document:
    """A file as plain values (``value``), with the lines of everything in it and the mistakes that were passed over."""

    root: Node
    repeated: list[tuple[Path, int]] = field(default_factory=list)

    @property
    def value(self) -> object:
        return self.root.value

    def place(self, path: Sequence[str | int]) -> tuple[int, str]:
        """Line and name of a part, such as ``(41, "domains › infra › indicators › infra.curr.common › terms")``.

        Steps that the file does not have are left out: they are ours, not the author's.
        """
        node, names = self.root, []
        for step in path:
            found = node.parts.get(step)
            if found is None:
                continue
            node = found
            names.append(_name_of(step, node))
        return node.line, " › ".join(names)


def _name_of(step: str | int, node: Node) -> str:
    if isinstance(step, str):
        return step
    own = node.value.get("id") if isinstance(node.value, dict) else None
    return own[:80] if isinstance(own, str) and own else f"[{step + 1}]"


def read_document(text: str, where: str) -> Document:
    """Read a YAML text; raises ``FrameworkError`` for what is not readable, unsafe or too large."""
    if len(text) > LARGEST or len(text.encode("utf-8", "replace")) > LARGEST:
        raise too_large(where)
    if bad := re.search("[\ud800-\udfff]", text):
        line = text.count("\n", 0, bad.start()) + 1
        raise FrameworkError("half of a character that needs two", where=f"{where}, line {line}", mend="save as UTF-8")
    try:
        return _Composer(_events(text), where).document()
    except yaml.MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        place = f"{where}, line {mark.line + 1}" if mark else where
        told = " ".join(str(fault.problem or fault.context or "cannot be read").split())[:200]
        raise FrameworkError(f"not valid YAML: {told}", where=place, mend="check indentation and quotes") from fault
    except yaml.YAMLError as fault:
        told = " ".join(str(fault).split())[:200]
        raise FrameworkError(f"not valid YAML: {told}", where=where, mend="save it as UTF-8 text") from fault


def too_large(where: str) -> FrameworkError:
    """What is said about a file beyond the limit, before anything of it is read."""
    return FrameworkError(f"the file is larger than {LARGEST // 1024**2} MiB", where=where, mend="shorten it")


def _events(text: str) -> Iterator[yaml.Event]:
    yield from yaml.parse(text, Loader=_READER)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 0


class _Composer:
    """Builds nodes from the events of the parser, with every limit checked on the way."""

    def __init__(self, events: Iterator[yaml.Event], where: str) -> None:
        self.events, self.where = events, where
        self.anchors: dict[str, Node | None] = {}
        self.repeated: list[tuple[Path, int]] = []
        self.n_values = 0

    def refuse(self, what: str, event: yaml.Event, mend: str) -> FrameworkError:
        return FrameworkError(what, where=f"{self.where}, line {_line(event)}", mend=mend)

    def document(self) -> Document:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    raise self.refuse("a second document begins", event, "keep one framework in one file")
                root = self.node(next(self.events), ())
        if root is None or not isinstance(root.value, dict):
            raise FrameworkError(
                "the file is empty" if root is None or root.value is None else "the file is no list of keys and values",
                where=self.where,
                mend="start from one of the shipped frameworks",
            )
        return Document(root, self.repeated)

    def count(self, event: yaml.Event, more: int) -> None:
        self.n_values += more
        if self.n_values > MOST_VALUES:
            raise self.refuse(f"more than {MOST_VALUES:,} values, counting aliases", event, "write a smaller file")

    def node(self, event: yaml.Event, path: Path) -> Node:
        if len(path) > DEEPEST:
            raise self.refuse("nested too deeply", event, f"use at most {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        assert isinstance(event, yaml.NodeEvent)
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise self.refuse(f"the tag {tag[:60]!r}", event, "remove it; framework files hold plain values only")
        self.count(event, 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = Node(self.scalar(event), _line(event))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(event, path)
        else:
            node = self.mapping(event, path)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        return node

    def alias(self, event: yaml.AliasEvent) -> Node:
        name = str(event.anchor)
        if name not in self.anchors:
            raise self.refuse(f"the alias *{name} stands for nothing", event, f"define &{name} above it")
        target = self.anchors[name]
        if target is None:
            raise self.refuse(f"*{name} contains itself", event, "write it out")
        self.count(event, target.size)
        return Node(target.value, _line(event), target.size, target.parts)

    def sequence(self, start: yaml.Event, path: Path) -> Node:
        values: list[object] = []
        node = Node(values, _line(start))
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            part = self.node(event, (*path, len(values)))
            node.parts[len(values)] = part
            node.size += part.size
            values.append(part.value)
        return node

    def mapping(self, start: yaml.Event, path: Path) -> Node:
        values: dict[str, object] = {}
        node = Node(values, _line(start))
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag is not None or event.anchor is not None:
                raise self.refuse("a key that is no plain text", event, "use a word as key")
            key, line = self.text(event), _line(event)
            self.count(event, 1)
            part = self.node(next(self.events), (*path, key))
            if key in values:
                self.repeated.append(((*path, key), line))
                continue
            # People look for the key, which may stand above its value.
            part = Node(part.value, line, part.size, part.parts)
            node.parts[key] = part
            node.size += part.size + 1
            values[key] = part.value
        return node

    def text(self, event: yaml.ScalarEvent) -> str:
        value = str(event.value)
        if bad := _UNREADABLE.search(value):
            raise self.refuse(f"the control character U+{ord(bad.group()):04X}", event, "remove it")
        return value

    def scalar(self, event: yaml.ScalarEvent) -> object:
        value = self.text(event)
        plain = event.implicit[0] and event.style in (None, "")
        if not plain:
            return value
        if value in _WORDS:
            return _WORDS[value]
        if _INTEGER.match(value):
            return int(value)
        return float(value) if _FRACTION.match(value) else value
