"""Finding a framework by its name or path."""

from __future__ import annotations

import os
from pathlib import Path

from crosscase.errors import FrameworkError
from crosscase.frameworks.build import build
from crosscase.frameworks.document import LARGEST, read_document, too_large
from crosscase.frameworks.problems import hint
from crosscase.frameworks.validate import validate
from crosscase.model.framework import Framework

_HERE = Path(__file__).parent
# Name → file. The second names of a framework stand in _OTHER_NAMES.
_SHIPPED = {
    "education-systems": "education_systems.yaml",
    "cfir-2022": "cfir.yaml",
    "welfare-regimes": "welfare_regimes.yaml",
}
_OTHER_NAMES = {"cfir": "cfir-2022", "education": "education-systems", "welfare": "welfare-regimes"}

names: tuple[str, ...] = tuple(_SHIPPED)
"""Names of the frameworks that come with Crosscase."""


def available() -> dict[str, str]:
    """Name → title of every framework that comes with Crosscase."""
    return {name: load(name).title for name in names}


def load(name_or_path: str | os.PathLike[str]) -> Framework:
    """A framework by its name (``education-systems``, ``cfir``, ``welfare-regimes``) or from a YAML file of your own.

    Raises ``FrameworkError``, which names every mistake in the file with its line and field.
    """
    path, where = _find(name_or_path)
    return loads(_read(path, where), where)


def text_of(name_or_path: str | os.PathLike[str]) -> str:
    """The text of a framework's file, as a study keeps it beside its codings; it is not checked."""
    return _read(*_find(name_or_path))


def _find(name_or_path: str | os.PathLike[str]) -> tuple[Path, str]:
    if isinstance(name_or_path, str):
        wanted = name_or_path.strip().casefold().replace("_", "-").replace(" ", "-")
        wanted = _OTHER_NAMES.get(wanted, wanted)
        if wanted in _SHIPPED:
            return _HERE / _SHIPPED[wanted], _SHIPPED[wanted]
        if not _looks_like_path(name_or_path):
            raise FrameworkError(
                f"there is no framework {name_or_path[:80]!r}{hint(wanted, names)}",
                mend="or give the path of a YAML file",
            )
    return Path(name_or_path), str(name_or_path)


def loads(text: str, where: str = "framework") -> Framework:
    """A framework from the text of a YAML file; ``where`` is what messages call it."""
    return build(validate(read_document(text, where), where))


def _looks_like_path(name: str) -> bool:
    if name.casefold().endswith((".yaml", ".yml")) or "/" in name or os.sep in name:
        return True
    try:
        return Path(name).is_file()
    except (OSError, ValueError):
        return False


def _read(path: Path, where: str) -> str:
    try:
        # One byte more than allowed tells a file that is too large without reading all of it.
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError as fault:
        raise FrameworkError("there is no such file", where=where, mend=f"or use one of {', '.join(names)}") from fault
    except (OSError, ValueError) as fault:
        told = getattr(fault, "strerror", None) or str(fault)
        raise FrameworkError(f"the file cannot be read ({told})", where=where, mend="give a readable file") from fault
    if len(content) > LARGEST:
        raise too_large(where)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise FrameworkError(
            "the file is not UTF-8 text", where=f"{where}, line {line}", mend="save it as UTF-8"
        ) from fault
