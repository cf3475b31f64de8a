"""Changing one thing of the codebook by what people write in a form: looked at first, then made as a new version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from crosscase import frameworks
from crosscase.errors import Conflict, FrameworkError, ManifestError
from crosscase.frameworks.rewriting import FIELDS, CodeText, Rewriting, next_version, rewrite
from crosscase.model.framework import Framework, Indicator
from crosscase.services.codebook_edits import KINDS, CodebookEdit, Edited, edit_codebook
from crosscase.services.codebook_effects import Effects, effects_of
from crosscase.services.sight import Sight
from crosscase.services.study import Study, adopt_framework
from crosscase.store import audit, schema

_LINE = re.compile(r"^line \d+, (?:.*› [a-z]+: )?")


@dataclass(frozen=True)
class Change:
    """What somebody wants: ``codes`` become ``after``.

    ``kind`` is rename, redefine, merge, split or drop. ``again`` says of new words that the meaning changed, so that
    coders look at their codings again.
    """

    kind: str
    codes: tuple[str, ...]
    after: tuple[CodeText, ...]
    reason: str = ""
    again: bool = True


@dataclass(frozen=True)
class CoderShare:
    """How many codings of one coder a change touches."""

    coder: str
    label: str
    n_codings: int


@dataclass(frozen=True)
class Draft:
    """A change as it would be: nothing is changed yet.

    Attributes
    ----------
    version
        The version that would be made, and ``content`` its text.
    basis
        Digest of the codebook that it was made from.
    edits
        What becomes of the codings; empty when only words change.
    shares
        Codings that are touched, by coder, as far as this person may see them.
    counted
        Conditions and types whose rules have another text after the change.
    effects
        What sees other codings after the change, with how many.
    differences
        What differs, code by code.
    """

    change: Change
    version: str
    content: str = field(repr=False)
    basis: str
    edits: tuple[CodebookEdit, ...]
    shares: tuple[CoderShare, ...]
    counted: tuple[str, ...]
    differences: tuple[Difference, ...]
    effects: Effects

    @property
    def n_codings(self) -> int:
        return sum(share.n_codings for share in self.shares)


@dataclass(frozen=True)
class Difference:
    """What differs in one code between two versions: added, dropped, or other words (``fields``: was and is)."""

    code: str
    name: str
    what: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Version:
    """One version of the codebook: when, by whom, what became of codes, what differs from the version before."""

    version: str
    digest: str
    at: str
    actor: str
    n_codes: int
    edits: tuple[CodebookEdit, ...]
    differences: tuple[Difference, ...]
    others: tuple[str, ...]  # other parts that differ: facets, conditions, types
    notes: tuple[tuple[str, str], ...] = ()  # what else was done to it, and why: other words, a drop, an undoing

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(d.code for d in self.differences)


def draft_change(study: Study, sight: Sight, change: Change) -> Draft:
    """The change as a new version with its consequences; raises ``ManifestError`` or ``FrameworkError``.

    Nothing is written.
    """
    old = study.framework
    _check(old, change)
    with study.reading() as connection:
        v = schema.codebook_version.c
        rows = connection.execute(sa.select(v.version, v.content).order_by(v.id)).all()
    version = next_version(old.version, [row.version for row in rows])
    text = rewrite(rows[-1].content, _rewriting(change), version, "codebook")
    try:
        new = frameworks.loads(text, f"the changed codebook {version}")
    except FrameworkError as error:
        # The lines of the new text are nobody's: who fills in a form is told what is wrong, not where it would stand.
        said = "; ".join(dict.fromkeys(_LINE.sub("", line.strip()) for line in _problems(error.what)))
        raise FrameworkError(said, where="codebook", mend="correct it in the form") from error
    if not differences(old, new):
        raise Conflict("nothing was changed", where="codebook", mend="write something else")
    return Draft(
        change,
        version,
        text,
        old.digest,
        _edits(change),
        _shares(study, sight, change.codes),
        _counted(old, new),
        differences(old, new),
        effects_of(study, sight, new, change.kind, change.codes, tuple(code.id for code in change.after)),
    )


def _problems(text: str) -> list[str]:
    """The problems that the reader of frameworks names, without its first and last words about the file."""
    lines = [line for line in text.splitlines() if not line.strip().startswith("References between the parts")]
    return lines[1:] if len(lines) > 1 else [text.partition(" is no valid framework: ")[2] or text]


def make_change(study: Study, draft: Draft, basis: str) -> Edited:
    """Make the drafted change; raises ``Conflict`` when the codebook changed since it was looked at."""
    if study.framework.digest != basis:
        raise Conflict("the codebook was changed in the meantime", where="codebook", mend="look at your change again")
    if draft.edits:
        return edit_codebook(study, draft.content, draft.edits, f"codebook {draft.version}")
    with study.changing() as connection:
        new = frameworks.loads(draft.content, f"codebook {draft.version}")
        if not adopt_framework(connection, study.actor, new, draft.content):
            raise Conflict("the study stands at this codebook already", where="codebook", mend="change something")
        detail = {"before": draft.change.codes, "version": draft.version, "reason": draft.change.reason}
        audit.append_event(connection, study.actor, "codebook.reworded", "codebook_version", new.digest[:36], detail)
    study.__dict__.pop("framework", None)
    return Edited(draft.version, 0, 0)


def text_of(indicator: Indicator) -> CodeText:
    """The words of a code as they stand."""
    return CodeText(indicator.id, *(getattr(indicator, name) for name in FIELDS))


def versions(study: Study) -> list[Version]:
    """Every version of the codebook, the newest first, each with what differs from the one before."""
    e, v = schema.codebook_edit.c, schema.codebook_version.c
    with study.reading() as connection:
        rows = connection.execute(sa.select(schema.codebook_version).order_by(v.id)).all()
        edits: dict[int, list[CodebookEdit]] = {}
        for r in connection.execute(sa.select(schema.codebook_edit).order_by(e.id)):
            made = CodebookEdit(r.kind, tuple(r.codes_before), tuple(r.codes_after), r.reason)
            edits.setdefault(r.to_version_id, []).append(made)
        event = schema.event.c
        adopted = sa.select(event.object_guid, event.actor).where(event.verb == "codebook.adopted")
        actors = {row.object_guid: row.actor for row in connection.execute(adopted)}
        notes = _notes(connection)
    found: list[Version] = []
    before: Framework | None = None
    for row in rows:
        now = _read(row.content, f"codebook version {row.version}")
        found.append(
            Version(
                row.version,
                row.digest,
                row.added_at,
                actors.get(row.digest[:36], ""),
                len(now.indicators),
                tuple(edits.get(row.id, ())),
                differences(before, now) if before else (),
                _others(before, now) if before else (),
                tuple(notes.get(row.digest[:36], ())),
            )
        )
        before = now
    return found[::-1]


def _notes(connection: Connection) -> dict[str, list[tuple[str, str]]]:
    """Beginning of a version's digest → what was done without an edit of codings, and the reason."""
    e = schema.event.c
    verbs = ("codebook.reworded", "codebook.drop", "codebook.undone")
    found: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(sa.select(schema.event).where(e.verb.in_(verbs)).order_by(e.id)):
        detail = audit.as_event(row).detail
        codes = ", ".join(detail.get("before", ()))
        said = {
            "codebook.reworded": f"Other words: {codes}",
            "codebook.drop": f"Dropped: {codes}",
            "codebook.undone": f"Undoes version {detail.get('undone', '')}",
        }[row.verb]
        found.setdefault(row.object_guid, []).append((said, str(detail.get("reason", ""))))
    return found


def version_text(study: Study, version: str) -> str:
    """The text of a version, as ``crosscase framework adopt`` takes it; raises ``ManifestError``."""
    v = schema.codebook_version.c
    with study.reading() as connection:
        found: str | None = connection.execute(
            sa.select(v.content).where(v.version == version).order_by(v.id.desc()).limit(1)
        ).scalar()
    if found is None:
        raise ManifestError(f"there is no codebook version {version[:40]}", where="codebook", mend="see its versions")
    return found


def differences(old: Framework, new: Framework) -> tuple[Difference, ...]:
    """What differs code by code: those that came, those that went, and other words."""
    was, is_ = {i.id: i for i in old.indicators}, {i.id: i for i in new.indicators}
    found = []
    for code, now in is_.items():
        before = was.get(code)
        if before is None:
            found.append(Difference(code, now.name, "added", (("definition", "", now.definition),)))
            continue
        fields = tuple(
            (name, getattr(before, name), getattr(now, name))
            for name in FIELDS
            if getattr(before, name) != getattr(now, name)
        )
        if fields:
            found.append(Difference(code, now.name, "changed", fields))
    found += [Difference(code, i.name, "gone") for code, i in was.items() if code not in is_]
    return tuple(found)


@lru_cache(32)
def _read(content: str, where: str) -> Framework:
    return frameworks.loads(content, where)


def _others(old: Framework, new: Framework) -> tuple[str, ...]:
    found = [f"facet {f.id}" for f in new.facets if f not in old.facets]
    found += [f"condition {c.label}" for c in new.conditions if c not in old.conditions]
    found += [f"type {t.name}" for t in new.types if t not in old.types]
    return tuple(found)


def _check(old: Framework, change: Change) -> None:
    if change.kind not in KINDS:
        raise ManifestError(f"no change {change.kind[:40]!r}", where="codebook", mend=f"use {', '.join(KINDS)}")
    known = {i.id for i in old.indicators}
    for code in change.codes:
        if code not in known:
            raise FrameworkError(f"there is no code {code[:80]}", where="codebook", mend="reload the Codebook room")
    for made in change.after:
        for name in ("id", "name", "definition"):
            if not getattr(made, name).strip():
                mend = "every code needs an id, a name and a definition"
                raise ManifestError(f"a code has no {name}", where="codebook", mend=mend)
        if made.id in known and made.id not in change.codes:
            raise ManifestError(f"there is a code {made.id[:80]} already", where="codebook", mend="choose another id")
    least = {"merge": (2, 1), "split": (1, 2), "drop": (1, 0)}.get(change.kind, (1, 1))
    if len(change.codes) < least[0]:
        raise ManifestError("a merge needs two codes", where="codebook", mend="choose the codes to merge with")
    if len(change.after) < least[1]:
        raise ManifestError("a split needs two codes", where="codebook", mend="fill in two new codes at least")
    names = [code.id for code in change.after]
    if len(set(names)) < len(names):
        raise ManifestError("two codes have the same id", where="codebook", mend="give each an id of its own")


def _rewriting(change: Change) -> Rewriting:
    ids = tuple(code.id for code in change.after)
    return Rewriting(change.codes, change.after, dict.fromkeys(change.codes, ids))


def _edits(change: Change) -> tuple[CodebookEdit, ...]:
    ids = tuple(code.id for code in change.after)
    if change.kind in ("rename", "redefine"):
        edits = []
        if ids != change.codes:
            edits.append(CodebookEdit("rename", change.codes, ids, change.reason))
        if change.kind == "redefine" and change.again:
            if edits:
                raise ManifestError(
                    "a code cannot get another id and another meaning at once",
                    where="codebook",
                    mend="make two changes, one after the other",
                )
            edits.append(CodebookEdit("redefine", ids, ids, change.reason))
        return tuple(edits)
    return (CodebookEdit(change.kind, change.codes, ids, change.reason),)


def _shares(study: Study, sight: Sight, codes: tuple[str, ...]) -> tuple[CoderShare, ...]:
    c = schema.coding.c
    statement = (
        sa.select(schema.coder.c.name, schema.coder.c.label, sa.func.count())
        .join(schema.coding, c.coder_id == schema.coder.c.id)
        .join(schema.code, c.code_id == schema.code.c.id)
        .where(schema.code.c.name.in_(codes), c.retired_at.is_(None), sight.codings())
        .group_by(schema.coder.c.id)
        .order_by(schema.coder.c.name)
    )
    with study.reading() as connection:
        return tuple(CoderShare(*row) for row in connection.execute(statement).all())


def _counted(old: Framework, new: Framework) -> tuple[str, ...]:
    """Conditions and types whose rules are other ones after the change."""
    was: Mapping[str, object] = {c.id: (c.supports, c.opposes, c.indicators) for c in old.conditions}
    found = [c.label for c in new.conditions if was.get(c.id) != (c.supports, c.opposes, c.indicators)]
    types = {t.id: t for t in old.types}
    return tuple(found + [t.name for t in new.types if types.get(t.id) != t])
