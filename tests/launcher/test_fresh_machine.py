"""The set-up for real: a fresh clone with pip, with uv, and on a bare Debian."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import require

from .checkout import ROOT, UV, Checkout, network_environment, run_bounded

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def assert_runs(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr
    assert VERSION in done.stdout


@pytest.mark.fresh
@pytest.mark.timeout(1900)
def test_a_fresh_clone_is_set_up_with_pip_once(fresh_clone: Checkout) -> None:
    first = fresh_clone.launch("--version")
    assert_runs(first)
    assert "with pip" in first.stderr

    stamp = fresh_clone.path / ".venv" / "crosscase-setup.txt"
    stamped = stamp.stat().st_mtime_ns
    second = fresh_clone.launch("--version", PIP_NO_INDEX="1")
    assert_runs(second)
    assert second.stderr == ""
    assert stamp.stat().st_mtime_ns == stamped

    python = fresh_clone.path / ".venv" / "bin" / "python"
    consistent = run_bounded([str(python), "-m", "pip", "check"])
    assert consistent.returncode == 0, consistent.stdout


@pytest.mark.fresh
@pytest.mark.timeout(1900)
def test_a_fresh_clone_is_set_up_with_uv_and_what_the_tests_need(fresh_clone: Checkout) -> None:
    (fresh_clone.bin / "uv").symlink_to(UV)
    first = fresh_clone.launch("--version")
    assert_runs(first)
    assert "with uv" in first.stderr
    assert "with pip" not in first.stderr

    tests = fresh_clone.launch("test", "--version")
    assert tests.returncode == 0, tests.stderr
    assert "requirements-test.txt" in tests.stderr
    assert "requirements.txt" not in tests.stderr
    assert fresh_clone.launch("test", "--version").stderr == ""


# Bare Debian ---------------------------------------------------------------------------------------------------------


def package_source(release: str) -> list[str]:
    """Where this machine's apt gets the release from; debootstrap asks the same place."""
    question = ["apt-get", "indextargets", "--format", "$(CODENAME) $(SITE)", "Created-By: Packages"]
    for line in run_bounded(question).stdout.splitlines():
        codename, _, site = line.partition(" ")
        if codename == release:
            return [site]
    return []


def copy_into(root: Path, *places: str) -> None:
    for place in places:
        source, target = Path(place), root / place.lstrip("/")
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


@pytest.fixture
def bare_debian(fresh_clone: Checkout, tmp_path: Path) -> Iterator[Path]:
    """The root of a Debian with no more than Python and git, and the project's clone in its /srv/crosscase."""
    require("bare", os.geteuid() == 0 and all(map(shutil.which, ("apt-get", "debootstrap", "unshare"))))
    root, release = tmp_path / "debian", platform.freedesktop_os_release()["VERSION_CODENAME"]
    # unshare: what debootstrap mounts is gone when it ends, however that is, and removing the folder removes no more.
    make = ["unshare", "--mount", "debootstrap", "--variant=minbase", "--include=python3,git", release, str(root)]
    made = run_bounded([*make, *package_source(release)])
    assert made.returncode == 0, made.stdout[-3000:] + made.stderr

    # How this machine reaches packages, whatever that is; debootstrap wrote down one source only.
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    copy_into(root, "/etc/apt", "/usr/share/keyrings", "/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf")
    copy_into(root, "/etc/ssl/certs", "/usr/local/share/ca-certificates")
    shutil.copytree(fresh_clone.path, root / "srv/crosscase")
    shutil.copytree(fresh_clone.environment["HOME"], root / "root", dirs_exist_ok=True)
    yield root
    # The clone's folder, of which this is a part, is removed by its own fixture.


def launch_in(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**network_environment(), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    command = ["chroot", str(root), "/srv/crosscase/crosscase", *arguments]
    return run_bounded(command, env=environment)


@pytest.mark.bare
@pytest.mark.timeout(1900)
def test_a_bare_debian_is_told_what_it_lacks_and_mended_with_fix(bare_debian: Path) -> None:
    told = launch_in(bare_debian, "--version")
    assert told.returncode == 2
    assert len(told.stderr.splitlines()) == 1, told.stderr
    assert "-venv` as root" in told.stderr
    assert "--fix" in told.stderr

    assert_runs(launch_in(bare_debian, "--fix", "--version"))
    again = launch_in(bare_debian, "--version")
    assert_runs(again)
    assert again.stderr == ""
