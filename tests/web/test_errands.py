"""Work in a process of its own: what it made, the sentence why not, and never an errand that runs for ever."""

from __future__ import annotations

import errno
import multiprocessing
from typing import Any

import pytest

from crosscase.web.errands import in_child


def die(_door: str, _pipe: Any) -> None:
    raise SystemExit(1)


def say(_door: str, pipe: Any) -> None:
    pipe.send(("step", "half", 1, 2))
    pipe.send(("done", {"n": 3}))


def test_steps_are_told_and_what_was_made_comes_back() -> None:
    steps: list[tuple[Any, ...]] = []
    assert in_child(say, ("door",), lambda *step: steps.append(step), lambda child: None) == ({"n": 3}, "")
    assert steps == [("half", 1, 2)]


def test_a_process_that_ends_early_is_a_sentence() -> None:
    made, problem = in_child(die, ("door",), lambda *step: None, lambda child: None)
    assert made is None
    assert "was stopped" in problem


def test_a_process_that_cannot_start_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Any) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(multiprocessing.get_context("spawn").Process, "start", refuse)
    made, problem = in_child(say, ("door",), lambda *step: None, lambda child: None)
    assert made is None
    assert "cannot be started (Cannot allocate memory)" in problem
