"""Who sees some cases meets no row of another one, whatever is asked and whatever is written."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import sqlalchemy as sa
from tests.factories.team import SECRET, make_team_study, south_source

from crosscase.errors import AccessError, NotFound
from crosscase.model.access import Access
from crosscase.services.study import Study, open_study
from crosscase.store import audit, restricted, schema
from crosscase.store.search import search_text

NORTH = Access("coder", frozenset({"north"}))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Study]:
    made = make_team_study(tmp_path_factory.mktemp("team"))
    yield made
    made.close()


@pytest.fixture
def part(study: Study) -> Iterator[Study]:
    seen = study.seen_by(NORTH)
    yield seen
    seen.close()


def test_every_table_has_a_rule() -> None:
    known = restricted._SHARED | restricted._WITHHELD | restricted.REACH.keys() | {"event"}
    assert set(schema.metadata.tables) == known
    assert set(schema.views.tables) == set(restricted.VIEWS)


@pytest.mark.parametrize("name", sorted((schema.metadata.tables | schema.views.tables).keys()))
def test_no_table_shows_a_word_of_another_case(study: Study, part: Study, name: str) -> None:
    everything = sa.select((schema.metadata.tables | schema.views.tables)[name])
    with study.reading() as connection:
        whole = [tuple(map(str, row)) for row in connection.execute(everything)]
    with part.reading() as connection:
        seen = [tuple(map(str, row)) for row in connection.execute(everything)]
    assert not [row for row in seen if SECRET.lower() in " ".join(row).lower()]
    if name in restricted._SHARED or name == "event":
        assert len(seen) == len(whole)
    elif name not in restricted._WITHHELD:
        assert set(seen) <= set(whole)


def test_the_tables_of_the_other_case_are_not_empty_so_that_the_test_before_can_fail(study: Study) -> None:
    told = set()
    with study.reading() as connection:
        for name, table in schema.metadata.tables.items():
            rows = connection.execute(sa.select(table))
            if any(SECRET.lower() in str(tuple(row)).lower() for row in rows):
                told.add(name)
    assert told >= {"source", "source_text", "participant", "memo", "attribute", "cell_summary", "claim", "candidate"}
    assert told >= {"event", "adjudication"}


def test_the_rows_of_ones_own_cases_are_all_there(study: Study, part: Study) -> None:
    mine = study.evidence().filter(study.evidence()["case"] == "north")
    assert part.evidence().equals(mine)
    assert part.evidence("suggestion")["case"].unique().to_list() == ["north"]
    assert part.sources()["case"].unique().to_list() == ["north"]
    assert [case.name for case in part.settings.cases] == ["north"]


def test_full_text_search_stays_inside(study: Study, part: Study) -> None:
    with study.reading() as connection:
        assert search_text(connection, SECRET)
        assert search_text(connection, "academic")
    with part.reading() as connection:
        assert search_text(connection, SECRET) == []
        assert {hit.case for hit in search_text(connection, "academic")} == {"north"}


def test_the_head_of_the_history_still_names_the_state(study: Study, part: Study) -> None:
    assert part.head() == study.head()


def test_events_about_another_case_say_nothing(part: Study, study: Study) -> None:
    with part.reading() as connection:
        seen = audit.events(connection)
    with study.reading() as connection:
        whole = audit.events(connection)
    assert [e.id for e in seen] == [e.id for e in whole]
    shown = [e for e in seen if restricted.HIDDEN not in e.detail]
    assert shown
    assert len(shown) < len(whole)
    assert not [e for e in shown if SECRET.lower() in str(e).lower()]


@pytest.mark.parametrize(
    "name",
    sorted(restricted.REACH.keys() | restricted._WITHHELD),
)
def test_no_row_of_another_case_can_be_changed_or_taken_away(study: Study, part: Study, name: str) -> None:
    """With the bare connection, past all services."""
    table = schema.metadata.tables[name]
    key = next(iter(table.primary_key.columns))
    with study.reading() as connection:
        theirs = set(connection.execute(sa.select(*table.primary_key.columns)).all())
    with part.reading() as connection:
        theirs -= set(connection.execute(sa.select(*table.primary_key.columns)).all())
    if not theirs:
        assert name in (
            "withdrawn",
            "result",
            "sampling_plan",
            "round_source",
            "recoding",
            "disposition",
            "claim_change",
            "page",
        )
        return
    row = next(iter(theirs))
    mine = sa.and_(*(column == value for column, value in zip(table.primary_key.columns, row, strict=True)))
    before = study.head()
    for statement in (table.delete().where(mine), table.update().where(mine).values({key.name: row[0]})):
        with pytest.raises(NotFound), part.changing(right_of(part)) as connection:
            connection.execute(sa.text("pragma defer_foreign_keys = on"))
            connection.execute(statement)
    assert study.head() == before


def right_of(study: Study):  # type: ignore[no-untyped-def]
    from crosscase.model.access import Right

    return Right.CODE


def test_nothing_can_be_put_into_another_case(study: Study, part: Study) -> None:
    with study.reading() as connection:
        row = dict(
            connection.execute(
                sa.select(schema.coding)
                .where(
                    schema.coding.c.source_id
                    == sa.select(schema.source.c.id)
                    .where(schema.source.c.guid == south_source(study))
                    .scalar_subquery()
                )
                .limit(1)
            )
            .mappings()
            .one()
        )
    del row["id"]
    row["guid"] = str(uuid4())
    with pytest.raises(NotFound, match="may see"), part.changing(right_of(part)) as connection:
        connection.execute(schema.coding.insert().values(**row))
    with study.changing() as connection:
        done = connection.execute(schema.coding.insert().values(**row))
        connection.execute(schema.coding.delete().where(schema.coding.c.id == done.inserted_primary_key[0]))


def test_a_reading_connection_cannot_write(part: Study) -> None:
    with pytest.raises(sa.exc.OperationalError), part.reading() as connection:
        connection.execute(sa.text("delete from main.coding"))


def test_another_process_opens_the_same_part(study: Study, part: Study) -> None:
    with open_study(part.door) as again:
        assert again.evidence().equals(part.evidence())


def test_access_cannot_be_widened(part: Study) -> None:
    with pytest.raises(AccessError):
        part.seen_by(Access("coder", frozenset({"south"})))


def test_a_case_that_is_gone_opens_nothing(study: Study) -> None:
    nobody = study.seen_by(Access("reader", frozenset({"nowhere"})))
    assert nobody.sources().is_empty()
    assert nobody.evidence().is_empty()
    nobody.close()
