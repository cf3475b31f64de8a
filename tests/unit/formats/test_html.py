"""Web pages: what a browser shows, without what it hides."""

from __future__ import annotations

from crosscase.formats import read_source
from crosscase.model.text import SourceText


def read(html: str | bytes) -> SourceText:
    (source,) = read_source(html.encode() if isinstance(html, str) else html, "page.html")
    return source.text


def test_blocks_stand_on_lines_of_their_own() -> None:
    text = read("<h1>Agenda</h1><p>One\n  two<br>three</p><ul><li>a</li><li>b</li></ul><div>c</div><div>d</div>")
    assert text.text == "Agenda\n\nOne two\nthree\n\na\nb\n\nc\nd"


def test_script_style_and_hidden_parts_are_not_read() -> None:
    text = read(
        "<head><title> Board </title><style>p{}</style></head><body><script>alert(1)</script><p>Seen</p>"
        "<p style='display: none'>Hidden</p><p hidden>Gone <b>too</b></p><template>No</template><!-- no --><noscript>x</noscript>"
    )
    assert text.text == "Seen"
    assert text.metadata == {"title": "Board"}


def test_tables_keep_rows_and_layout_tables_keep_paragraphs() -> None:
    assert read(
        "<table><tr><th>Who</th><th>What</th></tr><tr><td>Ann</td><td><p>a</p><p>b</p></td></tr></table>"
    ).text == ("Who\tWhat\nAnn\ta\nb")
    assert read("<table><tr><td><p>One</p><p>Two</p></td><td></td></tr></table>").text == "One\n\nTwo"
    assert read(
        "<p>x</p><table><tr><td>a<table><tr><td>b</td><td>c</td></tr></table></td><td>d</td></tr></table>"
    ).text == ("x\n\na\nb\tc\td")


def test_preformatted_text_keeps_its_spaces() -> None:
    assert read("<pre>\n    Mr. Holt. Yes.\n  a   b\n</pre>").text == "    Mr. Holt. Yes.\n  a   b"


def test_bold_labels_make_turns() -> None:
    text = read("".join(f"<p><b>{who}</b> said so {n}</p>" for n in range(3) for who in ("Ann Lee", "Bob Roe")))
    assert list(text.speakers.items()) == [("Ann Lee", 3), ("Bob Roe", 3)]
    assert text.spoken(text.turns[0]) == "said so 0"


def test_images_are_told_and_dates_are_found() -> None:
    text = read("<meta property='article:published_time' content='2024-06-25'><p>x<img src=a.png></p><img src=b.png>")
    assert text.warnings == ("2 images not read",)
    assert text.metadata["date"] == "2024-06-25"


def test_a_declared_encoding_is_used_when_the_page_is_not_utf8() -> None:
    assert read("<meta charset='koi8-r'><p>Школа</p>".encode("koi8-r")).text == "Школа"
    assert read("<meta charset='iso-8859-1'><p>“naïve”</p>".encode("cp1252")).text == "“naïve”"


def test_entities_are_characters_and_broken_markup_is_read() -> None:
    assert read("<p>a &amp; b &eacute; &#8220;q&#8221; &#x1F393;<p>unclosed <b>bold<p>next</b>").text == (
        "a & b é “q” 🎓\n\nunclosed bold\n\nnext"
    )


def test_a_hundred_thousand_levels_are_read_flat() -> None:
    assert read("<div>" * 100_000 + "deep" + "</div>" * 100_000).text == "deep"
    assert read("<table><tr><td>" * 20_000 + "deep").text == "deep"
