"""However a framework file is damaged, it is read or refused with a sentence; nothing else comes out."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.factories.framework_text import TEXT

from crosscase import frameworks
from crosscase.errors import FrameworkError

LINES = TEXT.splitlines(keepends=True)
WORDS = sorted(set(re.findall(r"[\w.~*+<&!'\"-]+", TEXT)))
STRANGE = ["null", "[]", "{}", "~", "- ", ": ", "*a", "&a ", "!!int 3", "1e999", ".nan", "0x1F", "\t", "\x00", "\ud800",
           "'", '"', "|\n", "{a: [", "? ", "<<: ", "é", "🙂", "9" * 400, "-1", "0.5", "true", "# "]  # fmt: skip


def swapped(text: str, start: int, length: int, new: str) -> str:
    return text[:start] + new + text[start + length :]


places = st.integers(0, len(TEXT))
pieces = st.one_of(st.sampled_from(WORDS), st.sampled_from(STRANGE), st.text(max_size=8))
some_lines = st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=6)
edits = st.lists(st.tuples(places, st.integers(0, 40), pieces), min_size=1, max_size=4)


def read_or_refused(text: str) -> None:
    try:
        framework = frameworks.loads(text, "damaged.yaml")
    except FrameworkError as refused:
        said = str(refused)
        assert "damaged.yaml" in said and len(said) < 20_000
        return
    assert frameworks.describe(framework)
    assert len(framework.digest) == 64


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edits)
def test_random_damage(changes: list[tuple[int, int, str]]) -> None:
    text = TEXT
    for start, length, new in changes:
        text = swapped(text, start, length, new)
    read_or_refused(text)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.integers(0, len(LINES) - 1), min_size=1, max_size=6),
    st.sampled_from(("drop", "double", "move", "indent")),
)
def test_lines_that_are_lost_doubled_moved_or_indented(numbers: list[int], how: str) -> None:
    lines = list(LINES)
    for number in numbers:
        if how == "drop":
            lines[number] = ""
        elif how == "double":
            lines[number] *= 2
        elif how == "indent":
            lines[number] = "  " + lines[number]
        else:
            lines.insert(0, lines.pop(number))
    read_or_refused("".join(lines))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(WORDS), st.sampled_from([*WORDS, *STRANGE]))
def test_one_word_for_another_everywhere(old: str, new: str) -> None:
    read_or_refused(re.sub(rf"(?<![\w.]){re.escape(old)}(?![\w.])", lambda _: new, TEXT))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
@example("&a [*a")
@example("%YAML 9.9\n---\n{")
@example("\ufeff")
def test_any_text(text: str) -> None:
    try:
        frameworks.loads(text, "any.yaml")
    except FrameworkError as refused:
        assert "any.yaml" in str(refused)
