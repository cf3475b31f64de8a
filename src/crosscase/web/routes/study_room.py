"""The Study room: where the study stands and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from crosscase.model.access import Right
from crosscase.model.study import LEVELS, ROLES, SOURCE_KINDS
from crosscase.report.passages import shorten
from crosscase.services.checks import Finding, check_study
from crosscase.services.codebook_edits import waiting_codings
from crosscase.services.coding_errors import notes_for
from crosscase.services.progress import SourceState, StudyState, study_state
from crosscase.services.rounds import rounds
from crosscase.web.answers import form_body
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page

# Where the workbench can mend what a check found: the address, what it is called there, and who may.
PLACES: Mapping[str, tuple[str, str, Right]] = {
    "add": ("/#add", "Add sources", Right.LEAD),
    "cases": ("/#cases", "Name a case", Right.LEAD),
    "machines": ("/settings#machines", "Settings › Machine coders", Right.READ),
    "backups": ("/settings#backups", "Settings › Backups", Right.LEAD),
    "codebook": ("/codebook", "Codebook", Right.READ),
    "versions": ("/codebook/versions", "Versions of the codebook", Right.READ),
    "again": ("/codebook/again", "Look again", Right.CODE),
}


@dataclass(frozen=True)
class Told:
    """A finding as the workbench tells it: what to do there, and a place to go where there is one."""

    weight: str
    sentence: str
    mend: Sequence[str]  # every second part is a key to press or a command to type
    address: str = ""
    action: str = ""


@dataclass(frozen=True)
class Step:
    """Something to do next: a sentence and where it leads."""

    sentence: str
    address: str
    action: str


def study_room(request: Request) -> Response:
    viewer = viewer_of(request)
    if not viewer.session.chosen:
        return RedirectResponse("/who", 303)
    state = study_state(viewer.study, viewer.sight, viewer.round)
    return page(
        request,
        "study.html.j2",
        "study",
        viewer.study.title,
        state=state,
        steps=next_steps(viewer, state),
        kinds=SOURCE_KINDS,
        levels=LEVELS,
        roles=[r for r in ROLES if r != "interviewer"],
        cases=viewer.study.settings.cases,
    )


def findings(request: Request) -> Response:
    """What ``crosscase check`` says; a page of its own, since it reads every text."""
    viewer = viewer_of(request)
    found = [_told(viewer, f) for f in check_study(viewer.study) if not (viewer.hidden and f.of_codings)]
    return page(request, "findings.html.j2", "study", "Warnings", findings=found)


def _told(viewer: Viewer, finding: Finding) -> Told:
    """The finding for this person: nobody is sent to a place where they may do nothing."""
    said: Sequence[str] = finding.mend.workbench.split("`")
    address = f"/sources/{finding.source}" if finding.source else ""
    action = "Open a source" if finding.source else ""
    if finding.mend.place:
        address, action, right = PLACES[finding.mend.place]
        if not viewer.access.may(right):
            address = action = ""
            said = ("An owner of the study can mend it.",) if right is Right.LEAD else said
    return Told(finding.weight, finding.sentence, said, address, action)


def next_steps(viewer: Viewer, state: StudyState) -> list[Step]:
    """At most three things that help most now."""
    steps: list[Step] = []
    if not viewer.may_lead and not state.n_sources:
        return [Step("There is nothing to read yet: an owner of the study adds sources.", "/codebook", "See the codes")]
    if viewer.team and not viewer.may_code:
        return [Step("You read along and change nothing.", "/compare", "Compare the cases")]
    if not viewer.study.settings.cases and viewer.may_lead:
        steps.append(Step("Name the cases that you compare.", "#cases", "Name a case"))
    if not state.n_sources:
        steps.append(Step("Add what you have: interviews, field notes, documents.", "#add", "Add sources"))
        if not viewer.session.coder:
            steps.append(Step("Say who you are: what you code is recorded under your name.", "/who", "Say who you are"))
        return steps
    if not viewer.session.coder:
        steps.append(Step("You are looking around. To code, say who you are.", "/who", "Say who you are"))
        return steps
    again = waiting_codings(viewer.study, viewer.coder).height
    if again:
        said = "coding of yours waits" if again == 1 else "codings of yours wait"
        steps.append(
            Step(f"A code has changed: {again} {said} to be looked at again.", "/codebook/again", "Look again")
        )
    notes = notes_for(viewer.study, viewer.coder)
    if notes:
        first = notes[0].coding
        more = f" ({len(notes)} such notes)" if len(notes) > 1 else ""
        said = (
            f"{notes[0].author} left a note on a coding of yours that may be in error: “{shorten(notes[0].text, 160)}”"
        )
        place = f"/sources/{first.source}?at={first.start}-{first.end}"
        steps.append(Step(f"{said}{more}. Change it, take it out, or answer with a memo.", place, "Look at it"))
    return [*steps, *_to_read(viewer, state)][:3]


def _to_read(viewer: Viewer, state: StudyState) -> list[Step]:
    """What this person reads next, of what their round asks for."""
    asks = next((r for r in rounds(viewer.study) if r.name == viewer.round), None)
    if asks is not None and asks.coders and viewer.coder not in asks.coders:
        said = f"{asks.name} is coded by {', '.join(asks.coders)}. To code, choose a round of yours."
        return [Step(said, "/settings#h-round", "Choose a round")]
    steps: list[Step] = []
    wanted = set(asks.sources) if asks is not None else set()
    sources = [
        s for case in state.cases for s in case.sources if s.kind != "context" and (not wanted or s.name in wanted)
    ]
    begun = next((s for s in sources if 0 < s.read < 0.99 or (s.n_mine and s.read < 0.01)), None)
    fresh = next((s for s in sources if s.read == 0 and not s.n_mine), None)
    if begun:
        steps.append(Step(f"Go on with {begun.name}: {_left(begun)}.", f"/sources/{begun.guid}?resume=1", "Go on"))
    if fresh:
        verb = "Begin with" if not state.n_codings else "Next to read:"
        steps.append(Step(f"{verb} {fresh.name}.", f"/sources/{fresh.guid}", "Read and code"))
    asked = next((s for s in sources if s.n_suggestions), None)
    if asked:
        steps.append(
            Step(
                f"A machine has {state.n_suggestions:,} suggestions that nobody has answered.",
                f"/sources/{asked.guid}",
                "Answer them",
            )
        )
    if not begun and not fresh:
        of = f" of {viewer.round}" if wanted else ""
        steps.append(Step(f"You have been through every source{of}.", "/compare", "Compare the cases"))
    return steps


def _left(source: SourceState) -> str:
    return f"{round(source.n_words * (1 - source.read)):,} words are left"


async def name_case(request: Request) -> Response:
    """Write a new case into study.yaml."""
    from crosscase.services.naming import name_case as write_case

    form = await form_body(request)
    viewer = viewer_of(request)
    write_case(viewer.study, form.get("name", "").strip(), form.get("label", "").strip())
    viewer.desk.refresh()
    viewer.desk.feed.wake()
    return RedirectResponse("/", 303)


ROUTES = [
    Route("/", study_room),
    Route("/check", findings),
    Route("/cases", name_case, methods=["POST"]),
]
