"""On a fresh installation the compiled parts are compiled side by side, while other work goes on."""

from __future__ import annotations

import multiprocessing
import re
from pathlib import Path

import pytest

import crosscase.analysis
from crosscase.analysis.compiled import is_kept
from crosscase.services import compiling


def test_the_parts_are_all_that_is_compiled_and_kept() -> None:
    found = set()
    for path in Path(crosscase.analysis.__file__).parent.rglob("*.py"):
        names = re.findall(r"^@compiled\ndef (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        found |= {f"{path.stem}.{name}" for name in names}
    with_weights, when_asked = "kernel.run_chain", "leave_out._weigh_dominants"  # robustness against priors
    assert found == {*compiling.PARTS, with_weights, when_asked}
    for compile_it in compiling.PARTS.values():
        compile_it()
    assert all(map(is_kept, found - {when_asked}))
    assert not is_kept("kernel.no_such_function")


def test_what_is_kept_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_kept", lambda name: True)
    with compiling.compiling_meanwhile():
        assert multiprocessing.active_children() == []


def test_what_is_missing_is_compiled_meanwhile_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_kept", lambda name: False)
    with compiling.compiling_meanwhile():
        workers = multiprocessing.active_children()
        assert len(workers) == len(compiling.PARTS)
    assert [worker.exitcode for worker in workers] == [0] * len(workers)


def test_a_failure_elsewhere_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_kept", lambda name: False)
    with pytest.raises(ZeroDivisionError), compiling.compiling_meanwhile():
        workers = multiprocessing.active_children()
        raise ZeroDivisionError
    for worker in workers:
        worker.join(10)
    assert not any(worker.is_alive() for worker in workers)
