"""Which sections a report has, which of them a file takes in, and how it says what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from crosscase.errors import InputError
from crosscase.report.content import Report

# Title, notices (simulated, unchecked), date, version and inputs stand in every file; so do the methods.
ALWAYS = ("methods",)
_TITLES = {
    "answer": "The answer",
    "work": "The distribution of work",
    "why": "Why: evidence for and against",
    "against": "What speaks against it",
    "matrix": "Across cases",
    "configurations": "Configurations",
    "missing": "What is missing",
    "agreement": "Agreement between coders",
    "methods": "Methods and provenance",
    "evidence": "Evidence appendix",
}
_LINK = re.compile(r'<a((?:\s[^>]*?)?)\shref="#([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)
_ID = re.compile(r'\sid="([^"]*)"')
_CLASS_N = re.compile(r'class="n"')


@dataclass(frozen=True)
class Chosen:
    """The sections that a file takes in, and the titles of those that it leaves out."""

    ids: frozenset[str]
    left_out: tuple[str, ...]

    def __contains__(self, section: str) -> bool:
        return section in self.ids

    @property
    def notice(self) -> str:
        """One sentence for the head of the file; empty when nothing is left out."""
        if not self.left_out:
            return ""
        return f"Sections left out of this file: {', '.join(self.left_out)}. The whole report has them."


def section_titles(report: Report) -> dict[str, str]:
    """Id → title of the sections that this report has, in the order of reading."""
    found: dict[str, str] = {}
    for id, title in _TITLES.items():
        if id == "configurations" and report.configurations is None:
            continue
        if id == "agreement" and report.agreement is None:
            continue
        found[id] = title
        found |= {more.id: more.title for more in report.more if more.after == id}
    return found


def choose_sections(report: Report, wanted: Iterable[str] | None) -> Chosen:
    """The chosen sections (all when ``None``) and those that are always there; raises ``InputError``."""
    titles = section_titles(report)
    if wanted is None:
        return Chosen(frozenset(titles), ())
    asked = {name.strip() for name in wanted} - {""}
    unknown = sorted(asked - set(titles))
    if unknown:
        raise InputError(
            f"the report has no section {unknown[0][:60]!r}", where="report", mend=f"use {', '.join(titles)}"
        )
    kept = frozenset(asked | set(ALWAYS))
    return Chosen(kept, tuple(title for id, title in titles.items() if id not in kept))


def unlink(page: str) -> str:
    """Take away links to places that the page has not: what they pointed to was left out."""
    there = set(_ID.findall(page))

    def plain(match: re.Match[str]) -> str:
        before, target, after, text = match.groups()
        if target in there:
            return match.group()
        kept = _CLASS_N.sub('class="n0"', f"{before}{after}")
        return f"<span{kept}>{text}</span>"

    return _LINK.sub(plain, page)
