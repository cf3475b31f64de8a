"""Adding sources: what was read is reported, repeats are no-ops, texts never change."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.factories.studies import INTERVIEW, make_study

from crosscase.errors import ManifestError
from crosscase.services.history import history, verify_history
from crosscase.services.manifest import Description, read_manifest, read_participants
from crosscase.services.sources import add_participants, add_sources, collect_files
from crosscase.store import schema

CASES = frozenset({"north", "south"})


def test_text_turns_and_words_are_stored_with_their_digest(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        row = study.sources().to_dicts()[0]
        assert study.text("interview-p01") == INTERVIEW
        assert row["sha256"] == hashlib.sha256(INTERVIEW.encode()).hexdigest()
        assert row["n_words"] == len(INTERVIEW.split())
        with study.reading() as connection:
            turns = connection.execute(sa.select(schema.turn).where(schema.turn.c.source_id == 1)).all()
        assert [INTERVIEW[t.start : t.end].split()[0] for t in turns] == ["Who", "The", "And", "Then"]
        assert [bool(t.is_question) for t in turns] == [True, False, True, False]


def test_adding_again_changes_nothing(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        before = study.head()
        files = sorted((tmp_path / "files").iterdir())
        report = add_sources(study, [(f, Description(case="north")) for f in files])
        assert [f.outcome for f in report.files] == ["repeated"] * 3
        assert study.head() == before


def test_another_text_under_the_same_name_is_refused(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        (tmp_path / "files" / "plan.txt").write_text("Something quite different now.\n")
        report = add_sources(study, [(tmp_path / "files" / "plan.txt", Description(case="north"))])
        assert report.files[0].outcome == "refused"
        assert "never changed" in report.files[0].sentence
        assert "All schools" in study.text("plan")


def test_a_broken_file_does_not_keep_the_others_out(tmp_path: Path) -> None:
    with make_study(tmp_path, {}) as study:
        (tmp_path / "good.txt").write_text("A good text.\n")
        (tmp_path / "bad.docx").write_bytes(b"PK\x03\x04 broken")
        items = [(tmp_path / n, Description(case="north")) for n in ("bad.docx", "good.txt")]
        report = add_sources(study, items)
        assert [f.outcome for f in report.files] == ["refused", "added"]
        assert "bad.docx" in report.files[0].sentence


def test_what_was_guessed_is_said(tmp_path: Path) -> None:
    with make_study(tmp_path, {}) as study:
        path = tmp_path / "2024-06-11 board minutes.txt"
        path.write_text("The board met.\n")
        report = add_sources(study, [(path, Description(case="north"))])
        assert set(report.files[0].guessed) == {"kind meeting", "date 2024-06-11"}


def test_every_source_has_its_event(tmp_path: Path) -> None:
    with make_study(tmp_path) as study:
        added = [e for e in history(study) if e.verb == "source.added"]
        assert [e.detail["name"] for e in added] == ["interview-p01", "notes", "plan"]
        assert all(e.actor == "tester" for e in added)
        assert verify_history(study) == len(history(study))


def test_licences_and_readmes_in_a_folder_are_left_out(tmp_path: Path) -> None:
    for name in ("README.md", "LICENSE_x.txt", "a.txt", ".hidden"):
        (tmp_path / name).write_text("x")
    files, others = collect_files([tmp_path])
    assert [f.name for f in files] == ["a.txt"]
    assert {f.name for f in others} == {"README.md", "LICENSE_x.txt"}
    assert collect_files([tmp_path / "README.md"])[0] == [tmp_path / "README.md"]
    with pytest.raises(ManifestError, match="no such"):
        collect_files([tmp_path / "none"])


def test_a_participant_gives_role_and_level_to_their_sources(tmp_path: Path) -> None:
    with make_study(tmp_path, {}) as study:
        (tmp_path / "people.csv").write_text("name,role,case,label\nP01,principal,north,P01 Principal\n")
        people = read_participants(tmp_path / "people.csv", CASES)
        assert add_participants(study, people) == 1
        assert add_participants(study, people) == 0
        (tmp_path / "t.txt").write_text("Q: What?\nP01 Principal: Hello there.\n")
        report = add_sources(study, [(tmp_path / "t.txt", Description(case="north", participant="P01"))])
        assert report.files[0].speakers
        row = study.sources().to_dicts()[0]
        assert (row["participant"], row["role"], row["level"]) == ("P01", "principal", "school")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a.txt,east,interview,2019-01-01", "unknown case 'east'"),
        ("a.txt,north,chat,2019-01-01", "kind is 'chat'"),
        ("a.txt,north,interview,01/02/2019", "date is '01/02/2019'"),
        ("a.txt,north,interview,2019-02-30", "date is '2019-02-30'"),
        ("b.txt,north,interview,2019-01-01", "no file 'b.txt'"),
        ("a.txt,north,interview,2019\na.txt,north,interview,2019", "named twice"),
        ("a.txt,north,interview", "more or fewer cells"),
    ],
)
def test_a_manifest_with_a_mistake_is_refused_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "sources.csv").write_text(f"file,case,kind,date\n{line}\n")
    with pytest.raises(Exception, match=words) as caught:
        read_manifest(tmp_path / "sources.csv", CASES)
    assert "sources.csv" in str(caught.value)


def test_an_unknown_column_of_a_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sources.csv").write_text("file,cases\n")
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "sources.csv").write_text("file,cases\na.txt,north\n")
    with pytest.raises(ManifestError, match="cases"):
        read_manifest(tmp_path / "sources.csv", CASES)
