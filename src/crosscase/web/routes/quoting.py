"""Pages of quotes: every passage once, with what each coder said of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from crosscase.report.content import Coding
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page

MOST_QUOTES = 300


@dataclass
class Reading:
    """One code with its answers, and who gave it (name, whether a machine)."""

    coding: Coding
    coders: list[tuple[str, bool]]


@dataclass
class Quote:
    """A passage, where it stands, and how it was read."""

    coding: Coding
    address: str
    readings: list[Reading] = field(default_factory=list)

    @property
    def denies(self) -> bool:
        return all(reading.coding.denies for reading in self.readings)


def quoted(viewer: Viewer, codings: Iterable[Coding]) -> list[Quote]:
    """The passages of codings in their order; coders who said the same of one are named together."""
    guids, people = source_guids(viewer), {p.name: p.label for p in viewer.people}
    quotes: dict[tuple[str, int, int], Quote] = {}
    readings: dict[tuple[Any, ...], Reading] = {}
    for c in codings:
        place = (c.source, c.start, c.end)
        if place not in quotes:
            quotes[place] = Quote(c, f"/sources/{guids[c.source]}?at={c.start}-{c.end}")
        said = (*place, c.code, c.facets, c.denies)
        if said not in readings:
            readings[said] = Reading(c, [])
            quotes[place].readings.append(readings[said])
        who = (people.get(c.coder, c.coder), c.machine_coder)
        if who not in readings[said].coders:
            readings[said].coders.append(who)
    return list(quotes.values())


def quotes_page(
    request: Request,
    room: str,
    heading: str,
    under: str,
    codings: Iterable[Coding],
    back: tuple[str, str],
    **more: Any,
) -> Response:
    """The passages behind a number; ``back`` is where one came from, and its name."""
    listed = list(codings)
    quotes = quoted(viewer_of(request), listed)
    return page(
        request,
        "quotes.html.j2",
        room,
        heading,
        **{
            "heading": heading,
            "under": under,
            "n": len(listed),
            "quotes": quotes,
            "back": back[0],
            "back_label": back[1],
            "cell": None,
            "part": None,
            "most": MOST_QUOTES,
            **more,
        },
    )


def source_guids(viewer: Viewer) -> dict[str, str]:
    return dict(viewer.study.sources().select("name", "guid").iter_rows())


def with_places(viewer: Viewer, codings: Iterable[Coding]) -> list[tuple[Coding, str]]:
    guids = source_guids(viewer)
    return [(c, f"/sources/{guids[c.source]}?at={c.start}-{c.end}") for c in codings]
