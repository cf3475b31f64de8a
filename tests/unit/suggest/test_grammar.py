"""Denied, planned, a rule: what the words around a term say, and what they leave open."""

from __future__ import annotations

import pytest

from crosscase.suggest.grammar import actuality, denial, is_in_title

TERM = "common curriculum"


def said(text: str) -> str | None:
    return denial(text, (0, len(text)), text.index(TERM))


@pytest.mark.parametrize(
    "text",
    [
        "There is no common curriculum here.",
        "We don't have a common curriculum.",
        "We don’t really have a common curriculum.",
        "We do not use the common curriculum.",
        "They taught without a common curriculum.",
        "The lack of a common curriculum hurts.",
        "We never had any common curriculum.",
        "There isn't a common curriculum.",
        "We no longer have a common curriculum.",
    ],
)
def test_a_plain_denial_is_seen(text: str) -> None:
    assert said(text)


@pytest.mark.parametrize(
    "text",
    [
        "We have a common curriculum.",
        "Not only a common curriculum but time.",
        "There is no money for a common curriculum.",
        "Not all schools use the common curriculum.",
        "I don't know if the common curriculum helps.",
        "No, the common curriculum came later.",
        "Don't we have a common curriculum?",
        "If we don't have a common curriculum, we drift.",
        "The problem is not the common curriculum.",
        "No doubt the common curriculum helps.",
        "It was not done. The common curriculum stayed.",
        "See No. 5, common curriculum.",
        "We do not pay for it so that each and every school has a common curriculum.",
    ],
)
def test_what_does_not_govern_the_term_is_no_denial(text: str) -> None:
    low = text.index("The common") if ". The" in text else 0
    assert denial(text, (low, len(text)), text.index(TERM)) is None


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        ("All schools will use the common curriculum.", "document", "planned"),
        ("The district plans to write a common curriculum.", "minutes", "planned"),
        ("Schools must use the common curriculum.", "document", "formal"),
        ("By policy the common curriculum is taught.", "document", "formal"),
        ("It will be policy: the common curriculum.", "document", None),
        ("The common curriculum has five units.", "document", None),
        ("We teach the common curriculum.", "interview", "enacted"),
        ("Rooms follow the common curriculum.", "observation", "enacted"),
        ("We are going to write a common curriculum.", "interview", None),
        ("We used to have a common curriculum.", "focus_group", None),
        ("We'll see about the common curriculum.", "meeting", None),
        ("Policy or not, we teach the common curriculum.", "interview", "enacted"),
        ("The common curriculum matters.", "context", None),
    ],
)
def test_practice_rule_and_plan_are_told_apart_where_words_do(text: str, kind: str, told: str | None) -> None:
    start = text.index(TERM)
    assert actuality(text, kind, (start, start + len(TERM))) == told


def test_the_words_of_the_term_itself_are_no_sign() -> None:
    assert actuality("Our board policy stands.", "document", (4, 16)) is None


@pytest.mark.parametrize(
    ("text", "term", "inside"),
    [
        ("Director of Continuous Improvement Ann Lee spoke.", "Continuous", True),
        ("Coordinator, Family Engagement", "Family", True),
        ("Director of Professional\nLearning and Curriculum Innovation", "Professional", True),
        ("The director of the school wants continuous improvement.", "continuous", False),
        ("The Superintendent praised Continuous Improvement.", "Continuous", False),
    ],
)
def test_a_title_says_nothing_about_the_work(text: str, term: str, inside: bool) -> None:
    assert is_in_title(text, text.index(term)) is inside
