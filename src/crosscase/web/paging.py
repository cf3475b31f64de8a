"""Long lists in pages: where this one begins, and the addresses before and after."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request


def first_of(request: Request, per_page: int) -> int:
    """Position of the first entry of the page that the address asks for."""
    return (_number(request) - 1) * per_page


def pages_of(request: Request, n: int, per_page: int) -> dict[str, Any]:
    """This page, how many there are, the addresses before and after, and the number of the first entry."""
    here, last = _number(request), max(1, -(-n // per_page))

    def address(number: int) -> str:
        kept = {k: v for k, v in request.query_params.items() if k != "page"}
        return f"{request.url.path}?{urlencode({**kept, 'page': str(number)})}"

    before, after = address(here - 1) if here > 1 else "", address(here + 1) if here < last else ""
    return {"here": here, "last": last, "before": before, "after": after, "first": (here - 1) * per_page + 1}


def _number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return max(1, int(text)) if text.isdecimal() and len(text) < 7 else 1
