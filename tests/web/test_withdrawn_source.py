"""A source that was taken out is found in no room, no table of the command line, no search, no report and no file."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from crosscase.cli import main
from crosscase.services.analyses import analyse
from crosscase.services.claims import find_claim
from crosscase.services.disconfirming import raise_candidates
from crosscase.services.manifest import Description
from crosscase.services.reporting.fill import fill_report
from crosscase.services.rounds import open_round
from crosscase.services.sources import add_sources
from crosscase.services.study import Study
from crosscase.services.suggestions import suggest
from crosscase.store import schema
from crosscase.web.app import make_app
from tests.web.conftest import HOST, Browser, coding, guid_of
from tests.web.test_compare_rooms import summary

NAME, WORD = "secretplum", "quincequill"
TEXT = f"All schools shall use the adopted common curriculum of {WORD}.\nSchools choose {WORD} training days.\n"
CODE = "infra.curr.common"
SAID = {"locus": "central_office", "mode": "prescribe", "stance": "present", "actuality": "enacted"}


def used_and_withdrawn(study: Study, ana: Browser, ben: Browser, folder: Path) -> None:
    """A source on which everything stood at some time, taken out in the History room."""
    path = folder / f"{NAME}.txt"
    path.write_text(TEXT, encoding="utf-8")
    add_sources(study, [(path, Description(case="north", kind="document", date="2019-05-01"))])
    suggest(study)
    open_round(study, "only-there", sources=[NAME], blind=False)
    marks = ana.client.get(f"/api/sources/{guid_of(study, NAME)}/marks").json()
    assert marks["suggestions"]
    here = coding(study, NAME, f"Schools choose {WORD}", "infra.vision.plural", **SAID)
    ana.change(**here)
    ana.change(**coding(study, "plan", "All schools shall use", CODE, **SAID))
    ana.change(**coding(study, "interview-p01", "The academic office decides.", CODE, **SAID))
    ben.change(**coding(study, "interview-p01", "teach what my children need", "use.adapt.free", **SAID))
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    ana.change(verb="memo", guid=str(uuid4()), coding=here["guid"], text=f"on {WORD}")
    ana.change(verb="read", source=guid_of(study, NAME), spans=[[0, 20]])
    ana.change(verb="reject", suggestion=marks["suggestions"][0]["guid"])
    raise_candidates(study, "COMMON holds in north")
    words = summary("infra", "north", "Nothing here.", quotes=[{"source": guid_of(study, NAME), "start": 0, "end": 20}])
    assert ana.change(**words).status_code == 200
    ana.change(verb="unsummary", guid=words["guid"], row="infra", case="north", basis=words["guid"])
    ana.change(verb="out", guid=here["guid"])
    undo(ana, f"added the source {NAME}")


def undo(browser: Browser, words: str) -> None:
    page = browser.get("/history").text
    line = next(li for li in re.findall(r"<li>(.*?)</li>", page, re.DOTALL) if words in re.sub(r"<[^>]+>", "", li))
    link = re.search(r'href="(/history/undo\?event=[^"]+)"', line)
    assert link, line
    seen = browser.get(unescape(link[1])).text
    event = re.search(r'name="event" value="([^"]+)"', seen)
    assert event, seen
    assert browser.form("/history/undo", event=event[1]).status_code == 303


@pytest.fixture
def walked(study: Study, ana: Browser, ben: Browser, tmp_path: Path, app: Any) -> Study:
    used_and_withdrawn(study, ana, ben, tmp_path)
    settings = study.folder / "study.yaml"
    quick = settings.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    settings.write_text(quick, encoding="utf-8")
    app.state.desk.refresh()
    return study


def leaks(text: str) -> bool:
    return NAME in text or WORD in text


def test_no_room_shows_it(walked: Study, ana: Browser, app: Any) -> None:
    desk = app.state.desk
    desk.analyses.preset(desk.analyses.key(), fill_report(walked, analyse(walked, robust=True)))
    claim = find_claim(walked, "north-COMMON").guid
    paths = [
        "/", "/codebook", "/codebook/again", "/codebook/versions", f"/search?q={WORD}", "/search?q=schools",
        "/agreement", "/agreement/drift", "/compare", "/compare/matrix", "/compare/together", "/compare/saturation",
        "/compare/north/infra/all", "/types", "/configurations", "/disconfirm",
        f"/disconfirm/claims/{claim}?disposition=all", "/report", "/report/page", "/settings", "/rounds",
        "/matrix/cell?row=infra&case=north", "/api/codebook", "/matrix", "/together", "/saturation", "/passages",
        f"/api/sources/{guid_of(walked, 'plan')}/marks", f"/sources/{guid_of(walked, 'plan')}",
    ]  # fmt: skip
    shown, seen = [], 0
    for path in paths:
        answer = ana.get(path)
        assert answer.status_code in (200, 404), (path, answer.text[:300])
        seen += answer.status_code == 200
        body = answer.text.replace(f'value="{WORD}"', "") if path.startswith("/search?q=quince") else answer.text
        if leaks(body.replace(f"q={WORD}", "")):
            shown.append(
                (path, [body[max(0, m.start() - 80) : m.end() + 80] for m in re.finditer(f"{NAME}|{WORD}", body)][:2])
            )
    assert shown == []
    assert seen >= 18
    for kind in ("word", "data"):
        content = ana.get(f"/report/{kind}").content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [n for n in archive.namelist() if leaks(archive.read(n).decode("utf-8", "ignore"))]
        assert found == [], kind


def test_its_address_says_that_it_was_taken_out(walked: Study, ana: Browser) -> None:
    page = ana.get("/history?kind=study").text
    assert f"took the source {NAME} out" in page  # the record keeps the name
    with walked.reading() as connection:
        s = schema.stored_source.c
        guid = connection.execute(sa.select(s.guid).where(s.name == NAME)).scalar_one()
    answer = ana.get(f"/sources/{guid}")
    assert answer.status_code == 404
    assert "was taken out" in answer.text
    assert "History room brings it back" in answer.text


def test_no_table_of_the_command_line_shows_it(walked: Study, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(walked.folder)
    verbs = [
        ["check", folder], ["search", WORD, folder], ["search", "schools", folder], ["agree", folder],
        ["compare", folder], ["cooccurrence", folder], ["saturation", folder], ["round", "list", folder],
        ["round", "needed", folder], ["disconfirm", "list", folder], ["adjudicate", "pending", folder],
        ["adjudicate", "list", folder], ["matrix", "show", folder], ["codebook", "pending", folder],
    ]  # fmt: skip
    ran = 0
    for words in verbs:
        code = main(words)
        shown = capsys.readouterr()
        ran += code == 0
        text = (shown.out + shown.err).replace(f"“{WORD}”", "").replace(f"'{WORD}'", "")
        assert not leaks(text), words
    assert ran >= 7, "most of these verbs ran"


def test_python_and_the_tables_leave_it_out(walked: Study) -> None:
    assert NAME not in walked.sources()["name"].to_list()
    for layer in ("independent", "consensus", "suggestion"):
        frame = walked.evidence(layer)
        assert NAME not in frame["source"].to_list(), layer
        assert not any(WORD in text for text in frame["text"]), layer
    suggest(walked)
    assert NAME not in walked.evidence("suggestion")["source"].to_list()


def test_everything_is_there_again_when_it_comes_back(walked: Study, ana: Browser) -> None:
    undo(ana, f"took the source {NAME} out")
    assert NAME in walked.sources()["name"].to_list()
    assert walked.text(NAME) == TEXT
    assert WORD in ana.get(f"/search?q={WORD}").text.replace(f'value="{WORD}"', "")
    page = ana.get(f"/sources/{guid_of(walked, NAME)}")
    assert page.status_code == 200
    undo_button = ana.get("/history?kind=codings").text
    assert "Bring back" in undo_button  # its coding may come back now


def test_an_app_that_starts_anew_knows_it_too(walked: Study) -> None:
    fresh = make_app(walked, b"a secret for tests that is long enough", (HOST,))
    assert NAME not in Browser(fresh, "ana").get("/").text
