"""The report of a real study: every number is computed again from the codings that the page says it rests on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from bs4 import BeautifulSoup, Tag

from crosscase.analysis.bootstrap import expected_shares
from crosscase.analysis.conditions import spoken_codings
from crosscase.analysis.distribution import located_codings, spread_denials
from crosscase.errors import InputError, StudyError
from crosscase.services.analyses import Analyses, analyse
from crosscase.services.reporting import write_report
from crosscase.services.study import Study, open_study
from crosscase.simulate.demo import make_demo
from crosscase.simulate.design import seed_study


@dataclass(frozen=True)
class Written:
    study: Study
    analyses: Analyses
    folder: Path
    files: tuple[Path, ...]
    page: BeautifulSoup
    places: dict[str, Tag]

    def behind(self, anchor: str) -> set[int]:
        """Ids of the codings that stand in, or are linked to, in a part of the page."""
        part = self.places[anchor]
        standing = {int(item["id"][1:]) for item in part.select("li.cd")}
        return standing | {int(link["href"][2:]) for link in part.select(".ids a[href^='#c']")}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder = tmp_path_factory.mktemp("small") / "study"
    make_demo(folder, design=seed_study(seed=5, scale=0.25, volume=0.6))
    with open_study(folder) as study:
        analyses = analyse(study)
        files = write_report(study, analyses, folder / "report")
        page = BeautifulSoup((folder / "report" / "index.html").read_text(encoding="utf-8"), "lxml")
        places = {e["id"]: e for e in page.select("[id]")}
        yield Written(study, analyses, folder / "report", tuple(files), page, places)


def shown(row: Tag) -> float:
    return float(row.select_one("a.n")["data-value"])


def test_every_share_is_the_posterior_mean_of_the_codings_behind_it(written: Written) -> None:
    framework = written.study.framework
    loci = framework.loci
    labels = {value.label: value.id for value in framework.facet("locus").values}
    evidence = written.analyses.evidence
    checked = 0
    for body in written.page.select("table.work tbody"):
        rows = body.select("tr:not(.dom):not(.rest)")
        if not rows:
            continue
        whole = written.behind(body.select_one("tr.rest a.n")["href"][1:])
        # Only the codings that the page names are used, and none of the program's own cells. Those of weight 0 stand
        # beside the others: they lower the weight of a passage that another coder counts.
        beside = written.places[body.select_one("tr.rest a.n")["href"][1:]].parent.select("li.cd")
        named = [int(item["id"][1:]) for item in beside]
        rested = located_codings(evidence.filter(pl.col("coding_id").is_in(named)), framework, "average")
        located = rested.filter(pl.col("locus").is_in(loci))
        counts = np.array(
            [
                [
                    [part.filter(pl.col("locus") == locus)[weight].sum() for locus in loci]
                    for weight in ("affirmed", "denied")
                ]
                for _, part in sorted(located.group_by("source"), key=lambda item: str(item[0]))
            ]
        )
        spread = spread_denials(counts[:, 0], counts[:, 1])
        spread = spread[spread.sum(axis=1) > 0]
        shares = dict(zip(loci, expected_shares(spread, np.ones(len(spread)), 1.0), strict=True))
        for row in rows:
            locus = labels[" ".join(row.select_one("th").get_text().split())]
            assert shown(row) == pytest.approx(shares[locus], abs=1e-5)
            part = written.behind(row.select_one("a.n")["href"][1:])
            assert part <= whole
            assert set(evidence.filter(pl.col("coding_id").is_in(list(part)))["locus"].unique()) == {locus}
            n, denied, sources = (
                int(cell.get_text().strip().replace(",", "") or 0) for cell in row.select("td.num")[-3:]
            )
            found = rested.filter(pl.col("coding_id").is_in(list(part)))
            assert n == len(part) == found.height
            assert denied == found.filter(pl.col("denied") > 0).height
            assert sources == found["source"].n_unique()
            checked += 1
    assert checked > 40


def test_the_lists_of_conditions_hold_the_codings_that_speak_for_and_against_them(written: Written) -> None:
    framework = written.study.framework
    spoken = spoken_codings(written.analyses.evidence, framework)
    cases = [case.name for case in written.study.settings.cases]
    articles = written.page.select("#why article.reasons")
    assert len(articles) == len(cases)
    for case, article in zip(cases, articles, strict=True):
        for condition, row in zip(framework.conditions, article.select("table.conditions tbody tr"), strict=True):
            rows = spoken.filter((pl.col("case") == case) & (pl.col("condition") == condition.id))
            cells = row.select("td.num")[-2:]
            for weight, cell in zip(("pro", "contra"), cells, strict=True):
                wanted = set(rows.filter(pl.col(weight) > 0)["coding_id"].to_list())
                link = cell.select_one("a.n")
                assert (written.behind(link["href"][1:]) if link else set()) == wanted
                assert int(cell.get_text().strip().replace(",", "")) == len(wanted)


def test_memberships_and_probabilities_are_those_of_the_identification(written: Written) -> None:
    found = written.analyses.identification
    assert found is not None
    for case in written.study.settings.cases:
        card = written.places[f"case-{case.name}"]
        rows = card.select("table.types tbody tr")
        for type, row in zip([t.id for t in written.study.framework.types], rows, strict=False):
            links = row.select("a.n")
            assert float(links[-1]["data-value"]) == pytest.approx(found.probability(case.name, type), abs=1e-5)
            known = found.membership(case.name, type)
            if known is None:
                assert "unknown" in row.get_text()
                continue
            assert float(links[0]["data-value"]) == pytest.approx(known, abs=1e-5)
            quotes = found.quotes(case=case.name, type=type)
            assert written.behind(links[0]["href"][1:]) == set(quotes["coding_id"].to_list())


def test_every_link_leads_somewhere(written: Written) -> None:
    links = {a["href"][1:] for a in written.page.select("a[href^='#']")}
    assert links - written.places.keys() == set()
    assert len(written.page.select("[id]")) == len(written.places)


def test_every_quotation_is_what_stands_in_the_source(written: Written) -> None:
    evidence = {row["coding_id"]: row for row in written.analyses.evidence.iter_rows(named=True)}
    items = written.page.select("li.cd")
    assert len(items) == len(evidence)
    texts = {source: written.study.text(source) for source in {row["source"] for row in evidence.values()}}
    for item in items:
        row = evidence[int(item["id"][1:])]
        assert item.select_one("q").get_text() == texts[row["source"]][row["start"] : row["end"]]
        assert f"{row['start']}–{row['end']}" in item.get_text()


def test_passages_shown_come_from_different_sources_and_are_never_the_same_twice(written: Written) -> None:
    evidence = {row["coding_id"]: row for row in written.analyses.evidence.iter_rows(named=True)}
    for side in written.page.select(".side"):
        rows = [evidence[int(a["href"][2:])] for a in side.select("li.quote a[href^='#c']")]
        assert 1 <= len(rows) <= 6
        assert len({row["source"] for row in rows}) >= min(len(rows), 4)
        for n, one in enumerate(rows):
            for other in rows[n + 1 :]:
                apart = one["end"] <= other["start"] or other["end"] <= one["start"]
                assert one["source"] != other["source"] or apart


def test_the_page_says_where_the_framework_comes_from(written: Written) -> None:
    text = written.page.select_one("#methods").get_text()
    assert "our inference" in text
    for ideal in written.study.framework.types:
        assert ideal.provenance.sentence(written.study.framework.citations) in text


def test_the_data_folder_has_every_table_and_the_codings_behind_them(written: Written) -> None:
    names = {path.name for path in written.files}
    tables: tuple[str, ...] = (
        "distribution",
        "account_gaps",
        "memberships",
        "conditions",
        "matrix",
        "verdicts",
        "codings",
    )
    tables += ("agreement", "disagreements", "confusion", "checklists")
    assert {f"{name}.csv" for name in tables} | {"index.html", "report.docx", "parameters.json", "README.md"} == names
    text = (written.folder / "data" / "codings.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {int(row["coding_id"]) for row in rows} == set(written.analyses.evidence["coding_id"].to_list())
    parameters = json.loads((written.folder / "data" / "parameters.json").read_text(encoding="utf-8"))
    assert parameters["simulated"] is True
    assert parameters["identification"]["seed"] == written.study.settings.analysis.seed
    assert "SIMULATED" in (written.folder / "data" / "README.md").read_text(encoding="utf-8")


def test_the_same_study_makes_the_same_files(written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    first = write_report(written.study, written.analyses, tmp_path / "a", formats=("html", "data"))
    again = write_report(written.study, written.analyses, tmp_path / "b", formats=("html", "data"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert "14 November 2023" in first[0].read_text(encoding="utf-8")


def test_without_verdicts_the_report_says_why_and_shows_the_rest(written: Written, tmp_path: Path) -> None:
    unsure = replace(
        written.analyses, identification=None, not_computed={"identification": "the chains have not converged"}
    )
    files = write_report(written.study, unsure, tmp_path)
    page = BeautifulSoup(files[0].read_text(encoding="utf-8"), "lxml")
    assert "No verdict can be given" in page.select_one("#answer").get_text()
    assert "the chains have not converged" in page.select_one("#answer").get_text()
    assert page.select("table.work")
    assert not (tmp_path / "data" / "verdicts.csv").exists()


def test_only_what_is_asked_for_is_written_and_progress_is_told(written: Written, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    files = write_report(
        written.study,
        written.analyses,
        tmp_path,
        formats=("docx",),
        progress=lambda step, done, total: told.append((done, total)),
    )
    assert [path.name for path in files] == ["report.docx"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.docx"]
    assert told[-1][0] == told[-1][1]


def test_an_unknown_format_is_refused_and_nothing_is_written(written: Written, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no report format 'pdf'"):
        write_report(written.study, written.analyses, tmp_path / "out", formats=("html", "pdf"))
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(written: Written, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands here")
    with pytest.raises(StudyError, match="cannot be written"):
        write_report(written.study, written.analyses, tmp_path / "out", formats=("html",))
