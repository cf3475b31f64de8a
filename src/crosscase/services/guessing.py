"""What a file's name and its own words say about it; every guess is reported, none is silent."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path

# The first word that occurs decides: "interview notes" is an interview.
_KIND_WORDS = (
    ("interview", "interview"),
    ("focus group", "focus_group"),
    ("field note", "observation"),
    ("fieldnote", "observation"),
    ("observation", "observation"),
    ("minutes", "meeting"),
    ("work session", "meeting"),
    ("regular meeting", "meeting"),
    ("special meeting", "meeting"),
    ("committee", "meeting"),
    ("forum", "meeting"),
    ("hearing", "meeting"),
    ("board", "meeting"),
    ("agenda", "document"),
    ("plan", "document"),
    ("policy", "document"),
    ("handbook", "document"),
    ("petition", "document"),
    ("survey", "survey"),
)
_FULL_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_SHORT_DATE = re.compile(r"(?<!\d)([0-4]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")

# What a folder of documents often holds besides documents.
NOT_SOURCES = re.compile(r"^(readme|licen[cs]e|copying|notice)\b|^licen[cs]e_", re.IGNORECASE)


def guess_kind(path: Path) -> str | None:
    """The kind of a source from its file name, then from its folder's; ``None`` when neither says."""
    for name in (path.stem, path.parent.name):
        words = re.sub(r"[_\-.]+", " ", name).lower()
        for word, kind in _KIND_WORDS:
            if word in words:
                return kind
    return None


def guess_date(path: Path, metadata: Mapping[str, str]) -> str | None:
    """The date of a source from what it says of itself, then from its file name; ``None`` when neither says."""
    said = metadata.get("date", "")
    for pattern, text, century in ((_FULL_DATE, said, ""), (_FULL_DATE, path.stem, ""), (_SHORT_DATE, path.stem, "20")):
        found = pattern.search(text)
        if found:
            date = f"{century}{found[1]}-{found[2]}-{found[3]}"
            try:
                datetime.date.fromisoformat(date)
            except ValueError:
                continue
            return date
    return None
