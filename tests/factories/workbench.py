"""A running workbench for tests: on a free port, in a thread, with a fresh one-time address whenever one is needed."""

from __future__ import annotations

import http.cookiejar
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from crosscase.services.study import Study
from crosscase.web.app import make_app
from crosscase.web.desk import study_guid
from crosscase.web.server import open_socket
from crosscase.web.sessions import Keyring, load_secret

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Running:
    """A workbench that answers at ``base``."""

    study: Study
    base: str
    app: Any
    server: uvicorn.Server = field(repr=False)

    def address(self) -> str:
        """A fresh one-time address."""
        return f"{self.base}/enter?token={self.app.state.desk.keyring.new_token()}"

    def address_as(self, coder: str) -> Any:
        """A cookie for a browser in which this coder has come in already (empty: somebody looking around)."""
        keyring = self.app.state.desk.keyring
        session = keyring.begin().as_coder(coder)
        return {"name": keyring.cookie, "value": keyring.seal(session), "url": self.base}

    def client(self, coder: str) -> Client:
        keyring = self.app.state.desk.keyring
        session = keyring.begin().as_coder(coder)
        return Client(self.base, f"{keyring.cookie}={keyring.seal(session)}", keyring.guard(session))


@dataclass
class Served:
    """A workbench in a process of its own, as ``crosscase serve`` starts it."""

    base: str
    keyring: Keyring
    process: subprocess.Popen[str] = field(repr=False)

    def address_as(self, coder: str) -> Any:
        session = self.keyring.begin().as_coder(coder)
        return {"name": self.keyring.cookie, "value": self.keyring.seal(session), "url": self.base}

    def client(self, coder: str) -> Client:
        session = self.keyring.begin().as_coder(coder)
        return Client(self.base, f"{self.keyring.cookie}={self.keyring.seal(session)}", self.keyring.guard(session))


@dataclass(frozen=True)
class Client:
    """A browser without a page: one session that asks and changes."""

    base: str
    cookie: str
    guard: str

    def get(self, path: str, accept: str = "application/json") -> tuple[int, str]:
        return self._send(urllib.request.Request(self.base + path, headers={"cookie": self.cookie, "accept": accept}))

    def json(self, path: str) -> Any:
        status, text = self.get(path)
        assert status == 200, text
        return json.loads(text)

    def change(self, **body: Any) -> tuple[int, Any]:
        request = urllib.request.Request(
            self.base + "/api/changes",
            json.dumps(body).encode(),
            {
                "cookie": self.cookie,
                "origin": self.base,
                "content-type": "application/json",
                "x-crosscase-guard": self.guard,
            },
        )
        status, text = self._send(request)
        return status, json.loads(text)

    def _send(self, request: urllib.request.Request) -> tuple[int, str]:
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@contextmanager
def running(study: Study, port: int = 0) -> Iterator[Running]:
    """Serve a study in a thread of this process."""
    listening = open_socket("127.0.0.1", port)
    host = f"127.0.0.1:{listening.getsockname()[1]}"
    app = make_app(study, b"a secret for tests that is long enough", (host,))
    config = uvicorn.Config(
        app, log_level="error", ws="websockets-sansio", server_header=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert thread.is_alive() and time.monotonic() < until, "the workbench did not start"
        time.sleep(0.01)
    try:
        yield Running(study, f"http://{host}", app, server)
    finally:
        server.should_exit = True
        thread.join(10)


def start_serving(study: Study, state: Path, port: int | None = None) -> Served:
    """Start ``crosscase serve`` on a study; ``state`` is the folder in which it keeps its key."""
    command = [sys.executable, "-c", "import sys; from crosscase.cli import main; sys.exit(main())"]
    words = ["serve", str(study.folder), "--no-browser", *(["--port", str(port)] if port else [])]
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(command + words, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    line = process.stdout.readline()
    base = line.split(" at ")[1].split("/enter")[0]
    until = time.monotonic() + 60
    while True:
        assert process.poll() is None and time.monotonic() < until, "the workbench does not answer"
        try:
            urllib.request.urlopen(base + "/enter", timeout=5)
        except urllib.error.HTTPError:
            break  # it answers: without a token nobody comes in
        except urllib.error.URLError:
            time.sleep(0.05)
    return Served(base, Keyring(load_secret(state), study_guid(study)), process)


@contextmanager
def serving(study: Study, state: Path, port: int | None = None) -> Iterator[Served]:
    """Serve a study in a process of its own."""
    served = start_serving(study, state, port)
    try:
        yield served
    finally:
        served.process.terminate()
        served.process.wait(10)
