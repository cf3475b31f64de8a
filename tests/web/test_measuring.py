"""Agreement measured beside the page: it says so at once, is kept by what it rests on, and never shown where blind."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from crosscase.services.agreeing import agree_study
from crosscase.services.agreeing_at_once import STEPS, agreement_rests_on, measure_together
from crosscase.services.codings import record_codings
from crosscase.services.notes import write_memo
from crosscase.services.rounds import open_round, reveal_round
from crosscase.services.study import Study
from crosscase.web import agreements
from tests.factories.studies import code_differently, coding_of, make_study
from tests.web.conftest import Browser

CODE = "infra.curr.common"


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    made = make_study(tmp_path)
    code_differently(made)
    reveal_round(made, "first", "coding is done")
    yield made
    made.close()


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every study counts as a large one."""
    monkeypatch.setattr(agreements, "AT_ONCE", 0)


def done(browser: Browser, seconds: float = 150.0) -> dict[str, Any]:
    end = time.monotonic() + seconds
    while (state := browser.client.get("/api/errands/agreement").json())["running"]:
        assert time.monotonic() < end, state
        time.sleep(0.05)
    return dict(state)


def test_a_large_study_is_measured_beside_the_page_and_gives_the_same_page(
    ana: Browser, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = ana.bare("/agreement?unit=turn")
    monkeypatch.setattr(agreements, "AT_ONCE", 0)
    ana.client.app.state.desk.measured._found.clear()  # type: ignore[attr-defined]
    waiting = ana.get("/agreement?unit=turn").text
    assert "is being measured" in waiting
    assert 'role="status"' in waiting
    assert '<meta http-equiv="refresh"' in waiting  # without scripts the page comes by itself
    assert "differ</a>" not in waiting
    assert done(ana)["problem"] == ""
    assert ana.bare("/agreement?unit=turn") == at_once
    opened = ana.get("/agreement/passages?unit=turn").text
    assert "What ana coded" in opened


def test_decisions_measure_nothing_again_and_codings_do(ana: Browser, study: Study, beside: None) -> None:
    ana.get("/agreement")
    done(ana)
    table = ana.get("/agreement").text
    ana.change(verb="decide-reject", ids=[5], reason="about pupils", guid=str(uuid4()))
    assert "1 of 8" in ana.get("/agreement").text
    assert not ana.client.get("/api/errands/agreement").json()["running"]
    record_codings(study, [coding_of(study, "notes", "pacing guide", CODE, "ben", locus="school")])
    stale = ana.get("/agreement").text
    assert "Coding went on since this was measured" in stale
    assert re.findall(r"(\d+) differ</a>", stale) == re.findall(r"(\d+) differ</a>", table)
    done(ana)
    assert "Coding went on" not in ana.get("/agreement").text


def test_what_was_taken_out_since_it_was_measured_is_not_shown(ana: Browser, study: Study, beside: None) -> None:
    ana.get("/agreement")
    done(ana)
    n = len(re.findall(r'<article class="place', ana.get("/agreement/passages").text))
    with study.changing() as connection:
        connection.exec_driver_sql("update coding set retired_at = '2026-01-01' where id = 5")
        connection.exec_driver_sql("update study set value = value")
    write_memo(study, "coding", _guid(study, 3), "the head moves on")
    stale = ana.get("/agreement/passages").text
    assert "Coding went on" in stale
    assert len(re.findall(r'<article class="place', stale)) == n - 1


def test_a_measurement_that_was_stopped_says_so_and_can_be_asked_for_again(
    ana: Browser, study: Study, beside: None
) -> None:
    ana.get("/agreement")
    errands = ana.client.app.state.desk.errands  # type: ignore[attr-defined]
    end = time.monotonic() + 60
    while not (child := errands._children.get("agreement")) or child.pid is None:
        assert time.monotonic() < end
        time.sleep(0.01)
    errands.stop()
    assert "stopped" in done(ana)["problem"]
    text = ana.bare("/agreement")
    assert "could not be measured" in text
    assert ana.bare("/agreement") == text  # it does not begin again by itself
    answer = ana.get("/agreement?again=1")
    assert (answer.status_code, answer.headers["location"].endswith("/agreement")) == (303, True)
    assert done(ana)["problem"] == ""
    assert "differ</a>" in ana.get("/agreement").text


def test_what_one_person_may_see_is_not_shown_to_another(
    ana: Browser, ben: Browser, study: Study, beside: None
) -> None:
    open_round(study, "second", coders=["ana"])  # ben codes nothing anew: the first round stays in his sight
    code_differently(study, "second")
    ana.form("/blind", round="second", back="/agreement")
    ana.get("/agreement?round=second")
    done(ana)
    assert "differ</a>" in ana.get("/agreement?round=second").text
    assert ben.get("/agreement?round=second").status_code == 404
    ben.get("/agreement")
    done(ben)
    assert "Rounds: first." in ben.get("/agreement").text


def test_measured_together_is_what_each_table_says_alone(study: Study) -> None:
    code_differently(study, "second")
    steps: list[tuple[str, int, int]] = []
    rounds = ("first", "second")
    made = measure_together(
        study,
        unit="turn",
        coefficient="alpha",
        rounds=rounds,
        visible=rounds,
        progress=lambda *step: steps.append(step),
    )
    whole, pairs = made.table()
    assert_frame_equal(whole.table, agree_study(study, by="code", unit="turn").table)
    alone = agree_study(study, by="pair", unit="turn").table
    assert_frame_equal(pairs.select(alone.columns), alone)
    by_round = agree_study(study, by="round", unit="turn").table.filter(pl.col("code") == "(all)")
    assert made.rounds is not None
    assert_frame_equal(made.rounds, by_round)
    assert_frame_equal(made.answers().table, agree_study(study, by="facet", unit="turn").table)
    assert [name for name, _, _ in steps] == list(STEPS)


def test_it_rests_on_codings_readings_and_memos_of_its_rounds_and_on_nothing_else(study: Study) -> None:
    from crosscase.services.adjudicating import accept_coding

    def now() -> str:
        return agreement_rests_on(study, ("first",))

    before = now()
    accept_coding(study, 5)
    code_differently(study, "second")
    assert now() == before
    write_memo(study, "coding", _guid(study, 3), "a second thought")
    assert (after := now()) != before
    record_codings(study, [coding_of(study, "notes", "pacing guide", CODE, "ben", locus="school")])
    assert now() != after


def _guid(study: Study, coding: int) -> str:
    with study.reading() as connection:
        return str(connection.exec_driver_sql(f"select guid from coding where id = {coding}").scalar_one())
