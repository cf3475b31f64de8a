"""A study with two cases of which some people see one, and words in the other that must never reach them."""

from __future__ import annotations

from pathlib import Path

from crosscase.model.claim import Scope
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.model.study import Participant
from crosscase.services import notes, summaries
from crosscase.services.accounts import accept, begin_accounts, invite
from crosscase.services.adjudicating import agree_identical, reject_codings
from crosscase.services.claims import add_claim, own_claim
from crosscase.services.codings import record_codings
from crosscase.services.disconfirming import raise_candidates
from crosscase.services.manifest import Description
from crosscase.services.rounds import reveal_round
from crosscase.services.settings import read_settings
from crosscase.services.sources import add_participants, add_sources
from crosscase.services.study import Study
from crosscase.services.suggestions import suggest
from tests.factories.studies import COMMON, LOCAL, coding_of, make_study

PASSWORD = "four lamps over a quiet harbour"
SECRET = "Zanzibar"  # stands in everything that the case south holds
SOUTH = f"""Interviewer: Who decides in {SECRET}?
P77: In {SECRET} the academic office decides what every school reads.
"""
CASE_LABEL = "South"


def make_team_study(folder: Path) -> Study:
    """North has three sources and south one; olga owns the study, cora codes everywhere, nora and rita see north only.

    nora is a coder and rita a reader. South has one of everything that a study can hold about a case.
    """
    study = make_study(folder)
    yaml = study.folder / "study.yaml"
    few = yaml.read_text(encoding="utf-8").replace("draws: 4000", "draws: 500").replace("chains: 4", "chains: 2")
    yaml.write_text(few, encoding="utf-8")
    study.settings = read_settings(study.folder)
    text = folder / "files" / f"{SECRET.lower()}-p77.txt"
    text.write_text(SOUTH, encoding="utf-8")
    add_participants(study, [Participant("p77", f"{SECRET} principal", "principal", "school", "south")])
    described = Description(
        case="south",
        kind="interview",
        level="school",
        date="2019-05-02",
        participant="p77",
        attributes=(("region", SECRET),),
    )
    report = add_sources(study, [(text, described)])
    assert [f.outcome for f in report.files] == ["added"], report
    _code_both_cases(study)
    owner = begin_accounts(study, "olga", PASSWORD, "Olga")
    for name, role, cases in (("cora", "coder", None), ("nora", "coder", ["north"]), ("rita", "reader", ["north"])):
        _, code = invite(study.acting_as(owner.name), name, role, cases)
        accept(study, code, PASSWORD)
    return study


def south_source(study: Study) -> str:
    """GUID of the source that some people may not see."""
    return str(dict(study.sources().select("name", "guid").iter_rows())[f"{SECRET.lower()}-p77"])


def _code_both_cases(study: Study) -> None:
    said = {"mode": "prescribe", "stance": "present", "actuality": "enacted"}
    name, office = f"{SECRET.lower()}-p77", "the academic office decides"
    codings = [
        coding_of(study, "interview-p01", "The academic office decides.", COMMON, coder, locus="central_office", **said)
        for coder in ("ana", "ben")
    ]
    codings += [
        coding_of(study, name, office, COMMON, coder, locus="central_office", **said) for coder in ("ana", "ben")
    ]
    codings.append(coding_of(study, name, "what every school reads", LOCAL, "ben", locus="school", **said))
    read = [
        ReviewedSpan(Passage(source, 0, len(study.text(source))), coder, "first")
        for source in ("interview-p01", name)
        for coder in ("ana", "ben")
    ]
    record_codings(study, codings, read)
    reveal_round(study, "first", "everybody has read")
    south = [row for row in study.evidence().iter_rows(named=True) if row["source"] == name]
    ids = [row["coding_id"] for row in south]
    agree_identical(study)
    reject_codings(study, ids[-1:], f"not what {SECRET} says")
    notes.write_memo(study, "source", south_source(study), f"{SECRET} needs another visit")
    summaries.write_summary(study, "infra", "south", f"In {SECRET} the office decides.", [Passage(name, 0, 20)])
    summaries.write_summary(study, "infra", "north", "In the north the office decides.", [])
    claim = own_claim(study, f"{SECRET} is common", supports=[COMMON], opposes=[LOCAL], scope=Scope(cases=("south",)))
    add_claim(study, claim)
    raise_candidates(study, claim.name)
    add_claim(study, own_claim(study, "North is common", supports=[COMMON], scope=Scope(cases=("north",))))
    suggest(study, "dictionary")
