"""Nobody comes in without the token, from another page, under another name, or from another machine."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from crosscase.errors import AccessError, StudyError
from crosscase.services.study import Study
from crosscase.web.permissions import OPEN
from crosscase.web.server import Place, check_place, open_socket
from crosscase.web.sessions import Keyring, load_secret
from tests.web.conftest import BASE, Browser, coding


def stranger(app: Any) -> TestClient:
    return TestClient(app, base_url=BASE, follow_redirects=False)


@pytest.mark.parametrize("path", ["/", "/codebook", "/api/codebook", "/history", "/report/page", "/sources/x"])
def test_without_a_session_nothing_is_shown(app: Any, study: Study, path: str) -> None:
    answer = stranger(app).get(path)
    assert answer.status_code == 401
    assert study.title not in answer.text


def test_the_token_opens_the_door_once(app: Any) -> None:
    token = app.state.desk.keyring.new_token()
    first, second = stranger(app), stranger(app)
    answer = first.get(f"/enter?token={token}")
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert first.get("/").status_code == 303  # on to the question who is here
    assert second.get(f"/enter?token={token}").status_code == 403
    assert second.get("/").status_code == 401


def test_a_token_that_was_never_given_opens_nothing(app: Any) -> None:
    assert stranger(app).get("/enter?token=guess").status_code == 403


def test_a_changed_cookie_opens_nothing(app: Any, ana: Browser) -> None:
    name, value = next(iter(ana.client.cookies.items()))
    body, _, signature = value.partition(".")
    for forged in (body + ".0" * 32, body[:-2] + "." + signature, "x.y", "", body):
        client = stranger(app)
        client.cookies.set(name, forged)
        assert client.get("/").status_code == 401


def test_another_host_name_is_not_answered(app: Any, ana: Browser) -> None:
    assert ana.client.get("/", headers={"host": "evil.example:8347"}).status_code == 421


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://127.0.0.1:9999", "https://127.0.0.1:8347"]
)
def test_a_change_from_another_page_is_refused(ana: Browser, study: Study, origin: str | None) -> None:
    headers = {"x-crosscase-guard": ana.guard} | ({"origin": origin} if origin else {})
    before = study.head()
    assert ana.client.post("/api/changes", json={"verb": "out"}, headers=headers).status_code == 403
    assert (
        ana.client.post("/settings/coders", data={"name": "x", "guard": ana.guard}, headers=headers).status_code == 403
    )
    assert study.head() == before


@pytest.mark.parametrize("guard", ["", "wrong"])
def test_a_change_without_the_guard_of_the_page_is_refused(ana: Browser, study: Study, guard: str) -> None:
    before = study.head()
    assert (
        ana.client.post("/api/changes", json={}, headers={"origin": BASE, "x-crosscase-guard": guard}).status_code
        == 403
    )
    answer = ana.client.post("/settings/coders", data={"name": "x", "guard": guard}, headers={"origin": BASE})
    assert answer.status_code == 403
    assert study.head() == before


def test_the_guard_of_one_session_does_not_serve_another(ana: Browser, ben: Browser) -> None:
    answer = ana.client.post("/api/changes", json={}, headers={"origin": BASE, "x-crosscase-guard": ben.guard})
    assert answer.status_code == 403


def test_a_page_of_one_coder_changes_nothing_once_the_browser_works_as_another(app: Any, study: Study) -> None:
    browser = Browser(app, "ana")
    body = coding(study, "plan", "adopted")
    browser.client.cookies.update(browser.form("/who", coder="ben").cookies)
    before = study.head()
    answer = browser.change(**body)
    assert (answer.status_code, answer.json()["refused"]) == (403, "page")
    assert browser.form("/settings/coders", name="x").status_code == 403
    assert study.head() == before
    now = browser.client.get("/api/me").json()
    assert now["coder"] == "ben"
    headers = {"origin": BASE, "x-crosscase-guard": now["guard"]}
    browser.client.post("/who", data={"guard": now["guard"], "coder": "ana"}, headers={"origin": BASE})
    assert browser.client.post("/api/changes", json=body, headers=headers).status_code == 403
    assert browser.change(**body).status_code == 200  # ana is back, and so is her page
    assert study.evidence()["coder"].to_list() == ["ana"]


def test_a_refusal_says_what_is_refused(app: Any, ana: Browser, study: Study) -> None:
    assert ana.change(verb="out", guid="nothing").json()["refused"] == "change"
    assert ana.change(verb="no such change").json()["refused"] == "change"
    assert stranger(app).get("/api/me").json()["refused"] == "door"
    answer = ana.client.post("/api/changes", json={}, headers={"origin": BASE, "x-crosscase-guard": "of before"})
    assert answer.json()["refused"] == "page"


def test_a_live_feed_of_another_persons_page_ends(ana: Browser) -> None:
    from starlette.websockets import WebSocketDisconnect

    with ana.live() as feed:
        feed.send_json({"cursor": "", "source": "", "coder": "ben"})
        with pytest.raises(WebSocketDisconnect) as ended:
            feed.receive_json()
    assert ended.value.code == 4403


def test_a_live_feed_for_another_page_is_refused(app: Any, ana: Browser) -> None:
    from starlette.websockets import WebSocketDisconnect

    cookie = "; ".join(f"{k}={v}" for k, v in ana.client.cookies.items())
    for headers in ({"cookie": cookie, "origin": "http://evil.example"}, {"origin": BASE}):
        with (
            pytest.raises(WebSocketDisconnect),
            stranger(app).websocket_connect("/live", headers={"host": "127.0.0.1:8347", **headers}),
        ):
            pass


@pytest.mark.parametrize("path", ["/", "/codebook", "/search?q=the", "/history", "/settings", "/nowhere", "/static/x"])
def test_every_answer_forbids_what_is_not_ours(ana: Browser, path: str) -> None:
    headers = ana.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_no_page_has_a_script_or_a_style_inside(ana: Browser) -> None:
    for path in ("/", "/codebook", "/search?q=the", "/history", "/settings", "/who"):
        text = ana.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count('<script type="module" src="')


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "8.8.8.8", "example.org"])
def test_an_address_that_others_can_reach_is_refused_with_the_reason(host: str) -> None:
    with pytest.raises(AccessError) as refused:
        check_place(Place(host), accounts=False)
    assert refused.value.mend


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_own_addresses_are_fine(host: str) -> None:
    assert check_place(Place(host), accounts=False)


def test_others_can_reach_it_with_accounts_and_encryption_only(tmp_path: Path) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_text("c")
    key.write_text("k")
    with pytest.raises(AccessError, match="unencrypted"):
        check_place(Place("192.168.1.5"), accounts=True)
    assert check_place(Place("192.168.1.5", certificate=certificate, key=key), accounts=True) == "192.168.1.5"
    with pytest.raises(AccessError, match="--address"):
        check_place(Place("0.0.0.0", certificate=certificate, key=key), accounts=True)
    everywhere = Place("0.0.0.0", public="https://study.example.org", certificate=certificate, key=key)
    assert check_place(everywhere, accounts=True) == "0.0.0.0"


def test_behind_a_proxy_the_study_needs_accounts_too() -> None:
    behind = Place(public="https://study.example.org")
    with pytest.raises(AccessError, match="no accounts"):
        check_place(behind, accounts=False)
    assert check_place(behind, accounts=True) == "127.0.0.1"


@pytest.mark.parametrize("public", ["http://study.example.org", "study.example.org", "https://x.org/path", "https://"])
def test_a_public_address_is_https_and_a_name(public: str) -> None:
    with pytest.raises(AccessError):
        check_place(Place(public=public), accounts=True)


def test_a_certificate_needs_its_key_and_both_files(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="key"):
        check_place(Place(certificate=tmp_path / "c.pem"), accounts=True)
    with pytest.raises(AccessError, match="no such file"):
        check_place(Place(certificate=tmp_path / "c.pem", key=tmp_path / "k.pem"), accounts=True)


def test_a_busy_port_is_said_and_the_next_is_taken_when_none_was_asked_for() -> None:
    first = open_socket("127.0.0.1", 0)
    port = first.getsockname()[1]
    with pytest.raises(StudyError, match=str(port)):
        open_socket("127.0.0.1", port)
    first.close()


def test_an_answer_does_not_wait_for_the_other_side_to_acknowledge_its_head() -> None:
    held_back: list[int] = []

    async def ask() -> None:
        asked = asyncio.Event()

        def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted = writer.get_extra_info("socket")
            held_back.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()
            asked.set()

        listening = open_socket("127.0.0.1", 0)
        async with await asyncio.start_server(answer, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            await asked.wait()
            writer.close()

    asyncio.run(ask())
    assert held_back and held_back[0]  # what is written leaves at once


def test_the_key_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    key = load_secret(tmp_path)
    assert load_secret(tmp_path) == key
    assert (tmp_path / "crosscase" / "session.key").stat().st_mode & 0o077 == 0


def test_a_cookie_of_one_study_is_nothing_to_another() -> None:
    one, other = Keyring(b"k" * 32, "first"), Keyring(b"k" * 32, "second")
    assert one.cookie != other.cookie
    assert other.open(one.seal(one.begin("ana"))) is None


def test_places_in_the_history_cannot_be_read_or_made_up() -> None:
    keyring = Keyring(b"k" * 32, "study")
    hidden = keyring.hide(12345)
    assert keyring.reveal(hidden) == 12345
    assert keyring.hide(12345) != hidden
    for text in ("", "x", "12345", hidden[:-1], "A" + hidden[1:], "é"):
        assert keyring.reveal(text) in (None, 12345 if text == hidden else None)


def test_too_much_is_refused(ana: Browser) -> None:
    answer = ana.client.post("/api/changes", content=b"x" * 10, headers={**ana.headers, "content-length": str(10**9)})
    assert answer.status_code == 413


def routes_of(app: Any) -> list[tuple[str, str]]:
    """Every route with its method; what is variable is filled with something."""
    found = []
    for route in app.routes:
        path = re.sub(r"\{\w+\}", "x", route.path)
        found += [(method, path) for method in sorted(getattr(route, "methods", None) or ()) if method != "HEAD"]
    return found


def test_every_route_is_closed_to_strangers_and_every_change_to_those_who_look_around(
    app: Any, guest: Browser, study: Study
) -> None:
    routes = routes_of(app)
    assert len(routes) > 25
    before = study.head()
    for method, path in routes:
        if path in OPEN:
            continue
        answer = stranger(app).request(method, path, headers={"origin": BASE})
        assert answer.status_code == 401, (method, path)
        if method != "GET":
            unguarded = guest.client.request(method, path, headers={"origin": BASE})
            assert unguarded.status_code == 403, (method, path)
    assert study.head() == before


def test_a_broken_study_file_is_said_on_every_page_and_coding_goes_on(ana: Browser, study: Study) -> None:
    path = study.folder / "study.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title:", "titel:"), encoding="utf-8")
    assert "study.yaml cannot be used as it is" in ana.get("/").text
    assert ana.change(**coding(study, "plan", "adopted")).status_code == 200
    path.write_text(text, encoding="utf-8")
    assert "study.yaml cannot be used" not in ana.get("/").text


def test_doors_of_a_study_without_accounts_lead_nowhere(app: Any, study: Study) -> None:
    client = stranger(app)
    assert client.get("/sign-in").status_code == 403
    assert client.get("/join?code=guess").status_code == 403
    assert client.post("/sign-in", data={"name": "ana", "password": "x"}, headers={"origin": BASE}).status_code == 403
    assert client.post("/join", data={"code": "x", "password": "x"}, headers={"origin": BASE}).status_code == 403
    assert study.title not in client.get("/sign-in").text + client.get("/join?code=guess").text
