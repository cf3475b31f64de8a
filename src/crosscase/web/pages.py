"""Templates: everything in them is escaped; what they show comes ready from the routes."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from crosscase.report import figures, numerals
from crosscase.report.agreement import coefficient
from crosscase.report.passages import shorten
from crosscase.report.templating import template_environment
from crosscase.services.reporting.names import KINDS, LEVELS, ROLES
from crosscase.services.round_reading import round_reading
from crosscase.web.desk import viewer_of
from crosscase.web.machines import machines_of
from crosscase.web.safekeeping import shelf_of

HERE = Path(__file__).parent
ROOMS = (
    ("study", "/", "Study"),
    ("codebook", "/codebook", "Codebook"),
    ("search", "/search", "Search"),
    ("agreement", "/agreement", "Agreement"),
    ("compare", "/compare", "Compare"),
    ("types", "/types", "Types"),
    ("configurations", "/configurations", "Configurations"),
    ("disconfirm", "/disconfirm", "Disconfirm"),
    ("report", "/report", "Report"),
    ("history", "/history", "History"),
    ("settings", "/settings", "Settings"),
)


def page(request: Request, template: str, room: str, title: str, status: int = 200, **content: Any) -> Response:
    """One room as a page."""
    viewer = viewer_of(request)
    text = (
        _environment()
        .get_template(template)
        .render(
            room=room,
            rooms=ROOMS,
            title=title,
            viewer=viewer,
            study=viewer.study,
            static=f"/static/{static_version()}",
            **content,
        )
    )
    return HTMLResponse(text, status)


def door_page(template: str, title: str, status: int, **content: Any) -> Response:
    """A page for somebody who has not come in: nothing of the study stands on it."""
    told = {"title": title, "static": f"/static/{static_version()}", "problem": "", "refused": "", "name": ""}
    text = _environment().get_template(template).render(told | content)
    return HTMLResponse(text, status)


@cache
def static_version() -> str:
    """Changes with every file that browsers keep."""
    whole = hashlib.sha256()
    for path in sorted((HERE / "static").rglob("*")):
        if path.is_file():
            whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()[:12]


@cache
def _environment() -> Environment:
    environment = template_environment(HERE / "templates")
    environment.filters |= {
        "share": numerals.share,
        "probability": numerals.probability,
        "interval": numerals.interval,
        "count": numerals.count,
        "plural": numerals.plural,
        "shorten": shorten,
        "kind": lambda kind: KINDS.get(kind, kind),
        "level": lambda level: LEVELS.get(level, level),
        "role": lambda role: ROLES.get(role, role) or role,
        "clock": clock,
        "moment": moment,
        "utc": utc,
        "percent": percent,
        "size": size,
        "coefficient": coefficient,
    }
    environment.globals |= {
        "shelf_of": shelf_of,
        "machines_of": machines_of,
        "reading_of": lambda viewer, round: round_reading(viewer.study, round),
        "bar": _drawn(figures.work_bar),
        "mark": _drawn(figures.interval_mark),
        "swatch": _drawn(figures.swatch),
        "patterns": Markup(figures.pattern_definitions()),
    }
    return environment


def clock(seconds: float) -> str:
    """A place in a recording.

    >>> clock(75.2), clock(3671)
    ('1:15', '1:01:11')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(at: str) -> Markup:
    """A time of the log, to the minute; ``times.js`` shows it as the reader's clock does. Other words stay as they are.

    >>> print(moment("2026-11-25T16:19:00.123Z"), moment("2026-11-25"))
    <time datetime="2026-11-25T16:19:00Z">2026-11-25 16:19 UTC</time> 2026-11-25
    """
    instant = _instant(at)
    if instant is None:
        return Markup("{}").format(at)
    return Markup('<time datetime="{}">{}</time>').format(f"{instant:%Y-%m-%dT%H:%M:%SZ}", utc(at))


def utc(at: str) -> str:
    """The same where only plain words can stand: in a choice, or as the name of a thing.

    >>> utc("2026-11-25T16:19:00.123Z"), utc("2026-11-25")
    ('2026-11-25 16:19 UTC', '2026-11-25')
    """
    instant = _instant(at)
    return at if instant is None else f"{instant:%Y-%m-%d %H:%M} UTC"


def _instant(at: str) -> datetime | None:
    """``None`` for a date without a time of day, and for what is no time: a backup's file may say anything."""
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def percent(share: float) -> str:
    """A share in percent; something is never 0 and a part never 100.

    >>> percent(0.004), percent(0.5), percent(0.999), percent(1.0)
    ('1', '50', '99', '100')
    """
    if 0 < share < 1:
        return str(min(99, max(1, round(100 * share))))
    return str(round(100 * share))


def size(n_bytes: int) -> str:
    """The size of a file, as people say it.

    >>> size(39531), size(2_340_000), size(999_999)
    ('40 kB', '2.3 MB', '1.0 MB')
    """
    if n_bytes < 999_500:
        return f"{max(1, round(n_bytes / 1000))} kB"
    return f"{n_bytes / 1_000_000:,.1f} MB"


def _drawn(draw: Any) -> Any:
    def drawn(*arguments: Any, **options: Any) -> Markup:
        return Markup(draw(*arguments, **options))

    return drawn
