"""``sources.csv`` and ``participants.csv``: what people know about their sources, a row each."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from crosscase.errors import ManifestError
from crosscase.model.study import LEVEL_OF_ROLE, LEVELS, ROLES, SOURCE_KINDS, Participant, check_choice
from crosscase.services.import_codings import read_rows

_COLUMNS = frozenset(
    {"file", "name", "case", "kind", "date", "participant", "role", "level", "machine_transcript", "simulated"}
)
_PEOPLE = frozenset({"name", "label", "role", "level", "case"})
_ATTRIBUTE = "attribute:"  # a column "attribute:site" gives the sources an attribute "site"
_YES = frozenset({"yes", "true", "1", "y"})
_NO = frozenset({"", "no", "false", "0", "n"})
_PARTIAL_DATE = re.compile(r"^\d{4}(-\d{2})?$")


@dataclass(frozen=True)
class Description:
    """What is known about a source besides its text; ``None`` means not said."""

    name: str | None = None
    case: str | None = None
    kind: str | None = None
    date: str | None = None
    participant: str | None = None
    role: str | None = None
    level: str | None = None
    machine_transcript: bool = False
    simulated: bool = False
    attributes: tuple[tuple[str, str], ...] = ()

    def checked(self, cases: frozenset[str], where: str) -> Description:
        """The same, or a ``ManifestError`` that names the field that cannot be."""
        if self.case is not None and self.case not in cases:
            known = ", ".join(sorted(cases)) or "none yet: name them in study.yaml"
            raise ManifestError(f"unknown case {self.case!r}", where=where, mend=f"cases of this study: {known}")
        if self.kind is not None:
            check_choice(self.kind, SOURCE_KINDS, "kind", where)
        if self.role is not None:
            check_choice(self.role, ROLES, "role", where)
        if self.level is not None:
            check_choice(self.level, LEVELS, "level", where)
        if self.date is not None:
            check_date(self.date, where)
        return self


def check_date(text: str, where: str) -> str:
    """A date as 2019, 2019-04 or 2019-04-30; raises ``ManifestError``."""
    try:
        if _PARTIAL_DATE.match(text):
            datetime.date.fromisoformat({4: f"{text}-01-01", 7: f"{text}-01"}[len(text)])
        elif len(text) == 10:
            datetime.date.fromisoformat(text)
        else:
            raise ValueError(text)
    except ValueError:
        raise ManifestError(f"date is {text!r}", where=where, mend="write it as 2019-04-30") from None
    return text


def read_manifest(path: Path, cases: frozenset[str]) -> list[tuple[Path, Description]]:
    """Files with their descriptions, in order; every file is there and named once."""
    rows = read_rows(path, frozenset({"file"}))
    if rows:
        _check_columns(rows[0], _COLUMNS, path)
    found: list[tuple[Path, Description]] = []
    seen: dict[Path, int] = {}
    for number, row in enumerate(rows, start=2):
        where = f"{path}, line {number}"
        file = path.parent / row["file"]
        if not row["file"] or not file.is_file():
            raise ManifestError(f"no file {row['file']!r}", where=where, mend="paths are relative to the manifest")
        if file in seen:
            raise ManifestError(f"{row['file']} is named twice", where=where, mend=f"see line {seen[file]}")
        seen[file] = number
        found.append((file, _description(row, where).checked(cases, where)))
    return found


def _description(row: Mapping[str, str], where: str) -> Description:
    texts = {n: (row.get(n) or "").strip() or None for n in _COLUMNS - {"file", "machine_transcript", "simulated"}}
    return Description(
        **texts,
        machine_transcript=_flag(row.get("machine_transcript", ""), "machine_transcript", where),
        simulated=_flag(row.get("simulated", ""), "simulated", where),
        attributes=tuple((n.removeprefix(_ATTRIBUTE), v) for n, v in row.items() if n.startswith(_ATTRIBUTE) and v),
    )


def _flag(text: str, column: str, where: str) -> bool:
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise ManifestError(f"{column} is {text!r}", where=where, mend="write yes or no")
    return word in _YES


def read_participants(path: Path, cases: frozenset[str]) -> list[Participant]:
    """The roster: name, label, role, level (by default that of the role) and case."""
    rows = read_rows(path, frozenset({"name", "role"}))
    if rows:
        _check_columns(rows[0], _PEOPLE, path)
    people: dict[str, Participant] = {}
    for number, row in enumerate(rows, start=2):
        where = f"{path}, line {number}"
        name, role = row["name"].strip(), check_choice(row["role"].strip(), ROLES, "role", where)
        if not name or name in people:
            raise ManifestError(f"participant {name!r} is empty or named twice", where=where, mend="give each one name")
        level = (row.get("level") or "").strip() or LEVEL_OF_ROLE.get(role)
        if level is None:
            raise ManifestError(f"the level of {name} is missing", where=where, mend=f"use one of: {', '.join(LEVELS)}")
        case = (row.get("case") or "").strip() or None
        Description(case=case, level=level).checked(cases, where)
        people[name] = Participant(name, (row.get("label") or "").strip() or name, role, level, case)
    return list(people.values())


def _check_columns(row: Mapping[str, str], known: frozenset[str], path: Path) -> None:
    unknown = sorted(name for name in set(row) - known if not name.startswith(_ATTRIBUTE))
    if unknown:
        raise ManifestError(
            f"unknown columns: {', '.join(unknown)}", where=f"{path}, line 1", mend=f"use {', '.join(sorted(known))}"
        )
