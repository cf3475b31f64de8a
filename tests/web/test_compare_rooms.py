"""Compare: part of the evidence by address, the framework matrix, codes together, saturation; nothing leaks while blind."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from docx import Document
from starlette.testclient import TestClient

from crosscase.errors import AnalysisError
from crosscase.services.history import history, verify_history
from crosscase.services.matrix_view import matrix_state
from crosscase.services.slicing import Filters, filtered
from crosscase.services.study import Study
from crosscase.services.summaries import summaries, summary_history
from crosscase.web.app import make_app
from tests.factories.studies import make_study
from tests.web.conftest import BASE, HOST, Browser, coding, guid_of, hear
from tests.web.test_codebook_room import NASTY, make

CODE, OTHER = "infra.curr.common", "use.adapt.free"


@pytest.fixture
def coded(ana: Browser, ben: Browser, study: Study) -> Study:
    said = {"locus": "central_office", "mode": "prescribe", "stance": "present", "actuality": "enacted"}
    ana.change(**coding(study, "plan", "All schools shall use", CODE, **said))
    ana.change(**coding(study, "interview-p01", "teach what my children need", OTHER, **{**said, "locus": "school"}))
    ana.change(**coding(study, "interview-p01", "The academic office decides.", CODE, **said))
    ben.change(**coding(study, "interview-p01", "office decides. We got the binders", "perf.target.central", **said))
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    return study


def summary(row: str, case: str, text: str, basis: str = "", **more: Any) -> dict[str, Any]:
    return {"verb": "summary", "guid": str(uuid4()), "row": row, "case": case, "text": text, "basis": basis, **more}


def test_filters_let_through_what_they_say(coded: Study) -> None:
    evidence = coded.evidence()
    assert filtered(evidence, Filters()).height == 4
    assert set(filtered(evidence, Filters(kind="interview"))["source"]) == {"interview-p01"}
    assert set(filtered(evidence, Filters(coder="ben"))["coder"]) == {"ben"}
    assert filtered(evidence, Filters(kind="interview", coder="ana")).height == 2
    assert filtered(evidence, Filters(level="school")).height == 3
    assert filtered(evidence, Filters(period="2019")).height == 4
    assert filtered(evidence, Filters(period="2018")).height == 0
    for until, n in (("2019", 4), ("2019-04", 4), ("2019-04-30", 4), ("2019-04-29", 0), ("2018", 0)):
        assert filtered(evidence, Filters(until=until)).height == n, until
    assert filtered(evidence, Filters(since="2019-04-30")).height == 4
    assert filtered(evidence, Filters(since="2019-05")).height == 0
    with pytest.raises(AnalysisError, match="'soon' is no date"):
        filtered(evidence, Filters(since="soon"))
    assert Filters(kind="x", coder="y").given == {"kind": "x", "coder": "y"}


@pytest.fixture
def computed(ana: Browser, coded: Study, app: Any) -> Browser:
    """The results are there, as after a computation."""
    from crosscase.services.analyses import analyse
    from crosscase.services.reporting.fill import fill_report

    path = coded.folder / "study.yaml"
    text = path.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    path.write_text(text, encoding="utf-8")
    app.state.desk.refresh()
    app.state.desk.analyses.preset(app.state.desk.analyses.key(), fill_report(coded, analyse(coded, robust=True)))
    return ana


def test_a_filter_in_the_address_is_applied_kept_and_leads_to_its_quotes(computed: Browser) -> None:
    page = computed.get("/compare?kind=interview&coder=ana")
    text = unescape(page.text)
    assert "Only part of the evidence: 2 of 4 codings" in text
    assert '<option value="interview" selected>' in text
    link = re.search(r'href="(/compare/north/infra/all[^"]*)"', text)
    assert link
    assert "kind=interview" in link[1]
    cell = computed.get(unescape(link[1])).text
    assert "The academic office decides." in cell
    assert "All schools shall use" not in cell
    assert ": 1 coding." in cell
    assert "All schools shall use" in computed.get("/compare/north/infra/all").text
    assert "no coding fits" in computed.get("/compare?period=1999").text.lower()
    assert "no coding fits" in computed.get(f"/compare?kind={NASTY}").text.lower()
    hostile = computed.get(f"/compare?since={NASTY}").text
    assert "is no date" in hostile
    assert "<script>alert" not in hostile


@pytest.fixture(scope="module")
def weighed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Codings of every kind of weight, by two coders, with the results computed once."""
    study = make_study(tmp_path_factory.mktemp("weighed"))
    app = make_app(study, b"a secret for tests that is long enough", (HOST,))
    with TestClient(app, base_url=BASE) as client:
        app.state.portal = client.portal
        yield weigh_all(app, study)
    study.close()


def weigh_all(app: Any, study: Study) -> Browser:
    from crosscase.services.analyses import analyse
    from crosscase.services.reporting.fill import fill_report

    ana, ben = Browser(app, "ana"), Browser(app, "ben")
    words = ("All schools", "All schools shall", "All schools shall use", "shall use", "schools shall use", "use")
    said = {"locus": "central_office", "mode": "prescribe", "stance": "present", "actuality": "enacted"}
    answers: tuple[dict[str, str], ...] = (
        {},
        {"locus": "school", "stance": "absent"},
        {"locus": "not_stated"},
        {"actuality": "past"},
        {"stance": "uncertain"},
        {"stance": "uncertain", "actuality": "past", "locus": "not_stated"},
    )
    for place, more in zip(words, answers, strict=True):
        ana.change(**coding(study, "plan", place, CODE, **{**said, **more}))
    for source in ("plan", "interview-p01"):
        ben.change(**coding(study, source, "All schools" if source == "plan" else "my door", CODE, **said))
        ben.change(**coding(study, source, "schools" if source == "plan" else "children", OTHER, **said, subject="all"))
    ben.change(**coding(study, "plan", "adopted", "perf.target.central", **{**said, "actuality": "past"}))
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    path = study.folder / "study.yaml"
    text = path.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    path.write_text(text, encoding="utf-8")
    app.state.desk.refresh()
    app.state.desk.analyses.preset(app.state.desk.analyses.key(), fill_report(study, analyse(study)))
    return ana


def rows_of(page: str) -> tuple[dict[str, int], int]:
    """The codings that each row of a cell names, and the sum under them."""
    table = re.search(r'<table class="loci">(.*?)</table>', page, re.DOTALL)
    assert table
    rows = re.findall(r'<a href="([^"]+)".*?(?:</td>)?<td class="num">([\d,]+)</td><td', table[1], re.DOTALL)
    *each, (_, whole) = [(address, int(n)) for address, n in rows]
    return dict(each), whole


@pytest.mark.parametrize("query", ["", "?coder=ana", "?kind=document"])
def test_the_rows_of_every_cell_add_up_to_its_heading_and_to_the_matrix(weighed: Browser, query: str) -> None:
    page = unescape(weighed.get(f"/compare{query}").text)
    cells = set(re.findall(r"/compare/(north|south)/(\w+)/(?:all|aside)", page))
    assert len(cells) >= (1 if query else 3)
    evidence = weighed.client.app.state.desk.study.evidence()  # type: ignore[attr-defined]
    for case, domain in sorted(cells):
        room = unescape(weighed.get(f"/compare/{case}/{domain}/all{query}").text)
        rows, whole = rows_of(room)
        heading = re.search(r"Codings that count in the shares[^:]*: ([\d,]+) coding", room)
        assert heading and int(heading[1]) == whole == sum(rows.values())
        for address, n in rows.items():
            assert f": {n} coding" in unescape(weighed.get(address).text), address
        more = re.search(r"([\d,]+) more coding", room)
        n_aside = int(more[1]) if more else 0
        aside = unescape(weighed.get(f"/compare/{case}/{domain}/aside{query}").text)
        assert "Codings that weigh nothing" in aside and f": {n_aside} coding" in aside
        here = filtered(evidence, Filters(**dict(p.split("=") for p in [query[1:]] if p)))
        assert whole + n_aside == here.filter(case=case, domain=domain).height


def test_what_is_not_counted_is_said_with_its_reasons_and_opens(weighed: Browser) -> None:
    room = unescape(weighed.get("/compare/north/infra/all").text)
    assert "3 more codings of this cell are" in room
    assert "1 with the answer “Happened formerly”" in room
    assert "2 with the answer “Speaker unsure”" in room
    assert "All codings" not in room
    unsure = re.search(r'href="([^"]+)">2 with', room)
    assert unsure
    page = unescape(weighed.get(unsure[1]).text)
    assert page.count("<blockquote") == 2
    assert weighed.get("/compare/north/infra/nobody").status_code == 404
    matrix = unescape(weighed.get("/matrix").text)
    assert "leaves out the 4 of them that weigh nothing there (2 with the answer “Happened formerly”" in matrix
    assert "3 of which weigh nothing" in unescape(weighed.get("/matrix/cell?row=infra&case=north").text)
    nothing = unescape(weighed.get("/compare/north/perf/aside").text)
    assert "adopted" in nothing


@pytest.mark.parametrize("path", ["/compare", "/matrix", "/together", "/saturation"])
def test_filters_are_kept_from_tab_to_tab_and_said(weighed: Browser, path: str) -> None:
    page = unescape(weighed.get(f"{path}?kind=document&coder=ben").text)
    tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    assert tabs
    assert re.findall(r'href="([^"]+)"', tabs[0]) == [
        f"/{room}?kind=document&coder=ben" for room in ("compare", "matrix", "together", "saturation")
    ]
    assert '<option value="document" selected>' in page
    assert "3 of 11 codings" in page or "are fewer than a base of 4" in page
    assert f'href="{path}' in page and ">All evidence</a>" in page
    hostile = weighed.get(path, params={"since": NASTY, "coder": NASTY})
    assert hostile.status_code == 200
    assert "is no date" in hostile.text
    assert "<script>alert" not in hostile.text
    assert weighed.get(path, params={"kind": "no such kind"}).status_code == 200


def test_the_matrix_counts_and_shows_what_the_filters_leave_and_keeps_what_is_written(weighed: Browser) -> None:
    study = weighed.client.app.state.desk.study  # type: ignore[attr-defined]
    quote = {"source": guid_of(study, "interview-p01"), "start": 0, "end": 20}
    weighed.change(**summary("infra", "north", "Mostly the office.", quotes=[quote]))
    page = unescape(weighed.get("/matrix?coder=ben&rows=code").text)
    assert "2 of 8 codings in 2 sources: write" in page
    assert "0 of 1 coding" not in page
    one = unescape(weighed.get("/matrix?coder=ben").text)
    assert "Mostly the office." in one
    link = re.search(r'href="(/matrix/cell\?row=infra&case=north[^"]*)"', one)
    assert link and "coder=ben" in link[1]
    cell = unescape(weighed.get(link[1]).text)
    assert "Only coded by ben: 2 of 8 codings, and what is attached." in cell
    assert cell.count('name="quote"') == 3 and cell.count(" checked") == 1
    assert 'href="/matrix?rows=domain&coder=ben"' in cell
    nobody = unescape(weighed.get("/matrix?period=1999").text)
    assert "0 of 8 codings: write" in unescape(weighed.get("/matrix?period=1999&rows=code").text)
    assert "Mostly the office." in nobody
    assert "No coding fits these filters." in weighed.get("/matrix/cell?row=use&case=north&period=1999").text


def test_codes_together_and_saturation_rest_on_what_the_filters_leave(weighed: Browser) -> None:
    ana = weighed
    both = unescape(ana.get("/together").text)
    assert "/together/pair?" in both
    alone = unescape(ana.get("/together?coder=ana").text)
    assert "fewer than two codes" in alone.lower()
    bens = unescape(ana.get("/together?coder=ben&kind=document").text)
    link = re.search(r'href="(/together/pair[^"]+)"', bens)
    assert link and "coder=ben" in link[1] and "kind=document" in link[1]
    pair = unescape(ana.get(link[1]).text)
    assert "only document, coded by ben" in pair
    assert ">ana</bdi>" not in pair.split("<ol")[1]
    assert 'href="/together?how=overlap&rows=code&case=&kind=document&coder=ben"' in pair
    assert "1 sources are fewer" in ana.get("/saturation?kind=document").text
    assert "no coding fits" in ana.get("/saturation?period=1999").text.lower()


def test_a_passage_is_printed_once_with_everybody_who_coded_it(weighed: Browser) -> None:
    page = unescape(weighed.get("/compare/north/infra/all?kind=document").text)
    assert "Codings that count in the shares; only document: 4 codings on 3 passages." in page
    assert page.count("<p>All schools</p>") == 1
    assert page.count('coded by <bdi class="coder">ana</bdi> and <bdi class="coder">ben</bdi>') == 1
    assert page.count("· coded by") == 3
    assert weighed.get("/compare/north/infra/all?period=1999").status_code == 200


def test_a_summary_is_written_once_changed_and_withdrawn_with_its_history(
    ana: Browser, ben: Browser, coded: Study
) -> None:
    quote = {"source": guid_of(coded, "plan"), "start": 0, "end": 21}
    first = summary("infra", "north", "The office decides.", quotes=[quote])
    assert ana.change(**first).status_code == 200
    assert ana.change(**first).status_code == 200
    assert len(summary_history(coded, "infra", "north")) == 1
    late = ben.change(**summary("infra", "north", "Schools decide."))
    assert (late.status_code, "ana has changed this cell" in late.text) == (409, True)
    second = summary("infra", "north", "The office decides, mostly.", first["guid"])
    assert ben.change(**second).status_code == 200
    assert (
        ana.change(verb="unsummary", row="infra", case="north", basis=first["guid"]).status_code == 200
    )  # not any more
    assert [s.text for s in summaries(coded)] == ["The office decides, mostly."]
    ana.change(verb="unsummary", row="infra", case="north", basis=second["guid"])
    ana.change(verb="unsummary", row="infra", case="north", basis=second["guid"])
    assert summaries(coded) == []
    assert [e.verb for e in history(coded)][-3:] == ["summary.written", "summary.written", "summary.withdrawn"]
    assert verify_history(coded)


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"text": " "}, 400),
        ({"case": "nowhere"}, 404),
        ({"row": ""}, 400),
        ({"row": "x" * 200}, 400),
        ({"quotes": [{"source": "nowhere", "start": 0, "end": 3}]}, 404),
        ({"quotes": "all"}, 400),
        ({"guid": "1"}, 400),
    ],
)
def test_a_summary_that_does_not_fit_is_refused(ana: Browser, coded: Study, wrong: dict[str, Any], status: int) -> None:
    before = coded.head()
    answer = ana.change(**{**summary("infra", "north", "words"), **wrong})
    assert answer.status_code == status, answer.text
    assert coded.head() == before


def test_cells_say_whether_there_is_evidence(ana: Browser, coded: Study) -> None:
    ana.change(**summary("lead", "south", "We do not know."))
    ana.change(**summary("trust & <b>money</b>", "north", "A theme."))
    found = matrix_state(coded)
    states = {(r.id, c.case): c.state for r in found.rows for c in r.cells}
    assert states["infra", "north"] == "open"
    assert states["lead", "south"] == "bare"
    assert states["env", "south"] == "empty"
    assert found.rows[-1].kind == "theme"
    assert {r.kind for r in matrix_state(coded, "code").rows} == {"code", "theme"}
    page = ana.get("/matrix").text
    assert "&lt;b&gt;money&lt;/b&gt;" in page
    assert "no evidence" in page
    assert ana.get("/matrix?rows=nonsense").status_code == 404


def test_the_live_feed_tells_of_summaries(ana: Browser, ben: Browser, coded: Study) -> None:
    with ana.live() as feed:
        feed.send_json({"cursor": "", "source": ""})
        feed.receive_json()
        ben.change(**summary("infra", "north", "Seen by ben."))
        news = hear(feed, "summary.written")[0]
        assert (news["actor"], news["summary"]["row"], news["summary"]["case"]) == ("ben", "infra", "north")


def test_codes_together_open_to_their_passages(ana: Browser, coded: Study) -> None:
    page = ana.get("/together").text
    link = re.search(r'href="(/together/pair[^"]+)"', page)
    assert link
    quotes = ana.get(unescape(link[1])).text
    assert "The academic office decides." in quotes
    assert "office decides. We got the binders" in unescape(quotes)
    assert "Back to codes together" in quotes
    assert ana.get("/together?how=magic").status_code == 404
    assert ana.get("/together/pair?one=a&other=b").status_code == 404
    assert (
        "fewer than two" in ana.get("/together?case=south").text.lower()
        or ana.get("/together?case=south").status_code == 200
    )


def test_saturation_says_none_where_nothing_is_probably_unseen(tmp_path: Path) -> None:
    study = make_study(tmp_path, {name: f"The office decides in {name}." for name in "abcdef"})
    app = make_app(study, b"a secret for tests that is long enough", (HOST,))
    with TestClient(app, base_url=BASE) as client:
        app.state.portal = client.portal
        ana = Browser(app, "ana")
        for name in "abcdef":
            for code in (CODE, OTHER):
                ana.change(**coding(study, name, "office decides", code))
        ana.form("/agreement/reveal", round="round-1", reason="all have finished")
        room = unescape(ana.get("/saturation").text)
    study.close()
    assert "<dd>none; the framework has" in room
    assert "at least" not in room


def test_saturation_says_why_it_cannot_be_computed(ana: Browser, coded: Study) -> None:
    text = ana.get("/saturation").text
    assert "are fewer than a base of 4" in text


@pytest.mark.parametrize(
    "path",
    [
        "/matrix",
        "/matrix/cell?row=infra&case=north",
        "/together",
        "/together/pair?one=a&other=b",
        "/saturation",
        "/compare?coder=ben",
    ],
)
def test_the_rooms_are_closed_while_the_round_is_blind(ana: Browser, ben: Browser, study: Study, path: str) -> None:
    ben.change(**coding(study, "plan", "adopted", CODE))
    text = ana.get(path).text
    assert "not while you code blind" in text
    assert "adopted" not in text


def test_hostile_words_stay_words(ana: Browser, coded: Study) -> None:
    ana.change(**summary("infra", "north", NASTY))
    ana.change(**summary(NASTY, "south", NASTY))
    for path in (
        "/matrix",
        "/matrix/cell?row=infra&case=north",
        f"/matrix/cell?case=south&row={NASTY.replace('&', '%26')}",
        "/history",
    ):
        answer = ana.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path


def test_the_report_is_saved_with_chosen_sections_and_says_what_it_leaves_out(computed: Browser) -> None:
    room = unescape(computed.get("/report?sections=answer,work").text)
    assert 'href="/report/word?sections=answer,work,methods"' in room
    assert re.search(r'value="answer" checked', room)
    assert not re.search(r'value="matrix" checked', room)
    page = computed.get("/report/page?sections=answer&download=1")
    assert page.headers["content-disposition"] == 'attachment; filename="report.html"'
    assert "Sections left out of this file" in page.text
    assert '<section id="methods"' in page.text
    word = computed.get("/report/word?sections=answer")
    assert word.content[:2] == b"PK"
    document = Document(io.BytesIO(word.content))
    assert any("Sections left out" in p.text for p in document.paragraphs)
    assert computed.get("/report?sections=nonsense").status_code == 400
    assert computed.get("/report/page?sections=nonsense").status_code == 400


def test_the_data_are_one_archive_and_the_same_each_time(computed: Browser) -> None:
    first, again = computed.get("/report/data").content, computed.get("/report/data").content
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        names = set(archive.namelist())
        assert {"data/codings.csv", "data/README.md", "data/parameters.json", "data/robustness.csv"} <= names
        assert archive.testzip() is None


def test_rows_of_robustness_open_to_their_codings(computed: Browser) -> None:
    page = computed.get("/types").text
    links = re.findall(r'href="(/robustness/\d+/\d+)"[^>]*>([\d,]+)<', page)
    assert links
    for link, n in links[:4]:
        quotes = computed.get(link).text
        assert quotes.count("<blockquote") == int(n.replace(",", ""))
    assert computed.get("/robustness/99/0").status_code == 404
    assert computed.get("/robustness/0/999").status_code == 404


@pytest.mark.parametrize("path", ["/report", "/report/page", "/report/word", "/report/data", "/robustness/0/0"])
def test_no_file_of_the_report_leaks_while_the_round_is_blind(
    ana: Browser, ben: Browser, study: Study, app: Any, path: str
) -> None:
    from crosscase.services.analyses import analyse
    from crosscase.services.reporting.fill import fill_report

    ben.change(**coding(study, "plan", "All schools shall use", CODE, locus="central_office"))
    app.state.desk.analyses.preset(app.state.desk.analyses.key(), fill_report(study, analyse(study)))
    answer = ana.get(path)
    assert "not while you code blind" in answer.text or answer.status_code == 404
    assert "All schools shall use" not in answer.text


@pytest.mark.parametrize("path", ["/matrix", "/together", "/saturation"])
def test_results_say_how_many_codings_wait_after_a_split(ana: Browser, coded: Study, path: str) -> None:
    assert "re-coding" not in ana.get(path).text
    parts = {f"{n}-{field}": f"infra.curr.p{n}" for n in (1, 2) for field in ("id", "name", "definition")}
    make(ana, kind="split", code=CODE, reason="", **parts)
    assert "2 codings wait for re-coding after the split of" in ana.get(path).text
    assert "/codebook/again" in ana.get(path).text
