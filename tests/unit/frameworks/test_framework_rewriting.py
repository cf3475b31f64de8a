"""Codes of a framework text are changed; everything else in it keeps its meaning."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crosscase import frameworks
from crosscase.errors import FrameworkError
from crosscase.frameworks.document import read_document
from crosscase.frameworks.rewriting import CodeText, Rewriting, next_version, rewrite

TEXT = frameworks.text_of("education-systems")
CODE, OTHER = "infra.curr.common", "infra.curr.local"


def counted(text: str, condition: str = "COMMON") -> set[str]:
    found = next(c for c in frameworks.loads(text).conditions if c.id == condition)
    return {code for pattern in (*found.supports, *found.opposes) for code in pattern.codes}


@pytest.mark.parametrize("name", frameworks.names)
def test_other_words_change_nothing_else(name: str) -> None:
    text = frameworks.text_of(name)
    before = frameworks.loads(text)
    code = before.indicators[-1]
    words = CodeText(code.id, code.name, "Other words: not # the same", code.include, code.exclude, code.example)
    after = frameworks.loads(rewrite(text, Rewriting((code.id,), (words,)), "9.0.0"))
    assert after.indicator(code.id).definition == "Other words: not # the same"
    assert after.indicator(code.id).terms == code.terms
    assert [i for i in after.indicators if i.id != code.id] == [i for i in before.indicators if i.id != code.id]
    assert (after.conditions, after.types, after.facets) == (before.conditions, before.types, before.facets)


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).filter(lambda t: t.strip()))
def test_any_words_are_read_back_as_they_were_written(words: str) -> None:
    small = TEXT[: TEXT.index("\nconditions:")]
    code = CodeText(CODE, words, words, words, words, words)
    data = read_document(rewrite(small, Rewriting((CODE,), (code,)), "2.0.0"), "x").value
    text = str(data)
    assert repr(words.strip())[1:-1] in text or words.strip() in text


def test_words_that_look_like_numbers_or_switches_stay_words() -> None:
    for word in ("no", "null", "1e5", "1.0", "007", "~", "- a", "{b}", "'", '"', "2019-04-30", "a: b"):
        changed = rewrite(TEXT, Rewriting((CODE,), (CodeText(CODE, word, word, word),)), "2.0.0")
        found = frameworks.loads(changed).indicator(CODE)
        assert (found.name, found.definition, found.include) == (word, word, word)


def test_what_counts_a_code_follows_a_new_id_a_merge_and_a_split() -> None:
    new = CodeText("infra.curr.shared", "Shared", "One for all.")
    renamed = rewrite(TEXT, Rewriting((CODE,), (new,), {CODE: (new.id,)}), "2.0.0")
    assert CODE not in counted(renamed)
    assert new.id in counted(renamed)
    both = Rewriting((CODE, OTHER), (new,), {CODE: (new.id,), OTHER: (new.id,)})
    merged = frameworks.loads(rewrite(TEXT, both, "2.0.0"))
    assert len(merged.indicators) == len(frameworks.loads(TEXT).indicators) - 1
    parts = (CodeText("infra.curr.a", "A", "a"), CodeText("infra.curr.b", "B", "b"))
    split = rewrite(TEXT, Rewriting((CODE,), parts, {CODE: ("infra.curr.a", "infra.curr.b")}), "2.0.0")
    assert {"infra.curr.a", "infra.curr.b"} <= counted(split)
    dropped = rewrite(TEXT, Rewriting((CODE,), (), {CODE: ()}), "2.0.0")
    assert CODE not in counted(dropped)
    assert CODE not in [i.id for i in frameworks.loads(dropped).indicators]


def test_the_comment_at_the_head_stays_and_an_unknown_code_is_refused() -> None:
    changed = rewrite(TEXT, Rewriting((CODE,), (CodeText(CODE, "n", "d"),)), "2.0.0")
    assert changed.splitlines()[0] == TEXT.splitlines()[0]
    with pytest.raises(FrameworkError, match=r"no code infra\.no"):
        rewrite(TEXT, Rewriting(("infra.no",), ()), "2.0.0")


def test_versions_are_counted_on() -> None:
    assert next_version("1.0.0", ["1.0.0", "1.0.1", "1.0.2"]) == "1.0.3"
    assert next_version("2024", []) == "2024.1"
