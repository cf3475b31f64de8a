"""What the dictionary suggests, what it keeps quiet about, and which facets it answers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from tests.unit.suggest.small_framework import framework, indicator

from crosscase.model.coding import Suggestion
from crosscase.model.text import Turn
from crosscase.suggest import DictionaryCoder

CODER = DictionaryCoder(framework())


def suggested(text: str, turns: Sequence[Turn] = (), kind: str = "interview") -> list[Suggestion]:
    return CODER.suggest(text, "s1", turns, kind=kind)


def codes(text: str, turns: Sequence[Turn] = ()) -> list[str]:
    return [s.code for s in suggested(text, turns)]


def only(text: str, turns: Sequence[Turn] = (), kind: str = "interview") -> Suggestion:
    (one,) = suggested(text, turns, kind)
    return one


def test_a_term_suggests_its_indicator_on_the_sentence_around_it() -> None:
    text = "We met. All of us follow the Pacing Guides. It was late."
    one = only(text)
    assert one.code == "infra.curr"
    assert one.passage.quote(text) == "All of us follow the Pacing Guides."
    assert (one.passage.source, one.coder, one.confidence) == ("s1", "dictionary", None)


def test_several_terms_of_an_indicator_in_a_sentence_are_one_suggestion() -> None:
    one = only("The pacing guide and the scope and sequence are the pacing guide.")
    assert one.reason == "terms: pacing guide, scope and sequence"


def test_several_indicators_in_a_sentence_are_several_suggestions() -> None:
    assert codes("The literacy coach brought the pacing guide.") == ["infra.curr", "use.coach"]


def test_an_indicator_that_is_a_number_is_not_looked_for() -> None:
    assert codes("Per-pupil spending rose.") == []


def test_a_weak_term_alone_says_nothing() -> None:
    assert codes("We got a textbook.") == []


def test_a_weak_term_counts_beside_a_term_of_its_domain() -> None:
    found = suggested("We got a textbook. There is a common assessment.")
    assert [s.code for s in found] == ["infra.curr", "infra.assess"]
    assert found[0].reason == "weak term: textbook, beside the term common assessment"


def test_a_term_of_another_domain_does_not_help_a_weak_term() -> None:
    assert codes("We got a textbook. The literacy coach came.") == ["use.coach"]


def test_a_weak_term_counts_beside_cues_for_who_and_what() -> None:
    one = only("The district says the textbook is required to be read.")
    assert one.reason.startswith("weak term: textbook, beside “The district” (who) and “required to” (what)")


@pytest.mark.parametrize("text", ["The district has a textbook.", "You are required to read the textbook."])
def test_one_cue_is_not_enough_for_a_weak_term(text: str) -> None:
    assert codes(text) == []


def test_a_weak_term_is_no_cue_for_itself() -> None:
    assert codes("The superintendent visited the charter. The other charter was closed.") == []


def test_help_from_far_away_or_another_paragraph_does_not_count() -> None:
    assert codes("We got a textbook. " + "So it went on. " * 40 + "There is a common assessment.") == ["infra.assess"]
    assert codes("We got a textbook.\n\nThere is a common assessment.") == ["infra.assess"]


def test_captions_are_read_together_for_cues_and_coded_one_by_one() -> None:
    text = "the district says that\nthe textbook is what we are\nrequired to read"
    turns = [Turn(0, 22), Turn(23, 50), Turn(51, 67)]
    assert only(text, turns).passage.quote(text) == "the textbook is what we are"


def test_a_not_term_near_by_cancels_and_far_away_does_not() -> None:
    assert codes("After the tax assessment there was a common assessment.") == []
    assert codes("A common assessment. " + "So it went. " * 12 + "A tax assessment.") == ["infra.assess"]


def test_a_not_term_of_another_indicator_cancels_nothing() -> None:
    assert codes("The football coach likes the pacing guide.") == ["infra.curr"]


def test_a_term_inside_a_longer_term_is_part_of_that_one() -> None:
    assert codes("We have a professional learning community.") == ["use.team"]
    assert codes("We have professional learning.") == ["use.train"]


def test_a_question_of_the_interviewer_is_no_evidence_and_no_cue() -> None:
    text = "Does the district mandate a common curriculum?\nWe have a textbook."
    turns = [Turn(0, 46, "Lee", is_question=True), Turn(47, 66, "Ann")]
    assert codes(text, turns) == []


def test_a_label_or_heading_outside_the_turns_is_no_evidence() -> None:
    text = "LITERACY COACH: I come on Mondays."
    assert codes(text, [Turn(16, 34, "LITERACY COACH")]) == []


def test_a_term_in_a_title_is_no_evidence() -> None:
    assert codes("Director of Professional Learning Ann Lee spoke.") == []


def test_who_is_read_off_a_cue_in_the_sentence() -> None:
    one = only("The superintendent wrote the pacing guide.")
    assert one.facets["locus"] == "central_office"
    assert "locus central_office: “superintendent”" in one.reason


def test_of_two_in_a_sentence_the_nearest_counts() -> None:
    assert only("The superintendent asked and our principal wrote the pacing guide.").facets["locus"] == "school"


def test_two_at_the_same_distance_leave_it_open() -> None:
    assert only("our school pacing guide our school").facets["locus"] == "school"
    assert only("our school pacing guide the district").facets["locus"] == "not_stated"


def test_without_a_cue_or_with_two_around_it_is_not_stated_who() -> None:
    assert only("We follow the pacing guide.").facets["locus"] == "not_stated"
    around = "The superintendent spoke. We follow the pacing guide. In our school it rains."
    assert only(around).facets["locus"] == "not_stated"


def test_a_cue_in_the_next_sentence_counts_when_it_is_alone() -> None:
    assert only("The superintendent spoke. We follow the pacing guide.").facets["locus"] == "central_office"


def test_what_is_done_is_answered_only_where_a_cue_says_it() -> None:
    assert only("We are required to follow the pacing guide.").facets["mode"] == "prescribe"
    assert "mode" not in only("We follow the pacing guide.").facets


def test_a_plain_denial_makes_the_stance_absent() -> None:
    one = only("We don't have a common curriculum.")
    assert one.facets["stance"] == "absent"
    assert "denied" in one.reason
    assert only("We have a common curriculum.").facets["stance"] == "present"


def test_a_denial_of_one_of_two_terms_is_not_plain() -> None:
    assert only("There is no common curriculum, only a pacing guide.").facets["stance"] == "present"


def test_espoused_is_never_guessed() -> None:
    texts = [
        "We believe in a common curriculum.",
        "A common curriculum is our vision.",
        "We hope to see a pacing guide.",
    ]
    for kind in ("interview", "document", "meeting"):
        assert all(s.facets.get("actuality") != "espoused" for t in texts for s in suggested(t, kind=kind))


def test_speech_is_enacted_and_a_document_speaks_of_rules_and_plans() -> None:
    assert only("We follow the pacing guide.").facets["actuality"] == "enacted"
    assert only("All shall follow the pacing guide.", kind="document").facets["actuality"] == "planned"
    assert only("All must follow the pacing guide.", kind="document").facets["actuality"] == "formal"
    assert "actuality" not in only("This is the pacing guide.", kind="document").facets


def test_minutes_are_read_like_a_document_and_a_recorded_meeting_like_speech() -> None:
    text = "All must follow the pacing guide."
    assert only(text, kind="meeting").facets["actuality"] == "formal"
    assert only(text, [Turn(0, len(text))], kind="meeting").facets["actuality"] == "enacted"


def test_every_facet_value_is_one_of_the_framework() -> None:
    small = framework()
    text = "The superintendent is required to train. No pacing guide. All must follow the PLC. School choice, charter."
    for suggestion in CODER.suggest(text, "s1", kind="document"):
        for name, value in suggestion.facets.items():
            assert small.facet(name).value(value)


def test_a_framework_without_facets_gets_bare_suggestions() -> None:
    from dataclasses import replace

    from crosscase.model.framework import AnalysisRules

    bare = replace(framework(), facets=(), rules=AnalysisRules())
    (one,) = DictionaryCoder(bare).suggest("No pacing guide.", "s1")
    assert one.facets == {}


def test_a_framework_without_terms_suggests_nothing() -> None:
    assert DictionaryCoder(framework([indicator("a.b")])).suggest("No pacing guide.", "s1") == []


def test_one_term_of_two_indicators_suggests_both() -> None:
    coder = DictionaryCoder(framework([indicator("a.x", ["learning walk"]), indicator("b.x", ["learning walk"])]))
    assert [s.code for s in coder.suggest("A learning walk.", "s1")] == ["a.x", "b.x"]


def test_hits_say_where_each_entry_stands() -> None:
    text = "😀 PLCs and a tax assessment"
    assert [(h.term, h.role, text[h.start : h.end]) for h in CODER.hits(text)] == [
        ("PLC", "term", "PLCs"),
        ("tax assessment", "not-term", "tax assessment"),
    ]


def test_a_long_stretch_without_full_stops_gives_passages_that_do_not_overlap() -> None:
    text = ("so we went on and on " * 12 + "with the pacing guide ") * 8
    found = suggested(text)
    assert len(found) > 1
    assert all(s.passage.end - s.passage.start <= 600 for s in found)
    assert all(a.passage.end <= b.passage.start for a, b in pairwise(found))
    assert all("pacing guide" in s.passage.quote(text) for s in found)
