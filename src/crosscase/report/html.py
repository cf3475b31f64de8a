"""The report as one HTML file: no script, nothing from outside, readable, printable, keyboard usable."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup, escape

from crosscase.report import figures, numerals
from crosscase.report.agreement import between, coefficient, prevalence
from crosscase.report.coder_types import HOW as CODER_TYPES_HOW
from crosscase.report.coder_types import TITLE as CODER_TYPES
from crosscase.report.content import UNVERIFIED, Coding, Number, Report
from crosscase.report.counter_evidence import INTRODUCTION, NOT_SEARCHED
from crosscase.report.passages import shorten
from crosscase.report.sections import choose_sections, section_titles, unlink
from crosscase.report.templating import template_environment

_HERE = Path(__file__).parent

# A case with more codings than this has its evidence folded away until somebody opens or follows a link into it.
OPEN_EVIDENCE = 150
_PARTS = {
    "answer": "answer.html.j2",
    "work": "work.html.j2",
    "why": "why.html.j2",
    "against": "counter.html.j2",
    "matrix": "across.html.j2",
    "configurations": "configurations.html.j2",
    "missing": "missing.html.j2",
    "agreement": "agreement.html.j2",
    "methods": "methods.html.j2",
    "evidence": "evidence.html.j2",
}


def render_html(report: Report, sections: Iterable[str] | None = None) -> str:
    """The page as text; write it to a file and it needs nothing else.

    ``sections`` are those that are taken in (all by default); the page says which are not.
    """
    keep = choose_sections(report, sections)
    page = _environment().get_template("report.html.j2")
    text = page.render(
        r=report,
        keep=keep,
        titles=section_titles(report),
        parts=_PARTS,
        css=Markup((_HERE / "report.css").read_text(encoding="utf-8")),
        patterns=Markup(figures.pattern_definitions()),
        print_mark=Markup(_css_string(" · ".join(report.marks))),
        open_evidence=report.n_codings <= OPEN_EVIDENCE,
        UNVERIFIED=UNVERIFIED,
        counter_intro=INTRODUCTION,
        counter_none=NOT_SEARCHED,
        coder_types_title=CODER_TYPES,
        coder_types_how=CODER_TYPES_HOW,
    )
    return unlink(text) if keep.left_out else text


@cache
def _environment() -> Environment:
    environment = template_environment(_HERE / "templates")
    environment.filters |= {
        "share": numerals.share,
        "interval": numerals.interval,
        "count": numerals.count,
        "plural": numerals.plural,
        "shorten": shorten,
        "chance_text": numerals.probability,
        "coefficient": coefficient,
        "prevalence": prevalence,
        "between": between,
        "signed": numerals.signed,
    }
    environment.globals |= {
        "bar": _safe(figures.work_bar),
        "mark": _safe(figures.interval_mark),
        "swatch": _safe(figures.swatch),
        "number": _number,
        "counted": _counted,
        "chance": _chance,
        "coding_item": _coding_item,
        "coding_links": _coding_links,
        "drawing": Markup,  # pictures that crosscase.report.set_figures drew; it escapes every name
    }
    return environment


def _safe(draw: object) -> object:
    def drawn(*arguments: object, **options: object) -> Markup:
        return Markup(draw(*arguments, **options))  # type: ignore[operator]

    return drawn


def _number(number: Number, shown: str | None = None) -> Markup:
    """A share that opens to its evidence; ``data-value`` keeps all digits for those who read the page by program."""
    text = escape(numerals.share(number.value) if shown is None else shown)
    if number.value is None:
        return Markup(f'<span class="nd">{escape(number.why) if number.why else text}</span>')
    if not number.anchor:
        return Markup(f'<span class="n0">{text}</span>')
    return Markup(f'<a class="n" href="#{escape(number.anchor)}" data-value="{number.value:.6g}">{text}</a>')


def _chance(number: Number) -> Markup:
    """A probability that opens to its evidence."""
    return _number(number, numerals.probability(number.value))


def _counted(number: Number) -> Markup:
    """A count that opens to what was counted."""
    return _number(number, numerals.count(number.value or 0))


_UNVERIFIED = f'<em class="mt">{escape(UNVERIFIED)}</em> · '
_MACHINE = ' <em class="mc">machine</em>'


def _coding_item(coding: Coding) -> Markup:
    """One coding of the appendix, which has thousands: text in a string is many times as fast as a template.

    Nothing stands in it that was not escaped here, but for numbers and our own constants.
    """
    date = f", {escape(coding.date)}" if coding.date else ""
    effect = f" · <i>{escape(coding.effect)}</i>" if coding.effect else ""
    return Markup(
        f'<li class="cd{" dn" if coding.denies else ""}" id="c{coding.id:d}"><q dir="auto">{escape(coding.quote)}</q>'
        f'<p><a href="#c{coding.id:d}">#{coding.id:d}</a> {_UNVERIFIED if coding.unverified else ""}'
        f"<bdi>{escape(coding.source)}</bdi>, {coding.start:d}–{coding.end:d} · {escape(coding.said_by)}{date}"
        f" · <b>{escape(coding.code_name)}</b>: {escape(', '.join(coding.facets))} · <bdi>{escape(coding.coder)}</bdi>"
        f"{_MACHINE if coding.machine_coder else ''}{effect}</p></li>\n"
    )


def _coding_links(ids: Iterable[int]) -> Markup:
    """Numbers of codings, each a link to where it stands in the appendix."""
    return Markup(" ".join(f'<a href="#c{id:d}">{id:d}</a>' for id in ids) or "none")


def _css_string(text: str) -> str:
    """Text as a CSS string; only our own constants go through here."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ") + '"'
