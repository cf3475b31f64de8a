"""``crosscase serve``: the workbench on this machine's own address; on others only with accounts and encryption."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from crosscase.errors import AccessError, StudyError
from crosscase.services.accounts import has_accounts
from crosscase.services.analyses import Analyses
from crosscase.services.reporting.fill import fill_report
from crosscase.services.study import Study, sync_settings
from crosscase.web.app import make_app
from crosscase.web.sessions import load_secret

DEFAULT_PORT = 8347
_TRIES = 20


@dataclass(frozen=True)
class Place:
    """Where the workbench is served.

    ``host`` is an address to listen on, ``public`` the origin that people type (``https://crosscase.example.org``)
    where it is not the address itself; ``certificate`` and ``key`` are files for TLS, without them a proxy on this
    machine has to end it.
    """

    host: str = "127.0.0.1"
    port: int | None = None
    public: str = ""
    certificate: Path | None = None
    key: Path | None = None

    @property
    def encrypted(self) -> bool:
        return self.certificate is not None


def check_place(place: Place, *, accounts: bool) -> str:
    """The address to listen on.

    Raises ``AccessError`` where strangers could read the study: reached from other machines without accounts, or
    without encryption.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if place.host == "localhost" else place.host)
    except ValueError:
        raise AccessError(
            f"{place.host!r} is no address to listen on", where="--host", mend="use 127.0.0.1, ::1 or an address"
        ) from None
    _check_public(place)
    if address.is_loopback and not place.public:
        return str(address)
    if not accounts:
        raise AccessError(
            f"the workbench is not served as {place.public or place.host}: the study has no accounts, so whoever "
            "reached it could read what people said in confidence",
            where="--address" if place.public else "--host",
            mend="make accounts (`crosscase users begin`), or use a tunnel: ssh -L 8347:127.0.0.1:8347 THIS-MACHINE",
        )
    if not address.is_loopback and not place.encrypted:
        raise AccessError(
            "passwords and transcripts would travel unencrypted",
            where="--host",
            mend="add --certificate and --key, or listen on 127.0.0.1 behind a proxy and name it with --address",
        )
    if address.is_unspecified and not place.public:
        raise AccessError(
            f"{address} is every address of this machine", where="--host", mend="say with --address what people type"
        )
    return str(address)


def _check_public(place: Place) -> None:
    if (place.certificate is None) != (place.key is None):
        raise AccessError("a certificate needs its key", where="--certificate", mend="name both files")
    for file in (place.certificate, place.key):
        if file is not None and not file.is_file():
            raise AccessError("there is no such file", where=str(file), mend="name the files of the certificate")
    parts = urlsplit(place.public)
    if place.public and (parts.scheme != "https" or not parts.hostname or parts.path or parts.query):
        raise AccessError(
            f"{place.public!r} is no address that people can type", where="--address", mend="write https://NAME"
        )


def open_socket(host: str, port: int | None) -> socket.socket:
    """A listening socket; without a wish for a port the usual one, or the next that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wanted = [port] if port is not None else [DEFAULT_PORT + n for n in range(_TRIES)]
    for number in wanted:
        # The protocol by name: only then asyncio sends each part of an answer at once. Otherwise the body waits for the
        # other side to acknowledge the head, 40 ms on Linux.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, number))
        except OSError:
            listening.close()
            continue
        listening.listen(128)
        return listening
    busy = str(port) if port is not None else f"{DEFAULT_PORT} to {DEFAULT_PORT + _TRIES - 1}"
    raise StudyError(f"port {busy} is in use", where=host, mend="name another with --port")


def serve(
    study: Study,
    place: Place = Place(),
    *,
    browser: bool = True,
    say: Callable[[str, bool], None] = lambda address, once: None,
    analyses: Analyses | None = None,
) -> None:
    """Serve a study until it is stopped; ``say`` gets the address, and whether it carries a one-time token.

    ``analyses`` are results of the study as it is, if they were computed just now.
    """
    team = has_accounts(study)
    address = check_place(place, accounts=team)
    sync_settings(study)
    listening = open_socket(address, place.port)
    number = listening.getsockname()[1]
    shown = f"[{address}]" if ":" in address else address
    origin, others = _origins(place, shown, number)
    app = make_app(study, load_secret(), (origin, *others))
    if analyses is not None:
        app.state.desk.analyses.preset(analyses.data_hash, fill_report(study, analyses))
    url = origin if team else f"{origin}/enter?token={app.state.desk.keyring.new_token(lifetime=None)}"
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        server_header=False,
        timeout_graceful_shutdown=2,
        ssl_certfile=str(place.certificate) if place.certificate else None,
        ssl_keyfile=str(place.key) if place.key else None,
        proxy_headers=bool(place.public) and not place.encrypted,
    )
    say(url, not team)
    if browser:
        threading.Timer(0.4, webbrowser.open, [url]).start()
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C is how it ends
        uvicorn.Server(config).run(sockets=[listening])


def _origins(place: Place, shown: str, number: int) -> tuple[str, tuple[str, ...]]:
    """What people type, and what the server answers to besides."""
    scheme = "https" if place.encrypted else "http"
    if place.public:
        return place.public.rstrip("/"), ()
    return f"{scheme}://{shown}:{number}", (f"{scheme}://localhost:{number}",)
