"""How numbers are printed: shares without a leading zero, as the field writes them, and never a false 0 or 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crosscase.report.content import Number

UNDEFINED = "not defined"


def share(value: float | None) -> str:
    """A share, membership or probability with two digits.

    >>> share(0.625), share(0.9991), share(1.0), share(0.0002), share(0.0), share(None)
    ('.62', '> .99', '1.00', '< .01', '.00', 'not defined')
    """
    if value is None:
        return UNDEFINED
    if 0.995 <= value < 1.0:
        return "> .99"
    if 0.0 < value < 0.005:
        return "< .01"
    return f"{value:.2f}".removeprefix("0")


def probability(value: float | None) -> str:
    """A probability, which draws can never show to be exactly 0 or 1.

    >>> probability(1.0), probability(0.0), probability(0.5)
    ('> .99', '< .01', '.50')
    """
    return share(None if value is None else min(max(value, 1e-9), 1 - 1e-9))


def interval(low: float | None, high: float | None) -> str:
    """An interval, its ends rounded outwards enough to stay an interval.

    >>> interval(0.504, 0.731), interval(0.0, 1.0), interval(None, None)
    ('.50–.73', '0–1', '')
    """
    if low is None or high is None:
        return ""
    return f"{_end(low)}–{_end(high)}"


def count(n: float) -> str:
    """A whole number with thousands set apart.

    >>> count(6012)
    '6,012'
    """
    return f"{n:,.0f}"


def plural(n: int, one: str, many: str | None = None) -> str:
    """A counted noun.

    >>> plural(1, "source"), plural(1200, "source"), plural(2, "focus group")
    ('1 source', '1,200 sources', '2 focus groups')
    """
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def _end(value: float) -> str:
    text = f"{value:.2f}"
    return {"0.00": "0", "1.00": "1"}.get(text, text.removeprefix("0"))


def signed(number: Number) -> str:
    """A difference with its sign and interval.

    >>> signed(Number(0.321, 0.055, 0.53)), signed(Number(-0.2, -0.4, 0.0)), signed(Number(None))
    ('+.32 (.06 to .53)', '−.20 (−.40 to .00)', 'not known')
    """
    if number.value is None:
        return "not known"
    text = _with_sign(number.value, plus=True)
    if number.low is None or number.high is None:
        return text
    return f"{text} ({_with_sign(number.low)} to {_with_sign(number.high)})"


def _with_sign(value: float, *, plus: bool = False) -> str:
    digits = f"{abs(value):.2f}".removeprefix("0") if abs(value) < 1 else f"{abs(value):.2f}"
    if value < 0 and digits != ".00":
        return f"−{digits}"
    return f"+{digits}" if plus and digits != ".00" else digits
