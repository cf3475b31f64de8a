"""study.yaml: every mistake is named with its line and field."""

from __future__ import annotations

import pytest

from crosscase.errors import ManifestError
from crosscase.services.settings import new_settings_text, parse_settings

GOOD = """title: Four districts
framework: education-systems
cases:
  urban: Urban district
  suburban:
coders: [ana, ben]
"""


def test_short_and_long_forms_are_read() -> None:
    settings = parse_settings(GOOD, "study.yaml")
    assert [(c.name, c.label) for c in settings.cases] == [("urban", "Urban district"), ("suburban", "")]
    assert [c.name for c in settings.coders] == ["ana", "ben"]
    assert settings.analysis.level == 0.90


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("coders: [ana, ben]", "coders: [ana, ana]", 6, "coders"),
        ("coders: [ana, ben]", "coder: [ana]", 1, "coder"),
        ("  suburban:", "  sub urban:", 3, "cases"),
        ("title: Four districts", "title: ''", 1, "title"),
        ("coders: [ana, ben]", "analysis:\n  draws: many", 7, "analysis › draws"),
        ("coders: [ana, ben]", "analysis:\n  level: 1.5", 7, "analysis › level"),
        ("coders: [ana, ben]", "analysis:\n  layer: gold", 7, "analysis › layer"),
        ("coders: [ana, ben]", "simulated: perhaps", 6, "simulated"),
    ],
)
def test_a_mistake_is_named_with_line_and_field(old: str, new: str, line: int, field: str) -> None:
    with pytest.raises(ManifestError) as caught:
        parse_settings(GOOD.replace(old, new), "study.yaml")
    assert field in caught.value.what
    if "coder:" not in new:  # an unknown key is reported at its own line when it has one
        assert f"line {line}" in caught.value.where


@pytest.mark.parametrize("text", ["", "[]", "title: [", "title: !!python/object/apply:os.system [ls]", "42"])
def test_what_is_no_settings_file_is_refused(text: str) -> None:
    with pytest.raises(ManifestError):
        parse_settings(text, "study.yaml")


def test_a_fresh_file_is_valid_and_commented() -> None:
    text = new_settings_text('A "quoted": title', "cfir-2022", {"a": "Site: A"}, ("ana",), simulated=True)
    settings = parse_settings(text, "study.yaml")
    assert settings.title == 'A "quoted": title'
    assert settings.cases[0].label == "Site: A"
    assert settings.simulated
    assert text.count("#") >= 5
