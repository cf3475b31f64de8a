"""Real files: published meetings, hearings, interviews and notes, read where they lie."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crosscase.formats import NamedSource, ReadOptions, TableColumns, preview_table, read_many, read_source


@pytest.fixture(scope="module")
def sources(shared: Path) -> Path:
    return shared / "data" / "sources"


def one(path: Path, options: ReadOptions | None = None) -> NamedSource:
    (source,) = read_source(path, options=options)
    return source


def original(path: Path) -> str:
    return path.read_text(encoding="utf-8").replace("\r\n", "\n")


def test_every_caption_of_the_knox_county_meetings_is_a_turn_found_in_the_file(sources: Path) -> None:
    paths = sorted((sources / "knox_county_tn").glob("School_Board*.md"))
    assert len(paths) == 7
    for path in paths:
        raw = original(path)
        text = one(path).text
        captions = re.findall(r"^\| (\d+:\d\d:\d\d)\| (.*?)\| \[source video\]", raw, re.MULTILINE)
        assert [text.spoken(turn) for turn in text.turns] == [words.strip() for _, words in captions]
        hours, minutes, seconds = (int(part) for part in captions[-1][0].split(":"))
        assert text.turns[-1].time == hours * 3600 + minutes * 60 + seconds
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", text.metadata["date"])
        assert "source video" not in text.text
        assert "machine transcript" in text.warnings[0]


def test_the_captions_of_the_iowa_city_meetings_are_turns_found_in_the_file(sources: Path) -> None:
    paths = sorted((sources / "iowa_city_ia").glob("2026*.md"))
    assert len(paths) == 13
    for path in paths:
        raw = original(path)
        text = one(path).text
        captions = re.findall(r"^\*\*\[([\d:]+)\]\(.*?\)\*\* — (.*)$", raw, re.MULTILINE)
        assert len({turn.time for turn in text.turns}) == len(captions)
        marks = sum(1 for _, words in captions for _ in re.finditer(r"(?<!\S)>>(?=\s)", words))
        first = sum(1 for _, words in captions if words.startswith(">>"))
        assert len(captions) <= text.n_turns <= len(captions) + marks - first
        assert all(text.spoken(turn) in raw for turn in text.turns)
        assert text.metadata["date"] == path.name[:10]
        assert text.metadata["machine_transcript"] == "yes"


def test_the_speakers_of_congressional_hearings_are_found(sources: Path) -> None:
    senate = one(sources / "federal_hearings" / "1997-09-04_senate_national_testing.txt")
    assert senate.text.metadata["title"] == "NATIONAL EDUCATION TESTING"
    assert "holds HTML" in senate.report.warnings[0]
    labels = r"^    (Secretary Riley|Senator Specter|Mr\. Goodling|Senator Gregg)\. \S"
    raw = original(sources / "federal_hearings" / "1997-09-04_senate_national_testing.txt")
    counted = re.findall(labels, raw, re.MULTILINE)
    for speaker in ("Secretary Riley", "Senator Specter", "Mr. Goodling", "Senator Gregg"):
        assert senate.report.speakers[speaker] == counted.count(speaker), speaker
    house = one(sources / "federal_hearings" / "2009-05-12_house_high_school_reform.txt")
    assert {"Chairman Miller", "Mr. Bishop of Utah", "Ms. Kondracke", "Mr. Roe", "Mr. Petri"} <= set(
        house.report.speakers
    )
    assert house.report.speakers["Chairman Miller"] == 29
    assert len(house.report.speakers) == 21
    miller = next(turn for turn in house.text.turns if turn.speaker == "Chairman Miller")
    assert house.text.spoken(miller).startswith("A quorum being present")


def test_plans_minutes_and_agendas_have_no_speakers(sources: Path) -> None:
    paths = [
        path
        for folder in ("sacramento_coe_ca", "san_juan_usd_ca")
        for path in sorted((sources / folder).iterdir())
        if path.suffix in (".md", ".html", ".txt")
    ]
    outcomes = read_many(paths)
    assert [outcome.error for outcome in outcomes] == [None] * len(paths)
    assert {str(outcome.path): outcome.sources[0].text.n_turns for outcome in outcomes} == {
        str(path): 0 for path in paths
    }


def test_the_pages_of_plans_are_kept(sources: Path) -> None:
    by_feeds = one(
        sources / "sacramento_coe_ca" / "2022-04-12_SCOE_Recommendations_and_Findings_re_CCCA_Charter_Petition.md"
    )
    assert len(by_feeds.text.pages) == 65
    by_comments = one(sources / "sacramento_coe_ca" / "2024-06-25_SCOE_Countywide_Plan1.md")
    assert [page.number for page in by_comments.text.pages] == list(range(1, 14))


def test_one_interview_in_four_formats_says_the_same_at_the_same_time(sources: Path) -> None:
    folder = sources / "interview_formats_hitsave"
    read = {
        suffix: one(folder / f"Goodboy_Galaxy_-_Rik_Nicol.{suffix}").text for suffix in ("vtt", "srt", "tsv", "txt")
    }
    said = {suffix: [(turn.time, text.spoken(turn)) for turn in text.turns] for suffix, text in read.items()}
    assert len(said["vtt"]) == 753
    assert said["vtt"] == said["srt"] == said["tsv"] == said["txt"]


def test_an_interview_with_names_above_the_words(sources: Path) -> None:
    path = sources / "interview_formats_hitsave" / "Get-A-Grip_Chip_transcription.md"
    source = one(path)
    assert dict(source.report.speakers) == {"Jon Lawitts": 80, "Vicky Wei": 70, "Jonas Rosland": 28, "Rich McGrath": 14}
    assert all(source.text.spoken(turn) in original(path) for turn in source.text.turns)


def test_the_expert_interviews_read_with_a_mapping(sources: Path) -> None:
    path = sources / "interviews_world_after_covid" / "transcripts.csv"
    columns = TableColumns(
        text=("Q1", "Q2", "Q3", "Q4", "Q5"),
        source="Name",
        participant="Name",
        date="RecordingDate",
        keep=("Gender", "Field"),
    )
    interviews = read_source(path, options=ReadOptions(columns=columns))
    assert len(interviews) == 57
    assert len({interview.name for interview in interviews}) == 57
    menon = interviews[0]
    assert menon.name == "Menon"
    assert menon.text.metadata["date"] == "2020-07-03"
    assert [menon.text.spoken(turn) for turn in menon.text.turns if turn.is_question] == ["Q1", "Q2", "Q4", "Q5"]
    assert all(turn.speaker == "Menon" for turn in menon.text.turns if not turn.is_question)
    assert "Windows-1252" in menon.text.warnings[0]
    assert all("\x92" not in interview.text.text and "�" not in interview.text.text for interview in interviews)


def test_the_second_table_of_the_interviews_reads_with_a_mapping(sources: Path) -> None:
    path = sources / "interviews_world_after_covid" / "outside_dialectic_codes.csv"
    columns = TableColumns(text=("Preamble", "Positive", "Negative"), source="Full_Name", participant="Name")
    parts = read_source(path, options=ReadOptions(columns=columns))
    assert parts[0].name == "Alex (Sandy) Pentland"
    assert (
        parts[0]
        .text.text.replace("\xa0", " ")
        .startswith("Positive\nI think the biggest change will be where people will look")
    )
    assert {turn.speaker for turn in parts[0].text.turns} == {None, "Pentland"}


def test_previews_find_the_text_columns_of_real_tables(sources: Path) -> None:
    covid = preview_table(sources / "interviews_world_after_covid" / "transcripts.csv").suggestion
    assert (covid.text, covid.source, covid.date) == (("Q1", "Q2", "Q3", "Q4", "Q5"), "Name", "RecordingDate")
    notes = preview_table(sources / "fieldnotes_hybrid_teaching" / "coding_qualitative_research_notes.csv").suggestion
    assert notes.text == ("Raw note",)


def test_field_notes_keep_their_quotation_marks(sources: Path) -> None:
    path = sources / "fieldnotes_hybrid_teaching" / "coding_qualitative_research_notes.csv"
    notes = read_source(path, options=ReadOptions(columns=TableColumns(text=("Raw note",), keep=("Category",))))
    assert len(notes) > 20
    assert any("“forgotten”" in note.text.text for note in notes)
    assert not any(note.report.warnings for note in notes)
