"""Small studies for tests: two cases, three sources, a coder or two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.services.claims import find_claim
from crosscase.services.codings import record_codings
from crosscase.services.disconfirming import raise_candidates
from crosscase.services.manifest import Description
from crosscase.services.sources import add_sources
from crosscase.services.study import Study, create_study

COMMON, LOCAL, FREE = "infra.curr.common", "infra.curr.local", "use.adapt.free"
INTERVIEW = """Interviewer: Who decides what third grade reads?
P01: The academic office decides. We got the binders in August, and every school has the same ones.
Interviewer: And if you disagree?
P01: Then I close my door — 😀 — and teach what my children need.
"""
NOTES = """Principals' meeting, boardroom, 9:10.
The director shows the pacing guide on the screen. Nobody asks where it comes from.
"""
PLAN = """All schools shall use the adopted curriculum.
Schools choose their own training days.
"""


def make_study(folder: Path, texts: Mapping[str, str] | None = None) -> Study:
    """A study with the cases north and south and, by default, three short sources."""
    study = create_study(
        folder / "study", title="A small study", cases={"north": "North", "south": "South"}, coders=("ana", "ben")
    )
    files = folder / "files"
    files.mkdir()
    wanted = texts if texts is not None else {"interview-p01": INTERVIEW, "notes": NOTES, "plan": PLAN}
    kinds = {"interview-p01": ("interview", "school"), "notes": ("observation", None), "plan": ("document", None)}
    items = []
    for name, text in wanted.items():
        path = files / f"{name}.txt"
        path.write_bytes(text.encode())
        kind, level = kinds.get(name, ("interview", "school"))
        items.append((path, Description(case="north", kind=kind, level=level, date="2019-04-30")))
    report = add_sources(study, items)
    assert [f.outcome for f in report.files] == ["added"] * len(items), report
    return study


def coding_of(study: Study, source: str, words: str, code: str, coder: str = "ana", **facets: str) -> Coding:
    """A coding of the place where these words stand."""
    text = study.text(source)
    start = text.index(words)
    return Coding(Passage(source, start, start + len(words)), code, coder, "first", facets, quote=words)


def code_differently(study: Study, round: str = "first") -> None:
    """ana and ben read two sources: they agree once, place a span and an answer differently, and code alone twice.

    In a fresh study the codings get the ids 1 to 8.
    """
    said = {"mode": "prescribe", "stance": "present", "actuality": "enacted"}
    office, same = "The academic office decides.", "every school has the same ones"
    codings = [
        coding_of(study, "interview-p01", office, COMMON, "ana", locus="central_office", **said),
        coding_of(study, "interview-p01", office, COMMON, "ben", locus="central_office", **said),
        coding_of(study, "interview-p01", same, COMMON, "ana", locus="school", **said),
        coding_of(study, "interview-p01", same.removeprefix("every "), LOCAL, "ben", locus="school", **said),
        coding_of(study, "interview-p01", "teach what my children need", FREE, "ana", locus="school", **said),
        coding_of(study, "plan", "All schools shall use", COMMON, "ana", locus="central_office", **said),
        coding_of(study, "plan", "All schools shall use", COMMON, "ben", locus="joint", **said),
        coding_of(study, "plan", "Schools choose", LOCAL, "ben", locus="school", **said),
    ]
    read = [
        ReviewedSpan(Passage(name, 0, len(study.text(name))), coder, round)
        for name in ("interview-p01", "plan")
        for coder in ("ana", "ben")
    ]
    record_codings(study, [replace(c, round=round) for c in codings], read)


def search_against_common(study: Study, *, confirming: bool = False) -> str:
    """Codings for and against the claim "COMMON holds in north", and a search against it; returns the claim's GUID.

    ``confirming`` adds passages for it that no queue raises.
    """
    said = {"mode": "prescribe", "stance": "present", "actuality": "enacted"}
    record_codings(
        study,
        [
            coding_of(study, "interview-p01", "every school has the same ones", COMMON, locus="central_office", **said),
            coding_of(study, "interview-p01", "teach what my children need", LOCAL, locus="school", **said),
            coding_of(study, "plan", "All schools shall use the adopted curriculum.", COMMON, **said),
            coding_of(study, "plan", "Schools choose their own training days.", "infra.vision.plural", "ben", **said),
            coding_of(study, "notes", "The director shows the pacing guide on the screen.", COMMON, **said),
        ],
    )
    if confirming:
        for words in ("We got the binders in August", "Principals' meeting, boardroom"):
            source = "notes" if "meeting" in words else "interview-p01"
            record_codings(study, [coding_of(study, source, words, COMMON, locus="central_office", **said)])
    raise_candidates(study, "COMMON holds in north")
    return find_claim(study, "north-COMMON").guid
