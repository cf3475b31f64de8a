"""The codebook is changed by forms: looked at first, made as a new version, and no coding is lost on the way."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from crosscase.services.checks import check_study
from crosscase.services.codebook_changes import version_text
from crosscase.services.codebook_edits import recoding_status, waiting_codings
from crosscase.services.history import history, verify_history
from crosscase.services.study import Study, open_study
from tests.web.conftest import Browser, coding, guid_of, hear

CODE, OTHER = "infra.curr.common", "infra.curr.local"
NASTY = '"><script>alert(1)</script> & \u202egnp.exe\u202c {{ 7919 * 7907 }} مرحبا 👩‍👩‍👧'


@pytest.fixture
def coded(ana: Browser, ben: Browser, study: Study) -> Study:
    ana.change(**coding(study, "plan", "adopted", CODE, locus="school"))
    ana.change(**coding(study, "plan", "training days", OTHER))
    ben.change(**coding(study, "plan", "adopted", CODE, locus="school"))
    ana.form("/agreement/reveal", round="round-1", reason="all have finished")
    return study


def post(browser: Browser, path: str, **fields: Any) -> Any:
    return browser.client.post(
        path,
        data={"guard": browser.guard, **fields},
        headers={"origin": browser.headers["origin"], "accept": "text/html"},
    )


def make(browser: Browser, **fields: Any) -> Any:
    """Look at a change and make it, as the page does."""
    seen = post(browser, "/codebook/preview", **fields)
    assert seen.status_code == 200, seen.text
    basis = re.search(r'name="basis" value="([^"]+)"', seen.text)
    assert basis
    return seen, post(browser, "/codebook/change", basis=basis[1], **fields)


WORDS = {
    "id": CODE,
    "name": "Common curriculum",
    "definition": "Other words.",
    "include": "",
    "exclude": "",
    "example": "",
}


def test_other_words_make_a_version_and_leave_codings_alone(ana: Browser, coded: Study) -> None:
    seen, done = make(ana, kind="redefine", code=CODE, again="", reason="clearer", **WORDS)
    assert "2 codings stay as they are" in unescape(seen.text)
    assert done.status_code == 303
    assert done.headers["location"] == f"/codebook?done=1.0.1#{CODE}"
    page = ana.get("/codebook?done=1.0.1").text
    assert "The codebook stands at version 1.0.1 now." in page
    assert "Changed last in version 1.0.1" in page
    assert coded.evidence().height == 3
    assert recoding_status(coded).is_empty()
    assert [e.verb for e in history(coded)][-2:] == ["codebook.adopted", "codebook.reworded"]
    assert verify_history(coded)


def test_another_meaning_makes_the_codings_wait_and_their_coders_answer(
    ana: Browser, ben: Browser, coded: Study
) -> None:
    seen, _ = make(ana, kind="redefine", code=CODE, again="yes", reason="narrower", **WORDS)
    assert "wait until their coders have looked again" in seen.text
    assert "0 of 1" in ana.get("/codebook").text
    assert "1 coding of yours waits to be looked at again" in ana.get("/").text
    page = ana.get("/codebook/again").text
    assert "1 coding of yours waits" in page
    edit, number = waiting_codings(coded, "ana").select("edit", "coding_id").row(0)
    other = waiting_codings(coded, "ben")["coding_id"][0]
    assert post(ana, "/codebook/again", edit=edit, coding=other, codes=CODE).status_code == 404  # ben's
    assert post(ana, "/codebook/again", edit=edit, coding=number, codes=CODE).status_code == 303
    assert "Nothing of yours waits" in ana.get("/codebook/again").text
    assert post(ben, "/codebook/again", edit=edit, coding=other, none="1").status_code == 303
    assert coded.evidence()["coder"].to_list() == ["ana", "ana"]
    assert "1 of 1" in ana.get("/codebook").text


def test_a_merge_keeps_every_coding(ana: Browser, coded: Study) -> None:
    seen, _ = make(
        ana, kind="merge", code=CODE, reason="", **{"with": OTHER}, id="infra.curr.any", name="Any", definition="d"
    )
    assert "3 codings become codings of Any; none is lost" in unescape(seen.text)
    assert "These rules change" in seen.text
    assert coded.evidence()["code"].to_list() == ["infra.curr.any"] * 3


def test_a_split_asks_each_coder(ana: Browser, coded: Study) -> None:
    parts = {
        "1-id": "infra.curr.a",
        "1-name": "A",
        "1-definition": "a",
        "2-id": "infra.curr.b",
        "2-name": "B",
        "2-definition": "b",
    }
    make(ana, kind="split", code=CODE, reason="", **parts)
    page = ana.get("/codebook/again").text
    assert 'value="infra.curr.a"' in page
    edit, number = waiting_codings(coded, "ana").select("edit", "coding_id").row(0)
    post(ana, "/codebook/again", edit=edit, coding=number, codes=["infra.curr.a", "infra.curr.b"])
    mine = coded.evidence().filter(coded.evidence()["coder"] == "ana")["code"].to_list()
    assert sorted(mine) == ["infra.curr.a", "infra.curr.b", OTHER]


def test_a_dropped_code_takes_its_codings_out_and_the_history_lists_them(ana: Browser, coded: Study) -> None:
    seen, done = make(ana, kind="drop", code=CODE, reason="never meant")
    assert "2 codings are taken out" in unescape(seen.text)
    assert done.status_code == 303
    assert coded.evidence()["code"].to_list() == [OTHER]
    event = next(e for e in history(coded) if e.verb == "codebook.drop")
    assert (event.detail["before"], event.detail["n_codings"], event.detail["reason"]) == ([CODE], 2, "never meant")
    assert "never meant" in ana.get("/codebook/versions").text
    assert CODE not in [i.id for i in coded.acting_as("ana").framework.indicators]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"kind": "merge", "code": CODE}, 400),
        ({"kind": "split", "code": CODE}, 400),
        ({"kind": "drop", "code": "no.such"}, 400),
        ({"kind": "redefine", "code": CODE, **WORDS, "name": " "}, 400),
        ({"kind": "redefine", "code": CODE, **WORDS, "id": OTHER}, 400),
        ({"kind": "redefine", "code": CODE, **WORDS, "id": "elsewhere.x"}, 400),
        ({"kind": "redefine", "code": CODE, **WORDS, "id": "infra.x", "again": "yes"}, 400),
        ({"kind": "redefine", "code": CODE, **WORDS, "definition": "a\x01b"}, 400),
        ({"kind": "explode", "code": CODE}, 400),
        ({}, 400),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_and_changes_nothing(
    ana: Browser, study: Study, fields: dict[str, str], status: int
) -> None:
    before = study.head()
    answer = post(ana, "/codebook/preview", **fields)
    assert answer.status_code == status, answer.text
    assert "What to do" in answer.text or "no valid framework" in answer.text
    assert study.head() == before


def test_a_change_that_was_looked_at_before_somebody_elses_is_refused(ana: Browser, ben: Browser, coded: Study) -> None:
    seen = post(ana, "/codebook/preview", kind="drop", code=CODE)
    basis = re.search(r'name="basis" value="([^"]+)"', seen.text)
    assert basis
    make(ben, kind="redefine", code=OTHER, again="", **{**WORDS, "id": OTHER})
    assert post(ana, "/codebook/change", basis=basis[1], kind="drop", code=CODE).status_code == 409
    assert coded.evidence().height == 3


def test_hostile_words_stay_words_everywhere(ana: Browser, coded: Study) -> None:
    nasty = dict.fromkeys(("name", "definition", "include", "exclude", "example"), NASTY)
    make(ana, kind="redefine", code=CODE, again="yes", reason=NASTY, **{**WORDS, **nasty})
    for path in (
        "/codebook",
        f"/codebook/edit/{CODE}",
        "/codebook/versions",
        "/codebook/again",
        "/history",
        "/search?q=adopted",
    ):
        text = ana.get(path).text
        assert "<script>alert" not in text, path
        assert str(7919 * 7907) not in text, path
    assert NASTY in unescape(ana.get("/codebook").text)
    file = ana.get("/codebook/file?version=1.0.1")
    assert file.headers["content-disposition"].endswith('"framework-1.0.1.yaml"')


def test_colleagues_numbers_stay_hidden_while_the_round_is_blind(ana: Browser, ben: Browser, study: Study) -> None:
    ben.change(**coding(study, "plan", "adopted", CODE))
    seen, _ = make(ana, kind="redefine", code=CODE, again="yes", **WORDS)
    assert "0 codings wait" in unescape(seen.text)
    page = ana.get("/codebook").text
    assert "of 1</td>" not in page
    assert "0 of 1" in ben.get("/codebook").text
    edit, number = waiting_codings(study, "ben").select("edit", "coding_id").row(0)
    post(ben, "/codebook/again", edit=edit, coding=number, none="1")
    assert "recoded" not in ana.get("/history").text


def test_who_looks_around_cannot_change_it(guest: Browser, study: Study) -> None:
    before = study.head()
    assert post(guest, "/codebook/preview", kind="drop", code=CODE).status_code == 403
    assert post(guest, "/codebook/change", kind="drop", code=CODE, basis=study.framework.digest).status_code == 403
    assert guest.get(f"/codebook/edit/{CODE}").status_code == 403
    assert study.head() == before


def test_the_check_does_not_ask_to_take_over_what_the_study_has_left_behind(ana: Browser, coded: Study) -> None:
    make(ana, kind="redefine", code=CODE, again="", **WORDS)
    said = " ".join(f.sentence for f in check_study(coded.acting_as("ana")))
    assert "framework adopt" not in said
    (coded.folder / "own.yaml").write_text(version_text(coded, "1.0.0"), encoding="utf-8")
    path = coded.folder / "study.yaml"
    path.write_text(
        re.sub(r"(?m)^framework:.*$", "framework: own.yaml", path.read_text(encoding="utf-8")), encoding="utf-8"
    )
    with open_study(coded.folder) as again:
        said = " ".join(f.sentence for f in check_study(again))
    assert "it stands at 1.0.1, the framework file at 1.0.0" in said
    assert "framework adopt" not in said


def test_open_pages_hear_that_the_codebook_has_changed(ana: Browser, ben: Browser, coded: Study) -> None:
    with ana.live() as feed:
        feed.send_json({"cursor": "", "source": guid_of(coded, "plan")})
        feed.receive_json()
        make(ben, kind="redefine", code=CODE, again="", **WORDS)
        assert hear(feed, "codebook.adopted")[0]["codebook"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"kind": "merge", "reason": "same thing", "id": CODE, "name": "Own name", "definition": "Own words."},
            "A merge needs two codes.",
        ),
        (
            {"kind": "split", "reason": "two things", "1-id": "elsewhere.x", "1-name": "One", "1-definition": "It is one.",
             "2-id": "infra.curr.b", "2-name": "Two", "2-definition": "It is two."},
            "The id 'elsewhere.x' must begin with that of its domain, 'infra.'.",
        ),
    ],
)  # fmt: skip
def test_a_mistake_is_said_in_its_form_and_what_was_entered_stays(
    ana: Browser, coded: Study, fields: dict[str, str], said: str
) -> None:
    answer = post(ana, "/codebook/preview", code=CODE, **fields)
    assert answer.status_code == 400
    text = unescape(answer.text)
    form = next(f for f in text.split("<form") if f'value="{fields["kind"]}"' in f)
    assert said in form and 'role="alert"' in form
    for name, value in fields.items():
        assert value in form, name
    assert not re.search(r"line \d+|no valid framework", text)


def test_the_number_beside_a_code_opens_to_its_quotes(ana: Browser, ben: Browser, coded: Study) -> None:
    assert f'<a class="n" href="/codebook/codings/{CODE}">2 codings</a>' in ana.get("/codebook").text
    page = unescape(ana.get(f"/codebook/codings/{CODE}").text)
    assert page.count("<blockquote") == 1  # one passage, coded by two
    assert page.count('class="coder"') == 2
    assert f"/sources/{guid_of(coded, 'plan')}?at=" in page
    assert ana.get("/codebook/codings/no.such").status_code == 404


def test_the_quotes_of_a_code_tell_nothing_of_colleagues_while_the_round_is_blind(
    ana: Browser, ben: Browser, study: Study
) -> None:
    ben.change(**coding(study, "plan", "adopted", CODE))
    assert "<blockquote" not in ana.get(f"/codebook/codings/{CODE}").text
    assert "<blockquote" in ben.get(f"/codebook/codings/{CODE}").text


def test_an_older_change_says_why_it_stays(ana: Browser, coded: Study) -> None:
    make(ana, kind="redefine", code=CODE, again="", reason="", **WORDS)
    make(ana, kind="redefine", code=OTHER, again="", reason="", **{**WORDS, "id": OTHER})
    lines = ana.get("/history?kind=codebook").text.split("<li")
    old = next(line for line in lines if ("reworded" in line and CODE in line) or "Why this stays" in line)
    link = re.search(r'href="(/history/undo\?event=[^"]+)"', old)
    assert link
    assert "The codebook was changed after that" in ana.get(unescape(link[1])).text
