"""Configurations: which conditions go together with an outcome, each row, term and membership open to its evidence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from crosscase.analysis.qca.truth_table import TruthTable, truth_table
from crosscase.errors import CrosscaseError, EngineError
from crosscase.report.content import Coding, Report
from crosscase.services import set_views
from crosscase.services.configurations import Configurations, with_conditions
from crosscase.services.memberships import Plan, Sets, needs_evidence, sets_of_study
from crosscase.services.reporting import set_pictures
from crosscase.services.reporting.names import Names
from crosscase.services.set_choices import Choices, choices_of, sets_to_choose
from crosscase.web.answers import form_body
from crosscase.web.desk import Viewer, viewer_of
from crosscase.web.pages import page
from crosscase.web.routes.quoting import with_places
from crosscase.web.routes.results import Ready, ready_or_page

ROOM = ("configurations", "Configurations")
MOST_MODELS = 20
MOST_SHOWN = 5


@dataclass(frozen=True)
class Asked:
    """The memberships that a request is about, with the choices behind them and, from codings, the report."""

    choices: Choices
    plan: Plan
    sets: Sets
    table: TruthTable
    report: Report | None
    ready: Ready | None

    @property
    def key(self) -> str:
        """Changes with every membership and every choice."""
        parts = [self.sets.frame.write_csv(), repr(self.plan), repr(sorted(self.choices.anchors.items()))]
        digest = hashlib.sha256("\n".join(parts).encode())
        for name in sorted(self.sets.draws):
            digest.update(self.sets.draws[name].tobytes())
        return digest.hexdigest()


def room(request: Request) -> Response:
    """The whole room; what cannot be computed is a sentence above the choices."""
    viewer = viewer_of(request)
    content: dict[str, Any] = {
        "choices": None,
        "sets": (),
        "link": Link(None),
        "problem": None,
        "asked": None,
        "found": None,
        "view": None,
        "key": "",
        "typed": Typed(None, _query(request)),
        "stopped": False,
        "most_models": MOST_MODELS,
    }
    try:
        content["sets"] = sets_to_choose(viewer.study)
        content["choices"] = usual = choices_of(viewer.study, {})
        content["typed"] = Typed(usual, _query(request))
        choices = choices_of(viewer.study, _query(request))
        if choices is None:
            return _room(request, content)
        content |= {"choices": choices, "typed": Typed(choices, _query(request)), "link": Link(choices)}
        asked = _asked(request, choices)
        if isinstance(asked, Response):
            return asked
        content |= {
            "asked": asked,
            "typed": Typed(replace(choices, plan=asked.plan), _query(request)),
            "key": asked.key,
        }
        found = viewer.desk.sets.ask(asked.key, asked.sets, asked.plan)
        if found is not None:
            found = replace(found, sets=asked.sets)
            content |= {"found": found, "view": View(found, _names(viewer, asked), _query(request))}
    except CrosscaseError as error:
        content |= {"problem": error, "stopped": isinstance(error, EngineError)}
    return _room(request, content)


def _room(request: Request, content: Mapping[str, Any]) -> Response:
    # A choice that cannot be computed is no fault of the request: the page says why, and the choices stay.
    return page(request, "configurations.html.j2", *ROOM, **content)


class View:
    """What the template asks of the results beyond their tables."""

    def __init__(self, found: Configurations, names: Names, query: Mapping[str, list[str]]) -> None:
        self.found, self.names = found, names
        self.case = names.case
        self.set_names = set_views.sets_of(found.table, found.plan.outcome)
        self.cells = [[self.cell(case, name) for name in self.set_names] for case in found.sets.frame["case"]]
        self.contradictory = set_views.contradictory(found.table)
        self.n_remainders, self.remainders = set_views.remainders(found.table)
        self.sure = dict(found.uncertainty.table.select("row", "p_out").iter_rows()) if found.uncertainty else {}
        self.plots = set_views.expressions_to_plot(found)
        wanted = next((text for text in query.get("xy", ()) if text.strip()), "")
        first = found.lead[1].models[0].expression if found.lead is not None else self.plots[0][0]
        self.plotted = wanted.strip() or first
        self.plot: set_views.ExpressionView | None = None
        self.plot_problem = ""
        try:
            self.plot = set_views.view_expression(found.table, self.plotted)
        except CrosscaseError as error:
            self.plot_problem = str(error)
        self.quadrants = set_views.QUADRANTS

    def cell(self, case: str, name: str) -> set_views.CellView:
        return set_views.view_cell(self.found.sets, case, name, self.names.settings.analysis.level, with_codings=False)

    def label(self, name: str) -> str:
        label = self.names.dimension(name)
        return "" if label == name else label

    def model_share(self, kind: str, expression: str) -> float | None:
        """Share of draws in which a model stands; draws are solved as the solution that leads is."""
        if self.found.uncertainty is None or self.found.lead is None or self.found.lead[0] != kind:
            return None
        wanted = frozenset(expression.split(" + "))
        shares = self.found.uncertainty.models.select("model", "p_model").iter_rows()
        return next((float(share) for model, share in shares if frozenset(model.split(" + ")) == wanted), 0.0)

    def assumptions(self, model: Any) -> tuple[int, tuple[str, ...], str]:
        """How many rows without cases a model covers, those rows where there are few, or why they are not listed."""
        try:
            rows = model.assumed_rows
        except CrosscaseError as error:
            return 0, (), str(error)
        shown = rows[: set_views.MOST_LISTED].tolist()
        return len(rows), tuple(set_views.print_row(self.found.table, row) for row in shown), ""

    def row_in_words(self, row: Mapping[str, Any]) -> str:
        return set_views.print_row(self.found.table, [row[name] for name in self.found.table.conditions])

    def rows_in_words(self, rows: Iterable[Any]) -> list[str]:
        return [set_views.print_row(self.found.table, row) for row in list(rows)[: set_views.MOST_LISTED]]

    def picture(self, which: str) -> Markup:
        found = self.found
        if which == "truth":
            return Markup(set_pictures.truth_picture(found, self.names).svg)
        if which == "ranges":
            return Markup(set_pictures.ranges_picture(found).svg)
        assert self.plot is not None
        drawn = set_pictures.xy_picture(found.table, [p.x for p in self.plot.points], self.plotted, "", self.names)
        return Markup(drawn.svg)

    def calibrations(self) -> list[tuple[str, Markup]]:
        drawn = set_pictures.calibration_pictures(self.found, self.names)
        return [(figure.title, Markup(figure.svg)) for figure in drawn]


class Link:
    """Addresses in this room that keep the choices that were made in it."""

    def __init__(self, choices: Choices | None) -> None:
        self.fields = fields_of(choices) if choices is not None and choices.own else []

    def __call__(self, path: str = "", **extra: str) -> str:
        query = urlencode([*self.fields, *extra.items()])
        return f"/configurations{path}{'?' if query else ''}{query}"

    def row(self, number: int) -> str:
        return self(f"/row/{number}")

    def term(self, text: str) -> str:
        return self("/term", expression=text)

    def case(self, case: str) -> str:
        return self(f"/case/{quote(case, safe='')}")

    def cell(self, case: str, name: str) -> str:
        return self(f"/case/{quote(case, safe='')}/{quote(name, safe='')}")


def fields_of(choices: Choices) -> list[tuple[str, str]]:
    """The fields of a query that ask for these choices."""
    plan = choices.plan
    fields = [("outcome", plan.outcome), *(("condition", name) for name in plan.conditions)]
    fields += [("incl_cut", ", ".join(f"{c:g}" for c in plan.incl_cut)), ("n_cut", str(plan.n_cut))]
    fields += [("pri_cut", f"{plan.pri_cut:g}"), ("dir_exp", ", ".join(plan.dir_exp))]
    return fields + [(f"anchors.{n}", ", ".join(f"{a:g}" for a in v)) for n, v in choices.anchors.items()]


class Typed:
    """What the fields of the form hold: what was typed, wrong or not, else the choices."""

    def __init__(self, choices: Choices | None, query: Mapping[str, list[str]]) -> None:
        usual: dict[str, list[str]] = {}
        for name, value in fields_of(choices) if choices is not None else ():
            usual.setdefault(name, []).append(value)
        self._values = {**usual, **{name: values for name, values in query.items() if values}}

    def __call__(self, name: str, default: str = "") -> str:
        return self._values[name][-1] if name in self._values else default

    def has(self, name: str, value: str) -> bool:
        return value in self._values.get(name, ())


def row_page(request: Request) -> Response:
    """A row of the truth table: its cases and the passages behind their memberships."""
    asked = _asked(request)
    if isinstance(asked, Response):
        return asked
    row = set_views.row_of(asked.table, int(request.path_params["number"]))
    said = set_views.print_row(asked.table, row.values)
    under = f"OUT {row.out}" + (f", consistency {row.incl:.3f}" if row.incl is not None else "")
    names = set_views.sets_of(asked.table, asked.plan.outcome)
    return _evidence(request, asked, f"Row {row.number}: {said}", under, row.cases, names)


def term_page(request: Request) -> Response:
    """An expression: the cases in it and the passages behind their memberships."""
    asked = _asked(request)
    if isinstance(asked, Response):
        return asked
    seen = set_views.view_expression(asked.table, request.query_params.get("expression", ""))
    fit = ", ".join(
        f"{what} {'not defined' if value is None else f'{value:.3f}'}"
        for what, value in (("consistency", seen.fit.inclS), ("coverage", seen.fit.covS))
    )
    names = (*seen.names, set_views.sets_of(asked.table, asked.plan.outcome)[-1])
    return _evidence(request, asked, f"{seen.text} → {asked.table.outcome}", fit, seen.cases, names)


def case_page(request: Request) -> Response:
    """A case in every set, with the passages behind its memberships."""
    asked = _asked(request)
    if isinstance(asked, Response):
        return asked
    case = request.path_params["case"]
    label = _names(viewer_of(request), asked).case(case)
    return _evidence(request, asked, label, "", (case,), set_views.sets_of(asked.table, asked.plan.outcome))


def cell_page(request: Request) -> Response:
    """The membership of one case in one set, with every passage behind it."""
    asked = _asked(request)
    if isinstance(asked, Response):
        return asked
    case, name = request.path_params["case"], request.path_params["name"]
    label = _names(viewer_of(request), asked).case(case)
    return _evidence(request, asked, f"{label}: {name}", "", (case,), (name,), most=None)


def _evidence(
    request: Request,
    asked: Asked,
    heading: str,
    under: str,
    cases: Iterable[str],
    names: Iterable[str],
    most: int | None = MOST_SHOWN,
) -> Response:
    viewer = viewer_of(request)
    level = viewer.study.settings.analysis.level
    cells = [(case, [set_views.view_cell(asked.sets, case, name, level) for name in names]) for case in cases]
    codings: Mapping[int, Coding] = asked.report.codings if asked.report is not None else {}
    ids = {i for _, row in cells for cell in row for i, _ in cell.coding_ids}
    known = [codings[i] for i in ids if i in codings]
    return page(
        request,
        "configuration_evidence.html.j2",
        "configurations",
        heading,
        heading=heading,
        under=under,
        cells=cells,
        quotes={coding.id: (coding, address) for coding, address in with_places(viewer, known)},
        names=_names(viewer, asked),
        most=most,
        link=Link(asked.choices),
        outcome=set_views.sets_of(asked.table, asked.plan.outcome)[-1],
    )


def state(request: Request) -> Response:
    """Whether a plan is still being solved."""
    desk = viewer_of(request).desk.sets
    return JSONResponse({"running": desk.running(request.query_params.get("key", "")), "seconds": round(desk.seconds)})


async def stop(request: Request) -> Response:
    """End the computation that runs; nothing of it remains."""
    form = await form_body(request)
    viewer_of(request).desk.sets.stop()
    back = form.get("back", "")
    return RedirectResponse(back if back.startswith("/configurations") else "/configurations", 303)


def _asked(request: Request, choices: Choices | None = None) -> Asked | Response:
    """Memberships and truth table; or the page that says what must come first."""
    viewer = viewer_of(request)
    study = viewer.study
    if choices is None:
        choices = choices_of(study, _query(request))
    if choices is None:
        return RedirectResponse("/configurations", 303)
    ready: Ready | None = None
    if needs_evidence(study, choices.plan):
        results = ready_or_page(request, *ROOM)
        if isinstance(results, Response):
            return results
        ready = results
    estimates = ready.state.filled.estimates if ready is not None and ready.state.filled is not None else None
    sets = sets_of_study(study, estimates, choices.plan, choices.settings)
    plan = with_conditions(choices.plan, sets)
    table = truth_table(sets.frame, plan.outcome, list(plan.conditions) or None, **plan.cuts)
    return Asked(choices, plan, sets, table, ready.report if ready is not None else None, ready)


def _names(viewer: Viewer, asked: Asked) -> Names:
    return Names(viewer.framework, viewer.study.settings, tuple(asked.sets.frame["case"]))


def _query(request: Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}


ROUTES = [
    Route("/configurations", room),
    Route("/configurations/row/{number:int}", row_page),
    Route("/configurations/term", term_page),
    Route("/configurations/case/{case}", case_page),
    Route("/configurations/case/{case}/{name:path}", cell_page),
    Route("/configurations/stop", stop, methods=["POST"]),
    Route("/api/configurations/state", state),
]
