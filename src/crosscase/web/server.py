"""``crosscase serve``: the workbench on this machine's own address, and on no other."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import webbrowser
from collections.abc import Callable

import uvicorn

from crosscase.errors import AccessError, StudyError
from crosscase.services.analyses import Analyses
from crosscase.services.reporting.fill import fill_report
from crosscase.services.study import Study, sync_settings
from crosscase.web.app import make_app
from crosscase.web.sessions import load_secret

DEFAULT_PORT = 8347
_TRIES = 20


def check_host(host: str) -> str:
    """The address to listen on; raises ``AccessError`` for one that other machines can reach."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise AccessError(
            f"{host!r} is no address of this machine's own", where="--host", mend="use 127.0.0.1, ::1 or localhost"
        ) from None
    if not address.is_loopback:
        raise AccessError(
            f"the workbench does not listen on {host}: it has no accounts yet, so whoever reached it could read "
            "what people said in confidence",
            where="--host",
            mend="use 127.0.0.1, and from another machine a tunnel: ssh -L 8347:127.0.0.1:8347 THIS-MACHINE",
        )
    return str(address)


def open_socket(host: str, port: int | None) -> socket.socket:
    """A listening socket; without a wish for a port the usual one, or the next that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    wanted = [port] if port is not None else [DEFAULT_PORT + n for n in range(_TRIES)]
    for number in wanted:
        listening = socket.socket(family, socket.SOCK_STREAM)
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
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], None] = lambda line: None,
    analyses: Analyses | None = None,
) -> None:
    """Serve a study until it is stopped; ``say`` gets the address with its one-time token.

    ``analyses`` are results of the study as it is, if they were computed just now.
    """
    address = check_host(host)
    sync_settings(study)
    listening = open_socket(address, port)
    number = listening.getsockname()[1]
    shown = f"[{address}]" if ":" in address else address
    app = make_app(study, load_secret(), (f"{shown}:{number}", f"localhost:{number}"))
    if analyses is not None:
        app.state.desk.analyses.preset(analyses.data_hash, fill_report(study, analyses))
    token = app.state.desk.keyring.new_token(lifetime=None)
    url = f"http://{shown}:{number}/enter?token={token}"
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    say(url)
    if browser:
        threading.Timer(0.4, webbrowser.open, [url]).start()
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C is how it ends
        uvicorn.Server(config).run(sockets=[listening])
