"""A small study with two coders, and browsers without a page that ask the workbench."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from crosscase.services.study import Study
from crosscase.web.app import make_app
from tests.factories.studies import make_study

HOST = "127.0.0.1:8347"
BASE = f"http://{HOST}"


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = make_study(tmp_path)
    yield made
    made.close()


class Browser:
    """One session: ``coder`` may be empty for somebody who looks around."""

    def __init__(self, app: Any, coder: str) -> None:
        keyring = app.state.desk.keyring
        session = keyring.begin().as_coder(coder)
        self.client = TestClient(app, base_url=BASE, follow_redirects=False)
        # One event loop for all of them, as in a server: the live feed wakes who waits for it.
        self.client.portal = getattr(app.state, "portal", None)
        self.client.cookies.set(keyring.cookie, keyring.seal(session))
        self.guard = keyring.guard(session)
        self.headers = {"origin": BASE, "x-crosscase-guard": self.guard}

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, headers={"accept": "text/html"}, **options)

    def bare(self, path: str) -> str:
        """A page without what is different each time that it is made: its place in the history is masked anew."""
        text: str = self.get(path).text
        return re.sub('name="cursor" content="[^"]{27}"', "", text).replace(self.guard, "")

    def change(self, **body: Any) -> Any:
        return self.client.post("/api/changes", json=body, headers=self.headers)

    def form(self, path: str, **fields: str) -> Any:
        return self.client.post(path, data={"guard": self.guard, **fields}, headers={"origin": BASE})

    def live(self) -> Any:
        cookie = "; ".join(f"{k}={v}" for k, v in self.client.cookies.items())
        return self.client.websocket_connect(
            f"ws://{HOST}/live", headers={"origin": BASE, "cookie": cookie, "host": HOST}
        )


def hear(feed: Any, verb: str, seconds: float = 30.0) -> list[dict[str, Any]]:
    """The events of a live feed until there is one with this verb; those with it.

    In these tests the feed and the server run in loops of their own, and what one tells the other may go unnoticed by a
    loop that sleeps; asking for a sign of life wakes it.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        feed.send_text("ping")
        told = feed.receive_json()
        if found := [event for event in told.get("events", []) if event["verb"] == verb]:
            return found
        time.sleep(0.02)
    raise AssertionError("the feed said nothing")


@pytest.fixture
def app(study: Study) -> Iterator[Any]:
    made = make_app(study, b"a secret for tests that is long enough", (HOST,))
    with TestClient(made, base_url=BASE) as client:
        made.state.portal = client.portal
        yield made


@pytest.fixture
def ana(app: Any) -> Browser:
    return Browser(app, "ana")


@pytest.fixture
def ben(app: Any) -> Browser:
    return Browser(app, "ben")


@pytest.fixture
def guest(app: Any) -> Browser:
    return Browser(app, "")


def guid_of(study: Study, source: str) -> str:
    return dict(study.sources().select("name", "guid").iter_rows())[source]


def coding(study: Study, source: str, words: str, code: str = "infra.curr.common", **facets: str) -> dict[str, Any]:
    """The body of a change that codes these words."""
    from uuid import uuid4

    start = study.text(source).index(words)
    return {
        "verb": "code",
        "guid": str(uuid4()),
        "source": guid_of(study, source),
        "start": start,
        "end": start + len(words),
        "code": code,
        "facets": facets,
    }
