"""Packed reading gives exactly the rows that plain reading gives."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from crosscase.store import packed
from crosscase.store.packed import PackedColumn, read_packed

NUMBERS = st.integers(0, 2**40)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS, st.integers(0, 3), st.booleans()), max_size=40)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    with sa.create_engine("sqlite://").connect() as opened:
        opened.exec_driver_sql("create table t (id integer primary key, a integer, b integer, c integer, kept integer)")
        yield opened


@given(ROWS, st.integers(1, 7))
def test_every_kept_row_comes_back_in_order(
    connection: Connection, rows: list[tuple[int, int, int, bool]], chunk: int
) -> None:
    connection.exec_driver_sql("delete from t")
    for a, b, c, kept in rows:
        connection.execute(
            sa.text("insert into t (a, b, c, kept) values (:a, :b, :c, :k)"), {"a": a, "b": b, "c": c, "k": kept}
        )
    columns = [PackedColumn(n, n, 2**40) for n in "ab"] + [PackedColumn("c", "c", 3), PackedColumn("id", "id", 2**20)]
    before, packed._ROWS_PER_TEXT = packed._ROWS_PER_TEXT, chunk
    try:
        read = read_packed(connection, "t", columns, "kept = :kept", {"kept": 1})
    finally:
        packed._ROWS_PER_TEXT = before
    wanted = [row for row in rows if row[3]]
    assert list(zip(read["a"].tolist(), read["b"].tolist(), read["c"].tolist(), strict=True)) == [r[:3] for r in wanted]
    assert read["id"].tolist() == sorted(read["id"].tolist())
