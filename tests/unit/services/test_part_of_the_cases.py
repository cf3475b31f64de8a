"""Who sees some of the cases is told about those, and nothing about the whole study."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from crosscase import frameworks
from crosscase.services.reporting.names import Names
from crosscase.services.reporting.sentences import opening


def names_of(*cases: str) -> Names:
    framework = frameworks.load("education-systems")
    settings: Any = SimpleNamespace(cases=[SimpleNamespace(name=c, label=c.title()) for c in cases])
    return Names(framework, settings, cases)


def verdict(kind: str = "type", *types: str) -> Any:
    return SimpleNamespace(kind=kind, types=types)


def test_a_sentence_about_the_study_is_made_from_the_whole_study_only() -> None:
    names = names_of("north", "south")
    (type, *_) = [t.id for t in names.framework.types]
    one = names.framework.case_noun[0]
    whole = opening({c: verdict("type", type) for c in names.cases}, {type: 0.995}, names)
    assert f"No {one} is a" in whole and "reach" not in whole
    part = opening({c: verdict("type", type) for c in names.cases}, {type: 0.995}, names, whole=False)
    assert f"No {one}" not in part
    assert "None of the 2 " in part and "that you see is a" in part
    assert "out of your reach; nothing is said about them" in part


def test_who_sees_one_case_is_told_about_that_one() -> None:
    names = names_of("north")
    (type, *_) = [t.id for t in names.framework.types]
    said = opening({"north": verdict("type", type)}, {type: 0.995}, names, whole=False)
    assert "that you see is not a" in said
