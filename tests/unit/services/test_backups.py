"""A backup is one whole file or none, and what is restored equals what was backed up, row by row."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.factories.studies import COMMON, code_differently, coding_of, make_study, search_against_common

from crosscase.cli import main
from crosscase.errors import Conflict, CrosscaseError, FormatError, InputError, NotFound, StudyError, TooNew
from crosscase.services.backups import (
    AUTOMATIC,
    PARTIAL,
    back_up,
    back_up_automatically,
    backups,
    due,
    plain,
)
from crosscase.services.codings import record_codings
from crosscase.services.history import verify_history
from crosscase.services.restoring import restore
from crosscase.services.settings import BackupSettings
from crosscase.services.study import Study, open_study
from crosscase.services.suggestions import suggest
from crosscase.store.database import HEAD

Rows = dict[str, list[tuple[object, ...]]]


def rows_of(path: Path) -> Rows:
    """Every row of every table, the parts of the full-text index too."""
    with closing(sqlite3.connect(path)) as connection:
        names = [r[0] for r in connection.execute("select name from sqlite_master where type = 'table' order by name")]
        return {n: sorted(connection.execute(f'select * from "{n}"').fetchall(), key=repr) for n in names}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with codings, suggestions, claims, and files beside the study file."""
    place = tmp_path_factory.mktemp("model")
    with make_study(place) as made:
        code_differently(made)
        suggest(made)
        search_against_common(made)
        folder = made.folder
    (folder / "sources.csv").write_text("file\ntranscripts/a.txt\n../files/plan.txt\n")
    (folder / "transcripts").mkdir()
    (folder / "transcripts" / "a.txt").write_text("said")
    (folder / "originals" / "2019").mkdir(parents=True)
    (folder / "originals" / "2019" / "räume.txt").write_bytes(b"\x00\xff original")
    (folder / "originals" / ".DS_Store").write_text("hidden")
    (folder / "own.yaml").write_text("a: 1\n")
    (folder / "originals" / "passwd").symlink_to("/etc/passwd")
    return folder


@pytest.fixture
def study(model: Path, tmp_path: Path) -> Iterator[Study]:
    with open_study(shutil.copytree(model, tmp_path / "study", symlinks=True)) as opened:
        yield opened


def test_what_is_restored_equals_what_was_backed_up_row_by_row(study: Study, tmp_path: Path) -> None:
    done = back_up(study.folder)
    before = rows_of(study.folder / "study.crosscase")
    restored = restore(done.path, tmp_path / "deep" / "new")
    assert rows_of(tmp_path / "deep" / "new" / "study.crosscase") == before
    assert sum(map(len, before.values())) > 100
    assert restored.manifest.n_codings == len(before["coding"]) > 8
    with open_study(restored.folder) as again:
        assert again.head() == study.head() == restored.manifest.head
        assert verify_history(again) == restored.manifest.n_events
        assert again.text("plan") == study.text("plan")
        assert again.evidence().equals(study.evidence())


def test_what_people_wrote_beside_the_study_file_goes_with_it(study: Study, tmp_path: Path) -> None:
    done = back_up(study.folder)
    assert done.manifest is not None
    assert [m.name for m in done.manifest.members] == [
        "study.crosscase",
        "originals/2019/räume.txt",
        "own.yaml",
        "sources.csv",
        "study.yaml",
        "transcripts/a.txt",
    ]
    folder = restore(done.path, tmp_path / "new").folder
    assert (folder / "originals/2019/räume.txt").read_bytes() == b"\x00\xff original"
    without = back_up(study.folder, tmp_path / "small.crosscase-backup", originals=False)
    assert without.manifest is not None
    assert [m.name for m in without.manifest.members] == ["study.crosscase", "own.yaml", "sources.csv", "study.yaml"]


def test_a_backup_is_for_the_owner_of_the_account_alone_and_has_the_time_in_its_name(study: Study) -> None:
    done = back_up(study.folder)
    assert done.path.stat().st_mode & 0o777 == 0o600
    assert done.manifest is not None
    at = datetime.fromisoformat(done.manifest.made_at)
    assert done.path.name == f"A-small-study-{at:%Y-%m-%dT%H%M}.crosscase-backup"
    second = back_up(study.folder)
    assert second.path != done.path
    assert [b.path for b in backups(study.folder)] == [second.path, done.path]


CODER = """
import sys
from pathlib import Path
from crosscase.model.coding import Coding, Passage
from crosscase.services.codings import record_codings
from crosscase.services.study import open_study
with open_study(Path(sys.argv[1])) as study:
    print("ready", flush=True)
    text = study.text("plan")
    for n in range(100_000):
        a = n % 30
        b = a + 1 + n // 30 % 40
        record_codings(study, [Coding(Passage("plan", a, b), "infra.curr.common", "ana", "first", {}, quote=text[a:b])])
        print(n, flush=True)
"""


def start(code: str, *words: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", code, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    )


def test_a_backup_while_somebody_codes_is_one_moment_of_the_study(study: Study, tmp_path: Path) -> None:
    coder = start(CODER, str(study.folder))
    assert coder.stdout is not None
    try:
        assert coder.stdout.readline() == "ready\n"
        heads = []
        for n in range(6):
            coder.stdout.readline()
            done = back_up(study.folder, tmp_path / f"{n}.crosscase-backup")
            folder = restore(done.path, tmp_path / str(n)).folder
            rows = rows_of(folder / "study.crosscase")
            with open_study(folder) as again:
                assert verify_history(again) == len(rows["event"])
                heads.append(again.head())
            # A coding and its event are there together or not at all.
            recorded = [json.loads(str(e[6])) for e in rows["event"] if e[3] == "codings.recorded"]
            assert sum(r["n_codings"] for r in recorded) == len(rows["coding"])
    finally:
        coder.kill()
        coder.communicate()
    assert len(set(heads)) == 6, "the study changed between the backups"
    verify_history(study)


BACKUP = """
import sys
from pathlib import Path
from crosscase.services.backups import back_up
print("ready", flush=True)
while True:
    back_up(Path(sys.argv[1]))
"""


def test_a_backup_that_is_killed_leaves_the_study_whole_and_no_half_file(study: Study) -> None:
    before = rows_of(study.folder / "study.crosscase")
    checked: set[Path] = set()
    for n in range(8):
        process = start(BACKUP, str(study.folder))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.02 * n)  # the moment of the kill, not a wait
        process.send_signal(signal.SIGKILL)
        process.communicate()
        for found in backups(study.folder):
            assert found.manifest is not None, found.problem
            if found.path not in checked:
                restore(found.path, study.folder.parent / f"restored-{len(checked)}")
                checked.add(found.path)
    assert rows_of(study.folder / "study.crosscase") == before
    last = back_up(study.folder)
    assert not list(last.path.parent.glob(f"{PARTIAL}*")), "what the killed left behind is cleared away"
    assert {p.suffix for p in last.path.parent.iterdir()} == {".crosscase-backup"}


def rewritten(path: Path, target: Path, change: dict[str, bytes | None], fresh: dict[str, bytes] | None = None) -> Path:
    """The same archive with some members changed, left out (``None``) or added."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = change.get(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in (fresh or {}).items():
            new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    "name", ["study.crosscase", "study.yaml", "sources.csv", "own.yaml", "originals/2019/räume.txt", "manifest.json"]
)
def test_a_backup_with_one_damaged_part_is_refused_and_nothing_is_made(study: Study, tmp_path: Path, name: str) -> None:
    done = back_up(study.folder)
    with zipfile.ZipFile(done.path) as archive:
        info = archive.getinfo(name)
        content = archive.read(name)
    whole = done.path.read_bytes()
    extra = int.from_bytes(whole[info.header_offset + 28 : info.header_offset + 30], "little")
    at = info.header_offset + 30 + len(name.encode()) + extra + info.compress_size // 2
    flipped = tmp_path / "flipped.crosscase-backup"
    flipped.write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
    missing = rewritten(done.path, tmp_path / "missing.crosscase-backup", {name: None})
    other = rewritten(done.path, tmp_path / "other.crosscase-backup", {name: content[:-1] + b"?"})
    for bad in (flipped, missing, other):
        with pytest.raises(InputError) as caught:
            restore(bad, tmp_path / "new")
        assert str(bad) in str(caught.value)
        assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(f"{PARTIAL}*"))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_byte_of_a_backup_can_change_unseen(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A changed byte is refused, or it was one that says nothing (a time, a permission): the study is the same."""
    folder = tmp_path_factory.getbasetemp() / "bytes"
    if not (folder / "whole").exists():
        folder.mkdir()
        with make_study(folder) as made:
            back_up(made.folder, folder / "whole")
    whole = (folder / "whole").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    change = data.draw(st.integers(1, 255))
    bad, new = folder / "bad", folder / "new"
    bad.write_bytes(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :])
    try:
        restore(bad, new)
    except CrosscaseError:
        assert not new.exists()
        return
    assert rows_of(new / "study.crosscase") == rows_of(folder / "study" / "study.crosscase")
    shutil.rmtree(new)


def hostile(study: Study, target: Path, fresh: dict[str, bytes]) -> Path:
    """A backup whose manifest names the added members, too."""
    import hashlib

    done = back_up(study.folder)
    with zipfile.ZipFile(done.path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    for name, content in fresh.items():
        member = {"name": name, "n_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        manifest["members"] = [m for m in manifest["members"] if m["name"] != name] + [member]
    change = {"manifest.json": json.dumps(manifest).encode(), **{n: None for n in fresh if n == "study.crosscase"}}
    return rewritten(done.path, target, change, fresh)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "/tmp/evil.txt",
        "originals/../../evil.txt",
        "originals\\..\\evil.txt",
        "C:/evil.txt",
        ".bashrc",
        "originals/.ssh/key",
        "study.crosscase-wal",
        "Study.crosscase-shm",
        "backups/other.crosscase-backup",
        "STUDY.YAML",
        "/".join(["deep"] * 40),
    ],
)
def test_names_that_lead_elsewhere_are_refused(study: Study, tmp_path: Path, name: str) -> None:
    bad = hostile(study, tmp_path / "bad", {name: b"evil"})
    with pytest.raises(FormatError):
        restore(bad, tmp_path / "in" / "new")
    assert not list(tmp_path.rglob("*evil*"))
    assert not (tmp_path / "in" / "new").exists()


def test_bombs_are_refused_before_they_are_unpacked(study: Study, tmp_path: Path) -> None:
    bad = hostile(study, tmp_path / "bad", {"originals/zeros": bytes(30_000_000)})
    with pytest.raises(FormatError, match="more than 250 times"):
        restore(bad, tmp_path / "new")


def test_a_study_file_that_shrinks_like_a_bomb_can_be_backed_up_and_restored(study: Study, tmp_path: Path) -> None:
    (study.folder / "originals" / "zeros.raw").write_bytes(bytes(3_000_000))
    done = back_up(study.folder)
    assert (restore(done.path, tmp_path / "new").folder / "originals/zeros.raw").stat().st_size == 3_000_000


def test_a_study_file_with_foreign_triggers_is_refused(study: Study, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    done = back_up(study.folder)
    with zipfile.ZipFile(done.path) as archive:
        copy.write_bytes(archive.read("study.crosscase"))
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("create trigger t after insert on coding begin delete from event; end")
        connection.commit()
    bad = hostile(study, tmp_path / "bad", {"study.crosscase": copy.read_bytes()})
    with pytest.raises(FormatError, match="'t', which Crosscase does not make"):
        restore(bad, tmp_path / "new")


def test_a_backup_of_a_newer_crosscase_is_refused(study: Study, tmp_path: Path) -> None:
    done = back_up(study.folder)
    with zipfile.ZipFile(done.path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    for change in ({"format": "9999"}, {"layout": 2}):
        newer = json.dumps({**manifest, **change}).encode()
        bad = rewritten(done.path, tmp_path / "newer", {"manifest.json": newer})
        with pytest.raises(TooNew, match=rf"this one knows {HEAD}"):
            restore(bad, tmp_path / "new")


@settings(max_examples=60)
@given(content=st.binary(max_size=400))
def test_what_is_no_backup_is_refused_with_a_sentence(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "anything"
    file.write_bytes(content)
    with pytest.raises(FormatError):
        restore(file, file.with_name("never"))
    assert not file.with_name("never").exists()


def test_a_folder_with_something_in_it_is_not_restored_into(study: Study, tmp_path: Path) -> None:
    done = back_up(study.folder)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    (tmp_path / "empty").mkdir()
    with pytest.raises(Conflict, match="not empty"):
        restore(done.path, tmp_path / "full", replace=True)
    with pytest.raises(Conflict, match="--replace"):
        restore(done.path, study.folder)
    with pytest.raises(NotFound):
        restore(tmp_path / "nothing", tmp_path / "empty")
    assert (restore(done.path, tmp_path / "empty").folder / "study.yaml").is_file()


def test_replacing_a_study_backs_it_up_first_and_says_where(study: Study) -> None:
    folder = study.folder
    done = back_up(folder)
    before = rows_of(folder / "study.crosscase")
    (folder / "study.yaml").write_text((folder / "study.yaml").read_text().replace("A small study", "Renamed"))
    (folder / "mine.txt").write_text("stays")
    record_codings(study, [coding_of(study, "plan", "Schools choose", COMMON)])
    after = rows_of(folder / "study.crosscase")
    study.close()
    restored = restore(done.path, folder, replace=True)
    assert rows_of(folder / "study.crosscase") == before != after
    assert "A small study" in (folder / "study.yaml").read_text()
    assert (folder / "mine.txt").read_text() == "stays"
    assert not list(folder.glob(f"{PARTIAL}*"))
    assert restored.before is not None
    assert restored.before.name.startswith("Renamed-")
    restore(restored.before, folder, replace=True)
    assert rows_of(folder / "study.crosscase") == after
    assert "Renamed" in (folder / "study.yaml").read_text()


def test_a_study_that_somebody_has_open_is_not_replaced(study: Study) -> None:
    done = back_up(study.folder)
    coder = start(CODER.replace("range(100_000)", "sys.stdin"), str(study.folder))
    assert coder.stdout is not None
    study.close()
    try:
        assert coder.stdout.readline() == "ready\n"
        with pytest.raises(Conflict, match="open in another program"):
            restore(done.path, study.folder, replace=True)
    finally:
        coder.kill()
        coder.communicate()
    restore(done.path, study.folder, replace=True)
    with open_study(study.folder) as again:
        code_once(again)
        verify_history(again)


def code_once(study: Study) -> None:
    record_codings(study, [coding_of(study, "plan", "Schools choose", COMMON)])


def test_another_study_is_not_replaced(study: Study, tmp_path: Path) -> None:
    done = back_up(study.folder)
    (tmp_path / "other").mkdir()
    with make_study(tmp_path / "other") as other:
        folder = other.folder
    with pytest.raises(Conflict, match="another study stands in the folder"):
        restore(done.path, folder, replace=True)


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(path.stat().st_size // 4))


def test_a_damaged_study_makes_no_backup_and_is_set_aside_by_a_restore(study: Study) -> None:
    folder = study.folder
    done = back_up(folder)
    before = rows_of(folder / "study.crosscase")
    study.close()
    damage(folder / "study.crosscase")
    damaged = (folder / "study.crosscase").read_bytes()
    with pytest.raises(StudyError, match="restore the newest backup"):
        back_up(folder)
    assert [b.path for b in backups(folder)] == [done.path]
    restored = restore(done.path, folder, replace=True)
    assert rows_of(folder / "study.crosscase") == before
    assert restored.before is not None
    assert restored.before.name.startswith("study.crosscase.damaged-")
    assert len(restored.before.read_bytes()) == len(damaged)


def test_a_history_that_was_changed_past_crosscase_makes_no_backup(study: Study) -> None:
    study.close()
    with closing(sqlite3.connect(study.folder / "study.crosscase")) as connection:
        connection.execute("update event set actor = 'nobody' where id = 3")
        connection.commit()
    with pytest.raises(StudyError, match="event 3 does not fit"):
        back_up(study.folder)


def test_automatic_backups_follow_changes_and_the_oldest_go(study: Study) -> None:
    study.settings = study.settings.model_copy(update={"backups": BackupSettings(every_hours=24, keep=2)})
    by_hand = back_up(study.folder)
    later = datetime.now(UTC) + timedelta(hours=25)
    assert not due(study, later), "nothing has changed since"
    code_once(study)
    assert not due(study), "the last is not old enough"
    assert due(study, later)
    made = [back_up_automatically(study) for _ in range(4)]
    left = backups(study.folder)
    assert [b.path for b in left] == [made[3].path, made[2].path, by_hand.path]
    assert [b.manifest.made for b in left if b.manifest] == [AUTOMATIC, AUTOMATIC, "by hand"]
    code_once(study)
    study.settings = study.settings.model_copy(update={"backups": BackupSettings(every_hours=0)})
    assert not due(study, later + timedelta(days=99)), "0 switches them off"


def test_a_study_without_a_backup_is_due(study: Study) -> None:
    assert due(study)
    (study.folder / "backups").mkdir()
    (study.folder / "backups" / "broken.crosscase-backup").write_text("no archive")
    assert due(study), "a file that is no backup is none"
    assert [b.manifest for b in backups(study.folder)] == [None]


@given(title=st.text(max_size=300))
def test_every_title_makes_a_file_name(title: str) -> None:
    name = plain(title)
    assert name
    assert not set(name) & set('/\\:*?"<>|\0\n. ')
    assert len(name.encode()) <= 80


def test_the_verbs(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = str(study.folder)
    assert main(["backup", folder]) == 0
    assert "`crosscase restore" in capsys.readouterr().out
    assert main(["backup", folder, "--list", "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed["manifest"]["n_sources"] == 3
    assert main(["pack", "--study", folder, "--no-originals"]) == 0
    assert main(["pack", "--study", folder]) == 2, "a file that is there is not overwritten"
    assert "there is a file of that name" in capsys.readouterr().err
    assert main(["restore", "A-small-study.crosscase-backup"]) == 0
    assert (tmp_path / "A-small-study" / "study.crosscase").is_file()
    (tmp_path / "no.crosscase-backup").write_text("no archive")
    assert main(["restore", "no.crosscase-backup", "elsewhere"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert not (tmp_path / "elsewhere").exists()


def test_the_copy_is_the_same_study_in_every_setting(study: Study, tmp_path: Path) -> None:
    done = back_up(study.folder, tmp_path / "a.crosscase-backup")
    assert done.manifest is not None
    again = back_up(restore(done.path, tmp_path / "new").folder, tmp_path / "b.crosscase-backup")
    assert again.manifest is not None
    same = {"made_at": "", "members": ()}
    assert replace(again.manifest, **same) == replace(done.manifest, **same)


RESTORE = """
import sys
from pathlib import Path
from crosscase.services.restoring import restore
print("ready", flush=True)
while True:
    for file in sys.argv[2:]:
        restore(Path(file), Path(sys.argv[1]), replace=True)
"""


def test_a_restore_that_is_killed_leaves_the_one_study_or_the_other(study: Study, tmp_path: Path) -> None:
    folder = study.folder
    one = back_up(folder, tmp_path / "one.crosscase-backup").path
    code_once(study)
    two = back_up(folder, tmp_path / "two.crosscase-backup").path
    study.close()
    known = [rows_of(restore(file, tmp_path / file.stem).folder / "study.crosscase") for file in (one, two)]
    assert known[0] != known[1]
    for n in range(6):
        process = start(RESTORE, str(folder), str(one), str(two))
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.09 * n)  # the moment of the kill, not a wait
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert rows_of(folder / "study.crosscase") in known
        with open_study(folder) as again:
            verify_history(again)
    restore(one, folder, replace=True)
    assert rows_of(folder / "study.crosscase") == known[0]
    assert not list(folder.glob(f"{PARTIAL}*"))


def test_a_study_that_is_being_served_is_not_replaced_and_can_be_backed_up(study: Study, tmp_path: Path) -> None:
    from tests.factories.workbench import serving

    with serving(study, tmp_path / "state") as served:
        study.close()
        done = back_up(study.folder)
        with pytest.raises(Conflict, match="stop `crosscase serve`"):
            restore(done.path, study.folder, replace=True)
        status, _ = served.client("ana").get("/", "text/html")
        assert status == 200
    restore(done.path, study.folder, replace=True)
