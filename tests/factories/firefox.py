"""A Firefox that a test drives over WebDriver BiDi, the protocol that browsers speak by themselves.

Only what the tests need: pages, cookies, keys, scripts, pictures. Message names are those of the W3C's draft.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
# As keys are named in a page → the code points that the protocol has for them.
_KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Shift": "\ue008", "Control": "\ue009", "Tab": "\ue004"}
_PATIENCE_S = 60
# No page of its own at the start, and nothing that goes to the network.
_SETTINGS = {
    "app.normandy.enabled": False,
    "app.update.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False,
}


class Firefox:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._ask("session.new", capabilities={})
        events = ["log.entryAdded", "network.beforeRequestSent"]
        self._ask("session.subscribe", events=events)
        self.tab = self._ask("browsingContext.create", type="tab")["context"]

    def _ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": parameters}))
        while True:
            told = json.loads(self._socket.recv(timeout=_PATIENCE_S))
            if told.get("id") == self._number:
                assert told["type"] == "success", told
                return told["result"]
            self._hear(told)

    def _hear(self, told: dict[str, Any]) -> None:
        said = told.get("params", {})
        if told.get("method") == "log.entryAdded" and said["level"] in ("error", "warn"):
            self.complaints.append(said["text"])
        elif told.get("method") == "network.beforeRequestSent":
            self.requests.append(said["request"]["url"])

    def enter(self, cookie: dict[str, str]) -> None:
        """Take a cookie: ``name``, ``value`` and the ``url`` that it is for."""
        held = {"name": cookie["name"], "value": {"type": "string", "value": cookie["value"]}}
        self._ask("storage.setCookie", cookie={**held, "domain": urlsplit(cookie["url"]).hostname})

    def go(self, address: str) -> None:
        self._ask("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def read(self, expression: str) -> Any:
        """The value of an expression in the page."""
        whole = f"JSON.stringify({expression}) ?? 'null'"
        found = self._ask("script.evaluate", expression=whole, target={"context": self.tab}, awaitPromise=True)
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"])

    def wait(self, expression: str) -> None:
        """Until an expression in the page is true."""
        until = time.monotonic() + _PATIENCE_S
        while not self.read(f"Boolean({expression})"):
            assert time.monotonic() < until, f"never came: {expression}"
            time.sleep(0.05)

    def press(self, *keys: str) -> None:
        """Keys one after the other; ``Shift+N`` and the like hold a key down."""
        for key in keys:
            *held, last = key.split("+")
            value = _KEYS.get(last, last)
            down = [{"type": "keyDown", "value": _KEYS[h]} for h in held]
            up = [{"type": "keyUp", "value": _KEYS[h]} for h in reversed(held)]
            actions = [*down, {"type": "keyDown", "value": value}, {"type": "keyUp", "value": value}, *up]
            source = {"type": "key", "id": "keyboard", "actions": actions}
            self._ask("input.performActions", context=self.tab, actions=[source])

    def picture(self, path: Path) -> None:
        data = self._ask("browsingContext.captureScreenshot", context=self.tab)["data"]
        path.write_bytes(base64.b64decode(data))


@contextmanager
def firefox(folder: Path, width: int = 1440, height: int = 900) -> Iterator[Firefox]:
    """Start a Firefox with a new profile in ``folder``."""
    assert FIREFOX is not None
    profile = folder / "firefox"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _SETTINGS.items()]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    command = [FIREFOX, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    environment = {
        **os.environ,
        "HOME": str(folder),
        "MOZ_HEADLESS_WIDTH": str(width),
        "MOZ_HEADLESS_HEIGHT": str(height),
    }
    with (folder / "firefox.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
        try:
            with connect(f"{_address(process, Path(log.name))}/session", max_size=None) as socket:
                yield Firefox(socket)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + _PATIENCE_S
    while True:
        found = re.search(r"WebDriver BiDi listening on (ws://\S+)", log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found.group(1)
        assert process.poll() is None and time.monotonic() < until, log.read_text(encoding="utf-8", errors="replace")
        time.sleep(0.05)
