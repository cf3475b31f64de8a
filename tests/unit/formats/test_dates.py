"""Dates are normalised when they are certain and left alone when they are not."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from crosscase.formats.dates import column_dates, iso_date, mail_date, text_of


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-06-25", "2024-06-25"),
        ("2024-06-25T10:00:00Z", "2024-06-25"),
        ("3-Jul-20", "2020-07-03"),
        ("3 July 1998", "1998-07-03"),
        ("July 16, 2024", "2024-07-16"),
        ("Sept. 1st, 2024", "2024-09-01"),
        ("25/12/2023", "2023-12-25"),
        ("12/25/2023", "2023-12-25"),
        ("05/05/2023", "2023-05-05"),
        ("D:20240625101500", "2024-06-25"),
        ("03/04/2023", None),
        ("2024-02-30", None),
        ("Fall 2024", None),
        ("", None),
    ],
)
def test_a_date_is_read_or_left(written: str, read: str | None) -> None:
    assert iso_date(written) == read


def test_one_day_after_the_twelfth_tells_the_order_of_the_whole_column() -> None:
    dates, warning = column_dates(["03/04/2023", "25/04/2023", ""])
    assert dates == ["2023-04-03", "2023-04-25", ""]
    assert warning is None


def test_a_column_that_could_be_either_is_kept_as_typed_and_told() -> None:
    dates, warning = column_dates(["03/04/2023", "05/06/2023"])
    assert dates == ["03/04/2023", "05/06/2023"]
    assert warning is not None
    assert warning.startswith("2 dates kept as typed")


def test_the_day_of_a_mail() -> None:
    assert mail_date("Tue, 25 Jun 2024 23:10:00 -0700") == "2024-06-25"
    assert mail_date("yesterday") is None


def test_cells_of_a_workbook_read_as_people_see_them() -> None:
    assert text_of(datetime(2024, 6, 25)) == "2024-06-25"
    assert text_of(datetime(2024, 6, 25, 9, 30)) == "2024-06-25 09:30:00"
    assert text_of(date(2024, 6, 25)) == "2024-06-25"
    assert (text_of(3.0), text_of(3.5), text_of(None), text_of(True)) == ("3", "3.5", "", "True")
