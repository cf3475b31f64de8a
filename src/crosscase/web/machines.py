"""Machine coders beside the typing: what they did, and the errand that lets one suggest."""

from __future__ import annotations

import os
from dataclasses import dataclass
from multiprocessing.connection import Connection

from crosscase.errors import CrosscaseError
from crosscase.services.machine_coders import MachineCoder, machine_coders
from crosscase.services.study import Door
from crosscase.web.desk import Viewer
from crosscase.web.errands import Errand

SUGGEST = "suggest"
_COURTEOUS = 10  # niceness of the child process


@dataclass(frozen=True)
class Machines:
    """What the section on machine coders shows; ``made`` is a sentence about the last run of this workbench."""

    coders: list[MachineCoder]
    errand: Errand


def machines_of(viewer: Viewer) -> Machines:
    """The machine coders of the study; while colleagues' work is hidden, with this person's own answers only."""
    only = (viewer.session.coder or "") if viewer.hidden else None
    return Machines(machine_coders(viewer.study, only=only), viewer.desk.errands.now(SUGGEST))


def let_suggest(door: Door, actor: str, name: str, pipe: Connection) -> None:
    """In the child process: let a machine coder go through what it has not done, and send a sentence about it."""
    from crosscase.report.numerals import plural
    from crosscase.services.study import open_study
    from crosscase.services.suggestions import suggest

    os.nice(_COURTEOUS)
    try:
        with open_study(door) as opened:
            done = suggest(opened.acting_as(actor), name=name, progress=lambda *step: pipe.send(("step", *step)))
            replaced = f", in place of {plural(done.n_replaced, 'open one')} of before" if done.n_replaced else ""
            sources, made = plural(done.n_sources, "source"), plural(done.n_new, "suggestion")
            pipe.send(("done", f"{done.coder} went through {sources} and made {made}{replaced}."))
    except CrosscaseError as error:
        pipe.send(("failed", str(error)))
    finally:
        pipe.close()
