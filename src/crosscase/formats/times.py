"""Time stamps as transcripts write them, to seconds."""

from __future__ import annotations

import re

# 0:31, 00:31, 1:02:03, 00:43.810, 00:43,810
CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_CLOCK = re.compile(r"\s*(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:[.,](\d{1,3}))?\s*")
# A stamp as it stands in a line: [00:01:02], (1:02), <00:01:02>, [00:43.810 --> 00:47.850], #00:01:02-5#, 00:01:02
_RANGE = rf"{CLOCK}(?:\s*(?:-->|->|[-–—])\s*{CLOCK})?"
STAMP = rf"(?:\[\s*{_RANGE}\s*\]|\(\s*{_RANGE}\s*\)|<\s*{CLOCK}\s*>|#\s*{CLOCK}(?:-\d)?\s*#|{CLOCK}(?![\w:]))"
_FIRST_CLOCK = re.compile(CLOCK)


def seconds(stamp: str) -> float | None:
    """The (first) time in a stamp, in seconds; None when the minutes or seconds cannot be.

    >>> seconds("[00:01:02]"), seconds("0:31"), seconds("[00:43.810 --> 00:47.850]"), seconds("0:75")
    (62.0, 31.0, 43.81, None)
    """
    found = _FIRST_CLOCK.search(stamp)
    parts = _CLOCK.fullmatch(found.group()) if found else None
    if parts is None:
        return None
    hours, minutes, whole, fraction = parts.groups()
    if int(whole) > 59 or (hours is not None and int(minutes) > 59):
        return None
    return int(hours or 0) * 3600.0 + int(minutes) * 60 + int(whole) + (float(f"0.{fraction}") if fraction else 0.0)
