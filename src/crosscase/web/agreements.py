"""Agreement as the workbench asks for it: what is asked, and the measured answer.

A study of a few codings is measured while its page is made. A larger one is measured in a process of its own: the page
says so at once and shows itself when it is there. What was measured stays until what it rests on changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from crosscase.analysis.agreement.study import COEFFICIENTS
from crosscase.errors import InputError, NotFound
from crosscase.services.agreeing import UNITS
from crosscase.services.agreeing_at_once import Agreements, agreement_rests_on, count_codings, measure_together
from crosscase.services.rounds import round_names
from crosscase.web.desk import Desk, Viewer, viewer_of
from crosscase.web.errands import Errand, measure_agreement
from crosscase.web.pages import page

AGREEMENT = "agreement"
AT_ONCE = 1_000
"""Up to so many codings measuring takes less time than starting a process for it."""
_LAST = "agreement delivered last"

SCOPES = {"alone": "this round alone", "so far": "this round and those before it"}


@dataclass(frozen=True)
class Asked:
    """What is measured: units, coefficient, and which of the rounds that this person may see."""

    unit: str
    coefficient: str
    round: str
    scope: str
    visible: tuple[str, ...]

    @property
    def rounds(self) -> tuple[str, ...]:
        if not self.round:
            return self.visible
        place = self.visible.index(self.round)
        return self.visible[: place + 1] if self.scope == "so far" else (self.round,)

    def link(self, path: str, **more: str) -> str:
        """An address that keeps what is asked."""
        said = {"unit": self.unit, "coefficient": self.coefficient, "round": self.round, "scope": self.scope, **more}
        return f"{path}?{urlencode({k: v for k, v in said.items() if v})}"


@dataclass(frozen=True)
class Found:
    """What was measured; ``stale`` where coding went on since, and it is being measured again."""

    agreements: Agreements
    stale: bool = False


def asked_of(request: Request, viewer: Viewer) -> Asked:
    """What the address asks for, completed from the settings; raises ``InputError`` and ``NotFound``."""
    settings, query = viewer.study.settings.agreement, request.query_params
    visible = tuple(name for name in round_names(viewer.study) if name in viewer.sight.open_rounds)
    unit, coefficient = query.get("unit") or settings.unit, query.get("coefficient") or settings.coefficient
    round_name, scope = query.get("round", ""), query.get("scope") or "alone"
    for name, known in ((unit, UNITS), (coefficient, tuple(COEFFICIENTS)), (scope, tuple(SCOPES))):
        if name not in known:
            raise InputError(f"{name!r} is not known", where="Agreement", mend=f"use one of {', '.join(known)}")
    if round_name and round_name not in visible:
        raise NotFound(f"no open round {round_name!r}", where="Agreement", mend="choose another round")
    return Asked(unit, coefficient, round_name, scope, visible)


def measured_or_page(request: Request, asked: Asked, title: str) -> Found | Response:
    """The agreement that is asked for, or the page to be shown until it is measured.

    Where coding went on since it was measured last, that is shown with its sign, and it is measured again beside.
    """
    viewer = viewer_of(request)
    desk, question = viewer.desk, _question(viewer, asked)
    now = desk.measured.get(
        ("agreement rests on", viewer.study.head(), question), lambda: agreement_rests_on(viewer.study, asked.visible)
    )
    errand = _delivered(desk)
    last: tuple[str, Agreements] | None = desk.measured.peek(question)
    if last is not None and last[0] == now:
        return Found(last[1])
    if count_codings(viewer.study, asked.visible) <= AT_ONCE:
        made = measure_together(
            viewer.study,
            unit=asked.unit,
            coefficient=asked.coefficient,
            rounds=asked.rounds,
            visible=asked.visible,
        )
        desk.measured.keep(question, (now, made))
        return Found(made)
    key = f"{question}:{now}"
    again = bool(request.query_params.get("again"))
    failed = errand.problem if errand.key == key and not again else ""
    if not failed:
        asking = (asked.unit, asked.coefficient, asked.rounds, asked.visible)
        errand = desk.errands.ask(AGREEMENT, key, measure_agreement, *asking)
    if again:
        return RedirectResponse(str(request.url.remove_query_params("again")), 303)
    if last is not None and not failed:
        return Found(last[1], stale=True)
    return page(
        request,
        "measuring.html.j2",
        "agreement",
        title,
        state=errand,
        ask=f"/api/errands/{AGREEMENT}",
        problem=failed,
        again=f"{request.url.path}?{urlencode([*request.query_params.multi_items(), ('again', '1')])}",
    )


def _question(viewer: Viewer, asked: Asked) -> str:
    """What is asked, with everything but the data that the answer depends on."""
    settings = viewer.study.settings
    parts = (asked.unit, asked.coefficient, asked.rounds, asked.visible, settings.agreement.model_dump_json())
    return f"agreement:{(*parts, settings.analysis.seed, viewer.framework.digest)!r}"


def _delivered(desk: Desk) -> Errand:
    """Keep what the last errand brought, under what it rests on by its own account; returns how the errand stands."""
    errand = desk.errands.now(AGREEMENT)
    if not errand.running and errand.made is not None and desk.measured.peek(_LAST) is not errand.made:
        desk.measured.keep(errand.key.rpartition(":")[0], errand.made)
        desk.measured.keep(_LAST, errand.made)
    return errand
