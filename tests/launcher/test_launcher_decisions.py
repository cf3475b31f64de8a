"""What the launcher decides to do, seen in what it asks of a stand-in for uv that writes down each call.

The stand-in makes an environment of scripts in no time; `test_fresh_machine.py` sets up with the real uv and pip.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from .checkout import Checkout, write_script

STAND_IN_UV = r"""#!/bin/sh
PATH=/usr/bin:/bin
here=$(dirname "$0")
case "$*" in
    venv*) step=venv ;;
    *requirements-build.txt) step=build ;;
    *requirements-test.txt) step=test ;;
    *requirements.txt) step=run ;;
    *--editable*) step=package ;;
esac
echo "$step" >> "$here/calls"
env > "$here/environment"
if [ -e "$here/hold-$step" ]; then
    echo $$ > "$here/holding"
    while [ -e "$here/hold-$step" ]; do sleep 0.02; done
fi
if [ -e "$here/fail-$step" ]; then echo "no route to the index"; exit 1; fi
for last in "$@"; do :; done
script() { printf '#!/bin/sh\n%s\n' "$2" > "$1"; chmod +x "$1"; }
case $step in
    venv) mkdir -p "$last/bin" && ln -s "$3" "$last/bin/python" ;;
    package) script "$last/.venv/bin/crosscase" 'echo "ran: $*"' ;;
    test)
        for tool in ruff mypy lint-imports pytest; do
            script "$(dirname "$last")/.venv/bin/$tool" \
                "echo \"$tool \$*\"; if [ -e '$here/fail-$tool' ]; then exit 3; fi"
        done ;;
esac
"""
WHOLE = ["venv", "build", "run", "package"]


@dataclass
class Bench:
    """A checkout whose uv is the stand-in, and the notes and signs between the stand-in and the test."""

    checkout: Checkout

    def sign(self, name: str) -> Path:
        return self.checkout.bin / name

    @property
    def venv(self) -> Path:
        return self.checkout.path / ".venv"

    def calls(self) -> list[str]:
        """What was asked of uv since the last look."""
        notes = self.sign("calls")
        calls = notes.read_text().split() if notes.exists() else []
        notes.unlink(missing_ok=True)
        return calls

    def runs(self, *arguments: str) -> None:
        """Launch, and see the verb run with its arguments."""
        done = self.checkout.launch(*arguments)
        assert (done.returncode, done.stdout) == (0, f"ran: {' '.join(arguments)}\n"), done.stderr


@pytest.fixture
def bench(launcher_only: Checkout) -> Bench:
    write_script(launcher_only.bin / "uv", STAND_IN_UV)
    return Bench(launcher_only)


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 30
    while not path.exists() or not path.read_text().strip():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.01)
    return path.read_text()


def test_the_first_launch_sets_up_without_the_test_packages_and_runs_the_verb(bench: Bench) -> None:
    bench.runs("compare", "--rows", "domain", "my study")
    assert bench.calls() == WHOLE


def test_the_second_launch_installs_nothing_and_says_nothing(bench: Bench) -> None:
    bench.runs("check")
    bench.calls()
    again = bench.checkout.launch("check")
    assert (again.stdout, again.stderr) == ("ran: check\n", "")
    assert bench.calls() == []


def test_the_set_up_speaks_on_stderr_only(bench: Bench) -> None:
    done = bench.checkout.launch("agree", "--json")
    assert done.stdout == "ran: agree --json\n"
    assert "setting up" in done.stderr


def test_the_exit_status_of_the_verb_is_passed_on(bench: Bench) -> None:
    bench.runs("check")
    write_script(bench.venv / "bin" / "crosscase", "#!/bin/sh\nexit 7\n")
    assert bench.checkout.launch("check").returncode == 7


def test_test_adds_the_test_packages_to_what_is_there(bench: Bench) -> None:
    bench.runs("check")
    bench.calls()
    bench.checkout.launch("test", "-k", "kappa")
    assert bench.calls() == ["test"]


def test_test_with_arguments_runs_pytest_alone(bench: Bench) -> None:
    done = bench.checkout.launch("test", "-k", "kappa")
    assert [line for line in done.stdout.splitlines() if not line.startswith("==")] == ["pytest -k kappa"]
    assert done.returncode == 0


def test_test_runs_every_check_and_sums_up_what_failed(bench: Bench) -> None:
    bench.sign("fail-ruff").touch()
    bench.sign("fail-mypy").touch()
    done = bench.checkout.launch("test")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    ran = [line for line in lines if not line.startswith("==")]
    checks = ["ruff check . crosscase", "ruff format --check . crosscase", "lint-imports ", "mypy "]
    assert ran == [*checks, "pytest -n auto --dist loadfile --no-loadscope-reorder"]
    for outcome in ("ruff check FAILED", "ruff format FAILED", "lint-imports ok", "mypy FAILED", "pytest ok"):
        assert outcome in lines[-1]


def test_lint_runs_the_checks_without_the_tests(bench: Bench) -> None:
    done = bench.checkout.launch("lint")
    assert done.returncode == 0
    assert "mypy ok" in done.stdout
    assert "pytest" not in done.stdout


def test_other_pins_make_a_new_environment(bench: Bench) -> None:
    bench.runs("check")
    bench.calls()
    (bench.venv / "left over").touch()
    with (bench.checkout.path / "requirements.txt").open("a") as lock:
        lock.write("# a newer pin\n")
    bench.runs("check")
    assert bench.calls() == WHOLE
    assert not (bench.venv / "left over").exists()


def test_a_changed_pyproject_installs_only_the_package_again(bench: Bench) -> None:
    bench.runs("check")
    bench.calls()
    with (bench.checkout.path / "pyproject.toml").open("a") as project:
        project.write("# a newer entry point\n")
    bench.runs("check")
    assert bench.calls() == ["package"]


def dangling_python(venv: Path) -> None:
    (venv / "bin" / "python").unlink()
    (venv / "bin" / "python").symlink_to("/nowhere/python3.11")


def python_that_fails(venv: Path) -> None:
    (venv / "bin" / "python").unlink()
    write_script(venv / "bin" / "python", "#!/bin/sh\nexit 127\n")


def no_stamp(venv: Path) -> None:
    (venv / "crosscase-setup.txt").unlink()


def garbled_stamp(venv: Path) -> None:
    (venv / "crosscase-setup.txt").write_bytes(b"\xff\xfe one two three\n")


def empty_folder(venv: Path) -> None:
    shutil.rmtree(venv)
    venv.mkdir()


@pytest.mark.parametrize("damage", [dangling_python, python_that_fails, no_stamp, garbled_stamp, empty_folder])
def test_a_broken_environment_is_made_anew(bench: Bench, damage: Callable[[Path], None]) -> None:
    bench.runs("check")
    bench.calls()
    damage(bench.venv)
    bench.runs("check")
    assert bench.calls() == WHOLE


def test_a_lost_entry_point_is_put_back(bench: Bench) -> None:
    bench.runs("check")
    bench.calls()
    (bench.venv / "bin" / "crosscase").unlink()
    bench.runs("check")
    assert bench.calls() == ["package"]


def test_a_moved_checkout_is_set_up_anew_because_its_scripts_name_the_old_place(bench: Bench) -> None:
    bench.runs("check")
    bench.calls()
    bench.checkout.path = bench.checkout.path.rename(bench.checkout.path.with_name("moved"))
    bench.runs("check")
    assert bench.calls() == WHOLE


@pytest.mark.parametrize("step", ["venv", "build", "run", "package"])
def test_a_set_up_killed_midway_is_not_taken_for_finished(bench: Bench, step: str) -> None:
    bench.sign(f"hold-{step}").touch()
    with bench.checkout.start("check") as launch:
        installer = int(wait_for(bench.sign("holding")))
        launch.kill()
        os.kill(installer, signal.SIGKILL)
    bench.sign(f"hold-{step}").unlink()
    bench.calls()
    bench.runs("check")
    assert bench.calls() == (["package"] if step == "package" else WHOLE)


def test_an_installer_that_outlives_its_launcher_keeps_the_next_one_waiting(bench: Bench) -> None:
    bench.sign("hold-run").touch()
    with bench.checkout.start("check") as killed:
        wait_for(bench.sign("holding"))
        killed.kill()
        with bench.checkout.start("check") as second:
            assert second.stderr is not None
            assert "waiting for another set-up" in second.stderr.readline()
            bench.calls()
            bench.sign("hold-run").unlink()
            assert second.wait(timeout=30) == 0
    assert bench.calls() == WHOLE


def test_two_launches_at_once_set_up_once(bench: Bench) -> None:
    bench.sign("hold-run").touch()
    with bench.checkout.start("check", "one") as first:
        wait_for(bench.sign("holding"))
        with bench.checkout.start("check", "two") as second:
            assert second.stderr is not None
            assert "waiting for another set-up" in second.stderr.readline()
            bench.sign("hold-run").unlink()
            outputs = [launch.communicate(timeout=30)[0] for launch in (first, second)]
    assert outputs == ["ran: check one\n", "ran: check two\n"]
    assert bench.calls() == WHOLE


def test_an_interrupt_ends_with_one_sentence(bench: Bench) -> None:
    bench.sign("hold-run").touch()
    with bench.checkout.start("check") as launch:
        wait_for(bench.sign("holding"))
        launch.send_signal(signal.SIGINT)
        bench.sign("hold-run").unlink()
        _, stderr = launch.communicate(timeout=30)
    assert launch.returncode == 130
    assert stderr.splitlines()[-1].startswith("error: interrupted — ")
    assert "Traceback" not in stderr


def test_test_packages_that_cannot_be_had_leave_the_rest_working(bench: Bench) -> None:
    bench.runs("check")
    bench.sign("fail-test").touch()
    failed = bench.checkout.launch("test")
    assert failed.returncode == 2
    assert "no route to the index" in failed.stderr
    assert failed.stderr.splitlines()[-1].startswith("error: uv could not install packages — ")
    bench.calls()
    bench.runs("check")
    assert bench.calls() == []


def test_settings_that_lead_packages_astray_do_not_reach_the_installer(bench: Bench) -> None:
    astray = {"PIP_TARGET": "/elsewhere", "PIP_USER": "1", "PYTHONPATH": "/elsewhere", "UV_REQUIRE_HASHES": "1"}
    bench.checkout.launch("check", PIP_TIMEOUT="7", **astray)
    seen = dict(line.partition("=")[::2] for line in bench.sign("environment").read_text().splitlines())
    assert seen["PIP_TIMEOUT"] == "7"
    assert seen["UV_NATIVE_TLS"] == seen["UV_SYSTEM_CERTS"] == "1"
    assert seen.keys() & astray.keys() == set()


def test_a_folder_that_cannot_be_written_is_one_sentence(bench: Bench) -> None:
    (bench.checkout.path / ".venv.lock").mkdir()  # root may write anywhere, but not into a folder as if it were a file
    done = bench.checkout.launch("check")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert ".venv.lock — make it writable" in done.stderr
    assert len(done.stderr.splitlines()) == 1


# Pythons that will not do. The running Python cannot be made older, so what it says of itself is changed first.

ANOTHER_PYTHON = """
import os, runpy, sys
sys.version_info = {version}
os.geteuid = lambda: {user}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def launch_as(
    checkout: Checkout, version: tuple[int, ...], *arguments: str, user: int = 0
) -> subprocess.CompletedProcess[str]:
    checkout.by = (sys.executable, "-c", ANOTHER_PYTHON.format(version=version, user=user))
    return checkout.launch(*arguments)


def python_without_venv(checkout: Checkout) -> str:
    """Put a Python without ensurepip on PATH, as bare Debian has it; its version."""
    name = f"python3.{sys.version_info.minor}"
    write_script(
        checkout.bin / name,
        f'#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\nexec "{Path(sys.executable).resolve()}" "$@"\n',
    )
    return name


def apt_that_fails(checkout: Checkout) -> None:
    write_script(checkout.bin / "apt-get", '#!/bin/sh\necho "$*" >> "${0%/*}/calls"\n[ "$1" = update ]\n')


@pytest.mark.parametrize("version", [(3, 8, 0), (3, 10, 9), (3, 99, 0)])
def test_an_unsuitable_python_alone_is_one_sentence(launcher_only: Checkout, version: tuple[int, ...]) -> None:
    done = launch_as(launcher_only, version, "demo")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: Crosscase needs Python 3.11 to 3.14, this is {version[0]}.{version[1]} — ")
    assert len(done.stderr.splitlines()) == 1


def test_an_unsuitable_python_looks_for_another_on_the_path(bench: Bench) -> None:
    name = f"python3.{sys.version_info.minor}"
    write_script(bench.sign("python3.11"), "#!/bin/sh\necho 'pyenv: python3.11: command not found' >&2\nexit 127\n")
    bench.sign(name).unlink(missing_ok=True)
    bench.sign(name).symlink_to(Path(sys.executable).resolve())
    done = launch_as(bench.checkout, (3, 9, 2), "demo")
    assert (done.stdout, bench.calls()) == ("ran: demo\n", WHOLE), done.stderr
    assert (bench.venv / "bin" / "python").readlink() == bench.sign(name)


def test_a_python_without_venv_is_answered_with_the_line_that_mends_it(launcher_only: Checkout) -> None:
    name = python_without_venv(launcher_only)
    apt_that_fails(launcher_only)
    done = launch_as(launcher_only, (3, 9, 2), "--version")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert f"`apt-get install -y {name}-venv` as root" in done.stderr
    assert "./crosscase --fix" in done.stderr
    assert not (launcher_only.bin / "calls").exists()


def test_fix_refuses_to_install_system_packages_without_root(launcher_only: Checkout) -> None:
    name = python_without_venv(launcher_only)
    apt_that_fails(launcher_only)
    done = launch_as(launcher_only, (3, 9, 2), "--fix", "--version", user=1000)
    assert done.returncode == 2
    assert f"sudo apt-get install -y {name}-venv" in done.stderr
    assert not (launcher_only.bin / "calls").exists()


def test_fix_reads_the_package_lists_first_and_reports_a_failure(launcher_only: Checkout) -> None:
    name = python_without_venv(launcher_only)
    apt_that_fails(launcher_only)
    done = launch_as(launcher_only, (3, 9, 2), "--fix", "--version")
    assert done.returncode == 2
    assert (launcher_only.bin / "calls").read_text() == f"update\ninstall -y {name}-venv\n"
    assert done.stderr.splitlines()[-1].startswith(f"error: {name}-venv could not be installed — ")


def test_where_there_is_no_apt_the_sentence_names_no_apt(launcher_only: Checkout) -> None:
    python_without_venv(launcher_only)
    done = launch_as(launcher_only, (3, 9, 2), "--version")
    assert done.returncode == 2
    assert "apt-get" not in done.stderr
    assert "or uv" in done.stderr
