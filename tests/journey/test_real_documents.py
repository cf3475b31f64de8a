"""Real documents of four districts, coded by the dictionary alone: an honest report, every quote verbatim."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from crosscase.cli import main
from crosscase.services.run import run_study
from crosscase.services.study import Study, open_study

DISTRICTS = {
    "knox": ("knox_county_tn", "meeting"),
    "iowa": ("iowa_city_ia", "meeting"),
    "sanjuan": ("san_juan_usd_ca", None),
    "sacramento": ("sacramento_coe_ca", "document"),
}


@pytest.fixture(scope="module")
def study(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder = tmp_path_factory.mktemp("districts") / "study"
    assert main(["new", str(folder), "--cases", ",".join(DISTRICTS)]) == 0
    for case, (name, kind) in DISTRICTS.items():
        said = ["--kind", kind] if kind else []
        path = str(shared / "data/sources" / name)
        assert main(["add", path, "--study", str(folder), "--case", case, "--level", "central", *said]) == 0
    hearings = str(shared / "data/sources/federal_hearings")
    assert main(["add", hearings, "--study", str(folder), "--kind", "context"]) == 0
    assert main(["code", "--with", "dictionary", str(folder)]) == 0
    return open_study(folder)


@pytest.fixture(scope="module")
def page(study: Study) -> str:
    done = run_study(study, formats=("html", "docx", "data"))
    assert not done.up_to_date
    return next(p for p in done.files if p.suffix == ".html").read_text(encoding="utf-8")


def test_all_documents_are_read(study: Study) -> None:
    table = study.sources()
    assert table.height == 7 + 13 + 15 + 6 + 2
    assert table["n_words"].min() > 200
    assert set(table.filter(table["file"].str.starts_with("School_Board"))["machine_transcript"]) == {True}


def test_every_suggestion_is_verbatim_in_the_file_that_it_comes_from(study: Study, shared: Path) -> None:
    files = {p.name: _words(p) for p in (shared / "data/sources").rglob("*") if p.suffix in (".md", ".txt")}
    by_source = dict(study.sources().select("name", "file").iter_rows())
    checked = 0
    for row in study.evidence("suggestion").iter_rows(named=True):
        name = by_source[row["source"]]
        assert row["text"] == study.text(row["source"])[row["start"] : row["end"]]
        if name in files:
            assert " ".join(row["text"].split()) in files[name], (name, row["text"])
            checked += 1
    assert checked > 300


def _words(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".txt":
        return " ".join(text.split())
    # Only what is no words is taken away: emphasis and the targets of links.
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return " ".join(re.sub(r"[*\[\]]", "", html.unescape(text)).split())


def test_what_nobody_checked_is_said_on_the_page(page: str) -> None:
    assert "nobody has checked" in page
    assert "machine transcript" in page.lower()


def test_board_minutes_do_not_make_a_type(study: Study) -> None:
    verdicts = {v["case"]: v["kind"] for v in run_study(study).verdicts}
    assert set(verdicts) == set(DISTRICTS)
    assert sum(kind == "not_enough" for kind in verdicts.values()) >= 3
    assert "type" not in verdicts.values()


def test_what_is_up_to_date_is_not_done_again(study: Study, page: str) -> None:
    del page
    assert run_study(study).up_to_date


def test_hearings_are_context_and_no_evidence_about_a_case(study: Study, page: str) -> None:
    assert study.sources().filter(study.sources()["kind"] == "context").height == 2
    assert "1997-09-04_senate" not in page or "context" in page
