"""The scripts of the page: their types hold, they load nothing from elsewhere, and no text becomes markup."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

import pytest

from tests.conftest import ROOT, require

STATIC = ROOT / "src/crosscase/web/static"
SCRIPTS = sorted(STATIC.glob("*.js"))
TSC = os.environ.get("CROSSCASE_TSC") or shutil.which("tsc")


def test_types_hold() -> None:
    require("typescript", TSC is not None)
    done = subprocess.run(
        [str(TSC), "-p", str(ROOT / "src/crosscase/web/jsconfig.json")], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_text_never_becomes_markup_or_code(script: object) -> None:
    text = (STATIC / getattr(script, "name", "")).read_text(encoding="utf-8")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert forbidden not in text
    imports = re.findall(r'from "([^"]+)"|import "([^"]+)"', text)
    assert all(("".join(found)).startswith("./") for found in imports)


def test_every_script_is_used_and_every_used_one_is_there() -> None:
    names = {path.name for path in SCRIPTS}
    used = {name for path in SCRIPTS for name in re.findall(r'"\./([\w-]+\.js)"', path.read_text(encoding="utf-8"))}
    templates = (ROOT / "src/crosscase/web/templates").glob("*.j2")
    for template in templates:
        text = template.read_text(encoding="utf-8")
        used |= set(re.findall(r"([\w-]+\.js)\b", text))
        used |= {f"{name}.js" for name in re.findall(r'"(\w+)"', text) if f"{name}.js" in names}
    assert used == names
