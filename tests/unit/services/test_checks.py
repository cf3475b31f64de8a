"""check: says in sentences what is broken and what is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.factories.studies import coding_of, make_study

from crosscase.cli import main
from crosscase.model.coding import Passage, ReviewedSpan
from crosscase.services.checks import check_study
from crosscase.services.codings import record_codings
from crosscase.services.study import Study, create_study
from crosscase.store import schema


def sentences(study: Study, weight: str) -> str:
    return " ".join(f.sentence for f in check_study(study) if f.weight == weight)


def test_a_sound_study_has_no_errors(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        assert sentences(study, "error") == ""
        assert "South has no sources" in sentences(study, "warning")
        assert "Nothing is coded yet" in sentences(study, "note")


def test_a_changed_text_is_found(tmp_path: Path) -> None:
    with make_study(tmp_path) as study, study.changing() as connection:
        connection.execute(schema.stored_text.update().where(schema.stored_text.c.source_id == 3).values(text="other"))
    with make_study_again(tmp_path) as study:
        assert "text of plan was changed" in sentences(study, "error")


def test_a_passage_outside_its_text_is_found(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        record_codings(study, [coding_of(study, "plan", "adopted", "infra.curr.common")])
        with study.changing() as connection:
            connection.execute(schema.coding.update().values(end=10**6))
        assert "1 coding of plan" in sentences(study, "error")


def test_a_changed_history_is_found(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        with study.changing() as connection:
            connection.execute(schema.event.update().where(schema.event.c.id == 2).values(actor="somebody"))
        assert "from event 2 on" in sentences(study, "error")


def make_study_again(folder: Path) -> Study:
    from crosscase.services.study import open_study

    return open_study(folder / "study")


def test_codings_without_reviewed_spans_are_noticed(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        record_codings(study, [coding_of(study, "plan", "All schools", "infra.curr.common")])
        assert "Nobody has recorded what they have read" in sentences(study, "warning")
        text = study.text("plan")
        record_codings(study, [], [ReviewedSpan(Passage("plan", 0, len(text)), "ana", "first")])
        assert "Nobody has recorded" not in sentences(study, "warning")


def told_in_a_new_study(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    with create_study(folder / "new", title="New", cases={}) as study:
        folder = study.folder
    main(["check", str(folder)])
    return " ".join(capsys.readouterr().out.split())


def test_the_command_line_says_what_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told_in_a_new_study(tmp_path, capsys) == (
        "warning: The study has no cases. Name them in study.yaml. "
        "note: The study has no sources yet. Add them with `crosscase add`."
    )
    with make_study(tmp_path) as study:
        folder = study.folder
    main(["check", str(folder), "--json"])
    found = {f["sentence"]: f["mend"] for f in json.loads(capsys.readouterr().out)}
    assert "`crosscase code --with dictionary`" in found["Nothing is coded yet."]
    assert found["South has no sources."] == "Add them with `crosscase add --case`."


def test_kinds_are_called_what_they_are_called_everywhere(tmp_path: Path) -> None:
    with make_study(tmp_path, {"notes": "Nobody asks."}) as study:
        assert "North has sources of one kind only (field note)." in sentences(study, "warning")


def test_a_source_without_a_case_is_named(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        with study.changing() as connection:
            connection.execute(schema.stored_source.update().where(schema.stored_source.c.id == 3).values(case_id=None))
        assert "1 source belongs to no case: plan." in sentences(study, "warning")
