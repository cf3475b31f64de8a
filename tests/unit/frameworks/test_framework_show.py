"""What `crosscase framework show` prints."""

from __future__ import annotations

import pytest
from tests.factories.framework_text import TEXT, broken

from crosscase import frameworks

SMALL = frameworks.describe(frameworks.loads(TEXT))


@pytest.mark.parametrize("name", frameworks.names)
def test_every_part_of_a_framework_is_shown(name: str) -> None:
    framework = frameworks.load(name)
    shown = frameworks.describe(framework)
    parts = [*framework.indicators, *framework.domains, *framework.dilemmas, *framework.types]
    assert [part.id for part in parts if f"`{part.id}`" not in shown] == []
    assert [i.id for i in framework.indicators if i.definition not in shown or i.exclude not in shown] == []
    assert [c.id for c in framework.conditions if f"### {c.id}: {c.label}" not in shown] == []
    assert [note for note in framework.notes if note not in shown] == []
    assert [t.id for t in framework.types if str(t.formula) not in shown] == []


def test_every_part_is_shown_with_its_provenance() -> None:
    assert "From: stated in the literature: Author 2000" in SMALL
    assert "UNSEEN01: Author 2001 (seen: nothing)" in SMALL
    assert "Exemplar: A town (recalled from the literature, unchecked: Author 2001)" in SMALL


def test_examples_are_marked_as_invented() -> None:
    assert "- Invented example: We all use it." in SMALL


def test_anchors_are_shown_with_their_reasons_or_as_not_set() -> None:
    assert "- cross at 0.5: half" in SMALL
    assert "- cross not set: set by you" in SMALL


def test_patterns_are_shown_in_words() -> None:
    assert "- against: `infra.*` where locus school; mode make; stance present" in SMALL


def test_what_a_template_expects_is_shown() -> None:
    assert "- infra: centre in, school out; expects centre" in SMALL
    undecided = frameworks.describe(frameworks.loads(broken("school: out}", "school: in}")))
    assert "leaves open who holds it" in undecided


def test_gaps_name_what_a_coder_would_miss() -> None:
    assert frameworks.gaps(frameworks.loads(TEXT))[0] == (
        "infra.curr.local: what to include, what to leave out, an example, terms missing"
    )
