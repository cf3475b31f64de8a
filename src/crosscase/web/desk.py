"""What one running workbench holds in its hands: the study, the keys, the live feed, the analyses."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa
from starlette.requests import HTTPConnection

from crosscase.errors import AccessError, ManifestError
from crosscase.model.access import Access, Right
from crosscase.model.framework import Framework
from crosscase.services.accounts import Account, account_by_guid, accounts
from crosscase.services.people import FIRST_ROUND, Person, people
from crosscase.services.rounds import closed_rounds, round_names
from crosscase.services.settings import FILE_NAME, read_settings
from crosscase.services.sight import Sight, hidden_rounds, hides_suggestions, sight_of
from crosscase.services.study import Study
from crosscase.services.waiting import waiting_by_change, waiting_sentences
from crosscase.store import schema
from crosscase.web.admission import Attempts
from crosscase.web.computing import AnalysisDesk
from crosscase.web.configuring import SetsDesk
from crosscase.web.errands import Errands
from crosscase.web.hearing import Hearing
from crosscase.web.live import Feed
from crosscase.web.measuring import Measured
from crosscase.web.sessions import Keyring, Session

_NEWEST = sa.select(
    sa.select(sa.func.max(schema.codebook_version.c.id)).scalar_subquery(),
    sa.select(sa.func.max(schema.event.c.id)).scalar_subquery(),
)


@dataclass
class Desk:
    """One study being served."""

    study: Study
    keyring: Keyring
    feed: Feed
    analyses: AnalysisDesk
    origins: tuple[str, ...]
    uploads: Path
    problem: str = ""
    sets: SetsDesk = field(default_factory=SetsDesk)
    measured: Measured = field(default_factory=Measured)
    attempts: Attempts = field(default_factory=Attempts)
    _errands: Errands | None = field(default=None)
    _parts: dict[Access, Desk] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _settings_at: float = field(default=0.0)
    _codebook: int = field(default=0)

    @cached_property
    def hearing(self) -> Hearing:
        """What open pages hear."""
        return Hearing(self.study)

    @property
    def errands(self) -> Errands:
        """Work that rooms ask for by name."""
        if self._errands is None:
            self._errands = Errands(self.study)
        return self._errands

    def for_access(self, access: Access) -> Desk:
        """The desk of somebody with this access: who sees a part has a study and results of their own."""
        if access.whole:
            return self
        with self._lock:
            found = self._parts.get(access)
            if found is None:
                study = self.study.seen_by(access)
                found = Desk(study, self.keyring, self.feed, AnalysisDesk(study), self.origins, self.uploads)
                found.attempts = self.attempts
                self._parts[access] = found
            return found

    def stop(self) -> None:
        """End what is being computed."""
        for desk in (*self._parts.values(), self):
            desk.analyses.stop()
            desk.sets.stop()
            if desk._errands is not None:
                desk._errands.stop()
        for desk in self._parts.values():
            desk.study.close()

    def refresh(self) -> int:
        """Take over what changed beside the server: an edited study.yaml, a newly adopted codebook.

        Returns the number of the newest event.
        """
        try:
            changed = (self.study.folder / FILE_NAME).stat().st_mtime
            if changed != self._settings_at:
                self.study.settings = read_settings(self.study.folder)
                self._settings_at, self.problem = changed, ""
        except (ManifestError, OSError) as error:
            # Half-way through an edit: coding goes on with the settings of before, and every page says so.
            self.problem = f"study.yaml cannot be used as it is, the settings of before stay: {error}"
        with self.study.reading() as connection:
            codebook, event = connection.execute(_NEWEST).one()
        if codebook != self._codebook:
            self.study.__dict__.pop("framework", None)
            self._codebook = codebook
        return int(event or 0)


def desk_of(connection: HTTPConnection) -> Desk:
    found: Desk = connection.app.state.desk
    return found


class Viewer:
    """The person at one request: who they are, which round they code in, what they may see."""

    def __init__(self, connection: HTTPConnection) -> None:
        self.session: Session = connection.scope["session"]
        self.access: Access = connection.scope["access"]
        self.team: bool = connection.scope["team"]
        self.account: Account | None = None
        whole = desk_of(connection)
        if self.team:
            self.account = account_by_guid(whole.study, self.session.account)
        self.desk = whole.for_access(self.access)
        # Before anything is read for the page: what happens meanwhile is told to it, rather than missed.
        self.event = self.desk.refresh()
        actor = self.account.name if self.account is not None else self.session.coder
        self.study = self.desk.study.seen_by(self.access) if self.access.whole else self.desk.study
        self.study = self.study.acting_as(actor or self.desk.study.actor)
        # Parsed once for everybody: a framework takes a tenth of a second.
        self.study.__dict__["framework"] = self.desk.study.framework

    @property
    def framework(self) -> Framework:
        return self.study.framework

    @property
    def coder(self) -> str:
        """Short name of the coder; raises ``AccessError`` for somebody who only looks around."""
        if not self.session.coder and self.team:
            raise AccessError(
                "readers look, and change nothing", where="your account", mend="ask an owner of the study"
            )
        if not self.session.coder:
            raise AccessError("you are only looking around", where="workbench", mend="say who you are in Settings")
        return self.session.coder

    @cached_property
    def people(self) -> list[Person]:
        return people(self.study)

    @cached_property
    def _labels(self) -> dict[str, str]:
        signing_in = {a.name: a.label for a in accounts(self.study)} if self.team and self.may_lead else {}
        return signing_in | {person.name: person.label for person in self.people}

    def called(self, person: str) -> str:
        """What somebody is called; whoever is not known any more keeps their short name."""
        return self._labels.get(person) or person

    def called_case(self, case: str) -> str:
        """What a case is called; one that is not known any more keeps its short name."""
        return next((c.label or c.name for c in self.study.settings.cases if c.name == case), case)

    @cached_property
    def round(self) -> str:
        """The round that this person codes in: the one they chose, else the newest that is not closed."""
        known = round_names(self.study)
        if self.session.round and (self.session.round in known or not known):
            return self.session.round
        going_on = [name for name in known if name not in closed_rounds(self.study)]
        return [*known, *going_on][-1] if known else FIRST_ROUND

    @cached_property
    def round_closed(self) -> bool:
        """Whether nothing can be coded in the round of this person any more."""
        return self.round in closed_rounds(self.study)

    @cached_property
    def sight(self) -> Sight:
        with self.study.reading() as connection:
            return sight_of(connection, self.session.coder or None, self.round)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Blind rounds whose results would give colleagues' codings away."""
        with self.study.reading() as connection:
            return hidden_rounds(connection, self.sight)

    @cached_property
    def hides_suggestions(self) -> bool:
        """Whether machines' suggestions are hidden from this person."""
        with self.study.reading() as connection:
            return hides_suggestions(connection, self.sight)

    @cached_property
    def waiting(self) -> tuple[str, ...]:
        """What stands beside results while codings wait for their coders; nothing where a blind round hides results."""
        return () if self.hidden else waiting_sentences(waiting_by_change(self.study))

    @property
    def label(self) -> str:
        if self.account is not None:
            return self.account.label
        return next((p.label for p in self.people if p.name == self.session.coder), self.session.coder)

    @property
    def may_code(self) -> bool:
        return self.access.may(Right.CODE)

    @property
    def may_lead(self) -> bool:
        return self.access.may(Right.LEAD)

    @property
    def guard(self) -> str:
        return self.desk.keyring.guard(self.session)

    @property
    def cursor(self) -> str:
        """Where a page that is made for this request stands in the history."""
        return self.desk.keyring.hide(self.event)


def viewer_of(request: HTTPConnection) -> Viewer:
    """Who asks; read once per request."""
    if not hasattr(request.state, "viewer"):
        request.state.viewer = Viewer(request)
    found: Viewer = request.state.viewer
    return found


def study_guid(study: Study) -> str:
    """The stable name of a study."""
    with study.reading() as connection:
        found: str = connection.execute(
            sa.select(schema.study.c.value).where(schema.study.c.key == "guid")
        ).scalar_one()
    return found
