"""``crosscase serve``: the workbench in the browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from crosscase.cli.app import StudyArgument, app, out
from crosscase.services.study import open_study

if TYPE_CHECKING:
    from crosscase.services.analyses import Analyses
    from crosscase.web.server import Place

PortOption = Annotated[
    int | None, typer.Option(min=1, max=65535, help="port (default: 8347, or the next that is free)")
]
HostOption = Annotated[str, typer.Option(help="address to listen on; others than this machine's own need accounts")]
AddressOption = Annotated[str, typer.Option(help="what people type, https://NAME, where a proxy or a certificate is")]
CertificateOption = Annotated[Path | None, typer.Option(help="file of the certificate, for encryption without a proxy")]
KeyOption = Annotated[Path | None, typer.Option(help="file of the certificate's key")]
BrowserOption = Annotated[bool, typer.Option("--no-browser", help="print the address and open no browser")]


@app.command()
def serve(
    study: StudyArgument = ".",
    port: PortOption = None,
    host: HostOption = "127.0.0.1",
    address: AddressOption = "",
    certificate: CertificateOption = None,
    key: KeyOption = None,
    no_browser: BrowserOption = False,
) -> None:
    """Open the workbench: read, code and look at results in the browser; with accounts, as a team from anywhere."""
    from crosscase.web.server import Place

    serve_study(study, Place(host, port, address, certificate, key), no_browser)


def serve_study(study: str, place: Place, no_browser: bool, analyses: Analyses | None = None) -> None:
    """Serve until somebody presses Ctrl+C."""
    # Loaded here: the server takes a second, and every other verb does without it.
    from crosscase.web.server import serve as serve_workbench

    def say(address: str, once: bool) -> None:
        out.print(f"The workbench is at {address}", markup=False)
        how = "The address works once, in the browser that opens it first." if once else "People sign in there."
        out.print(f"{how} Ctrl+C stops the workbench.", markup=False)

    with open_study(study) as opened:
        serve_workbench(opened, place, browser=not no_browser, say=say, analyses=analyses)
