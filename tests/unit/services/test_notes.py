"""Memos and attributes: on any object of the study, with their event, and on nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.studies import make_study

from crosscase.errors import ManifestError, NotFound
from crosscase.services.history import history
from crosscase.services.manifest import read_manifest
from crosscase.services.notes import attributes, memos, set_attributes, write_memo
from crosscase.services.sources import add_sources
from crosscase.services.study import Study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path)


def test_a_memo_is_kept_with_its_author_and_event(study: Study) -> None:
    guid = study.sources()["guid"][0]
    write_memo(study, "source", guid, "She laughed when she said this.")
    assert [(m.text, m.author) for m in memos(study, guid)] == [("She laughed when she said this.", "tester")]
    assert memos(study, "another") == []
    assert history(study)[-1].verb == "memo.written"


@pytest.mark.parametrize(("kind", "guid"), [("source", "none"), ("dream", "none"), ("case", "north")])
def test_a_memo_needs_an_object(study: Study, kind: str, guid: str) -> None:
    before = study.head()
    with pytest.raises(NotFound):
        write_memo(study, kind, guid, "lost")
    assert study.head() == before


def test_an_empty_memo_is_refused(study: Study) -> None:
    with pytest.raises(ManifestError, match="empty"):
        write_memo(study, "source", study.sources()["guid"][0], "  ")


def test_attributes_keep_their_type_and_can_be_taken_away(study: Study) -> None:
    guid = study.sources()["guid"][0]
    set_attributes(study, "source", guid, {"minutes": 62, "place": "office", "recorded": True, "pages": 2.5})
    assert attributes(study, "source")[guid] == {"minutes": 62, "place": "office", "recorded": True, "pages": 2.5}
    set_attributes(study, "source", guid, {"place": None, "minutes": 63})
    assert attributes(study, "source")[guid] == {"minutes": 63, "recorded": True, "pages": 2.5}


def test_attributes_come_in_with_the_manifest(study: Study, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("Some words.\n")
    (tmp_path / "sources.csv").write_text("file,case,kind,attribute:site\nx.txt,north,document,Hill Street\n")
    add_sources(study, read_manifest(tmp_path / "sources.csv", frozenset({"north"})))
    guid = study.sources()["guid"][-1]
    assert attributes(study, "source")[guid] == {"site": "Hill Street"}
