"""A study in hand: its folder, settings, framework and file, and what can be read from it."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from uuid import uuid4

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from crosscase import frameworks
from crosscase.errors import AccessError, ManifestError, NotFound, StudyError
from crosscase.model.access import EVERYTHING, Access, Right
from crosscase.model.former import with_former
from crosscase.model.framework import Framework
from crosscase.services.settings import FILE_NAME, StudySettings, new_settings_text, parse_settings, read_settings
from crosscase.store import audit, database, reading, schema
from crosscase.store.evidence import read_evidence
from crosscase.store.succession import standing_former_codes

DATABASE_NAME = "study.crosscase"


@dataclass(frozen=True)
class Door:
    """What another process needs to open the same study with the same access."""

    folder: Path
    access: Access


class Study:
    """An open study.

    ``folder`` holds ``study.yaml``; ``settings`` are read from it and ``framework`` is the version of the codebook
    that the study stands at. ``access`` says what may be done with it, and which cases are in reach.
    """

    def __init__(
        self,
        folder: Path,
        engine: Engine,
        settings: StudySettings,
        actor: str = "",
        access: Access = EVERYTHING,
        writer: Engine | None = None,
    ) -> None:
        self.folder, self.engine, self._actor = folder, engine, actor
        self.access, self._writer = access, writer or engine
        self.settings = settings
        # The last evidence of each layer, with the state of the study that it was read from.
        self._evidence: dict[str, tuple[tuple[str, str], pl.DataFrame]] = {}
        self._rulebooks: dict[str, tuple[tuple[str, str], Framework]] = {}

    @cached_property
    def framework(self) -> Framework:
        """The newest codebook version in the study."""
        with self.reading() as connection:
            row = connection.execute(
                sa.select(schema.codebook_version).order_by(schema.codebook_version.c.id.desc()).limit(1)
            ).one()
        return read_version(row.content, row.version)

    @property
    def rulebook(self) -> Framework:
        """The codebook as results count by it: with former codes that codings still stand under.

        Their coders have not decided yet what becomes of them, so they count where they counted.
        """
        now = self.framework
        with self.reading() as connection:
            state = (audit.head(connection), now.digest)
            kept = self._rulebooks.get("newest")
            if kept is None or kept[0] != state:
                former = standing_former_codes(connection, {i.id for i in now.indicators})
                kept = (state, with_former(now, _last_known(connection, former)) if former else now)
                self._rulebooks["newest"] = kept
        return kept[1]

    @property
    def title(self) -> str:
        return self.settings.title

    @property
    def actor(self) -> str:
        """Who is working: the person who is named, ``CROSSCASE_ACTOR``, else the name of the account."""
        try:
            return self._actor or os.environ.get("CROSSCASE_ACTOR") or getpass.getuser()
        except (KeyError, OSError):
            return "unknown"

    def acting_as(self, actor: str) -> Study:
        """The same study with another name in the history, for a server that several people use."""
        other = Study(self.folder, self.engine, self._settings, actor, self.access, self._writer)
        other._evidence, other._rulebooks = self._evidence, self._rulebooks
        return other

    def seen_by(self, access: Access) -> Study:
        """The same study for somebody with this role, with no other case in reach than theirs."""
        if access.cases is None:
            other = Study(self.folder, self.engine, self._settings, self._actor, access, self._writer)
            other._evidence, other._rulebooks = self._evidence, self._rulebooks
            return other
        if not self.access.whole:
            raise AccessError("access cannot be widened from here", where=str(self.folder), mend="open the study anew")
        with self.reading() as connection:
            c = schema.case.c
            ids = list(connection.execute(sa.select(c.id).where(c.name.in_(access.cases))).scalars())
        reader, writer = database.restricted(self.engine, ids)
        return Study(self.folder, reader, self._settings, self._actor, access, writer)

    @property
    def door(self) -> Door:
        """What another process needs to open it in the same way."""
        return Door(self.folder, self.access)

    @property
    def settings(self) -> StudySettings:
        """The content of ``study.yaml``, without the cases that are out of reach."""
        return self._settings

    @settings.setter
    def settings(self, settings: StudySettings) -> None:
        reach = self.access.cases
        if reach is not None:
            cases = tuple(case for case in settings.cases if case.name in reach)
            settings = settings.model_copy(update={"cases": cases})
        self._settings = settings

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view of the study."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def changing(self, right: Right = Right.LEAD) -> Iterator[Connection]:
        """A transaction for a service's change and its audit event; raises ``AccessError`` without the right to it."""
        self.demand(right)
        with database.writing(self._writer) as connection:
            yield connection

    def demand(self, right: Right) -> None:
        """Raise ``AccessError`` unless this role holds a right."""
        if not self.access.may(right):
            needed = "only an owner may do this" if right is Right.LEAD else "readers look, and change nothing"
            raise AccessError(needed, where=f"your role is {self.access.role}", mend="ask an owner of the study")

    def demand_whole(self, deed: str) -> None:
        """Raise ``AccessError`` unless every case is in reach."""
        if not self.access.whole:
            raise AccessError(
                f"{deed} needs sight of every case", where="your account", mend="ask somebody who sees them all"
            )

    def evidence(self, layer: str = "independent") -> pl.DataFrame:
        """One row per coding of a layer: ``independent``, ``consensus`` or ``suggestion`` (machines').

        Columns: coding_id, source, case, kind, date, participant, role, level, start, end, text, code, domain, the
        framework's facets, coder, coder_kind, round, codebook_version, confidence.
        """
        if layer not in ("independent", "consensus", "suggestion"):
            raise NotFound(f"no layer {layer!r}", mend="use independent, consensus or suggestion")
        facets = [facet.id for facet in self.framework.facets]
        domains = {i.id: i.domain for i in self.rulebook.indicators}
        with self.reading() as connection:
            # Every change writes an event, so the newest event's hash names the state.
            state = (audit.head(connection), self.framework.digest)
            kept = self._evidence.get(layer)
            if kept is None or kept[0] != state:
                kept = (state, read_evidence(connection, layer, facets, domains))
                self._evidence[layer] = kept
        return kept[1]

    def sources(self) -> pl.DataFrame:
        """One row per source, without its text."""
        with self.reading() as connection:
            return reading.source_table(connection)

    def text(self, source: str) -> str:
        """The stored text of a source; raises ``NotFound``."""
        with self.reading() as connection:
            return reading.source_text(connection, source)

    def head(self) -> str:
        """Hash of the newest event; it changes with every change of the study."""
        with self.reading() as connection:
            return audit.head(connection)

    def close(self) -> None:
        self.engine.dispose()
        self._writer.dispose()

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _last_known(connection: Connection, codes: tuple[str, ...]) -> dict[str, Framework]:
    """Each former code → the newest codebook version that has it."""
    v = schema.codebook_version.c
    found: dict[str, Framework] = {}
    for row in connection.execute(sa.select(v.version, v.content).order_by(v.id.desc())):
        if len(found) == len(codes):
            break
        version = read_version(row.content, row.version)
        known = {i.id for i in version.indicators}
        found |= {code: version for code in codes if code in known and code not in found}
    return {code: found[code] for code in codes if code in found}


@lru_cache(32)
def read_version(content: str, version: str) -> Framework:
    """A codebook version of a study, from its text."""
    return frameworks.loads(content, f"codebook version {version} in {DATABASE_NAME}")


def locate(study: str | Path) -> Path:
    """The folder of a study that is named by its folder or by its ``.crosscase`` file."""
    path = Path(study)
    if str(study).startswith(("postgresql://", "postgresql+")):
        raise StudyError(
            "studies on a PostgreSQL server cannot be opened yet", where="this version", mend="use a study folder"
        )
    if path.suffix == ".crosscase" and path.is_file():
        return path.parent
    if path.is_dir():
        return path
    raise NotFound("no such study", where=str(path), mend="make one with `crosscase new`")


def open_study(study: str | Path | Door = ".") -> Study:
    """Open a study by its folder or its ``.crosscase`` file, or as another process has it open."""
    folder = study.folder if isinstance(study, Door) else locate(study)
    settings = read_settings(folder)
    whole = Study(folder, database.open_database(folder / DATABASE_NAME), settings)
    return whole.seen_by(study.access) if isinstance(study, Door) else whole


def create_study(
    folder: Path,
    *,
    title: str,
    framework: str = "education-systems",
    cases: dict[str, str] | None = None,
    coders: tuple[str, ...] = (),
    simulated: bool = False,
    stance: str = "coefficient",
) -> Study:
    """Make a study folder; nothing is left behind when something is wrong with what was asked.

    Raises ``StudyError`` when the folder holds a study, ``FrameworkError`` when the framework is not valid and
    ``ManifestError`` when a name is.
    """
    if (folder / FILE_NAME).exists() or (folder / DATABASE_NAME).exists():
        raise StudyError("the folder holds a study already", where=str(folder), mend="choose another folder")
    if folder.exists() and not folder.is_dir():
        raise StudyError("there is a file of that name", where=str(folder), mend="choose another folder")
    content = frameworks.text_of(framework)
    loaded = frameworks.loads(content, framework)
    local = Path(framework)
    named = local.name if local.suffix in (".yaml", ".yml") else loaded.id
    text = new_settings_text(title, named, cases or {}, coders, simulated, stance)
    settings = parse_settings(text, str(folder / FILE_NAME))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        engine = database.create_database(folder / DATABASE_NAME)
        if local.suffix in (".yaml", ".yml"):
            (folder / local.name).write_text(content, encoding="utf-8")
        (folder / FILE_NAME).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StudyError(
            f"the folder cannot be written ({error.strerror})", where=str(folder), mend="choose another place"
        ) from error
    study = Study(folder, engine, settings)
    with study.changing() as connection:
        guid = str(uuid4())
        connection.execute(schema.study.insert(), [{"key": "guid", "value": guid}])
        audit.append_event(connection, study.actor, "study.created", "study", guid, {"title": title})
        adopt_framework(connection, study.actor, loaded, content)
    sync_settings(study)
    return study


def adopt_framework(connection: Connection, actor: str, framework: Framework, content: str) -> bool:
    """Make a framework the newest codebook version; ``False`` when the study stands at it already."""
    table = schema.codebook_version
    newest = connection.execute(sa.select(table.c.digest).order_by(table.c.id.desc()).limit(1)).scalar()
    if newest == framework.digest:
        return False
    if connection.execute(sa.select(table.c.id).where(table.c.digest == framework.digest)).scalar() is not None:
        raise ManifestError(
            f"version {framework.version} was an earlier codebook of this study",
            where=framework.id,
            mend="give the framework file a new version to go back to it",
        )
    connection.execute(
        table.insert().values(
            framework=framework.id,
            version=framework.version,
            digest=framework.digest,
            content=content,
            added_at=audit.now(),
        )
    )
    known = set(connection.execute(sa.select(schema.code.c.name)).scalars())
    fresh = [{"guid": str(uuid4()), "name": i.id} for i in framework.indicators if i.id not in known]
    if fresh:
        connection.execute(schema.code.insert(), fresh)
    detail = {"framework": framework.id, "version": framework.version, "digest": framework.digest}
    audit.append_event(connection, actor, "codebook.adopted", "codebook_version", framework.digest[:36], detail)
    return True


def sync_settings(study: Study) -> None:
    """Bring the cases and coders of ``study.yaml`` into the study file; names that stand there stay."""
    with study.changing() as connection:
        for table, kind, wanted in (
            (schema.case, "case", study.settings.cases),
            (schema.coder, "coder", study.settings.coders),
        ):
            known = {r.name: r for r in connection.execute(sa.select(table))}
            for item in wanted:
                label = item.label or item.name
                if item.name not in known:
                    guid = str(uuid4())
                    extra = {"kind": "person"} if kind == "coder" else {}
                    connection.execute(table.insert().values(guid=guid, name=item.name, label=label, **extra))
                    audit.append_event(connection, study.actor, f"{kind}.added", kind, guid, {"name": item.name})
                elif known[item.name].label != label:
                    guid = known[item.name].guid
                    connection.execute(table.update().where(table.c.guid == guid).values(label=label))
                    audit.append_event(connection, study.actor, f"{kind}.renamed", kind, guid, {"label": label})
