"""A study with accounts: signing in, the rights of each role on each route, and cases that stay out of sight."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from crosscase.errors import AccessError
from crosscase.model.access import ROLES, Right
from crosscase.services import accounts as services
from crosscase.services.study import Study
from crosscase.store import schema
from crosscase.web.admission import Attempts, as_account
from crosscase.web.app import make_app
from crosscase.web.permissions import CHANGES, OPEN, guarded, needed
from tests.factories.studies import COMMON
from tests.factories.team import CASE_LABEL, PASSWORD, SECRET, make_team_study, south_source
from tests.web.conftest import BASE, HOST, Browser, guid_of, hear

PEOPLE = {"olga": "owner", "cora": "coder", "nora": "coder", "rita": "reader"}


class Member(Browser):
    """A browser in which somebody has signed in."""

    def __init__(self, app: Any, name: str) -> None:
        super().__init__(app, "")
        keyring = app.state.desk.keyring
        account = next(a for a in services.accounts(app.state.desk.study) if a.name == name)
        session = keyring.begin(account=account.guid, stamp=account.stamp)
        self.client.cookies.clear()
        self.client.cookies.set(keyring.cookie, keyring.seal(session))
        self.guard = keyring.guard(as_account(session, account))
        self.headers = {"origin": BASE, "x-crosscase-guard": self.guard}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    made = make_team_study(tmp_path_factory.mktemp("team"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def app(study: Study) -> Iterator[Any]:
    made = make_app(study, b"a secret for tests that is long enough", (HOST,))
    with TestClient(made, base_url=BASE) as client:
        made.state.portal = client.portal
        yield made


def stranger(app: Any) -> TestClient:
    client = TestClient(app, base_url=BASE, follow_redirects=False)
    client.portal = app.state.portal
    return client


def sign_in(client: TestClient, name: str, password: str, **fields: str) -> Any:
    page = client.get("/sign-in").text
    guard = re.search(r'name="guard" value="(\w+)"', page)
    assert guard is not None, page
    data = {"name": name, "password": password, "guard": guard[1], **fields}
    return client.post("/sign-in", data=data, headers={"origin": BASE, "accept": "text/html"})


def routes_of(app: Any) -> list[tuple[str, str]]:
    return [
        (route.path, method)
        for route in app.routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]


def addresses(app: Any, study: Study) -> dict[str, list[str]]:
    """Each page of the workbench with arguments, those of the other case among them."""
    south = south_source(study)
    with study.reading() as connection:
        south_id = sa.select(schema.source.c.id).where(schema.source.c.guid == south).scalar_subquery()
        codings = list(
            connection.execute(sa.select(schema.coding.c.id).where(schema.coding.c.source_id == south_id)).scalars()
        )
        claim = connection.execute(
            sa.select(schema.claim.c.guid).where(schema.claim.c.sentence.contains(SECRET))
        ).scalar_one()
        events = list(connection.execute(sa.select(schema.event.c.id)).scalars())
    numbers = ",".join(map(str, codings))
    return {
        "/sources/{guid}": [f"/sources/{south}", f"/sources/{south}?at=0-20", f"/sources/{SECRET.lower()}-p77"],
        "/api/sources/{guid}/marks": [f"/api/sources/{south}/marks"],
        "/compare/{case}/{domain}/{locus}": [
            "/compare/south/infra/central_office",
            "/compare/north/infra/central_office",
        ],
        "/matrix/cell": ["/matrix/cell?row=infra&case=south", "/matrix/cell?row=infra&case=north"],
        "/search": [f"/search?q={SECRET}", "/search?q=academic", "/search?q=office&case=south"],
        "/agreement": ["/agreement", "/agreement?by=code", "/agreement?case=south"],
        "/agreement/passages": [
            f"/agreement/passages?code={COMMON}",
            "/agreement/passages?code=infra.curr.local",
            f"/agreement/passages?code={COMMON}&pair=ana:ben",
        ],
        "/agreement/drift/codings": [
            f"/agreement/drift/codings?coder={who}&code={COMMON}&when={when}&over={over}"
            for who in ("ana", "ben")
            for when, over in (("first", "round"), ("round-1", "round"), ("1 of 3", "third"))
        ],
        "/agreement/adjudicate": [
            "/agreement/adjudicate",
            f"/agreement/adjudicate?source={south}",
            f"/agreement/adjudicate?codings={numbers}",
        ],
        "/agreement/types/{case}/{coder}": ["/agreement/types/south/ana", "/agreement/types/north/ana"],
        "/disconfirm": ["/disconfirm", "/disconfirm?case=south"],
        "/disconfirm/claims/{guid}": [f"/disconfirm/claims/{claim}"],
        "/disconfirm/blind/{guid}": [f"/disconfirm/blind/{claim}"],
        "/history": [
            "/history",
            "/history?kind=study",
            f"/history?source={south}",
            f"/history?before={events[-1] + 1}",
        ],
        "/history/undo": [f"/history/undo?event={event}" for event in events[-40:]],
        "/evidence/{anchor}": ["/evidence/e1", "/evidence/quotes-south", "/evidence/x"],
        "/together/pair": [f"/together/pair?a={COMMON}&b=infra.curr.local", "/together/pair?case=south"],
        "/codebook/edit/{code}": [f"/codebook/edit/{COMMON}"],
        "/codebook/codings/{code}": [f"/codebook/codings/{COMMON}", "/codebook/codings/nothing"],
        "/codebook/file": ["/codebook/file?version=1.0"],
        "/configurations/case/{case}": ["/configurations/case/south?outcome=COMMON"],
        "/configurations/case/{case}/{name:path}": ["/configurations/case/south/COMMON"],
        "/configurations/row/{number:int}": ["/configurations/row/1"],
        "/robustness/{table:int}/{row:int}": ["/robustness/0/0"],
        "/api/errands/{name}": ["/api/errands/types", "/api/errands/search"],
        "/report/data": ["/report/data"],
        "/settings/backups/{name}": ["/settings/backups/none"],
        "/settings/machines/{name}/dictionary": ["/settings/machines/dictionary/dictionary"],
        "/settings/machines/{name}/evaluation": ["/settings/machines/dictionary/evaluation"],
    }


def pages(app: Any, study: Study) -> list[str]:
    known = addresses(app, study)
    found = []
    for path, method in routes_of(app):
        if method == "GET" and path not in OPEN:
            assert "{" not in path or path in known, f"say in this test how to ask for {path}"
            found += known.get(path, [path])
    return found


def plain(text: str) -> str:
    """What somebody could read, anywhere in an answer."""
    return text.lower()


def tells_of_south(answer: Any, study: Study) -> list[str]:
    """The words of the other case in an answer, besides those of the question itself."""
    content = plain(answer.content.decode("utf-8", "replace"))
    asked = plain(str(answer.request.url) + answer.request.content.decode("utf-8", "replace"))
    words = [SECRET.lower(), south_source(study), "p77"]
    return [word for word in words if word in content and word not in asked]


def settle(app: Any) -> None:
    """Wait for computations that pages have asked for."""
    import time

    desk = app.state.desk
    until = time.monotonic() + 400
    while any(d.analyses.now().running for d in (desk, *desk._parts.values())):
        assert time.monotonic() < until
        time.sleep(0.1)


def test_every_page_hides_the_other_case_from_those_who_may_not_see_it(app: Any, study: Study) -> None:
    owner, told = Member(app, "olga"), 0
    for name in ("nora", "rita"):
        member = Member(app, name)
        for _ in range(2):  # once while results are being computed, once when they are there
            for path in pages(app, study):
                answer = member.get(path)
                assert answer.status_code < 500, (name, path, answer.text[:500])
                assert tells_of_south(answer, study) == [], (name, path)
            settle(app)
    for _ in range(2):
        for path in pages(app, study):
            answer = owner.get(path)
            assert answer.status_code < 500, (path, answer.text[:500])
            told += bool(tells_of_south(answer, study))
        settle(app)
    assert told >= 10  # so that the words that are looked for do stand there


def test_files_that_leave_hide_the_other_case(app: Any, study: Study) -> None:
    rita = Member(app, "rita")
    for path in ("/report/page", "/report/word", "/report/data"):
        rita.get(path)
        settle(app)
        answer = rita.get(path)
        content = unpacked(answer.content)
        assert SECRET.lower() not in content
        assert "p77" not in content


def unpacked(content: bytes) -> str:
    import io
    import zipfile

    if content[:2] != b"PK":
        return plain(content.decode("utf-8", "replace"))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return plain("\n".join(archive.read(name).decode("utf-8", "replace") for name in archive.namelist()))


@pytest.mark.parametrize("name", ["", *PEOPLE])
def test_each_route_asks_for_its_right(app: Any, study: Study, name: str) -> None:
    """Every route × every role, with an empty body: too few rights are refused before anything else is looked at."""
    before = study.head()
    browser: Any = Member(app, name) if name else None
    for path, method in routes_of(app):
        if path in OPEN:
            continue
        address = re.sub(r"\{number:int\}|\{table:int\}|\{row:int\}", "1", path)
        address = re.sub(r"\{[^}]+\}", "x", address)
        if browser is None:
            answer = stranger(app).request(method, address, headers={"origin": BASE})
            assert answer.status_code == 401, (path, method)
            assert study.title not in answer.text
            continue
        if path in ("/sign-out", "/compute", "/agreement/types", "/configurations/stop"):
            continue  # they change nothing of the study
        allowed = ROLES[PEOPLE[name]] >= needed(path, method)
        if allowed and method == "POST" and path in ("/settings/address",):
            continue
        headers = {"origin": BASE, "x-crosscase-guard": browser.guard}
        answer = browser.client.request(method, address, headers=headers)
        if allowed:
            assert answer.status_code < 500, (path, method, answer.text[:300])
            assert "your role is" not in answer.text, (path, method)
        else:
            assert answer.status_code == 403, (path, method)
            assert f"your role is {PEOPLE[name]}" in answer.text
    if name in ("", "rita"):
        assert study.head() == before


def test_a_change_without_a_right_in_the_table_stops_the_start() -> None:
    async def endpoint(request: Any) -> Any:
        raise AssertionError

    with pytest.raises(KeyError):
        guarded([Route("/new/deed", endpoint, methods=["POST"])])


def test_the_table_has_no_route_that_is_gone(app: Any) -> None:
    there = {path for path, method in routes_of(app) if method == "POST"}
    assert set(CHANGES) == there - OPEN


@pytest.mark.parametrize("verb", ["code", "memo", "read", "accept", "reject", "summary", "unsummary", "out", "change"])
@pytest.mark.parametrize("name", ["nora", "rita"])
def test_no_change_reaches_the_other_case(app: Any, study: Study, name: str, verb: str) -> None:
    south = south_source(study)
    with study.reading() as connection:
        source = sa.select(schema.source.c.id).where(schema.source.c.guid == south).scalar_subquery()
        c, s = schema.coding.c, schema.suggestion.c
        coding = connection.execute(sa.select(c.guid).where(c.source_id == source).limit(1)).scalar_one()
        suggestion = connection.execute(sa.select(s.guid).where(s.source_id == source).limit(1)).scalar()
    before = study.head()
    body: dict[str, Any] = {
        "guid": coding if verb in ("out", "change") else suggestion if verb in ("accept", "reject") else str(uuid4()),
        "source": south,
        "start": 0,
        "end": 11,
        "code": COMMON,
        "facets": {},
        "spans": [[0, 11]],
        "coding": coding,
        "text": "seen",
        "row": "infra",
        "case": "south",
        "quotes": [],
    }
    answer = Member(app, name).change(verb=verb, **body)
    assert answer.status_code in (400, 403, 404), answer.text
    assert tells_of_south(answer, study) == []
    assert study.head() == before


def test_who_sees_a_part_codes_there(app: Any, study: Study) -> None:
    nora = Member(app, "nora")
    source = guid_of(study, "plan")
    answer = nora.change(verb="code", guid=str(uuid4()), source=source, start=0, end=11, code=COMMON, facets={})
    assert answer.status_code == 200, answer.text
    assert nora.get(f"/sources/{source}").status_code == 200
    row = study.evidence().row(-1, named=True)
    assert (row["coder"], row["case"]) == ("nora", "north")


def test_pages_of_a_part_say_so(app: Any) -> None:
    assert "You see 1 case of this study" in Member(app, "nora").get("/").text
    assert "of this study; every number" not in Member(app, "cora").get("/").text
    assert CASE_LABEL not in Member(app, "nora").get("/").text
    assert CASE_LABEL in Member(app, "cora").get("/").text


def test_the_live_feed_says_nothing_about_the_other_case(app: Any, study: Study) -> None:
    cora, nora = Member(app, "cora"), Member(app, "nora")
    with nora.live() as feed:
        feed.send_json({"cursor": "", "source": ""})
        feed.receive_json()
        for source in (south_source(study), guid_of(study, "notes")):
            body = {"source": source, "start": 0, "end": 9, "code": COMMON, "facets": {}}
            done = cora.change(verb="code", guid=str(uuid4()), **body)
            assert done.status_code == 200, done.text
        told = hear(feed, "coding.made")
    assert [event["source"] for event in told] == [guid_of(study, "notes")]


def test_signing_in_begins_a_session_and_leads_on(app: Any) -> None:
    client = stranger(app)
    assert (
        client.get("/codebook?x=1", headers={"accept": "text/html"}).headers["location"]
        == "/sign-in?next=%2Fcodebook%3Fx%3D1"
    )
    page = client.get("/sign-in?next=/codebook").text
    assert "/codebook" in page
    waiting = dict(client.cookies)
    answer = sign_in(client, "cora", PASSWORD, next="/codebook?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/codebook?x=1")
    assert dict(client.cookies) != waiting  # not the session that somebody may have laid out
    assert client.get("/codebook").status_code == 200
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/x\r\ny"]
)
def test_signing_in_leads_to_no_other_place(app: Any, wanted: str) -> None:
    answer = sign_in(stranger(app), "cora", PASSWORD, next=wanted)
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("cora", "wrong wrong wrong"), ("nobody", PASSWORD), ("", ""), ("cora", "x" * 5000)]
)
def test_wrong_words_open_nothing_and_do_not_say_which_was_wrong(
    app: Any, study: Study, name: str, password: str
) -> None:
    app.state.desk.attempts = Attempts()
    client = stranger(app)
    answer = sign_in(client, name, password)
    assert answer.status_code == 403
    assert "That is not the name and password of an account." in answer.text
    assert study.title not in answer.text
    assert client.get("/").status_code == 401


def test_guessing_is_slowed_down_and_the_sentence_says_how_long(app: Any) -> None:
    app.state.desk.attempts = Attempts(free=2)
    client = stranger(app)
    for _ in range(2):
        assert sign_in(client, "cora", "wrong wrong wrong").status_code == 403
    answer = sign_in(client, "cora", PASSWORD)
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text
    assert int(answer.headers["retry-after"]) >= 1
    app.state.desk.attempts = Attempts()
    assert sign_in(client, "cora", PASSWORD).status_code == 303


def test_waits_grow_stay_bounded_and_are_forgotten_after_success(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = Attempts(free=3)
    monkeypatch.setattr("crosscase.web.admission.time.monotonic", lambda: 100.0)
    waits = []
    for _ in range(40):
        attempts.failed("cora", "1.2.3.4")
        waits.append(attempts.wait("cora", "9.9.9.9"))
    assert waits[:5] == [0.0, 0.0, 1.0, 2.0, 4.0]
    assert max(waits) == attempts.longest_name
    assert 30.0 < attempts.wait("somebody", "1.2.3.4") <= attempts.longest_address
    attempts.succeeded("cora", "1.2.3.4")
    assert attempts.wait("cora", "9.9.9.9") == 0.0


def test_many_strangers_do_not_fill_the_memory() -> None:
    attempts = Attempts()
    for n in range(Attempts.KEPT):
        attempts.failed(f"n{n}", f"10.0.{n // 256}.{n % 256}")
    assert len(attempts._failed) <= Attempts.KEPT


def test_a_sign_in_form_from_elsewhere_is_refused(app: Any) -> None:
    data = {"name": "cora", "password": PASSWORD}
    assert stranger(app).post("/sign-in", data=data, headers={"origin": "http://evil.example"}).status_code == 403
    assert stranger(app).post("/sign-in", data=data, headers={"origin": BASE}).status_code == 403  # no guard


def test_the_one_time_address_opens_nothing_where_there_are_accounts(app: Any) -> None:
    token = app.state.desk.keyring.new_token()
    client = stranger(app)
    assert client.get(f"/enter?token={token}").headers["location"] == "/sign-in"
    assert client.get("/").status_code == 401


def test_a_session_from_before_the_accounts_opens_nothing(app: Any) -> None:
    before = Browser(app, "ana")
    assert before.get("/").status_code == 303
    assert before.client.get("/").status_code == 401


def test_signing_out_ends_the_session(app: Any) -> None:
    client = stranger(app)
    sign_in(client, "cora", PASSWORD)
    guard = re.search(r'name="guard" value="(\w+)"', client.get("/settings").text)
    assert guard is not None
    client.post("/sign-out", data={"guard": guard[1]}, headers={"origin": BASE})
    assert client.get("/").status_code == 401


def test_nobody_chooses_another_name(app: Any, study: Study) -> None:
    cora = Member(app, "cora")
    assert cora.get("/who").headers["location"] == "/settings"
    before = study.head()
    assert cora.form("/who", coder="ben").status_code == 403
    assert cora.form("/who", new="eve").status_code == 403
    assert study.head() == before


class TestInASmallTeam:
    """What people do to accounts in Settings, each in a study of its own."""

    @pytest.fixture
    def own(self, tmp_path: Path) -> Iterator[Any]:
        from tests.factories.studies import make_study

        study = make_study(tmp_path)
        made = make_app(study, b"a secret for tests that is long enough", (HOST,))
        with TestClient(made, base_url=BASE) as client:
            made.state.portal = client.portal
            yield made
        study.close()

    def test_from_alone_to_a_team_in_the_browser(self, own: Any) -> None:
        alone, colleague = Browser(own, "ana"), Browser(own, "ben")
        assert "Become the owner" in alone.get("/settings").text
        answer = alone.form("/settings/accounts", name="ana", label="Ana", password=PASSWORD, again=PASSWORD)
        assert answer.status_code == 303
        alone.client.cookies.set(own.state.desk.keyring.cookie, answer.cookies[own.state.desk.keyring.cookie])
        page = alone.get("/settings")
        assert "an owner of the study" in page.text
        assert colleague.client.get("/").status_code == 401  # came in without an account

        ana = Member(own, "ana")
        invited = ana.form("/settings/accounts", name="ben", role="reader", reach="some", case="south")
        link = re.search(r"http://[^<]+/join\?code=[\w-]+", invited.text)
        assert link is not None
        ben = stranger(own)
        joining = ben.get(link[0])
        guard = re.search(r'name="guard" value="(\w+)"', joining.text)
        assert guard is not None
        code = link[0].rpartition("=")[2]
        body = {"guard": guard[1], "code": code, "password": PASSWORD, "again": PASSWORD + "?"}
        assert "differ" in ben.post("/join", data=body, headers={"origin": BASE}).text
        body["again"] = PASSWORD
        assert ben.post("/join", data=body, headers={"origin": BASE}).status_code == 303
        assert "You see 1 case of this study" in ben.get("/").text
        assert stranger(own).get(link[0]).status_code == 403

    def test_another_role_counts_from_the_next_click_on(self, own: Any) -> None:
        owner, cora = self._with_cora(own)
        body = {"verb": "code", "guid": str(uuid4()), "source": guid_of(own.state.desk.study, "plan"), "start": 0}
        body |= {"end": 11, "code": COMMON, "facets": {}}
        assert cora.change(**body).status_code == 200
        owner.form("/settings/accounts/change", name="cora", role="reader", reach="all", deed="change")
        assert cora.change(**{**body, "guid": str(uuid4())}).status_code == 403
        owner.form("/settings/accounts/change", name="cora", role="coder", reach="some", case="south", deed="change")
        assert cora.change(**{**body, "guid": str(uuid4())}).status_code == 404

    def test_a_closed_account_is_out_at_once(self, own: Any) -> None:
        owner, cora = self._with_cora(own)
        with cora.live() as feed:
            feed.send_json({"cursor": "", "source": ""})
            feed.receive_json()
            owner.form("/settings/accounts/change", name="cora", deed="close")
            with pytest.raises(WebSocketDisconnect) as gone:
                hear(feed, "never", 20)
        assert gone.value.code == 4401
        assert cora.client.get("/").status_code == 401

    def test_another_password_ends_the_sessions_elsewhere(self, own: Any) -> None:
        _, cora = self._with_cora(own)
        other = Member(own, "cora")
        fresh = "seven boats in the evening"
        wrong = cora.form("/settings/password", old="wrong wrong wrong", password=fresh, again=fresh)
        assert wrong.status_code == 403
        done = cora.form("/settings/password", old=PASSWORD, password=fresh, again=fresh)
        assert done.status_code == 303
        assert other.client.get("/").status_code == 401

    def test_hostile_words_in_the_fields_stay_words(self, own: Any) -> None:
        owner, _ = self._with_cora(own)
        hostile = '"><script>alert(1)</script>\u202e'
        text = owner.form("/settings/accounts", name="eve", label=hostile, role="reader", reach="all").text
        assert "<script>alert" not in text
        assert owner.form("/settings/accounts", name=hostile, role="reader", reach="all").status_code == 400

    @staticmethod
    def _with_cora(own: Any) -> tuple[Member, Member]:
        study = own.state.desk.study
        services.begin_accounts(study, "olga", PASSWORD)
        _, code = services.invite(study, "cora", "coder")
        services.accept(study, code, PASSWORD)
        return Member(own, "olga"), Member(own, "cora")


def test_the_cookie_is_for_https_alone_where_the_address_is(tmp_path: Path) -> None:
    from tests.factories.studies import make_study

    study = make_study(tmp_path)
    services.begin_accounts(study, "olga", PASSWORD)
    made = make_app(study, b"a secret for tests that is long enough", ("https://study.example.org",))
    client = TestClient(made, base_url="https://study.example.org", follow_redirects=False)
    answer = client.get("/sign-in")
    assert "secure" in answer.headers["set-cookie"].lower()
    assert answer.headers["strict-transport-security"]
    assert "wss://study.example.org" in answer.headers["content-security-policy"]
    assert client.get("/sign-in", headers={"host": "127.0.0.1:8347"}).status_code == 421
    study.close()


def test_right_is_asked_in_the_service_as_well(study: Study) -> None:
    with pytest.raises(AccessError), study.seen_by(services.accounts(study)[3].access).changing(Right.CODE):
        pass
