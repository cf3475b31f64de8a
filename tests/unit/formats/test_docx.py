"""Word files: what a reader sees, and a warning for everything that is not read."""

from __future__ import annotations

import io

import docx
import pytest
from tests.unit.formats.files import CONVERSATION, packed, saved, word_file, word_parts, word_with_body

from crosscase.errors import FormatError
from crosscase.formats import read_source
from crosscase.model.text import SourceText

BOMB = b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + b"".join(
    b"<!ENTITY %c '&%c;&%c;&%c;&%c;'>" % (98 + n, 97 + n, 97 + n, 97 + n, 97 + n) for n in range(20)
)


def read(data: bytes) -> SourceText:
    (source,) = read_source(data, "interview.docx")
    return source.text


def run(words: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


@pytest.mark.parametrize("colon", [": ", " ", ":"])
def test_bold_labels_with_and_without_a_colon_make_turns(colon: str) -> None:
    text = read(word_file(colon=colon, title="Planning"))
    assert [(turn.speaker, text.spoken(turn)) for turn in text.turns] == list(CONVERSATION)
    assert text.metadata["title"] == "Planning"
    assert text.warnings == ()


def test_paragraphs_are_apart_and_line_breaks_stay() -> None:
    document = docx.Document()
    document.add_heading("Notes", 1)
    document.add_paragraph("One\nline\tand more")
    document.add_paragraph("")
    document.add_paragraph("Two")
    assert read(saved(document)).text == "Notes\n\nOne\nline\tand more\n\nTwo"


def test_a_transcript_laid_out_as_a_table_makes_turns() -> None:
    document = docx.Document()
    table = document.add_table(0, 2)
    for speaker, words in CONVERSATION:
        cells = table.add_row().cells
        cells[0].text, cells[1].text = speaker, words
    text = read(saved(document))
    assert [(turn.speaker, text.spoken(turn)) for turn in text.turns] == list(CONVERSATION)


def test_tracked_changes_are_read_as_accepted_and_told() -> None:
    body = (
        "<w:p>" + run("We ") + '<w:ins w:id="1" w:author="x">' + run("really ") + "</w:ins>"
        '<w:del w:id="2" w:author="x"><w:r><w:delText>never </w:delText></w:r></w:del>' + run("plan.") + "</w:p>"
    )
    text = read(word_with_body(body))
    assert text.text == "We really plan."
    assert any("1 tracked insertion kept" in warning for warning in text.warnings)
    assert any("1 tracked deletion left out" in warning for warning in text.warnings)


def test_content_controls_are_read() -> None:
    body = f"<w:sdt><w:sdtContent><w:p>{run('In a control.')}</w:p></w:sdtContent></w:sdt><w:p>{run('After.')}</w:p>"
    assert read(word_with_body(body)).text == "In a control.\n\nAfter."


def test_runs_cut_by_editing_sessions_are_one_sentence() -> None:
    body = "<w:p>" + "".join(run(part, '<w:lang w:val="de-DE"/>') for part in ("Wir ", "pla", "nen.")) + "</w:p>"
    assert read(word_with_body(body)).text == "Wir planen."


def test_comments_and_images_are_told() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("Body")
    picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89\0\0\0\nIDATx\x9cc\0\1\0\0\5\0\1\r\n-\xb4\0\0\0\0IEND\xaeB`\x82"
    document.add_picture(io.BytesIO(picture))
    document.add_comment(paragraph.runs, text="really?", author="x")
    text = read(saved(document))
    assert text.text == "Body"
    assert text.warnings == ("1 comment not read", "1 image not read")


def test_footnotes_stand_at_the_end_with_their_number() -> None:
    parts = word_parts(word_with_body(f'<w:p>{run("Said so.")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>'))
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    parts["word/footnotes.xml"] = (
        f'<w:footnotes {space}><w:footnote w:id="2"><w:p>{run("In May.")}</w:p></w:footnote></w:footnotes>'.encode()
    )
    assert read(packed(parts)).text == "Said so.[1]\n\nIn May."


def test_formulas_that_cannot_be_read_are_told() -> None:
    body = f'<w:p>{run("x is")}<m:oMath xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"/></w:p>'
    assert any("left out" in warning and "oMath" in warning for warning in read(word_with_body(body)).warnings)


def test_a_document_without_words_is_refused() -> None:
    with pytest.raises(FormatError, match="holds no text"):
        read(word_file(()))


def test_a_damaged_document_is_refused_with_the_part() -> None:
    parts = word_parts(word_file())
    parts["word/document.xml"] = parts["word/document.xml"][:-40]
    with pytest.raises(FormatError, match="not well-formed") as refusal:
        read(packed(parts))
    assert "part word/document.xml" in refusal.value.where


def test_a_document_cut_short_is_refused() -> None:
    with pytest.raises(FormatError, match="damaged or cut short"):
        read(word_file()[:-200])


@pytest.mark.parametrize(
    "part", ["word/document.xml", "word/styles.xml", "word/_rels/document.xml.rels", "docProps/core.xml"]
)
def test_entities_are_refused_in_every_part_that_is_read(part: str) -> None:
    parts = word_parts(word_file())
    parts[part] = BOMB + b"]>" + parts[part].partition(b"?>")[2]
    with pytest.raises(FormatError, match="document type"):
        read(packed(parts))


def test_thousands_of_levels_are_refused() -> None:
    body = "<w:p>" + "<w:ins>" * 2000 + "</w:ins>" * 2000 + "</w:p>"
    with pytest.raises(FormatError, match="nested more than 200 levels"):
        read(word_with_body(body))


def test_a_zip_bomb_is_refused() -> None:
    parts = word_parts(word_file())
    parts["word/media/x.png"] = b"\0" * 80_000_000
    with pytest.raises(FormatError, match="times its size"):
        read(packed(parts))
