"""Dates as people and programs write them, to YYYY-MM-DD; never guessed when day and month could be either."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from email.utils import parsedate_to_datetime

_ISO = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ].*)?")
_WORDS = (
    re.compile(
        r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[ \-./]+(?P<month>[A-Za-z]{3,9})\.?,?[ \-./]+(?P<year>\d{4}|\d{2})"
    ),
    re.compile(r"(?P<month>[A-Za-z]{3,9})\.?[ \-]+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?[ \-]+(?P<year>\d{4})"),
)
_NUMBERS = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d{2})")
_PDF = re.compile(r"D:(\d{4})(\d{2})(\d{2})")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def iso_date(value: str) -> str | None:
    """One date as YYYY-MM-DD, or None when it is no date or its order of day and month is not certain.

    >>> iso_date("3-Jul-20"), iso_date("July 16, 2024"), iso_date("2024-6-25 10:00"), iso_date("01/02/2024")
    ('2020-07-03', '2024-07-16', '2024-06-25', None)
    """
    text = " ".join(value.split())
    if found := _ISO.fullmatch(text) or _PDF.match(text):
        return _iso(int(found[1]), int(found[2]), int(found[3]))
    for pattern in _WORDS:
        found = pattern.fullmatch(text)
        if found and found["month"][:3].casefold() in _MONTHS:
            month = _MONTHS.index(found["month"][:3].casefold()) + 1
            return _iso(_full_year(found["year"]), month, int(found["day"]))
    if found := _NUMBERS.fullmatch(text):
        first, second, year = int(found[1]), int(found[2]), _full_year(found[3])
        if first > 12:
            return _iso(year, second, first)
        if second > 12 or first == second:
            return _iso(year, first, second)
    return None


def mail_date(value: str) -> str | None:
    """The day of a mail's Date header, as YYYY-MM-DD."""
    try:
        return parsedate_to_datetime(value).date().isoformat()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def column_dates(values: Sequence[str]) -> tuple[list[str], str | None]:
    """The dates of a column, with a warning when some stay as typed.

    One day after the 12th tells for the whole column whether the day or the month comes first.
    """
    numbered = [found for value in values if (found := _NUMBERS.fullmatch(value.strip()))]
    day_first = any(int(found[1]) > 12 for found in numbered)
    month_first = any(int(found[2]) > 12 for found in numbered)
    dates: list[str] = []
    unclear = 0
    for value in values:
        found = _NUMBERS.fullmatch(value.strip())
        known = iso_date(value)
        if found and known is None and day_first != month_first:
            day, month = (found[1], found[2]) if day_first else (found[2], found[1])
            known = _iso(_full_year(found[3]), int(month), int(day))
        unclear += known is None and bool(value.strip())
        dates.append(known or value.strip())
    warning = f"{unclear} date{'s' * (unclear != 1)} kept as typed: write them as YYYY-MM-DD" if unclear else None
    return dates, warning


def text_of(value: object) -> str:
    """A cell of a workbook as text: dates as YYYY-MM-DD, whole numbers without a decimal point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _full_year(year: str) -> int:
    number = int(year)
    return number if len(year) == 4 else number + (2000 if number < 70 else 1900)


def _iso(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
