"""A file with some of the sections says what it leaves out and keeps what trust needs; every row opens to codings."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from docx import Document
from tests.factories.studies import INTERVIEW, NOTES, PLAN, coding_of, make_study

from crosscase.errors import InputError
from crosscase.report.content import SIMULATED, Report
from crosscase.report.html import render_html
from crosscase.report.sections import ALWAYS, choose_sections, section_titles
from crosscase.report.word import render_word
from crosscase.services.analyses import Analyses, analyse
from crosscase.services.codings import record_codings
from crosscase.services.manifest import Description
from crosscase.services.reporting import write_report
from crosscase.services.reporting.fill import Filled, fill_report
from crosscase.services.run import run_study
from crosscase.services.sources import add_sources
from crosscase.services.study import Study, create_study, open_study

SAID = {"mode": "prescribe", "stance": "present", "actuality": "enacted"}
TITLE = "A <b>small</b> study"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    """Two years, enacted and espoused work, codes that overlap."""
    made = make_study(tmp_path_factory.mktemp("sections"), {"interview-p01": INTERVIEW, "notes": NOTES, "plan": PLAN})
    path = made.folder / "study.yaml"
    text = path.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    text = re.sub(r"(?m)^title:.*$", f'title: "{TITLE}"', text)
    path.write_text(text + "simulated: true\n", encoding="utf-8")
    record_codings(
        made,
        [
            coding_of(made, "interview-p01", "The academic office decides.", "infra.curr.common", locus="central_office", **SAID),
            coding_of(made, "interview-p01", "every school has the same ones", "infra.curr.common", "ben", locus="central_office", **SAID),
            coding_of(made, "interview-p01", "office decides. We got", "perf.target.central", locus="central_office", **SAID),
            coding_of(made, "notes", "shows the pacing guide", "infra.curr.common", locus="central_office", **SAID),
            coding_of(made, "plan", "All schools shall use", "infra.curr.common", "ben", locus="school", **{**SAID, "actuality": "espoused"}),
        ],
    )  # fmt: skip

    made.close()
    with open_study(made.folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def analyses(study: Study) -> Analyses:
    return analyse(study, robust=True)


@pytest.fixture(scope="module")
def filled(study: Study, analyses: Analyses) -> Filled:
    return fill_report(study, analyses)


@pytest.fixture(scope="module")
def report(filled: Filled) -> Report:
    return filled.report


def dead_links(page: str) -> set[str]:
    ids = set(re.findall(r'\sid="([^"]*)"', page))
    return set(re.findall(r'href="#([^"]*)"', page)) - ids


def words_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


@pytest.mark.parametrize("chosen", [["answer"], ["work", "matrix"], ["evidence"], ["robustness", "together"], []])
def test_a_page_with_some_sections_keeps_what_trust_needs_and_has_no_dead_link(
    report: Report, chosen: list[str]
) -> None:
    page = render_html(report, chosen)
    titles = section_titles(report)
    for id in titles:
        assert (f'<section id="{id}"' in page) == (id in (*chosen, *ALWAYS)), id
    left = [title for id, title in titles.items() if id not in (*chosen, *ALWAYS)]
    assert f"Sections left out of this file: {', '.join(left)}." in page
    assert SIMULATED in page
    assert report.made in page
    assert "A &lt;b&gt;small&lt;/b&gt; study" in page
    assert dead_links(page) == set()
    assert all(value in page for _, value in report.methods.parameters if value.isalnum())


def test_the_whole_page_leaves_nothing_out(report: Report) -> None:
    page = render_html(report)
    assert "left out of this file" not in page
    assert dead_links(page) == set()
    assert choose_sections(report, None).left_out == ()


def test_a_word_file_with_some_sections_says_so_and_keeps_the_methods(report: Report) -> None:
    text = words_of(render_word(report, ["answer"]))
    assert "Sections left out of this file: The distribution of work" in text
    assert SIMULATED in text
    assert "Methods and provenance" in text
    assert "Across cases" not in text.replace("Across cases, ", "")
    assert "How firmly the verdicts stand" in words_of(render_word(report))


def test_an_unknown_section_is_refused_with_those_that_there_are(report: Report) -> None:
    with pytest.raises(InputError, match="no section 'nonsense'") as refused:
        render_html(report, ["nonsense"])
    assert "evidence" in refused.value.mend


def test_sections_are_there_where_the_study_has_the_evidence(report: Report, tmp_path: Path) -> None:
    assert {more.id for more in report.more} == {"actuality", "together", "robustness"}
    # All sources are of one year, so that nothing can be said over time.
    with make_study(tmp_path) as bare:
        path = bare.folder / "study.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500"), encoding="utf-8")
        record_codings(bare, [coding_of(bare, "plan", "All schools", "infra.curr.common", locus="school", **SAID)])
        filled = fill_report(bare, analyse(bare))
        assert filled.report.more == ()
        assert set(filled.parameters["sections_not_shown"]) == {"actuality", "periods", "together", "robustness"}
        assert "fewer than two codes" in filled.parameters["sections_not_shown"]["together"]


def test_every_flip_opens_to_codings_of_its_case(report: Report, analyses: Analyses) -> None:
    assert analyses.robustness is not None
    section = next(more for more in report.more if more.id == "robustness")
    flips = section.tables[0]
    assert len(flips.rows) == analyses.robustness.flips.height
    assert all(report.codings[id].case == "north" for row in flips.rows for id in row.codings)
    one_source = next((r for r in analyses.robustness.table.iter_rows(named=True) if r["change"] == "source"), None)
    assert one_source is not None
    behind = analyses.robustness.evidence.get((one_source["case"], "source", one_source["item"]), ())
    assert {report.codings[id].source for id in behind} <= {one_source["item"]}
    page = render_html(report)
    for row in flips.rows:
        for id in row.codings:
            assert f'href="#c{id}"' in page


def test_the_data_have_every_change_of_the_robustness(filled: Filled, analyses: Analyses) -> None:
    assert analyses.robustness is not None
    table = filled.tables["robustness"]
    assert table.rows.height == analyses.robustness.table.height
    assert set(table.rows.columns) <= set(table.columns)


def test_codes_together_in_the_report_are_those_of_the_passages(report: Report) -> None:
    section = next(more for more in report.more if more.id == "together")
    (row,) = section.tables[0].rows
    assert row.cells[:3] == ("Common curriculum with Central targets", "1", "1")
    assert {report.codings[id].code for id in row.codings} == {"infra.curr.common", "perf.target.central"}


def test_a_run_computes_robustness_only_when_asked_and_keeps_it(study: Study, tmp_path: Path) -> None:
    out = tmp_path / "out"
    plain = run_study(study, folder=out, formats=("html",))
    assert "How firmly" not in (out / "index.html").read_text(encoding="utf-8")
    assert run_study(study, folder=out, formats=("html",)).up_to_date
    robust = run_study(study, folder=out, formats=("html",), robust=True)
    assert (plain.up_to_date, robust.up_to_date) == (False, False)
    assert "How firmly the verdicts stand" in (out / "index.html").read_text(encoding="utf-8")
    assert run_study(study, folder=out, formats=("html",)).up_to_date
    assert run_study(study, folder=out, formats=("html",), robust=True).up_to_date


def test_sources_of_two_years_are_shown_over_time_with_their_codings(tmp_path: Path) -> None:
    items = []
    for name, year in (("early", 2018), ("late", 2019)):
        path = tmp_path / f"{name}.txt"
        path.write_text(f"P01: In {year} the academic office decides what we teach.\n", encoding="utf-8")
        items.append((path, Description(case="north", kind="interview", level="school", date=f"{year}-05-01")))
    with create_study(tmp_path / "s", title="Two years", cases={"north": "North"}, coders=("ana",)) as study:
        add_sources(study, items)
        record_codings(
            study,
            [
                coding_of(
                    study, "early", "the academic office decides", "infra.curr.common", locus="central_office", **SAID
                ),
                coding_of(study, "late", "the academic office decides", "infra.curr.common", locus="school", **SAID),
            ],
        )
        report = fill_report(study, analyse(study)).report
    section = next(more for more in report.more if more.id == "periods")
    leading = section.tables[0]
    assert leading.columns == ("District", "Domain", "2018", "2019")
    (row,) = leading.rows
    assert row.cells[2].startswith("Central office")
    assert row.cells[3].startswith("School")
    assert [report.codings[id].source for id in row.codings] == ["early", "late"]
    assert dead_links(render_html(report)) == set()


@pytest.mark.parametrize("format", ["html", "docx", "data"])
def test_a_section_that_the_report_does_not_have_is_refused_before_anything_is_written(
    study: Study, analyses: Analyses, tmp_path: Path, format: str
) -> None:
    with pytest.raises(InputError, match="no section 'nonsense'"):
        write_report(study, analyses, tmp_path / "out", formats=(format,), sections=("answer", "nonsense"))
    assert not (tmp_path / "out").exists()
