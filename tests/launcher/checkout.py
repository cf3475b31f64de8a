"""Checkouts to launch from, on a PATH that holds nothing but what the test puts there."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER_FILES = ["crosscase", "pyproject.toml", *(path.name for path in ROOT.glob("requirements*"))]

# One of the test packages, so always there under `./crosscase test`.
UV = Path(sys.executable).parent / "uv"

# What a machine may need to reach its package index; passed on by name, whatever the values are.
NETWORK = ("PIP_", "UV_", "SSL_CERT", "REQUESTS_CA", "CURL_CA", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")


def network_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.upper().startswith(NETWORK)}


def write_script(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


@dataclass
class Checkout:
    """A copy of the project with its own PATH (`bin`) and home; `by` starts the launcher if its first line does not."""

    path: Path
    bin: Path
    environment: dict[str, str] = field(default_factory=dict)
    by: tuple[str, ...] = ()

    def launch(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Launch and wait; a set-up that stalls is killed and, as a user would, begun once more."""
        try:
            return ended(self.start(*arguments, **environment))
        except subprocess.TimeoutExpired:
            return ended(self.start(*arguments, **environment))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.by, str(self.path / "crosscase"), *arguments],
            cwd=self.path.parent,  # not in the checkout: a user may call the launcher from anywhere
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )


def ended(process: subprocess.Popen[str], seconds: float = 420) -> subprocess.CompletedProcess[str]:
    """What a process that leads its own session said; out of time, everything that it started is killed with it.

    Killing it alone would leave what it started holding its output, and waiting for the end of that would never end.
    """
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as late:
        os.killpg(process.pid, signal.SIGKILL)
        late.stdout, late.stderr = process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def run_bounded(command: list[str], seconds: float = 420, **options: Any) -> subprocess.CompletedProcess[str]:
    """``subprocess.run`` with an end, see ``ended``."""
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return ended(subprocess.Popen(command, **pipes, **options, start_new_session=True), seconds)


def make_checkout(folder: Path, files: list[str]) -> Checkout:
    # A name that breaks what does not quote or assumes ASCII.
    checkout = Checkout(folder / "Fälle & Theorie", folder / "bin")
    for name in files:
        (checkout.path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, checkout.path / name)
    checkout.bin.mkdir()
    (checkout.bin / "python3").symlink_to(Path(sys.executable).resolve())
    home = folder / "home"
    home.mkdir()
    checkout.environment = {"PATH": str(checkout.bin), "HOME": str(home), "LANG": "C.UTF-8"}
    return checkout
