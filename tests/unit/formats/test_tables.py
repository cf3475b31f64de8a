"""Tables: a source per row, with the columns that the researcher names."""

from __future__ import annotations

from datetime import date

import pytest
from tests.unit.formats.files import packed, word_parts, workbook

from crosscase.errors import FormatError
from crosscase.formats import NamedSource, ReadOptions, TableColumns, preview_table, read_source

CSV = (
    "When,Who,District,Q1,Q2,Score\r\n"
    '3-Jul-20,Ann,north,"We plan, together.\r\nOften.",The board,1\r\n'
    "4-Jul-20,Bob,south,,Nobody,2\r\n"
    "5-Jul-20,Cy,south,,,3\r\n"
)
ANSWERS = TableColumns(
    text=("Q1", "Q2"),
    source="Who",
    participant="Who",
    case="District",
    date="When",
    keep=("Score",),
    headings={"Q2": "Who decides?"},
)


def read(
    data: str | bytes, columns: TableColumns | None = ANSWERS, name: str = "answers.csv", **more: str
) -> list[NamedSource]:
    return read_source(
        data if isinstance(data, bytes) else data.encode(), name, options=ReadOptions(columns=columns, **more)
    )  # type: ignore[arg-type]


def test_a_row_becomes_a_source_with_its_answers_below_their_questions() -> None:
    ann, bob = read(CSV)
    assert ann.name == "Ann"
    assert ann.text.text == "Q1\nWe plan, together.\nOften.\n\nWho decides?\nThe board"
    assert [(turn.speaker, turn.is_question, ann.text.spoken(turn)) for turn in ann.text.turns] == [
        (None, True, "Q1"),
        ("Ann", False, "We plan, together.\nOften."),
        (None, True, "Who decides?"),
        ("Ann", False, "The board"),
    ]
    assert bob.text.text == "Who decides?\nNobody"


def test_the_other_columns_describe_the_source() -> None:
    ann = read(CSV)[0]
    assert ann.text.metadata == {
        "source": "Ann",
        "participant": "Ann",
        "case": "north",
        "date": "2020-07-03",
        "Score": "1",
        "row": "2",
    }


def test_rows_without_text_are_left_out_and_told() -> None:
    assert any("1 rows without text left out, first row 4" in warning for warning in read(CSV)[0].text.warnings)


def test_one_text_column_is_the_text_and_its_labels_make_turns() -> None:
    table = 'id,transcript\n1,"INT: How?\nP1: So.\nINT: Why?\nP1: Because."\n2,Just an answer\n'
    first, second = read(table, TableColumns(text=("transcript",), source="id", participant="id"))
    assert [turn.speaker for turn in first.text.turns] == ["INT", "P1", "INT", "P1"]
    assert [(turn.speaker, second.text.spoken(turn)) for turn in second.text.turns] == [("2", "Just an answer")]


def test_sources_without_a_name_are_named_by_row_and_repeats_are_numbered() -> None:
    assert [source.name for source in read("a\nyes\nno\n", TableColumns(text=("a",)))] == [
        "answers row 2",
        "answers row 3",
    ]
    assert [source.name for source in read("n,a\nx,yes\nX,no\n", TableColumns(text=("a",), source="n"))] == [
        "x",
        "X (2)",
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_every_usual_delimiter_is_recognised(delimiter: str) -> None:
    table = delimiter.join(["who", '"what; a, b | c"', "why"]) + "\n" + delimiter.join(["Ann", "so", "yes"]) + "\n"
    (source,) = read(table, TableColumns(text=("why",), source="who"))
    assert (source.name, source.text.text) == ("Ann", "yes")


def test_windows_text_is_read_with_a_warning_on_every_source() -> None:
    sources = read("who,what\nAnn,“naïve”\nBob,’s\n".encode("cp1252"), TableColumns(text=("what",), source="who"))
    assert [source.text.text for source in sources] == ["“naïve”", "’s"]
    assert all("Windows-1252" in source.text.warnings[0] for source in sources)


def test_a_workbook_is_read_like_a_table() -> None:
    rows = [
        ["who", "when", "what"],
        ["Ann", date(2024, 6, 25), "We plan."],
        [None, None, None],
        ["Bob", "2024-06-26", 3.0],
    ]
    sources = read(workbook({"Answers": rows}), TableColumns(text=("what",), source="who", date="when"), "a.xlsx")
    assert [(source.name, source.text.text, source.text.metadata["date"]) for source in sources] == [
        ("Ann", "We plan.", "2024-06-25"),
        ("Bob", "3", "2024-06-26"),
    ]
    assert sources[1].text.metadata["row"] == "4"


def test_another_sheet_is_read_by_name_and_the_first_one_with_a_warning() -> None:
    book = workbook({"One": [["a"], ["first"]], "Two": [["a"], ["second"]]})
    assert "only the first of 2 sheets" in read(book, TableColumns(text=("a",)), "a.xlsx")[0].text.warnings[0]
    assert read(book, TableColumns(text=("a",)), "a.xlsx", sheet="Two")[0].text.text == "second"
    with pytest.raises(FormatError, match="no sheet 'Three'"):
        read(book, TableColumns(text=("a",)), "a.xlsx", sheet="Three")


def test_without_columns_a_table_is_refused_with_those_that_look_like_text() -> None:
    table = "who,why\n" + "".join(f"P{n},because we always did it like this {n}\n" for n in range(5))
    with pytest.raises(FormatError, match="which columns hold the text") as refusal:
        read(table, None)
    assert refusal.value.mend == "name them; why looks like text"


@pytest.mark.parametrize(
    ("table", "what", "where"),
    [
        ("a,b\n1,2,3\n", "a row has 3 cells and the heading 2", "row 2"),
        ("a,a\n1,2\n", "two columns are named 'a'", ""),
        ('a,b\n1,"never closed\n', "damaged", ""),
        ("a,b\n", "no rows", ""),
        ("b,c\n1,2\n", "no column 'a'", ""),
        ("a,b\n,2\n", "no row has text", ""),
    ],
)
def test_broken_tables_are_refused(table: str, what: str, where: str) -> None:
    with pytest.raises(FormatError, match=what) as refusal:
        read(table, TableColumns(text=("a",)))
    assert where in refusal.value.where


def test_a_field_of_ten_million_characters_is_read() -> None:
    assert len(read('a\n"' + "word " * 2_000_000 + '"\n', TableColumns(text=("a",)))[0].text.text) > 9_999_000


def test_a_preview_tells_what_columns_look_like() -> None:
    rows = "".join(f"{n}-Jul-20,Person {n},north,{n},We decide it here every single week {n}\n" for n in range(1, 9))
    preview = preview_table(f"When,Who,District,Years,Answer\n{rows}".encode(), "a.csv")
    assert preview.n_rows == 8
    assert {column.name: column.looks_like for column in preview.columns} == {
        "When": "date",
        "Who": "id",
        "District": "category",
        "Years": "id",
        "Answer": "text",
    }
    assert preview.suggestion.text == ("Answer",)
    assert preview.suggestion.date == "When"
    assert preview.suggestion.case == "District"


def test_a_preview_of_a_workbook_names_its_sheets() -> None:
    preview = preview_table(workbook({"One": [["a", "b"], ["x", 1]], "Two": [["a"], ["y"]]}), "a.xlsx")
    assert preview.sheets == ("One", "Two")
    with pytest.raises(FormatError, match="not a table"):
        preview_table(b"words", "a.txt")


def test_hostile_workbooks_are_refused() -> None:
    parts = word_parts(workbook({"One": [["a"], ["x"]]}))
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    far = sheet.replace(
        "</sheetData>", '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    )
    with pytest.raises(FormatError, match="more than 200,000 rows"):
        read(packed(parts | {"xl/worksheets/sheet1.xml": far}), TableColumns(text=("a",)), "a.xlsx")
    bomb = "<!DOCTYPE x [<!ENTITY a 'b'>]>" + sheet
    with pytest.raises(FormatError, match="document type"):
        read(packed(parts | {"xl/worksheets/sheet1.xml": bomb}), TableColumns(text=("a",)), "a.xlsx")


def test_a_workbook_that_repeats_one_long_text_is_refused() -> None:
    parts = word_parts(workbook({"One": [["a"], ["x"]]}))
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 400))
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    parts["xl/worksheets/sheet1.xml"] = f"{head}{cells}</sheetData></worksheet>".encode()
    strings = '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
    parts["xl/sharedStrings.xml"] = f"{strings}{'word ' * 100_000}</t></si></sst>".encode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    entry = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/></Types>'
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", entry.encode())
    with pytest.raises(FormatError, match="the sheet is too large"):
        read(packed(parts), TableColumns(text=("a",)), "a.xlsx")
