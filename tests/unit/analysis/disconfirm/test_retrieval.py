"""Passages that nobody has coded are ranked by what they say, not by the words alone."""

from __future__ import annotations

import polars as pl
from tests.factories.analysis_cases import evidence_of

from crosscase import frameworks
from crosscase.analysis.disconfirm import Material, disconfirm
from crosscase.model.claim import Scope, claim_of_type

FRAMEWORK = frameworks.load("education-systems")
CLAIM = claim_of_type(FRAMEWORK.type("managerial"), FRAMEWORK, Scope(("urban",)), "urban is managerial", name="m")
FILLER = [
    "The weather was fine and the buses were late again that morning.",
    "I have two children and a dog, and the dog is the easier one.",
    "Parking has been a trouble since they painted the new lines.",
    "We had soup on Thursday and everyone was glad of it.",
]


def order(*passages: str, coded: list[dict[str, object]] | None = None) -> list[str]:
    text = "\n\n".join([*FILLER, *passages])
    sources = pl.DataFrame(
        {"name": ["s"], "case": ["urban"], "kind": ["document"], "date": [None], "participant": [None]}
        | {"role": ["document"], "level": ["document"]},
        schema_overrides={"date": pl.String, "participant": pl.String},
    )
    evidence = evidence_of(*(coded or [])) if coded else evidence_of({"source": "s"}).clear()
    found = disconfirm([CLAIM], Material(evidence, sources, {"s": text}), FRAMEWORK)
    return found.queue("m", 6)["text"].to_list()


AGAINST = "Each school picks its own program and teachers write their own units here."


def test_a_passage_in_words_of_the_codebook_comes_first() -> None:
    assert order(AGAINST)[0] == AGAINST


def test_its_negation_its_report_and_another_place_come_after_it() -> None:
    denied = "No school picks its own program, and teachers never write their own units here."
    reported = "People say that each school picks its own program and that teachers write their own units."
    elsewhere = "In my last district each school picks its own program and teachers write their own units."
    found = order(denied, reported, elsewhere, AGAINST)
    assert all(found.index(AGAINST) < found.index(other) for other in (denied, reported, elsewhere))


def test_a_caution_is_said_in_words_and_hides_nothing() -> None:
    reported = "People say that each school picks its own program and writes its own units."
    sources = pl.DataFrame(
        {"name": ["s"], "case": ["urban"], "kind": ["document"], "date": ["2019"], "participant": ["p"]}
        | {"role": ["document"], "level": ["document"]}
    )
    material = Material(evidence_of({"source": "s"}).clear(), sources, {"s": "\n\n".join([*FILLER, reported])})
    rows = disconfirm([CLAIM], material, FRAMEWORK).queue("m", 6).filter(pl.col("text") == reported)
    assert "may be reported speech (“People say”)" in rows["reason"][0]


def test_coded_passages_are_not_raised_again() -> None:
    start = len("\n\n".join(FILLER)) + 2
    coded = {"source": "s", "start": start, "end": start + len(AGAINST), "text": AGAINST, "code": "infra.curr.local"}
    assert AGAINST not in order(AGAINST, coded=[coded | {"kind": "document"}])


def test_codings_teach_words_that_the_codebook_does_not_have() -> None:
    taught = [
        {
            "source": f"t{n}",
            "case": "rural",
            "text": f"The clipboard hangs in my office, and {w}.",
            "code": "infra.curr.local",
        }
        for n, w in enumerate(("that is that", "so be it", "nobody minds", "we like it"))
    ]
    other = [
        {"source": f"o{n}", "case": "rural", "text": f"The binder came from downtown {w}.", "code": "infra.curr.common"}
        for n, w in enumerate(("today", "in fall", "again", "at last"))
    ]
    scene = "On the wall is the clipboard, and it hangs in my office where everyone sees it."
    assert order(scene, coded=[*taught, *other])[0] == scene
