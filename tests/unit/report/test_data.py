from __future__ import annotations

import csv
import io
import json

import polars as pl

from crosscase.report.data import Table, neutralise, render_data

ROWS = pl.DataFrame(
    {
        "quote": ["=1+1", "+2", "-3 schools", "@all", "\tx", "plain", 'a "b", c\nd', "1 = 1", None, "école"],
        "share": [-0.5, 1.0, None, 0.25, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5],
    }
)


def test_text_that_a_spreadsheet_would_run_is_made_harmless_and_numbers_stay() -> None:
    shown = neutralise(ROWS)
    assert shown["quote"].to_list() == [
        "'=1+1",
        "'+2",
        "'-3 schools",
        "'@all",
        "'\tx",
        "plain",
        'a "b", c\nd',
        "1 = 1",
        None,
        "école",
    ]
    assert shown["share"].to_list() == ROWS["share"].to_list()


def test_a_table_comes_back_as_it_was() -> None:
    files = render_data({"codings": Table(ROWS, "Every coding.", {"quote": "the words"})}, {}, ())
    content = files["codings.csv"]
    assert content.startswith("\ufeff".encode())
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(rows) == ROWS.height
    assert rows[6]["quote"] == 'a "b", c\nd'
    assert [row["share"] for row in rows][:3] == ["-0.5", "1.0", ""]


def test_the_files_explain_their_columns_and_what_they_are() -> None:
    files = render_data(
        {"codings": Table(ROWS, "Every coding.", {"quote": "the words", "share": "a share"})},
        {"seed": 1},
        ("SIMULATED",),
    )
    readme = files["README.md"].decode()
    assert "**SIMULATED.**" in readme
    assert "| quote | the words |" in readme
    assert json.loads(files["parameters.json"]) == {"seed": 1}
