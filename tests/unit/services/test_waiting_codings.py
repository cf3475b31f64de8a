"""A coding that waits for its coder counts where it counted; nothing vanishes by a change of the codebook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.studies import COMMON, FREE, LOCAL, code_differently, coding_of, make_study

from crosscase.analysis.conditions import conditions
from crosscase.errors import Conflict
from crosscase.frameworks.rewriting import CodeText
from crosscase.services.activity import happenings
from crosscase.services.agreeing import agree_study
from crosscase.services.checks import check_study
from crosscase.services.claims import add_claim, find_claim, own_claim
from crosscase.services.codebook_changes import Change, Draft, draft_change, make_change, text_of
from crosscase.services.codebook_edits import (
    CodebookEdit,
    choices_of,
    edit_codebook,
    recode,
    recoding_status,
    waiting_codings,
)
from crosscase.services.codebook_undo import undo_newest_version, way_back
from crosscase.services.codings import record_codings, retire_coding
from crosscase.services.comparing import compare_study
from crosscase.services.exploring import cooccurrence_of
from crosscase.services.sight import Sight, sight_of
from crosscase.services.study import Study
from crosscase.services.undoing import undoing

PARTS = (
    CodeText("infra.curr.bought", "Bought", "It was bought."),
    CodeText("infra.curr.written", "Written", "It was."),
)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = make_study(tmp_path)
    code_differently(made)
    return made


def sight(study: Study) -> Sight:
    with study.reading() as connection:
        return sight_of(connection, "ana")


def change(study: Study, kind: str, codes: tuple[str, ...], after: tuple[CodeText, ...]) -> Draft:
    draft = draft_change(study, sight(study), Change(kind, codes, after))
    make_change(study, draft, draft.basis)
    return draft


def split(study: Study) -> Draft:
    return change(study, "split", (COMMON,), PARTS)


def by_domain(study: Study) -> dict[str | None, int]:
    return dict(study.evidence().group_by("domain").len().iter_rows())


def test_codings_of_a_split_code_stay_in_the_distribution_of_work(study: Study) -> None:
    before = by_domain(study)
    split(study)
    assert by_domain(study) == before
    assert set(study.evidence()["code"]) == {COMMON, LOCAL, FREE}  # nobody has decided yet
    assert COMMON not in {i.id for i in study.framework.indicators}


def test_they_count_in_conditions_as_before(study: Study) -> None:
    def support() -> list[tuple[object, ...]]:
        found = conditions(study.evidence(), study.rulebook, draws=50, cases=["north", "south"])
        return found.table.select(
            "case", "condition", "share", "n_sources_for", "n_sources_against", "n_codings"
        ).rows()

    before = support()
    split(study)
    assert support() == before


def test_they_have_a_row_of_their_own_by_code_with_the_name_of_the_former_code(study: Study) -> None:
    before = cooccurrence_of(study, how="overlap", rows="code").table.height
    split(study)
    assert cooccurrence_of(study, how="overlap", rows="code").table.height == before
    assert study.rulebook.indicator(COMMON).name.endswith("(former code)")


def test_the_agreement_on_a_split_code_is_that_of_the_former_code_until_somebody_begins(study: Study) -> None:
    def alphas() -> dict[str, float | None]:
        table = agree_study(study, by="code", unit="turn").table
        return dict(table.select("code", "value").iter_rows())

    before = alphas()
    split(study)
    assert alphas() == before
    mine = waiting_codings(study, "ana")
    for edit, number in mine.select("edit", "coding_id").iter_rows():
        recode(study, edit, number, ["infra.curr.bought"])
    begun = alphas()
    assert COMMON not in begun and begun["infra.curr.bought"] is None  # ben has not decided: no difference is made up
    assert begun[LOCAL] == before[LOCAL]
    for edit, number in waiting_codings(study).select("edit", "coding_id").iter_rows():
        recode(study, edit, number, ["infra.curr.bought"])
    after = alphas()
    assert COMMON not in after and after["infra.curr.bought"] == before[COMMON]


def test_parts_in_two_domains_leave_the_old_code_in_its_own_until_a_coder_decides(study: Study) -> None:
    before = by_domain(study)
    draft = draft_change(study, sight(study), Change("split", (COMMON,), PARTS))
    text = draft.content.replace("infra.curr.written", "lead.school.written")
    entry = yaml.safe_load(text)
    rooms = {s["id"]: s["indicators"] for d in entry["domains"] for s in d.get("subdomains", ())}
    moved = next(i for i in rooms["infra.curr"] if i["id"] == "lead.school.written")
    rooms["infra.curr"].remove(moved)
    rooms["lead.school"].append(moved)
    edit = CodebookEdit("split", (COMMON,), ("infra.curr.bought", "lead.school.written"))
    edit_codebook(study, yaml.safe_dump(entry, allow_unicode=True, sort_keys=False), [edit])
    assert by_domain(study) == before
    number, coding = waiting_codings(study, "ana").select("edit", "coding_id").row(0)
    recode(study, number, coding, ["lead.school.written"])
    after = by_domain(study)
    assert after["infra"] == before["infra"] - 1
    assert after["lead"] == before.get("lead", 0) + 1


def test_what_waits_stands_beside_results_and_in_the_check_with_its_number(study: Study) -> None:
    assert "wait" not in " ".join(f.sentence for f in check_study(study))
    split(study)
    said = [f for f in check_study(study) if "re-coding" in f.sentence]
    assert [f.weight for f in said] == ["warning"]
    assert said[0].sentence.startswith("5 codings wait for re-coding after the split of “")
    assert said[0].mend is not None
    assert "Look again" in said[0].mend.workbench and "crosscase codebook status" in said[0].mend.command
    for edit, number in waiting_codings(study).select("edit", "coding_id").iter_rows():
        recode(study, edit, number, ["infra.curr.bought"])
    assert not [f for f in check_study(study) if "re-coding" in f.sentence]


def test_a_part_that_was_merged_since_is_offered_as_what_it_became(study: Study) -> None:
    split(study)
    change(study, "merge", ("infra.curr.bought", LOCAL), (CodeText("infra.curr.any", "Any", "d"),))
    edit, number = waiting_codings(study, "ana").select("edit", "coding_id").row(0)
    assert choices_of(study, edit) == ("infra.curr.any", "infra.curr.written")
    recode(study, edit, number, ["infra.curr.any"])
    assert study.evidence()["domain"].null_count() == 0


def test_a_second_look_is_still_asked_for_when_the_code_is_renamed_meanwhile(study: Study) -> None:
    words = replace(text_of(study.framework.indicator(COMMON)), definition="Narrower.")
    change(study, "redefine", (COMMON,), (words,))
    asked = waiting_codings(study).height
    change(study, "rename", (COMMON,), (replace(words, id="infra.curr.shared"),))
    assert waiting_codings(study).height == asked > 0
    edit, number = waiting_codings(study, "ana").select("edit", "coding_id").row(0)
    assert choices_of(study, edit) == ("infra.curr.shared",)
    assert recode(study, edit, number, ["infra.curr.shared"]) == (number,)
    undo_newest_version(study)
    assert waiting_codings(study).height == asked
    assert study.evidence()["domain"].null_count() == 0


def test_a_coding_that_was_taken_out_waits_no_more(study: Study) -> None:
    split(study)
    number = waiting_codings(study, "ana")["coding_id"][0]
    before = recoding_status(study)["n_codings"].sum()
    retire_coding(study, number)
    assert number not in waiting_codings(study)["coding_id"].to_list()
    assert recoding_status(study)["n_codings"].sum() == before - 1


def test_a_claim_keeps_seeing_codings_whose_code_was_renamed_or_split(study: Study) -> None:
    name = add_claim(study, own_claim(study, "All use the same", supports=[COMMON])).name
    change(study, "rename", (COMMON,), (CodeText("infra.curr.shared", "Shared", "d"),))
    assert "infra.curr.shared" in find_claim(study, name).claim.indicators(study.rulebook)
    change(study, "split", ("infra.curr.shared",), PARTS)
    seen = set(find_claim(study, name).claim.indicators(study.rulebook))
    assert seen == {"infra.curr.shared", "infra.curr.bought", "infra.curr.written"}


def test_the_preview_names_everything_that_will_see_other_codings(study: Study) -> None:
    add_claim(study, own_claim(study, "Schools choose", supports=[LOCAL]))
    draft = draft_change(
        study, sight(study), Change("merge", (LOCAL, FREE), (text_of(study.framework.indicator(LOCAL)),))
    )
    said = {e.label: (e.n_more, e.n_fewer) for e in draft.effects.seen}
    assert said["Claim “Schools choose”, for"] == (1, 0)
    home = study.framework.domain("infra").name
    assert said[f"Domain “{home}”"] == (1, 0)
    for condition in study.framework.conditions:
        for side, patterns in (("for", condition.supports), ("against", condition.opposes)):
            was = any(p.matches_code(LOCAL) and not p.facets for p in patterns)
            free = any(p.matches_code(FREE) for p in patterns)
            if was and not free:  # it sees the coding of the other code from now on
                assert said[f"Condition “{condition.label}”, {side}"][0] == 1


KINDS = ("split", "merge", "rename", "drop", "redefine", "decide")
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=5)


@given(steps=STEPS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_change_takes_more_out_of_the_results_than_its_preview_promised(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int]]
) -> None:
    study = make_study(tmp_path_factory.mktemp("changing"))
    code_differently(study)
    for number, (kind, one, other) in enumerate(steps):
        before = by_domain(study)
        if kind == "decide":
            _decide(study, one)
            after = by_domain(study)
            assert sum(after.values()) == sum(before.values())
        else:
            draft = _change(study, kind, number, one, other)
            after = by_domain(study)
            for effect in draft.effects.seen:
                home = next((d.id for d in study.framework.domains if effect.label == f"Domain “{d.name}”"), None)
                if home is not None:
                    before[home] = before.get(home, 0) + effect.n_more - effect.n_fewer
            assert {d: n for d, n in after.items() if n} == {d: n for d, n in before.items() if n}
        assert None not in after  # every coding has its domain
        shown = compare_study(study, rows="domain", columns="case", cell="stance").table
        assert shown["n_codings"].sum() == sum(after.values())
    study.close()


def _decide(study: Study, one: int) -> None:
    waiting = waiting_codings(study)
    if not waiting.is_empty():
        edit, number = waiting.select("edit", "coding_id").row(one % waiting.height)
        recode(study, edit, number, choices_of(study, edit)[:1])


def _change(study: Study, kind: str, number: int, one: int, other: int) -> Draft:
    """One change; codes that were used come first, so that most changes touch codings."""
    used = [c for c in study.evidence()["code"].unique().sort() if c in {i.id for i in study.framework.indicators}]
    codes = list(dict.fromkeys([*used, *(i.id for i in study.framework.indicators if i.kind == "passage")]))[:8]
    first = codes[one % len(codes)]
    second = [c for c in codes if c != first][other % (len(codes) - 1)]
    home = study.framework.indicator(first).domain
    fresh = [CodeText(f"{home}.v{number}{part}", f"V{number}{part}", "d") for part in "ab"]
    words = text_of(study.framework.indicator(first))
    return {
        "split": lambda: change(study, "split", (first,), tuple(fresh)),
        "merge": lambda: change(study, "merge", (first, second), (words,)),
        "rename": lambda: change(study, "rename", (first,), (fresh[0],)),
        "drop": lambda: change(study, "drop", (first,), ()),
        "redefine": lambda: change(study, "redefine", (first,), (replace(words, definition=f"Other {number}."),)),
    }[kind]()


def test_a_split_that_waits_does_not_stand_in_the_way_of_undoing_a_later_change(study: Study) -> None:
    split(study)
    before = by_domain(study)
    change(study, "merge", (LOCAL, FREE), (text_of(study.framework.indicator(LOCAL)),))
    assert way_back(study).in_the_way == 0
    undo_newest_version(study)
    assert by_domain(study) == before
    assert {LOCAL, FREE} <= {i.id for i in study.framework.indicators}
    assert waiting_codings(study).height == 5


def test_a_coding_with_a_code_that_goes_is_in_the_way_and_the_page_says_so_instead_of_a_button(study: Study) -> None:
    change(study, "split", (FREE,), (CodeText("use.v1", "V1", "d"), CodeText("use.v2", "V2", "d")))
    record_codings(study, [coding_of(study, "notes", "pacing guide", "use.v1")])
    newest = max(h.id for h in happenings(study, sight(study)) if h.verb == "codebook.split")
    with pytest.raises(Conflict, match="codings were made since"):
        undoing(study, sight(study), newest, "ana")
