"""Recording codings: checked against text and codebook, all or nothing, never twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.studies import coding_of, make_study

from crosscase.errors import Conflict, CrosscaseError, FormatError, FrameworkError, NotFound, OffsetError
from crosscase.model.coding import Coding, Passage, ReviewedSpan
from crosscase.services.codings import record_codings, retire_coding
from crosscase.services.history import history
from crosscase.services.import_codings import import_codings
from crosscase.services.study import Study


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return make_study(tmp_path)


def test_coders_and_rounds_that_are_new_are_named(study: Study) -> None:
    done = record_codings(study, [coding_of(study, "plan", "adopted", "infra.curr.common", "cleo")])
    assert (done.n_codings, done.n_verified, done.new_coders, done.new_rounds) == (1, 1, ("cleo",), ("first",))


def test_the_same_coding_is_stored_once(study: Study) -> None:
    coding = coding_of(study, "plan", "adopted", "infra.curr.common")
    assert record_codings(study, [coding, coding]).n_repeated == 1
    before = study.head()
    assert record_codings(study, [coding]).n_codings == 0
    assert study.head() == before


@pytest.mark.parametrize(
    ("coding", "error", "words"),
    [
        (Coding(Passage("plan", 0, 3), "infra.curr.common", "ana", "r", quote="Any"), OffsetError, "does not stand"),
        (Coding(Passage("plan", 0, 10**6), "infra.curr.common", "ana", "r"), OffsetError, "does not fit"),
        (Coding(Passage("plan", 5, 5), "infra.curr.common", "ana", "r"), OffsetError, "does not fit"),
        (Coding(Passage("plan", -3, 5), "infra.curr.common", "ana", "r"), OffsetError, "does not fit"),
        (Coding(Passage("none", 0, 3), "infra.curr.common", "ana", "r"), NotFound, "no source"),
        (Coding(Passage("plan", 0, 3), "infra.nothing", "ana", "r"), FrameworkError, "is not in version"),
        (Coding(Passage("plan", 0, 3), "infra.curr.common", "ana", "r", {"locus": "moon"}), FrameworkError, "moon"),
        (Coding(Passage("plan", 0, 3), "infra.curr.common", "ana", "r", {"place": "x"}), FrameworkError, "facet"),
    ],
)
def test_one_wrong_coding_keeps_all_out(study: Study, coding: Coding, error: type[CrosscaseError], words: str) -> None:
    before = study.head()
    good = coding_of(study, "plan", "adopted", "infra.curr.common", "newcomer")
    with pytest.raises(error, match=words):
        record_codings(study, [good, coding])
    assert study.evidence().is_empty()
    assert study.head() == before


def test_what_was_read_is_kept_also_where_nothing_was_coded(study: Study) -> None:
    span = ReviewedSpan(Passage("plan", 0, 20), "ana", "first")
    assert record_codings(study, [], [span]).n_reviewed == 1
    assert record_codings(study, [], [span]).n_reviewed == 0


def test_a_coding_can_be_taken_out_once(study: Study) -> None:
    record_codings(study, [coding_of(study, "plan", "adopted", "infra.curr.common")])
    retire_coding(study, 1, "a slip")
    with pytest.raises(Conflict):
        retire_coding(study, 1)
    with pytest.raises(NotFound):
        retire_coding(study, 99)
    assert [e.verb for e in history(study)][-1] == "coding.retired"


def write(folder: Path, text: str) -> Path:
    path = folder / "codings.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_is_verified_and_quotes_are_found(study: Study, tmp_path: Path) -> None:
    start = study.text("plan").index("adopted")
    table = write(
        tmp_path,
        "source,start,end,quote,code,locus,coder\n"
        f"plan,{start},{start + 7},adopted,infra.curr.common,central_office,ana\n"
        "interview-p01,,,close my door — 😀,use.adapt.free,school,ben\n",
    )
    report = import_codings(study, table)
    assert (report.recorded.n_codings, report.recorded.n_verified, report.n_located) == (2, 2, 1)
    assert study.evidence()["text"].to_list() == ["adopted", "close my door — 😀"]


def test_rows_that_do_not_fit_keep_all_out_unless_asked(study: Study, tmp_path: Path) -> None:
    table = write(
        tmp_path,
        "source,start,end,quote,code,coder\nplan,0,11,All schools,infra.curr.common,ana\n"
        "plan,0,11,Any schools,infra.curr.common,ana\nplan,,,moon,infra.curr.common,ana\n",
    )
    with pytest.raises(FormatError, match="2 of 3 rows") as caught:
        import_codings(study, table)
    assert "line 3" in str(caught.value)
    assert "line 4" in str(caught.value)
    assert study.evidence().is_empty()
    report = import_codings(study, table, skip_refused=True)
    assert (report.recorded.n_codings, len(report.refused)) == (1, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("source,code\nplan,infra.curr.common\n", "no column coder"),
        ("source,code,coder,colour\nplan,infra.curr.common,ana,red\n", "unknown columns: colour"),
        ('source,code,coder\n"plan,infra.curr.common,ana\n', "valid CSV|cells"),
        ("source,code,coder,quote\nplan,infra.curr.common,ana,All,x\n", "more or fewer cells"),
        ("source,code,coder,start,end\nplan,infra.curr.common,ana,one,2\n", "start is 'one'"),
        ("source,code,coder,quote\nplan,infra.curr.common,ana,chool\n", "more than once"),
    ],
)
def test_a_table_with_a_mistake_is_refused(study: Study, tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FormatError, match=words):
        import_codings(study, write(tmp_path, text))
