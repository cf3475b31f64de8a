"""Whether a session may come in now, in which role and to which cases: asked anew at every request."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace

from crosscase.model.access import EVERYTHING, Access, Right
from crosscase.services.accounts import Account, account_by_guid, has_accounts
from crosscase.services.study import Study
from crosscase.web.sessions import Session


@dataclass(frozen=True)
class Admission:
    """``access`` is ``None`` for somebody who has to sign in first, or (``team`` is false) to use a fresh address."""

    session: Session | None
    access: Access | None
    team: bool


def admit(study: Study, session: Session | None) -> Admission:
    """What a session opens. A closed account, another password or other rights count from the next request on."""
    if session is not None and session.account:
        account = account_by_guid(study, session.account)
        if account is not None and account.stamp == session.stamp:
            return Admission(as_account(session, account), account.access, True)
        return Admission(session, None, True)
    if has_accounts(study):
        return Admission(session, None, True)
    return Admission(session, EVERYTHING if session is not None else None, False)


def as_account(session: Session, account: Account) -> Session:
    """The session as that account's role has it: readers have no name to code under."""
    return replace(session, coder=account.name if account.access.may(Right.CODE) else "", chosen=True)


@dataclass
class Attempts:
    """Slows down whoever guesses passwords: after some failures each further one doubles the wait.

    Counted for the name and for the address they come from. The wait for a name stays short, so that a stranger cannot
    lock somebody out of their own study.
    """

    free: int = 5
    longest_name: float = 30.0
    longest_address: float = 900.0
    _failed: OrderedDict[tuple[str, str], tuple[int, float]] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    KEPT = 10_000

    def wait(self, name: str, address: str) -> float:
        """Seconds until this may be tried; 0 for now."""
        now = time.monotonic()
        with self._lock:
            return max(0.0, *(self._failed.get(key, (0, 0.0))[1] - now for key in self._keys(name, address)))

    def failed(self, name: str, address: str) -> None:
        """Note a wrong password."""
        now = time.monotonic()
        with self._lock:
            for key, free, longest in zip(
                self._keys(name, address),
                (self.free, 4 * self.free),
                (self.longest_name, self.longest_address),
                strict=True,
            ):
                times = self._failed.pop(key, (0, 0.0))[0] + 1
                wait = min(longest, 2.0 ** min(times - free, 12)) if times >= free else 0.0
                self._failed[key] = (times, now + wait)
            while len(self._failed) > self.KEPT:
                self._failed.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name; those of the address stay, since others may come from it."""
        with self._lock:
            self._failed.pop(self._keys(name, address)[0], None)

    @staticmethod
    def _keys(name: str, address: str) -> tuple[tuple[str, str], tuple[str, str]]:
        return ("name", name.lower()), ("address", address)
