"""Who has come in: a one-time token opens the door, a signed cookie keeps it open, a second token guards changes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

LIFETIME = 30 * 24 * 3600.0
TOKEN_LIFETIME = 600.0


@dataclass(frozen=True)
class Session:
    """One browser: ``coder`` is empty while nobody has said who they are or when they only look around.

    ``account`` and ``stamp`` are those of the person who signed in, where the study has accounts.
    """

    id: str
    coder: str = ""
    chosen: bool = False
    round: str = ""
    began: float = 0.0
    account: str = ""
    stamp: str = ""

    def as_coder(self, coder: str) -> Session:
        return replace(self, coder=coder, chosen=True)


def load_secret(folder: Path | None = None) -> bytes:
    """The key of this account, kept between starts so that open tabs survive a restart; only its owner can read it."""
    state = folder or Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    home = state / "crosscase"
    path = home / "session.key"
    try:
        if path.is_file() and len(key := path.read_bytes()) >= 32:
            return key
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = secrets.token_bytes(32)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
            file.write(key)
    except OSError:
        return secrets.token_bytes(32)  # no place to keep it: open tabs then have to come in again after a restart
    return key


class Keyring:
    """Signs cookies, guards changes and hands out one-time tokens, for one study."""

    def __init__(self, secret: bytes, study: str) -> None:
        self._key = hmac.digest(secret, study.encode(), "sha256")
        self._tokens: dict[str, float] = {}
        self.cookie = "crosscase-" + hashlib.sha256(study.encode()).hexdigest()[:8]

    def new_token(self, lifetime: float | None = TOKEN_LIFETIME) -> str:
        """A token that opens the door once."""
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + (lifetime or 10**9)
        return token

    def use_token(self, token: str) -> bool:
        """Whether a token opens the door; it never does again."""
        until = next((t for known, t in self._tokens.items() if hmac.compare_digest(known, token)), None)
        if until is None:
            return False
        del self._tokens[token]
        return time.monotonic() < until

    def begin(self, coder: str = "", account: str = "", stamp: str = "") -> Session:
        """A new session; signing in always begins one, so that nobody waits in a session that they laid out."""
        chosen = bool(coder or account)
        return Session(secrets.token_urlsafe(16), coder, chosen, "", time.time(), account, stamp)

    def seal(self, session: Session) -> str:
        """The cookie of a session."""
        body = base64.urlsafe_b64encode(json.dumps(asdict(session)).encode()).decode()
        return f"{body}.{self._sign('session', body)}"

    def open(self, cookie: str) -> Session | None:
        """The session of a cookie; ``None`` when it is not ours, was changed, or is too old."""
        body, _, signature = cookie.partition(".")
        if not hmac.compare_digest(self._sign("session", body), signature):
            return None
        content = json.loads(base64.urlsafe_b64decode(body))
        if not isinstance(content, dict):
            return None  # a cookie of a former version
        session = Session(**content)
        return session if time.time() - session.began < LIFETIME else None

    def guard(self, session: Session) -> str:
        """What a page has to send along with every change: it names the person that the page was made for.

        Of the account where there is one: what a page could not send before its session ended is sent after the same
        person has signed in again. A browser in which somebody else works now sends nothing from the pages of before.
        """
        return self._sign("change", f"{session.account or session.id}:{session.coder}")

    def guards(self, session: Session, guard: str) -> bool:
        return hmac.compare_digest(self.guard(session), guard)

    def hide(self, number: int) -> str:
        """A number that only we can read: how many events a study has would tell about colleagues' work."""
        nonce = secrets.token_bytes(6)
        mask = hmac.digest(self._key, b"cursor" + nonce, "sha256")[:8]
        body = bytes(a ^ b for a, b in zip(number.to_bytes(8, "big"), mask, strict=True))
        tag = hmac.digest(self._key, b"tag" + nonce + body, "sha256")[:6]
        return base64.urlsafe_b64encode(nonce + body + tag).decode().rstrip("=")

    def reveal(self, text: str) -> int | None:
        """The number behind ``hide``; ``None`` for anything else."""
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        if len(raw) != 20:
            return None
        nonce, body, tag = raw[:6], raw[6:14], raw[14:]
        if not hmac.compare_digest(tag, hmac.digest(self._key, b"tag" + nonce + body, "sha256")[:6]):
            return None
        mask = hmac.digest(self._key, b"cursor" + nonce, "sha256")[:8]
        return int.from_bytes(bytes(a ^ b for a, b in zip(body, mask, strict=True)), "big")

    def _sign(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose}:{text}".encode(), "sha256").hexdigest()
