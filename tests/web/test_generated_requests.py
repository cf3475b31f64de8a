"""Requests that nobody planned: whatever is sent, the answer is a sentence, never a fault, and nothing leaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from crosscase.services.study import Study
from crosscase.web.app import make_app
from crosscase.web.permissions import OPEN
from crosscase.web.routes.changes import VERBS
from tests.factories.studies import COMMON
from tests.factories.team import SECRET, make_team_study, south_source
from tests.web.conftest import BASE, HOST, guid_of
from tests.web.test_accounts import Member, routes_of

CALM = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
# Endpoints that start processes or end sessions.
HEAVY = {"/sign-out", "/compute", "/agreement/types", "/disconfirm/search", "/settings/machines", "/settings/backups"}


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
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False), WORDS
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
FIELDS = ["guid", "source", "start", "end", "code", "facets", "spans", "coding", "text", "row", "case", "quotes", "id", "ids", "suggestion", "object", "basis", "quote", "decision", "reason", "disposition", "candidate", "claim", "parents", "sentence", "on", "round", "reference"]  # fmt: skip


@CALM
@given(data=st.data())
def test_whatever_a_change_says_it_is_answered_with_a_sentence(app: Any, study: Study, data: st.DataObject) -> None:
    south = south_source(study)
    known = st.sampled_from([south, guid_of(study, "plan"), "0" * 36, SECRET])
    body = data.draw(st.dictionaries(st.sampled_from(FIELDS), st.one_of(known, VALUES), max_size=12))
    body["verb"] = data.draw(st.sampled_from([*VERBS, "nothing"]))
    name = data.draw(st.sampled_from(["nora", "rita", "cora", "olga"]))
    answer = Member(app, name).change(**body)
    assert answer.status_code < 500, (name, body, answer.text)
    content = answer.json()
    assert content.get("ok") or content["error"]["what"], content
    if name in ("nora", "rita") and SECRET not in str(body):
        assert SECRET.lower() not in answer.text.lower(), (name, body)


@CALM
@given(data=st.data())
def test_whatever_an_address_says_a_page_or_a_sentence_comes(app: Any, data: st.DataObject) -> None:
    path, method = data.draw(st.sampled_from([r for r in routes_of(app) if r[0] not in OPEN | HEAVY]))
    address = path
    for part in re.findall(r"\{[^}]+\}", path):
        number = ":int" in part
        drawn = data.draw(
            st.integers(0, 10**9).map(str) if number else WORDS.filter(lambda w: w not in ("", ".", ".."))
        )
        address = address.replace(part, re.sub(r"[/?#%\\\x00-\x20\x7f]", "_", drawn)[:200], 1)
    names = st.sampled_from(["q", "case", "code", "pair", "by", "unit", "round", "kind", "at", "source", "event", "page", "row", "a", "b", "outcome", "conditions", "sections", "back", "before", "actor", "weighting", "level", "version", "name", "reach", "role", "n", "seed", "resume", "disposition", "coder"])  # fmt: skip
    asked = data.draw(st.dictionaries(names, WORDS, max_size=4))
    name = data.draw(st.sampled_from(["nora", "cora", "olga"]))
    member = Member(app, name)
    if method == "GET":
        answer = member.client.get(address, params=asked, headers={"accept": "text/html"})
    else:
        answer = member.form(address, **asked)
    assert answer.status_code < 500, (name, method, address, asked, answer.text[:400])
    if name == "nora" and SECRET not in str((address, asked)):
        assert SECRET.lower() not in answer.text.lower(), (method, address, asked)
