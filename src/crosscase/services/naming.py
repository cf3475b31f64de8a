"""Naming a case from the workbench: the one command that writes into ``study.yaml``, and nothing in it but one line."""

from __future__ import annotations

import re

import yaml

from crosscase.errors import Conflict, ManifestError
from crosscase.model.access import Right
from crosscase.services.people import check_name
from crosscase.services.settings import FILE_NAME, CaseSettings, parse_settings, read_settings
from crosscase.services.study import Study, sync_settings


def name_case(study: Study, name: str, label: str) -> None:
    """Add a case to ``study.yaml``, leaving every other line of it as people wrote it.

    Raises ``ManifestError`` when the file lists its cases in a way that cannot be added to safely, and ``Conflict``
    when the case is there already.
    """
    study.demand(Right.LEAD)
    check_name(name, "cases")
    path = study.folder / FILE_NAME
    before = read_settings(study.folder)
    if any(case.name == name for case in before.cases):
        raise Conflict(f"there is a case {name} already", where=FILE_NAME, mend="choose another short name")
    text = path.read_text(encoding="utf-8-sig")
    shown = label or name
    changed = _with_case(text, name, shown)
    after = parse_settings(changed, str(path))
    wanted = before.model_copy(update={"cases": (*before.cases, CaseSettings(name=name, label=shown))})
    if after != wanted:
        raise ManifestError(
            "the cases are written in a way that one cannot be added to", where=str(path), mend="add it by hand"
        )
    fresh = path.with_suffix(".yaml.new")
    fresh.write_text(changed, encoding="utf-8")
    fresh.replace(path)
    study.settings = after
    sync_settings(study)


def _with_case(text: str, name: str, label: str) -> str:
    written = yaml.safe_dump(label, allow_unicode=True, default_style='"', width=10_000).strip()
    line = f"  {name}: {written}\n"
    lines = text.splitlines(keepends=True)
    for place, found in enumerate(lines):
        if re.match(r"cases:\s*(\{\s*\}|\[\s*\])?\s*(#.*)?$", found):
            lines[place] = "cases:\n"
            last = place
            for following in range(place + 1, len(lines)):
                if re.match(r"\s+\S", lines[following]):
                    last = following
                elif lines[following].strip():
                    break
            if not lines[last].endswith("\n"):
                lines[last] += "\n"
            return "".join([*lines[: last + 1], line, *lines[last + 1 :]])
    if any(found.startswith("cases:") for found in lines):
        return text
    return text + ("" if text.endswith("\n") else "\n") + "cases:\n" + line
