"""Requests that nobody planned: whatever is sent, the answer is a sentence, never a fault, and nothing leaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

import crosscase.web
from crosscase.services.study import Study
from crosscase.store import schema
from crosscase.web.app import make_app
from crosscase.web.guard import LARGEST_BODY
from crosscase.web.permissions import CHANGES, OPEN
from crosscase.web.routes.changes import VERBS
from tests.factories.studies import COMMON
from tests.factories.team import SECRET, make_team_study, south_source
from tests.web.conftest import BASE, HOST, guid_of
from tests.web.test_accounts import Member, routes_of

CALM = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
# Endpoints that start processes or end sessions.
HEAVY = {"/sign-out", "/compute", "/agreement/types", "/disconfirm/search", "/settings/machines", "/settings/backups"}
CODE = "".join(p.read_text(encoding="utf-8") for p in sorted(Path(crosscase.web.__file__).parent.rglob("*.py")))


def named(pattern: str) -> list[str]:
    """The field names that the routes ask for, read off their code: a new field is drawn without being listed here."""
    found = set(re.findall(pattern, CODE))
    assert len(found) > 10, pattern
    return sorted(found)


FIELDS = named(r"(?:_in|_text|_whole|_list|_perhaps)\(\w+, \"(\w+)\"\)")
FORM = named(r"form(?:\.get\(|\[)\"(\w+)\"")
QUERY = sorted({*named(r"query_params\.get\w*\(\"(\w+)\""), "case", "pair", "by", "unit", "kind", "at", "source", "row", "a", "b", "outcome", "conditions", "back", "actor", "weighting", "level", "seed"})  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    made = make_team_study(tmp_path_factory.mktemp("fuzz"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(study: Study) -> Iterator[Any]:
    made = make_app(study, b"a secret for tests that is long enough", (HOST,))
    with TestClient(made, base_url=BASE) as client:
        made.state.portal = client.portal
        yield made


WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "0", "-1", "1e9", "north", "south", COMMON, "null", "../..", "\u202e", "😀", "0-5", "5-0", "x" * 3000]
    ),
)
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        WORDS,
        st.sampled_from(["\ud800", "\x00", "north\x00"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def sound(study: Study) -> Mapping[str, Any]:
    """What a page would send, for every field of every change: a change is most often wrong in one place only."""
    c, s, r = schema.coding.c, schema.suggestion.c, schema.candidate.c
    with study.reading() as connection:
        coding = connection.execute(sa.select(c.guid).where(c.layer == "independent").limit(1)).scalar_one()
        ids = list(connection.execute(sa.select(c.id).where(c.layer == "independent")).scalars())
        suggestion = connection.execute(sa.select(s.guid).limit(1)).scalar_one()
        candidate = connection.execute(sa.select(r.id).limit(1)).scalar_one()
    source = guid_of(study, "interview-p01")
    return {
        "guid": coding,
        "round": "first",
        "source": source,
        "start": 0,
        "end": 11,
        "code": COMMON,
        "facets": {"stance": "present"},
        "quote": None,
        "spans": [[0, 11], [11, 20]],
        "coding": coding,
        "text": "Seen in passing.",
        "suggestion": suggestion,
        "reason": "They speak of the same thing.",
        "row": "infra",
        "case": "north",
        "basis": "",
        "quotes": [{"source": source, "start": 0, "end": 11}],
        "ids": ids[:2],
        "coder": "ana",
        "decisions": [1],
        "candidate": candidate,
        "candidates": [candidate],
        "disposition": "exception",
    }


def send(member: Member, content: bytes) -> Any:
    headers = {**member.headers, "content-type": "application/json"}
    return member.client.post("/api/changes", content=content, headers=headers)


def check_change(app: Any, name: str, body: Mapping[str, Any]) -> None:
    written = json.dumps(body)  # escapes what no UTF-8 can say, as a browser does
    answer = send(Member(app, name), written.encode())
    assert answer.status_code < 500, (name, body, answer.text)
    content = answer.json()
    assert content.get("ok") or content["error"]["what"], content
    if name in ("nora", "rita") and SECRET not in written:
        assert SECRET.lower() not in answer.text.lower(), (name, body)


def test_every_field_of_a_change_has_a_sound_value(sound: Mapping[str, Any]) -> None:
    assert {*FIELDS, "facets"} == {*sound, "files"}


@CALM
@given(data=st.data())
def test_whatever_a_change_says_it_is_answered_with_a_sentence(app: Any, study: Study, data: st.DataObject) -> None:
    known = st.sampled_from([south_source(study), guid_of(study, "plan"), "0" * 36, SECRET])
    body = data.draw(st.dictionaries(st.sampled_from(FIELDS), st.one_of(known, VALUES), max_size=12))
    body["verb"] = data.draw(st.sampled_from([*VERBS, "nothing"]))
    check_change(app, data.draw(st.sampled_from(["nora", "rita", "cora", "olga"])), body)


@pytest.mark.parametrize("verb", sorted(VERBS))
@settings(CALM, max_examples=25)
@given(data=st.data())
def test_a_change_that_is_wrong_in_one_place_is_answered_with_a_sentence(
    app: Any, sound: Mapping[str, Any], verb: str, data: st.DataObject
) -> None:
    field = data.draw(st.sampled_from(sorted(sound)))
    if data.draw(st.booleans()):
        body = {name: value for name, value in sound.items() if name != field}
    else:
        body = {**sound, field: data.draw(VALUES)}
    check_change(app, data.draw(st.sampled_from(["nora", "cora", "olga"])), {**body, "verb": verb})


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"verb": NaN}', b'{"verb": "memo", "text": "\\ud800"}'],
    ids=["nothing", "a list", "cut off", "no UTF-8", "too deep", "no number", "half a character"],
)
def test_what_is_no_change_at_all_is_answered_with_a_sentence(app: Any, content: bytes) -> None:
    answer = send(Member(app, "cora"), content)
    assert answer.status_code == 400
    assert answer.json()["error"]["what"] == "the request is not a JSON object"


def test_a_body_without_a_length_is_refused_once_it_is_too_large(app: Any) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"verb": "memo", "text": "'
        for _ in range(LARGEST_BODY // 100_000 + 1):
            yield b"x" * 100_000

    member = Member(app, "cora")
    answer = member.client.post("/api/changes", content=parts(), headers=member.headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["what"] == "this is too large"


def address_of(path: str, data: st.DataObject) -> str:
    """An address of this route; what stands in it is drawn."""
    for part in re.findall(r"\{[^}]+\}", path):
        number = ":int" in part
        drawn = data.draw(
            st.integers(0, 10**9).map(str) if number else WORDS.filter(lambda w: w not in ("", ".", ".."))
        )
        path = path.replace(part, re.sub(r"[/?#%\\\x00-\x20\x7f]", "_", drawn)[:200], 1)
    return path


@CALM
@given(data=st.data())
def test_whatever_an_address_says_a_page_or_a_sentence_comes(app: Any, data: st.DataObject) -> None:
    path, method = data.draw(st.sampled_from([r for r in routes_of(app) if r[0] not in OPEN | HEAVY]))
    address = address_of(path, data)
    asked = data.draw(st.dictionaries(st.sampled_from([*QUERY, "event", "page", "n"]), WORDS, max_size=4))
    name = data.draw(st.sampled_from(["nora", "cora", "olga"]))
    member = Member(app, name)
    if method == "GET":
        answer = member.client.get(address, params=asked, headers={"accept": "text/html"})
    else:
        headers = {**member.headers, "accept": "text/html"}
        answer = member.client.post(address, params=asked, content=b"{}", headers=headers)
    assert answer.status_code < 500, (name, method, address, asked, answer.text[:400])
    if name == "nora" and SECRET not in str((address, asked)):
        assert SECRET.lower() not in answer.text.lower(), (method, address, asked)


@pytest.mark.parametrize("path", sorted(set(CHANGES) - HEAVY - {"/api/changes"}))
@settings(CALM, max_examples=25)
@given(data=st.data())
def test_whatever_a_form_says_a_page_or_a_sentence_comes(app: Any, path: str, data: st.DataObject) -> None:
    said = data.draw(st.dictionaries(st.sampled_from(FORM), WORDS, max_size=8))
    name = data.draw(st.sampled_from(["nora", "olga"]))
    answer = Member(app, name).form(address_of(path, data), **said)
    assert answer.status_code < 500, (name, path, said, answer.text[:400])
    if name == "nora" and SECRET not in str(said):
        assert SECRET.lower() not in answer.text.lower(), (path, said)
