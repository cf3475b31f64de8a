"""OpenDocument texts from LibreOffice and Google Docs."""

from __future__ import annotations

import pytest
from tests.unit.formats.files import CONVERSATION, odt_file, odt_table, packed, word_parts

from crosscase.errors import FormatError
from crosscase.formats import read_source
from crosscase.model.text import SourceText

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"


def read(data: bytes) -> SourceText:
    (source,) = read_source(data, "interview.odt")
    return source.text


def with_text(xml: str) -> bytes:
    content = (
        f'<o:document-content xmlns:o="{OFFICE}office:1.0" xmlns:t="{OFFICE}text:1.0" xmlns:d="{OFFICE}drawing:1.0">'
        f"<o:body><o:text>{xml}</o:text></o:body></o:document-content>"
    )
    return packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def test_bold_labels_make_turns() -> None:
    text = read(odt_file(heading="Interview 7"))
    assert text.text.startswith("Interview 7\n\nInterviewer: How")
    assert [(turn.speaker, text.spoken(turn)) for turn in text.turns] == list(CONVERSATION)


def test_a_transcript_laid_out_as_a_table_makes_turns() -> None:
    text = read(odt_table(CONVERSATION))
    assert [(turn.speaker, text.spoken(turn)) for turn in text.turns] == list(CONVERSATION)


def test_spaces_tabs_breaks_lists_and_notes() -> None:
    text = read(
        with_text(
            "<t:p>a<t:s t:c='3'/>b<t:tab/>c<t:line-break/>d\n  e</t:p><t:list><t:list-item><t:p>one</t:p></t:list-item>"
            "<t:list-item><t:p>two</t:p></t:list-item></t:list>"
            "<t:p>Said<t:note><t:note-citation>1</t:note-citation><t:note-body><t:p>in May</t:p></t:note-body></t:note>.</t:p>"
        )
    )
    assert text.text == "a   b\tc\nd e\none\ntwo\n\nSaid [in May]."


def test_tracked_changes_and_comments_are_left_out_and_told() -> None:
    text = read(
        with_text(
            "<t:tracked-changes><t:changed-region><t:deletion><t:p>never</t:p></t:deletion></t:changed-region></t:tracked-changes>"
            "<t:p>We <t:change t:change-id='1'/>plan<o:annotation><t:p>really?</t:p></o:annotation>.</t:p>"
        )
    )
    assert text.text == "We plan."
    assert text.warnings == (
        "1 tracked change: the text is read as if all were accepted",
        "1 comment not read",
    )


def test_an_encrypted_document_is_refused() -> None:
    parts = word_parts(odt_file())
    parts["META-INF/manifest.xml"] = b"<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(FormatError, match="protected with a password"):
        read(packed(parts))


def test_a_number_of_spaces_is_bounded() -> None:
    assert len(read(with_text("<t:p>a<t:s t:c='999999999'/>b</t:p>")).text) < 2000


def test_entities_and_depth_are_refused() -> None:
    with pytest.raises(FormatError, match="nested more than"):
        read(with_text("<t:span>" * 3000 + "</t:span>" * 3000))
    bomb = "<!DOCTYPE x [<!ENTITY a 'aaa'>]><x>&a;</x>"
    with pytest.raises(FormatError, match="document type"):
        read(packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": bomb}))
