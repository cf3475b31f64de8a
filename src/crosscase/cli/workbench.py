"""``crosscase serve``: the workbench in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from crosscase.cli.app import StudyArgument, app, out
from crosscase.services.study import open_study

if TYPE_CHECKING:
    from crosscase.services.analyses import Analyses

PortOption = Annotated[
    int | None, typer.Option(min=1, max=65535, help="port (default: 8347, or the next that is free)")
]
HostOption = Annotated[str, typer.Option(help="address of this machine's own to listen on")]
BrowserOption = Annotated[bool, typer.Option("--no-browser", help="print the address and open no browser")]


@app.command()
def serve(
    study: StudyArgument = ".",
    port: PortOption = None,
    host: HostOption = "127.0.0.1",
    no_browser: BrowserOption = False,
) -> None:
    """Open the workbench: read, code and look at results in the browser, on this machine only."""
    serve_study(study, port, host, no_browser)


def serve_study(study: str, port: int | None, host: str, no_browser: bool, analyses: Analyses | None = None) -> None:
    """Serve until somebody presses Ctrl+C."""
    # Loaded here: the server takes a second, and every other verb does without it.
    from crosscase.web.server import serve as serve_workbench

    def say(address: str) -> None:
        out.print(f"The workbench is at {address}", markup=False)
        out.print(
            "The address works once, in the browser that opens it first. Ctrl+C stops the workbench.", markup=False
        )

    with open_study(study) as opened:
        serve_workbench(opened, host=host, port=port, browser=not no_browser, say=say, analyses=analyses)
