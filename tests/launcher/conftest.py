"""Fixtures of the launcher's tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require

from .checkout import LAUNCHER_FILES, ROOT, UV, Checkout, make_checkout, network_environment, run_bounded


@pytest.fixture
def launcher_only(tmp_path: Path) -> Checkout:
    """The launcher and the files it reads, without the package."""
    return make_checkout(tmp_path, LAUNCHER_FILES)


@pytest.fixture(scope="session")
def package_index(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A package index within reach: asked for one small package, and not out of a cache."""
    require("uv", UV.exists())
    wanted = tmp_path_factory.mktemp("index") / "wanted.in"
    wanted.write_text("editables", encoding="utf-8")
    question = [str(UV), "pip", "compile", "--quiet", "--no-cache", str(wanted)]
    certificates = {"UV_NATIVE_TLS": "1", "UV_SYSTEM_CERTS": "1"}
    require("package-index", run_bounded(question, 120, env={**os.environ, **certificates}).returncode == 0)


@pytest.fixture
def fresh_clone(tmp_path: Path, package_index: None) -> Iterator[Checkout]:
    """What a fresh clone would hold after a commit of everything: tracked and new files, but not the ignored ones."""
    require("git", shutil.which("git") is not None and (ROOT / ".git").exists())
    listing = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    checkout = make_checkout(tmp_path, [name for name in names if name and (ROOT / name).is_file()])
    checkout.environment.update(network_environment())
    # An empty home, but for what tells pip and uv where this machine gets its packages.
    for setting in (".config/pip", ".config/uv", ".pip"):
        if (Path.home() / setting).is_dir():
            shutil.copytree(Path.home() / setting, Path(checkout.environment["HOME"]) / setting)
    yield checkout
    shutil.rmtree(tmp_path)  # most of a gigabyte, and pytest would keep three of them
