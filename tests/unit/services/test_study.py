"""Making and opening a study: whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.studies import make_study

from crosscase.errors import FrameworkError, ManifestError, NotFound, StudyError
from crosscase.services.history import verify_history
from crosscase.services.study import create_study, open_study, sync_settings


def test_a_made_study_can_be_opened_by_folder_and_by_file(tmp_path: Path) -> None:
    create_study(tmp_path / "s", title="T", cases={"a": "A"}).close()
    for place in (tmp_path / "s", tmp_path / "s" / "study.crosscase"):
        with open_study(place) as study:
            assert study.title == "T"
            assert study.framework.id == "education-systems"
            assert verify_history(study) >= 2


def test_a_framework_that_is_not_valid_leaves_nothing_behind(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("id: x")
    with pytest.raises(FrameworkError):
        create_study(tmp_path / "s", title="T", framework=str(bad))
    assert not (tmp_path / "s").exists()


def test_a_case_name_that_cannot_be_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cases"):
        create_study(tmp_path / "s", title="T", cases={"a b": "A"})
    assert not (tmp_path / "s").exists()


def test_a_folder_with_a_study_is_left_alone(tmp_path: Path) -> None:
    make_study(tmp_path).close()
    before = (tmp_path / "study" / "study.yaml").read_text()
    with pytest.raises(StudyError, match="already"):
        create_study(tmp_path / "study", title="Another")
    assert (tmp_path / "study" / "study.yaml").read_text() == before


@pytest.mark.parametrize("name", ["nowhere", "file.txt"])
def test_what_is_no_study_is_not_found(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("hello")
    with pytest.raises(NotFound):
        open_study(tmp_path / name)


def test_a_server_address_is_refused_in_a_sentence() -> None:
    with pytest.raises(StudyError, match="PostgreSQL"):
        open_study("postgresql://localhost/x")


def test_new_cases_and_coders_of_the_settings_come_into_the_study(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        path = study.folder / "study.yaml"
        path.write_text(path.read_text().replace('south: "South"', 'south: "The south"\n  west: "West"'))
    with open_study(tmp_path / "study") as again:
        sync_settings(again)
        sync_settings(again)
        events = [(e.verb, dict(e.detail)) for e in _events(again)]
    assert ("case.renamed", {"label": "The south"}) in events
    assert events.count(("case.added", {"name": "west"})) == 1


def _events(study):  # type: ignore[no-untyped-def]
    from crosscase.services.history import history

    return history(study)
