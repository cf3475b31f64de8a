"""Backups beside the typing: made in a child process, on request or by themselves when one is due."""

from __future__ import annotations

import os
import shlex
import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

import sqlalchemy as sa

from crosscase.errors import CrosscaseError
from crosscase.services.backups import Backup, backups, due
from crosscase.services.study import Door, Study
from crosscase.web.desk import Desk, Viewer
from crosscase.web.errands import Errand, Errands

BACKUP = "backup"
_COURTEOUS = 10  # niceness of the child process


@dataclass(frozen=True)
class Shelf:
    """What the section on backups shows; ``counted`` says whether numbers of events may be seen."""

    backups: list[Backup]
    errand: Errand
    command: str
    counted: bool
    every_hours: float
    keep: int

    @property
    def newest(self) -> Backup | None:
        return next((b for b in self.backups if b.manifest), None)


def shelf_of(viewer: Viewer) -> Shelf:
    """The backups of the study that somebody looks at.

    While colleagues' codings are hidden from them the numbers of events are, too: they would tell of the work.
    """
    settings = viewer.desk.study.settings.backups
    found = backups(viewer.study.folder.absolute())
    newest = next((b for b in found if b.manifest), None)
    folder = viewer.study.folder.absolute()
    file = newest.path if newest else folder / "backups" / "FILE"
    command = shlex.join(["crosscase", "restore", str(file), str(folder.with_name(folder.name + "-restored"))])
    return Shelf(
        found,
        viewer.desk.errands.now(BACKUP),
        command,
        not viewer.hidden,
        settings.every_hours,
        settings.keep,
    )


def ask_for_backup(errands: Errands, study: Study, *, automatic: bool) -> Errand:
    """Start making a backup unless one is being made."""
    return errands.ask(BACKUP, study.head(), make_backup, automatic)


def make_backup(door: Door, automatic: bool, pipe: Connection) -> None:
    """In the child process: make one backup and send its name, or the sentence why there is none."""
    from crosscase.services.backups import back_up, back_up_automatically
    from crosscase.services.study import open_study

    os.nice(_COURTEOUS)

    def say(step: str, done: int, total: int) -> None:
        pipe.send(("step", step, done, total))

    try:
        if automatic:
            with open_study(door) as study:
                made = back_up_automatically(study, progress=say)
        else:
            made = back_up(door.folder, progress=say)
        pipe.send(("done", made.path.name))
    except CrosscaseError as error:
        pipe.send(("failed", str(error)))
    finally:
        pipe.close()


@dataclass
class Keeper:
    """Looks every few minutes whether a backup is due while the workbench runs."""

    desk: Desk
    first: float = 60.0
    every: float = 600.0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(5)

    def _watch(self) -> None:
        pause = self.first
        while not self._stop.wait(pause):
            pause = self.every
            study = self.desk.study
            try:
                wanted = due(study)
            except (CrosscaseError, OSError, sa.exc.SQLAlchemyError):
                wanted = True  # what is wrong is said by the backup that then cannot be made
            if wanted:
                ask_for_backup(self.desk.errands, study, automatic=True)
