"""Every room answers, every link leads somewhere, and what is wrong is said in a sentence."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from crosscase.services import checks
from crosscase.services.naming import name_case
from crosscase.services.people import add_person
from crosscase.services.progress import study_state
from crosscase.services.rounds import open_round
from crosscase.services.settings import read_settings
from crosscase.services.sight import sight_of
from crosscase.services.study import Study, create_study
from crosscase.web.app import make_app
from crosscase.web.pages import ROOMS
from crosscase.web.routes import study_room
from tests.web.conftest import BASE, Browser, coding, guid_of


def test_no_link_is_dead(ana: Browser, study: Study) -> None:
    ana.change(**coding(study, "plan", "adopted"))
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        answer = ana.get(path)
        assert answer.status_code in (200, 303), path
        seen.add(path)
        for found in re.findall(r'(?:href|src)="(/[^"#]*)', answer.text):
            link = found.replace("&amp;", "&")
            if link not in seen and link not in waiting and "download" not in link:
                waiting.append(link)
    assert {address for _, address, _ in ROOMS} <= seen
    assert len(seen) > 20


def test_links_within_a_page_lead_somewhere(ana: Browser, study: Study) -> None:
    for path in ("/", "/codebook", "/settings", "/history", f"/sources/{guid_of(study, 'plan')}"):
        text = ana.get(path).text
        ids = set(re.findall(r'\bid="([^"]+)"', text))
        assert [a for a in re.findall(r'href="#([^"]+)"', text) if a not in ids] == [], path


@pytest.mark.parametrize("path", ["/nowhere", "/sources/nothing", "/compare/x/y/z/w", "/evidence/none"])
def test_an_address_that_leads_nowhere_says_so(ana: Browser, study: Study, path: str) -> None:
    ana.change(**coding(study, "plan", "adopted"))
    answer = ana.get(path)
    if path == "/evidence/none":
        assert answer.status_code in (200, 404)
        return
    assert answer.status_code == 404
    assert "What to do" in answer.text


def test_hostile_names_memos_and_texts_stay_text(tmp_path: Path) -> None:
    nasty = "<script>alert(1)</script> & \u202egnp.exe\u202c <img src=x onerror=alert(2)>"
    study = create_study(tmp_path / "s", title=nasty, cases={"north": nasty}, coders=("ana",))
    path = tmp_path / "interview-1.txt"
    path.write_text(f"P01: {nasty}\n\nP02: {nasty * 3}\n", encoding="utf-8")
    from crosscase.services.manifest import Description
    from crosscase.services.sources import add_sources

    add_sources(study, [(path, Description(name=f"n {nasty}"[:90], case="north", kind="interview"))])
    app = make_app(study, b"s" * 32, (BASE.removeprefix("http://"),))
    ana = Browser(app, "ana")
    guid = study.sources()["guid"][0]
    for address in (
        "/",
        "/codebook",
        "/search?q=alert",
        "/history",
        "/settings",
        f"/sources/{guid}",
        f"/search?q={nasty}",
    ):
        text = ana.get(address).text
        assert "<script>alert" not in text, address
        assert "<img" not in text, address
    study.close()


def test_a_person_a_round_and_a_case_can_be_added(ana: Browser, study: Study) -> None:
    assert ana.form("/settings/coders", name="cleo", label="Cleo Ray").status_code == 303
    assert "Cleo Ray" in ana.get("/settings").text
    assert ana.form("/settings/rounds", name="second", blind="yes").status_code == 303
    assert ana.form("/cases", name="east", label='East: a "new" one').status_code == 303
    assert [c.label for c in read_settings(study.folder).cases][-1] == 'East: a "new" one'
    assert "East: a &#34;new&#34; one" in ana.get("/").text
    assert ana.form("/cases", name="east", label="again").status_code == 409
    assert ana.form("/cases", name="no good", label="x").status_code == 400


def test_the_history_takes_back_and_restores(ana: Browser, study: Study) -> None:
    body = coding(study, "plan", "adopted", locus="school")
    ana.change(**body)
    ana.change(verb="change", guid=body["guid"], facets={"locus": "joint"})
    page = ana.get("/history").text
    event = re.search(r'name="event" value="([^"]+)"', page)
    assert event
    words = {value.id: value.label for value in study.framework.facet("locus").values}
    assert f"locus: {words['school']} → {words['joint']}" in page
    ana.form("/history", guid=body["guid"], what="revert", event=event[1])
    assert study.evidence()["locus"][0] == "school"
    ana.form("/history", guid=body["guid"], what="undo")
    assert study.evidence().height == 0
    ana.form("/history", guid=body["guid"], what="restore")
    assert study.evidence().height == 1


def test_the_first_steps_are_counted_and_lead_to_forms_that_stand_below_them(tmp_path: Path) -> None:
    with create_study(tmp_path / "s", title="New", cases={}, coders=("ana",)) as study:
        app = make_app(study, b"s" * 32, (BASE.removeprefix("http://"),))
        ana, guest = Browser(app, "ana"), Browser(app, "")
        guest.form("/who", coder="")

        def told(browser: Browser) -> tuple[str, int, list[str]]:
            text = browser.get("/").text
            steps = text.split('<ol class="numbered">')[1].split("</ol>")[0]
            found = re.search(r"(\w+ steps?) leads? to the first coding", text)
            assert found
            return found[1], steps.count("<li>"), re.findall(r'<section id="(\w+)"|id="(?:h-check)"', text)

        assert told(ana) == ("Three steps", 3, ["cases", "add", ""])
        assert told(guest) == ("Four steps", 4, ["cases", "add", ""])
        ana.form("/cases", name="north", label="North")
        assert told(ana) == ("Two steps", 2, ["cases", "add", ""])


def test_later_the_forms_stand_at_the_end(ana: Browser, study: Study) -> None:
    text = ana.get("/").text
    assert "numbered" not in text and "first coding" not in text
    assert text.index('id="h-check"') < text.index('id="add"') < text.index('id="cases"')


def test_a_first_run_leads_from_an_empty_study_to_a_coding(tmp_path: Path) -> None:
    study = create_study(tmp_path / "s", title="New", framework="cfir", cases={}, coders=())
    app = make_app(study, b"s" * 32, (BASE.removeprefix("http://"),))
    new = Browser(app, "")
    text = new.get("/").text
    assert "How to begin" in text
    assert "Name a case" in text
    assert new.form("/who", new="dora", label="Dora").status_code == 303
    dora = Browser(app, "dora")
    dora.form("/cases", name="north", label="North")
    look = dora.client.post(
        "/api/files/look?name=talk-2019-04-30.txt", content=b"P01: We decide together.", headers=dora.headers
    ).json()
    assert (look["n_words"], look["date"]) == (4, "2019-04-30")
    added = dora.client.post(
        "/api/files/add",
        json={"files": [{"ticket": look["ticket"], "case": "north", "kind": "interview", "role": "teacher"}]},
        headers=dora.headers,
    )
    assert added.json()["files"][0]["outcome"] == "added", added.text
    code = study.framework.indicators[0].id
    assert dora.change(**coding(study, study.sources()["name"][0], "We decide", code)).status_code == 200
    study.close()


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.txt", "..", ".hidden", "", "x.exe", "x\u202etxt.docx"])
def test_files_with_hostile_names_stay_in_their_place(ana: Browser, study: Study, app: Any, name: str) -> None:
    answer = ana.client.post("/api/files/look", params={"name": name}, content=b"P01: words", headers=ana.headers)
    assert answer.status_code in (200, 400)
    uploads = app.state.desk.uploads
    assert all(p.resolve().is_relative_to(uploads.resolve()) for p in uploads.rglob("*"))
    assert study.sources().height == 3


def test_a_file_that_cannot_be_read_is_said_and_a_wrong_date_keeps_it_out(ana: Browser, study: Study) -> None:
    broken = ana.client.post("/api/files/look?name=a.docx", content=b"no zip", headers=ana.headers).json()
    assert broken["refused"]
    fine = ana.client.post("/api/files/look?name=a.txt", content=b"P01: words", headers=ana.headers).json()
    other = ana.client.post("/api/files/look?name=b.txt", content=b"P01: others", headers=ana.headers).json()
    files = [{"ticket": other["ticket"], "date": "2019-05"}, {"ticket": fine["ticket"], "date": "12 May 2021"}]
    answer = ana.client.post("/api/files/add", json={"files": files}, headers=ana.headers)
    assert answer.status_code == 400
    sentence = "date is '12 May 2021': write it as 2019-04-30"
    assert answer.json()["problems"] == [{"ticket": fine["ticket"], "sentence": sentence}]
    assert "/tmp" not in answer.text
    assert "/tmp" not in str(broken)
    gone = ana.client.post("/api/files/add", json={"files": [{"ticket": "x" * 22}]}, headers=ana.headers)
    assert gone.status_code == 400
    assert study.sources().height == 3


def test_a_refused_file_is_not_named_again_in_its_sentence(ana: Browser) -> None:
    for name, content in (("scan.pdf", b"%PDF-1.4 nothing"), ("a — b.docx", b"no zip"), ("words.txt", b"\x00\xff\x00")):
        answer = ana.client.post("/api/files/look", params={"name": name}, content=content, headers=ana.headers).json()
        assert answer["name"] == name
        assert name not in answer["refused"]
        assert " — " in answer["refused"]  # what to do is still said


def test_an_address_of_a_source_that_is_not_there_is_answered_for_people(ana: Browser) -> None:
    answer = ana.get("/sources/00000000-0000-4000-8000-000000000000")
    assert answer.status_code == 404
    assert "There is no such source, or your account does not reach its case" in answer.text
    assert "crosscase check" not in answer.text


def test_the_study_room_counts_what_was_done_in_this_round(ana: Browser, study: Study) -> None:
    ana.change(**coding(study, "plan", "adopted", "infra.curr.common"))
    page = ana.get("/").text
    assert "Go on with plan" in page
    open_round(study, "round-2")
    page = ana.get("/").text
    assert "Go on with" not in page  # nothing is read or coded in this round
    assert re.search(r"(Begin with|Next to read:) [a-z]", page)
    row = page.split("<bdi>plan</bdi>")[1].split("</tr>")[0]
    assert row.count('<td class="num none">0</td>') >= 2


def test_what_is_next_is_of_the_round_and_for_its_coders(ana: Browser, ben: Browser, study: Study) -> None:
    open_round(study, "pilot", sources=["plan"], coders=["ana"])
    assert re.search(r"Begin with plan\b", ana.get("/").text)
    assert "pilot is coded by ana" in ben.get("/").text
    assert "Begin with" not in ben.get("/").text
    length = len(study.text("plan"))
    ana.change(verb="read", source=guid_of(study, "plan"), spans=[[0, length]], round="pilot")
    assert "You have been through every source of pilot." in ana.get("/").text


def north_card(browser: Browser) -> str:
    """The card of the case north as people read it, without the table of its sources."""
    card = browser.get("/").text.split("<bdi>North</bdi>")[1].split("<details")[0]
    return " ".join(re.sub(r"<[^>]+>", "", card).split())


def test_a_case_card_says_how_far_each_coder_is_in_it(ana: Browser, ben: Browser, study: Study) -> None:
    open_round(study, "together", blind=False)
    assert "ana 0 % read by you 0 of 3 sources begun 0 codings Not begun: ben" in north_card(ana)
    ben.change(verb="read", source=guid_of(study, "plan"), spans=[[0, 30], [20, len(study.text("plan"))]])
    ben.change(**coding(study, "notes", "pacing guide", "infra.curr.common"))
    words = dict(study.sources().select("name", "n_words").iter_rows())
    share = round(100 * words["plan"] / sum(words.values()))
    assert 0 < share < 50
    assert f"ben {share} % read 2 of 3 sources begun 1 coding" in north_card(ana)
    assert north_card(ben).endswith(f"ben {share} % read by you 2 of 3 sources begun 1 coding Not begun: ana")
    # The table over the whole study says the same where one case has everything.
    row = ana.get("/").text.split('id="h-coders"')[1].split("<bdi>ben</bdi>")[1].split("</tr>")[0]
    assert re.findall(r">\s*([\d]+ %|\d+)</(?:td|meter)>", row) == [f"{share} %", "2", "1"]


def test_a_case_card_names_only_the_coders_of_the_round_and_who_has_begun_in_the_case(
    ana: Browser, guest: Browser, study: Study
) -> None:
    open_round(study, "pilot", coders=["ana"], blind=False)
    ana.change(verb="read", source=guid_of(study, "plan"), spans=[[0, 5]], round="pilot")
    assert "ben" not in north_card(ana)
    assert "ana" in north_card(guest) and "by you" not in north_card(guest)


def test_the_study_room_asks_no_more_of_the_study_for_more_cases_and_coders(study: Study) -> None:
    def asked() -> int:
        seen: list[str] = []
        with study.reading() as connection:
            engine = connection.engine

        def count(_: Any, __: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)

        sa.event.listen(engine, "before_cursor_execute", count)
        with study.reading() as connection:
            sight = sight_of(connection, "ana", "round-1")
        study_state(study, sight, "round-1")
        sa.event.remove(engine, "before_cursor_execute", count)
        return len(seen)

    before = asked()
    for n in range(5):
        name_case(study, f"case-{n}", f"Case {n}")
        add_person(study, f"coder-{n}", f"Coder {n}")
    assert asked() == before > 0


def findings(browser: Browser) -> list[str]:
    """What the page of the check tells, with the addresses that it leads to."""
    page = browser.get("/check").text.split('class="findings"')[1].split("</ul>")[0]
    led = re.sub(r'<a href="([^"]+)">', r"[\1] ", page)
    return [" ".join(re.sub(r"<[^>]+>", "", item).split()) for item in led.split("<li")[1:]]


def test_the_check_says_in_the_workbench_what_to_do_there(ana: Browser, study: Study) -> None:
    open_round(study, "together", blind=False)  # what has been coded is told where no round is blind
    told = " ".join(findings(ana))
    assert "South has no sources. Drop files on the Study page and choose the case. [/#add] Add sources" in told
    assert "Nothing is coded yet. Open a source and code what it says" in told
    assert "[/settings#machines] Settings › Machine coders" in told
    assert "`" not in told and "crosscase " not in told
    ana.change(**coding(study, "plan", "adopted"))
    told = " ".join(findings(ana))
    assert "Press r in a source to mark what you have read. [/sources/" in told
    for address in re.findall(r"\[(\S+)\]", told):
        path, _, place = address.partition("#")
        page = ana.get(path)
        assert page.status_code == 200
        assert not place or f'id="{place}"' in page.text


def test_every_finding_of_the_check_has_its_place_in_the_workbench() -> None:
    mends = [mend for mend in vars(checks).values() if isinstance(mend, checks.Mend)]
    assert {mend.place for mend in mends} - {""} == set(study_room.PLACES)
    assert all(mend.command and mend.workbench for mend in mends)
