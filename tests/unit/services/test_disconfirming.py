"""The search for counter-evidence in a study: raised once, resolved with a reason, reported as it was searched."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from docx import Document
from tests.factories.studies import coding_of, make_study

from crosscase.errors import Conflict, FormatError, ManifestError, NotEnoughEvidence, NotFound
from crosscase.model.claim import Scope
from crosscase.services.adversarial import read_answers, write_brief
from crosscase.services.analyses import analyse
from crosscase.services.claim_sentences import parse_claim
from crosscase.services.claims import add_claim, change_claim, claims, find_claim, own_claim
from crosscase.services.codings import record_codings
from crosscase.services.disconfirming import candidates, raise_candidates, recode, reopen, resolve
from crosscase.services.history import history, verify_history
from crosscase.services.reporting import write_report
from crosscase.services.search_record import search_records
from crosscase.services.study import Study

CLAIM = "COMMON holds in north"
NAME = "north-COMMON"
PRESENT = {"locus": "central_office", "mode": "prescribe", "stance": "present", "actuality": "enacted"}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    made = make_study(tmp_path)
    record_codings(
        made,
        [
            coding_of(made, "interview-p01", "every school has the same ones", "infra.curr.common", **PRESENT),
            coding_of(
                made,
                "interview-p01",
                "teach what my children need",
                "infra.curr.local",
                **{**PRESENT, "locus": "school"},
            ),
            coding_of(made, "plan", "All schools shall use the adopted curriculum.", "infra.curr.common", **PRESENT),
            coding_of(made, "plan", "Schools choose their own training days.", "infra.vision.plural", "ben", **PRESENT),
        ],
    )
    return made


def test_a_sentence_is_understood_with_the_cases_and_types_of_the_study(study: Study) -> None:
    cases = {"north": "North district", "south": "South"}
    for sentence, name in {
        "north is managerial": "north-managerial",
        "North district is a managerial system.": "north-managerial",
        "south is not market-driven": "south-not-market_driven",
        "no district is market-driven": "all-not-market_driven",
        "every case is networked": "all-networked",
        "COMMON does not hold in south": "south-not-COMMON",
        "infra sits with central office in north": "north-infra-central_office",
    }.items():
        assert parse_claim(sentence, study.framework, cases).name == name


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("west is managerial", "no case “west”.*known: north, south"),
        ("north is feudal", "no type “feudal”.*known: managerial"),
        ("FOO holds in north", "no condition “FOO”"),
        ("teachers are tired of it all somehow", "no type"),
        ("hello", "no claim that can be searched for.*urban is managerial"),
    ],
)
def test_a_sentence_that_is_not_understood_is_refused_with_what_is_known(
    study: Study, sentence: str, says: str
) -> None:
    with pytest.raises(ManifestError, match=says):
        parse_claim(sentence, study.framework, {"north": "North", "south": "South"})


def test_searching_twice_changes_nothing_and_keeps_ids(study: Study) -> None:
    first = raise_candidates(study, CLAIM).raised[0]
    before = candidates(study, NAME)
    events = len(history(study))
    again = raise_candidates(study, CLAIM).raised[0]
    assert first.n_new == again.n_standing == len(before) > 0
    assert (again.n_new, again.n_gone) == (0, 0)
    assert candidates(study, NAME) == before
    assert len(history(study)) == events


def test_what_was_searched_is_kept_with_empty_queues(study: Study) -> None:
    raise_candidates(study, CLAIM)
    searched = find_claim(study, NAME).searched
    assert searched is not None
    assert (searched["n_read"], searched["n_sources"]) == (2, 3)
    assert len(searched["found"]) == 8
    assert searched["found"]["8"] == 0


def test_the_codings_against_the_claim_and_the_uncoded_sentences_are_raised(study: Study) -> None:
    raise_candidates(study, CLAIM)
    coded = candidates(study, NAME, queue=1)
    assert sorted(c.text for c in coded) == ["Schools choose their own training days.", "teach what my children need"]
    uncoded = [c.text for c in candidates(study, NAME, queue=6)]
    assert uncoded
    assert not any("All schools shall use" in text for text in uncoded)  # coded through and through


def test_a_disposition_needs_a_reason_and_stands_when_the_search_is_repeated(study: Study) -> None:
    raise_candidates(study, CLAIM)
    chosen = candidates(study, NAME, queue=1)[0]
    with pytest.raises(ManifestError, match="needs a reason"):
        resolve(study, chosen.id, "refutes", " ")
    with pytest.raises(ManifestError, match="no disposition"):
        resolve(study, chosen.id, "wrong", "x")
    with pytest.raises(NotFound):
        resolve(study, 10_000, "refutes", "x")
    assert chosen.id in resolve(study, chosen.id, "refutes", "a teacher says so herself")
    with pytest.raises(Conflict, match="refutes"):
        resolve(study, chosen.id, "explained", "x")
    raise_candidates(study, CLAIM)
    kept = next(c for c in candidates(study, NAME) if c.id == chosen.id)
    assert (kept.disposition, kept.decision, kept.actor) == ("refutes", "a teacher says so herself", "tester")
    assert history(study)[-1].verb == "candidate.resolved"
    verify_history(study)


def test_candidates_on_one_passage_are_resolved_together(study: Study) -> None:
    record_codings(
        study,
        [coding_of(study, "plan", "Schools choose their own training days.", "infra.curr.common", "ana", **PRESENT)],
    )
    raise_candidates(study, CLAIM)
    split = candidates(study, NAME, queue=8)[0]
    assert len(resolve(study, split.id, "qualifies", "training only")) > 1
    assert all(c.disposition for c in candidates(study, NAME) if c.text == split.text)


def test_a_reopened_candidate_is_open_and_its_past_is_kept(study: Study) -> None:
    raise_candidates(study, CLAIM)
    chosen = candidates(study, NAME, queue=1)[0]
    resolve(study, chosen.id, "explained", "one class only")
    reopen(study, chosen.id, "she meant the whole grade")
    assert next(c for c in candidates(study, NAME) if c.id == chosen.id).is_open
    with pytest.raises(Conflict, match="is open"):
        reopen(study, chosen.id, "again")
    assert [e.verb for e in history(study)][-2:] == ["candidate.resolved", "candidate.reopened"]


def test_a_coding_error_is_recoded_through_the_normal_path(study: Study) -> None:
    raise_candidates(study, CLAIM)
    chosen = next(c for c in candidates(study, NAME, queue=1) if c.source == "plan")
    better = coding_of(study, "plan", "Schools choose their own training days.", "use.train.system", "ben", **PRESENT)
    with pytest.raises(ManifestError, match="not the candidate's"):
        recode(study, chosen.id, [1], [better], "x")
    recode(study, chosen.id, chosen.coding_ids, [better], "training, not a model of teaching")
    assert "infra.vision.plural" not in study.evidence()["code"].to_list()
    assert "use.train.system" in study.evidence()["code"].to_list()
    again = raise_candidates(study, CLAIM).raised[0]
    assert again.n_gone >= 1
    # It is no longer raised, and its disposition stays on record.
    assert [c.disposition for c in candidates(study, NAME) if c.id == chosen.id] == ["coding error"]


def test_claims_are_kept_bounded_and_dropped_with_their_history(study: Study) -> None:
    raise_candidates(study, CLAIM)
    with pytest.raises(ManifestError, match="no reason"):
        change_claim(study, NAME, "kept", "")
    with pytest.raises(ManifestError, match="new sentence"):
        change_claim(study, NAME, "bounded", "training differs")
    bounded = change_claim(
        study, NAME, "bounded", "training differs", sentence="COMMON holds in north but for training"
    )
    assert bounded.claim.sentence.endswith("but for training")
    assert change_claim(study, NAME, "dropped", "the plan was never carried out").status == "dropped"
    with pytest.raises(Conflict, match="dropped"):
        change_claim(study, NAME, "kept", "x")
    assert [c.change for c in find_claim(study, NAME).changes] == ["bounded", "dropped"]
    assert NAME not in [r.claim for r in raise_candidates(study).raised]


def test_a_person_adds_a_claim_of_their_own(study: Study) -> None:
    mine = own_claim(
        study, "Teachers adapt", supports=["use.adapt.*"], opposes=["use.adapt.fidelity"], scope=Scope(("north",))
    )
    add_claim(study, mine)
    assert [c.claim.sentence for c in claims(study)] == ["Teachers adapt"]
    with pytest.raises(Conflict, match="another claim"):
        add_claim(study, own_claim(study, "Teachers adapt", supports=["infra.*"], scope=Scope(("north",))))
    with pytest.raises(ManifestError, match="no indicator"):
        own_claim(study, "x", supports=["nope"])
    with pytest.raises(ManifestError, match="no case"):
        own_claim(study, "x", supports=["infra.*"], scope=Scope(("west",)))


def test_the_record_says_what_was_searched_decided_and_left(study: Study) -> None:
    raise_candidates(study, CLAIM)
    resolve(study, candidates(study, NAME, queue=1)[0].id, "refutes", "it stands")
    record = search_records(study, study.evidence())[0]
    assert [q[0] for q in record.queues] == list(range(1, 9))
    assert record.dispositions["refutes"] == 1
    assert record.saturation is not None
    assert record.saturation.unseen == 1.0  # one passage, one point, seen once
    assert 0 < (record.coverage or 0) < 1


def test_the_report_shows_what_was_searched_empty_queues_decisions_and_changes(study: Study, tmp_path: Path) -> None:
    raise_candidates(study, CLAIM)
    refuting = candidates(study, NAME, queue=1)[0]
    resolve(study, refuting.id, "refutes", "she says so of her own room")
    change_claim(study, NAME, "bounded", "one teacher does not", sentence="COMMON holds in north but for one class")
    page, word, *_ = write_report(study, analyse(study), tmp_path / "out", formats=("html", "docx"))
    section = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml").select_one("#against")
    assert section is not None
    text = " ".join(section.get_text(" ").split())
    assert "2 of 3 sources in scope have been read" in text
    assert len(section.select("tbody tr")) == 8
    assert section.select("td .nd")  # a queue that found nothing is printed as such
    assert refuting.text in text
    assert "she says so of her own room" in text
    assert "Bounded from “COMMON holds in north”" in text
    assert "1 refuting or qualifying passages" in text
    said = "\n".join(p.text for p in Document(str(word)).paragraphs)
    assert "What speaks against it" in said
    assert "COMMON holds in north but for one class (kept within limits)" in said


def test_a_report_without_a_search_says_so(study: Study, tmp_path: Path) -> None:
    page = write_report(study, analyse(study), tmp_path / "out", formats=("html",))[0]
    assert "No search for counter-evidence is on record" in page.read_text(encoding="utf-8")


def test_verdicts_without_enough_evidence_make_no_claims(study: Study) -> None:
    assert raise_candidates(study).raised == ()


def fill(path: Path, judgements: dict[str, str]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "judgement": judgements.get(row["passage"], "for")} for row in rows)


def test_a_blind_brief_hides_where_passages_come_from_and_is_compared_with_their_status(
    study: Study, tmp_path: Path
) -> None:
    raise_candidates(study, CLAIM)
    brief = write_brief(study, NAME, tmp_path / "brief.csv", n_items=2, seed=3)
    shown = brief.file.read_text(encoding="utf-8-sig")
    for hidden in ("interview-p01", "candidate", "confirming", "ana", "queue"):
        assert hidden not in shown
    key = json.loads(brief.key.read_text())
    first = brief.file.read_bytes()
    write_brief(study, NAME, tmp_path / "brief.csv", n_items=2, seed=3)
    assert brief.file.read_bytes() == first
    with pytest.raises(NotEnoughEvidence, match="both judged"):
        fill(brief.file, dict.fromkeys(key["passages"], "cannot tell"))
        read_answers(study, brief.file, brief.key)
    doubtful = {p: o["id"] for p, o in key["passages"].items() if o["kind"] == "candidate"}
    for id in doubtful.values():
        if next(c for c in candidates(study) if c.id == id).is_open:
            resolve(study, id, "refutes", "stands")
    fill(brief.file, dict.fromkeys(doubtful, "against"))
    found = read_answers(study, brief.file, brief.key)
    assert (found.n_compared, found.agreement, found.kappa) == (2, 1.0, 1.0)
    fill(brief.file, {next(iter(doubtful)): "perhaps"})
    with pytest.raises(FormatError, match="perhaps"):
        read_answers(study, brief.file, brief.key)


@pytest.mark.parametrize("ending", [".html", ".docx", ".json"])
def test_a_brief_is_written_in_the_format_of_its_name(study: Study, tmp_path: Path, ending: str) -> None:
    raise_candidates(study, CLAIM)
    brief = write_brief(study, NAME, tmp_path / f"brief{ending}", n_items=2)
    assert brief.file.stat().st_size > 200
    with pytest.raises(ManifestError, match="cannot be written"):
        write_brief(study, NAME, tmp_path / "brief.exe")
