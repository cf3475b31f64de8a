from __future__ import annotations

import io
from typing import Any

from docx import Document
from tests.factories.report_content import hostile_report, make_report

from crosscase.report.content import SIMULATED, UNCHECKED, UNVERIFIED
from crosscase.report.word import render_word


def opened(content: bytes) -> Any:
    return Document(io.BytesIO(content))


def text_of(document: Any) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([p.text for p in document.paragraphs] + cells)


def test_the_mark_of_a_simulated_study_is_in_the_header_of_every_page() -> None:
    document = opened(render_word(make_report(per_case=20)))
    for section in document.sections:
        assert not section.different_first_page_header_footer
        assert SIMULATED in section.header.paragraphs[0].text
    real = opened(render_word(make_report(per_case=20, simulated=False, suggestion=True)))
    assert SIMULATED not in real.sections[0].header.paragraphs[0].text
    assert UNCHECKED in real.sections[0].header.paragraphs[0].text


def test_the_file_has_the_same_sections_as_the_page() -> None:
    document = opened(render_word(make_report(per_case=20)))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings == [
        "The answer",
        "The distribution of work",
        "Why: evidence for and against",
        "What speaks against it",
        "Across cases",
        "What is missing, and what this evidence cannot show",
        "Methods and provenance",
    ]


def test_evidence_against_stands_beside_the_evidence_for_with_its_quotations() -> None:
    report = make_report(per_case=40)
    document = opened(render_word(report))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 3"]
    assert sum(h.startswith("For: ") for h in headings) == sum(h.startswith("Against: ") for h in headings) == 4
    quotes = [p.text for p in document.paragraphs if p.style.name == "Quote"]
    first = report.reasons[0].claims[0].opposes.shown[0]
    assert report.codings[first].quote in quotes
    assert f"#{first}" in text_of(document)
    assert UNVERIFIED in text_of(document)


def test_header_rows_are_repeated_on_every_page() -> None:
    document = opened(render_word(make_report(per_case=20)))
    assert document.tables
    for table in document.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml


def test_text_that_xml_cannot_hold_does_not_stop_the_file() -> None:
    report = hostile_report()
    nasty = report.codings[1].__class__(**{**vars(report.codings[1]), "quote": "bell\x07 and form feed\x0c", "id": 1})
    reasons = report.reasons[0]
    document = opened(render_word(report.__class__(**{**vars(report), "codings": {**report.codings, 1: nasty}})))
    assert 1 in reasons.claims[0].supports.shown
    assert "bell\ufffd and form feed\ufffd" in text_of(document)
    assert "\u202e" not in document.sections[0].footer.paragraphs[0].text
