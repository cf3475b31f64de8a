"""Settings: backups are made beside the typing and saved; machine coders suggest, and nothing blind leaks."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crosscase.services.backups import AUTOMATIC, back_up, backups
from crosscase.services.evaluating import clustered_interval
from crosscase.services.machine_coders import machine_coders
from crosscase.services.rounds import reveal_round
from crosscase.services.study import Study
from crosscase.services.suggestions import accept, reject, suggest
from crosscase.web.safekeeping import Keeper
from tests.factories.studies import code_differently
from tests.web.conftest import Browser, coding


def until(done: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come to an end"
        time.sleep(0.05)


def finished(browser: Browser, errand: str) -> dict[str, Any]:
    until(lambda: not browser.get(f"/api/settings/{errand}").json()["running"])
    told: dict[str, Any] = browser.get(f"/api/settings/{errand}").json()
    return told


def section(browser: Browser, name: str) -> str:
    """A section of Settings without markup."""
    text = browser.get("/settings").text
    start = text.index(f'id="section-{name}"')
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text[start : text.index("</section>", start)]))


def test_back_up_now_makes_a_whole_backup_that_can_be_saved(ana: Browser, study: Study) -> None:
    assert "No backup yet" in section(ana, "backups")
    answer = ana.form("/settings/backups")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings#backups")
    told = finished(ana, "backup")
    assert told["said"] == "The backup is made and checked"
    (made,) = backups(study.folder)
    assert made.manifest is not None
    shown = section(ana, "backups")
    assert "nothing has changed since" in shown
    assert f"crosscase restore {made.path}" in shown
    assert ana.get(f"/settings/backups/{made.path.name}").content == made.path.read_bytes()


def test_what_is_saved_is_the_backup_byte_for_byte(tmp_path: Path, ana: Browser, study: Study) -> None:
    code_differently(study)
    reveal_round(study, "first", "coding is done")
    made = back_up(study.folder)
    assert f"{made.manifest.n_events:,}" in section(ana, "backups") if made.manifest else False
    assert "nothing has changed since" in section(ana, "backups")
    answer = ana.get(f"/settings/backups/{made.path.name}")
    assert answer.content == made.path.read_bytes()
    assert made.path.name in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "study.crosscase" in archive.namelist()
    for name in ("..%2Fstudy.crosscase", "study.yaml", "no.crosscase-backup"):
        assert ana.get(f"/settings/backups/{name}").status_code == 404


def test_blind_coders_see_no_numbers_of_events_and_save_no_backup(ana: Browser, ben: Browser, study: Study) -> None:
    ben.change(**coding(study, "plan", "adopted"))
    made = back_up(study.folder)
    assert "Events" not in section(ana, "backups")
    assert "changed since" not in section(ana, "backups")
    answer = ana.get(f"/settings/backups/{made.path.name}")
    assert answer.status_code == 403
    assert "blind" in answer.text


def test_who_only_looks_around_makes_and_saves_no_backup(guest: Browser, study: Study) -> None:
    made = back_up(study.folder)
    assert guest.form("/settings/backups").status_code == 403
    assert guest.get(f"/settings/backups/{made.path.name}").status_code == 403
    assert "Back up now" not in section(guest, "backups")


def test_a_damaged_study_says_why_there_is_no_backup(ana: Browser, study: Study) -> None:
    with study.changing() as connection:
        connection.exec_driver_sql("update event set actor = 'nobody' where id = 2")
    ana.form("/settings/backups")
    assert "no backup was made" in finished(ana, "backup")["said"]
    assert "no backup was made" in section(ana, "backups")


def test_a_file_that_is_no_backup_is_listed_with_the_reason(ana: Browser, study: Study) -> None:
    (study.folder / "backups").mkdir()
    (study.folder / "backups" / "<b>.crosscase-backup").write_text("no archive")
    assert "cannot be used" in section(ana, "backups")
    assert "<b>." not in ana.get("/settings").text


def test_the_workbench_makes_a_backup_by_itself_when_one_is_due(app: Any, study: Study) -> None:
    keeper = Keeper(app.state.desk, first=0.01, every=0.05)
    keeper.start()
    try:
        until(lambda: bool(backups(study.folder)))
    finally:
        keeper.stop()
    until(lambda: not app.state.desk.errands.now("backup").running)
    assert [b.manifest.made for b in backups(study.folder) if b.manifest] == [AUTOMATIC]


def test_a_machine_coder_suggests_for_what_is_left(ana: Browser, study: Study) -> None:
    shown = section(ana, "machines")
    assert "A suggestion never counts before a person accepts it." in shown
    assert "nothing yet" in shown
    assert "all 3 sources not yet suggested for" in shown
    answer = ana.form("/settings/machines", name="dictionary")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings#machines")
    assert finished(ana, "machines")["said"].startswith("dictionary went through 3 sources and made ")
    (machine,) = machine_coders(study)
    assert machine.last is not None
    assert (machine.n_done, machine.n_todo, machine.last.n_sources) == (3, 0, 3)
    assert machine.n_suggestions == machine.n_open == machine.last.n_suggestions > 0
    shown = section(ana, "machines")
    assert "none: all 3 sources gone through" in shown
    assert "not yet suggested for" not in shown


def test_only_a_coder_lets_a_machine_suggest_and_only_one_that_is_there(ana: Browser, guest: Browser) -> None:
    assert guest.form("/settings/machines", name="dictionary").status_code == 403
    assert ana.form("/settings/machines", name="ben").status_code == 404
    assert ana.get("/settings/machines/ben/dictionary").status_code == 404


def answer_three(study: Study) -> None:
    numbers = study.evidence("suggestion")["coding_id"].to_list()
    accept(study.acting_as("ana"), numbers[0], "ana", "round-1")
    accept(study.acting_as("ben"), numbers[1], "ben", "round-1", {"locus": "school"})
    reject(study.acting_as("ben"), numbers[2])


def test_answers_of_colleagues_are_hidden_while_a_round_is_blind(ana: Browser, ben: Browser, study: Study) -> None:
    suggest(study)
    answer_three(study)
    n = len(study.evidence("suggestion")) + 1  # the rejected one has left the evidence
    assert "answered by you: 1 accepted, 0 accepted with a change, 0 rejected" in section(ana, "machines")
    assert "answered by you: 0 accepted, 1 accepted with a change, 1 rejected" in section(ben, "machines")
    assert " open" not in section(ana, "machines")
    assert "blind" in ana.get("/settings/machines/dictionary/evaluation").text
    reveal_round(study, "round-1", "coding is done")
    (machine,) = machine_coders(study)
    assert (machine.n_open, machine.n_accepted, machine.n_edited, machine.n_rejected) == (n - 3, 1, 1, 1)
    assert f"{n - 3} open, 1 accepted, 1 accepted with a change, 1 rejected" in section(ana, "machines")


def test_the_dictionary_is_readable(ana: Browser, study: Study) -> None:
    text = ana.get("/settings/machines/dictionary/dictionary").text
    with_terms = [i for i in study.framework.indicators if i.terms]
    assert with_terms
    for indicator in with_terms:
        assert f"/codebook#{indicator.id}" in text


def test_the_evaluation_says_how_good_it_is_or_what_is_missing(ana: Browser, study: Study) -> None:
    suggest(study)
    page = ana.get("/settings/machines/dictionary/evaluation")
    if "blind" not in page.text:
        assert "What to do" in page.text
    code_differently(study)
    reveal_round(study, "first", "coding is done")
    text = ana.get("/settings/machines/dictionary/evaluation").text
    assert "Precision" in text
    assert "in 2 sources where nobody has answered a suggestion" in text


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        ([4, 4], [5, 5], 0.4902, 0.9433),  # 8 of 10, sources alike: Wilson (1927)
        ([0, 0], [5, 5], 0.0, 0.2775),  # 0 of 10
    ],
)
def test_intervals_of_shares_are_wilsons_when_sources_are_alike(
    hits: list[int], of: list[int], low: float, high: float
) -> None:
    found = clustered_interval(np.array(hits), np.array(of))
    assert found == pytest.approx((low, high), abs=5e-5)


def test_intervals_of_shares_widen_when_sources_differ_and_need_two_of_them() -> None:
    alike = clustered_interval(np.array([4, 4]), np.array([5, 5]))
    # 8 of 10, but 5 of 5 and 3 of 5: between = 2 · (1² + 1²) / 100 = .04, 2.5 times .016, so that 10 units count as 4.
    apart = clustered_interval(np.array([5, 3]), np.array([5, 5]))
    assert alike is not None
    assert apart == pytest.approx((0.3368, 0.9692), abs=5e-5)
    assert clustered_interval(np.array([8, 0]), np.array([10, 0])) is None
