"""What a researcher can say about files before they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Roster:
    """The labels that are known to be people, as they stand in the transcripts.

    Labels on the roster are always taken as speakers, also when they appear once. ``interviewers`` ask the
    questions: their turns are marked as questions.
    """

    speakers: tuple[str, ...] = ()
    interviewers: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableColumns:
    """Which columns of a table hold what; one row becomes one source.

    ``text`` names the columns with answers; with several of them, each answer follows a line with the column's
    name (or ``headings[column]``, the wording of the question). The other columns describe the row: ``source``
    names it, ``case``, ``participant``, ``date``, ``kind``, ``role`` and ``level`` go where they belong, and the
    columns in ``keep`` become attributes under their own name.
    """

    text: tuple[str, ...]
    source: str | None = None
    case: str | None = None
    participant: str | None = None
    date: str | None = None
    kind: str | None = None
    role: str | None = None
    level: str | None = None
    keep: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # Lists are what people type; a tuple keeps the value frozen.
        object.__setattr__(self, "text", (self.text,) if isinstance(self.text, str) else tuple(self.text))
        object.__setattr__(self, "keep", (self.keep,) if isinstance(self.keep, str) else tuple(self.keep))

    def described(self) -> dict[str, str]:
        """The columns that describe a row, as ``{"case": "District", …}`` with only those that were named."""
        named = {
            "source": self.source,
            "case": self.case,
            "participant": self.participant,
            "date": self.date,
            "kind": self.kind,
            "role": self.role,
            "level": self.level,
        }
        return {use: column for use, column in named.items() if column is not None} | {name: name for name in self.keep}


@dataclass(frozen=True)
class ReadOptions:
    """How files are read; the defaults suit a folder of transcripts.

    Parameters
    ----------
    encoding
        The encoding of plain-text formats where it is known ("mac_roman", "shift_jis"); by default UTF-8, UTF-16
        with a byte-order mark, then Windows-1252 with a warning.
    find_speakers
        Look for speakers' labels and make turns of them.
    roster
        Labels that are known to be people.
    columns
        For tables: which columns hold the text. Without it a table is refused with the columns that look right.
    sheet
        For workbooks: the sheet; by default the first one.
    drop_repeated_lines
        For PDF: leave out lines that stand at the same height on most pages (running heads, page numbers).
    max_bytes
        Larger files are refused before they are read.
    """

    encoding: str | None = None
    find_speakers: bool = True
    roster: Roster = field(default_factory=Roster)
    columns: TableColumns | None = None
    sheet: str | None = None
    drop_repeated_lines: bool = False
    max_bytes: int = 256 * 1024 * 1024
