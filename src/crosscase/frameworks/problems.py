"""Everything that is wrong with a framework file, said at once: line, field, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from crosscase.errors import FrameworkError
from crosscase.frameworks.document import Document, Path

MOST_SHOWN = 20


class Problems:
    """Collects what is wrong with one file; ``refuse`` raises a single ``FrameworkError`` about all of it."""

    def __init__(self, document: Document, where: str) -> None:
        self.document, self.where = document, where
        self._found: dict[tuple[int, str, str], None] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, path: Path, sentence: str, line: int | None = None) -> None:
        """Note one problem at a place of the file."""
        its_line, name = self.document.place(path)
        self._found[(line or its_line, name, sentence)] = None

    def line(self, path: Path) -> int:
        """The line on which a part stands."""
        return self.document.place(path)[0]

    def refuse(self, last: str = "") -> None:
        """Raise ``FrameworkError`` if anything was found."""
        if not self._found:
            return
        told = [
            f"line {line}, {name}: {sentence}" if name else f"line {line}: {sentence}"
            for line, name, sentence in sorted(self._found)
        ]
        rest = len(told) - MOST_SHOWN
        lines = told[:MOST_SHOWN] + ([f"and {rest} more"] if rest > 0 else []) + ([last] if last else [])
        if len(told) == 1:
            raise FrameworkError(f"{self.where} is no valid framework: " + "\n  ".join(lines))
        raise FrameworkError(f"{self.where} is no valid framework; {len(told)} problems:\n  " + "\n  ".join(lines))


def hint(name: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown name: the nearest known one, else what there is to choose from."""
    names = list(dict.fromkeys(known))
    if near := nearest(name, names):
        return f" — did you mean {near!r}?"
    if not names:
        return " — there are none"
    return " — known: " + ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that was most likely meant."""
    by_fold = {k.casefold(): k for k in known}
    found = get_close_matches(name[:100].casefold(), list(by_fold), 1, 0.6)
    return by_fold[found[0]] if found else None
