"""Quotations at a length that fits the place where they are shown."""

from __future__ import annotations

LONGEST = 600


def shorten(quote: str, longest: int = LONGEST) -> str:
    """The beginning of a long quotation up to a whole word, with an ellipsis; short ones stay as they are.

    >>> shorten("We decide together, always.", 12)
    'We decide …'
    """
    if len(quote) <= longest:
        return quote
    cut = quote[:longest]
    whole = cut.rsplit(None, 1)[0] if not quote[longest].isspace() and any(c.isspace() for c in cut) else cut
    return whole.rstrip() + " …"
