"""The launcher and the lock files as text: what a reader, an old Python and a stranger's machine may rely on."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "crosscase"
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.txt"))
NEWER_THAN_3_8 = {"annotationlib", "compression", "graphlib", "tomllib", "zoneinfo"}


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;\\]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


def package_names(lines: list[str]) -> set[str]:
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in lines if not line.startswith(("#", "-")))
    return {re.sub(r"[-_.]+", "-", name.group()).lower() for name in names if name}


def test_python_3_8_can_read_the_launcher() -> None:
    ast.parse(LAUNCHER.read_text(encoding="utf-8"), feature_version=(3, 8))


def test_the_launcher_imports_only_what_every_python_since_3_8_brings() -> None:
    imported = set()
    for node in ast.walk(ast.parse(LAUNCHER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert imported
    assert imported <= sys.stdlib_module_names - NEWER_THAN_3_8


def test_the_launcher_is_executable_and_can_be_read_in_one_sitting() -> None:
    assert LAUNCHER.stat().st_mode & 0o111
    assert len(LAUNCHER.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_of_a_lock_is_pinned_with_hashes(lock: str) -> None:
    entries = re.split(r"^(?=[^\s#])", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if not re.match(r"[a-z0-9-]+==\S+ ", entry)] == []
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_machine(lock: str) -> None:
    assert re.findall(r"://|--index|--find-links|(?<![\w.])/\w+/", (ROOT / lock).read_text(encoding="utf-8")) == []


def test_the_locks_that_share_an_environment_agree() -> None:
    together: dict[str, str] = {}
    for lock in LOCKS:
        for name, version in pins(lock).items():
            assert together.setdefault(name, version) == version, f"{name} in {lock}"


def test_the_tests_run_on_the_pins_that_users_get() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-test.txt").items()


def test_the_package_declares_what_is_locked() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    asked_for = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    assert package_names(declared) == package_names(asked_for)
    assert package_names(asked_for) <= pins("requirements.txt").keys()


def test_the_package_imports_only_what_it_declares() -> None:
    # A package that another one happened to bring goes missing with that one's next version.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    imported = set()
    for module in (ROOT / "src").rglob("*.py"):
        for node in ast.parse(module.read_text(encoding="utf-8")).body:  # what is imported later may be an extra
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                imported.add((node.module or "").split(".")[0])
    foreign = imported - sys.stdlib_module_names - {"crosscase"}
    bringing = packages_distributions()
    assert foreign
    assert package_names([bringing.get(name, [name])[0] for name in foreign]) <= package_names(project["dependencies"])


def test_git_does_not_see_what_the_launcher_makes() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"/.venv/", "/.venv.lock", "/demo-study/"} <= set(ignored)
