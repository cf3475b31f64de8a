"""What every test may use, and the honest list of what could not run on this machine."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings

# Machines that are busy with other things are not slow code. By default the same examples are drawn every time, so that
# a red test is about the change in hand; `--hypothesis-profile=search` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("steady")

# Folders whose files take minutes.
_LONG = ("launcher", "browser", "journey", "crash", "web")
ROOT = Path(__file__).resolve().parent.parent


def require(name: str, present: bool) -> None:
    """Go on when something is present; else skip, or fail when ``CROSSCASE_REQUIRE`` names it."""
    if present:
        return
    wanted = {part.strip() for part in os.environ.get("CROSSCASE_REQUIRE", "").split(",")}
    if name in wanted:
        pytest.fail(f"{name} is required here (CROSSCASE_REQUIRE) and is missing", pytrace=False)
    pytest.skip(f"needs {name}, which this machine does not have")


def shared_folder() -> Path:
    """The folder with real documents and published tables: ``CROSSCASE_SHARED``, else ``../shared`` beside the checkout."""
    return Path(os.environ.get("CROSSCASE_SHARED", ROOT.parent / "shared"))


@pytest.fixture(scope="session")
def shared() -> Path:
    """Real test data; tests that use it are named as not run where it is missing."""
    folder = shared_folder()
    require("shared-data", (folder / "data").is_dir())
    return folder


@pytest.fixture(autouse=True)
def _steady_actor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSCASE_ACTOR", "tester")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take minutes first: begun last, one of them would keep a single process busy when all is done."""
    items.sort(key=lambda item: _LONG.index(folder) if (folder := item.path.parent.name) in _LONG else len(_LONG))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # Read off the reports: in a parallel run the skips happened in other processes.
    missing = Counter(
        reason.split("needs ", 1)[1].split(", which", 1)[0]
        for report in terminalreporter.stats.get("skipped", [])
        if "needs " in (reason := report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr))
    )
    if missing:
        terminalreporter.section("could not run on this machine")
        for name, n in sorted(missing.items()):
            terminalreporter.write_line(f"{name}: {n} tests")
