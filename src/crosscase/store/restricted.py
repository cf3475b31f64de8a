"""A study as somebody sees it who may see some of its cases only.

The rule stands in the database connection, not in the queries: on a connection for reading every table that holds
something about a case is covered by a temporary view of the same name with the rows in reach, so that whatever is
asked — today or in a query that somebody writes next year — cannot meet another row. On a connection for writing
changes go to the tables behind the views, and temporary triggers refuse a change of a row out of reach. A table that is
not named here fails at opening.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from crosscase.errors import NotFound
from crosscase.store.schema import metadata, views

# Tables that hold nothing about a case.
_SHARED = frozenset(
    (
        *("study", "codebook_version", "code", "facet_set", "coder"),
        *("round", "round_coder", "round_code", "round_reveal", "round_closing", "codebook_edit"),
    )
)
# What the whole study computed or planned, and who has an account, is nobody's business who sees a part.
_WITHHELD = frozenset(("result", "sampling_plan", "account", "account_case", "withdrawn"))

_SOURCES = "select id from main.source where case_id in ({cases})"
_CODINGS = f"select id from main.coding where source_id in ({_SOURCES})"
_CLAIMS = (
    "select id from main.claim where json_extract(content, '$.scope.cases[0]') is not null and not exists ("
    "select 1 from json_each(main.claim.content, '$.scope.cases') as named where named.value not in ("
    'select name from main."case" where id in ({cases})))'
)
_BY_SOURCE = f"{{row}}.source_id in ({_SOURCES})"
_GUIDS = " union all ".join(
    f'select guid from main."{table}" where {key} in ({inner})'
    for table, key, inner in (
        ("case", "id", "{cases}"),
        ("source", "case_id", "{cases}"),
        ("coding", "source_id", _SOURCES),
        ("suggestion", "source_id", _SOURCES),
        ("adjudication", "source_id", _SOURCES),
        ("cell_summary", "case_id", "{cases}"),
        ("claim", "id", _CLAIMS),
    )
)
_PARTICIPANTS = (
    "select guid from main.participant where case_id in ({cases}) or id in ("
    "select participant_id from main.source where case_id in ({cases}))"
)
_OF_NO_CASE = "'code', 'coder', 'study'"
_BY_OBJECT = (
    f"({{row}}.object_kind in ({_OF_NO_CASE}) or {{row}}.object_guid in ({_GUIDS}) "
    f"or {{row}}.object_guid in ({_PARTICIPANTS}))"
)

# Table → when one of its rows is in reach; {row} is the row and {cases} the ids of the cases.
REACH: Mapping[str, str] = {
    "case": "{row}.id in ({cases})",
    "source": "{row}.case_id in ({cases})",
    "participant": f"{{row}}.guid in ({_PARTICIPANTS})",
    **dict.fromkeys(
        (
            "source_text",
            "turn",
            "page",
            "reviewed_span",
            "coding",
            "suggestion",
            "round_source",
            "adjudication",
            "cell_quote",
        ),
        _BY_SOURCE,
    ),
    "coding_parent": f"{{row}}.coding_id in ({_CODINGS}) and {{row}}.parent_id in ({_CODINGS})",
    "adjudication_parent": f"{{row}}.coding_id in ({_CODINGS})",
    "recoding": f"{{row}}.coding_id in ({_CODINGS})",
    "memo": _BY_OBJECT,
    "attribute": _BY_OBJECT,
    "cell_summary": "{row}.case_id in ({cases})",
    "claim": f"{{row}}.id in ({_CLAIMS})",
    "candidate": f"{{row}}.claim_id in ({_CLAIMS}) and ({{row}}.source_id is null or {_BY_SOURCE})",
    "disposition": f"{{row}}.candidate_id in (select id from main.candidate where claim_id in ({_CLAIMS}))",
    "claim_change": f"{{row}}.claim_id in ({_CLAIMS})",
}

# The same for the views of the study file, which look past temporary ones.
VIEWS: Mapping[str, str] = {
    "standing_source": REACH["source"],
    **dict.fromkeys(("standing_text", "standing_turn", "standing_page"), _BY_SOURCE),
}

# Events stay a whole chain, since the newest one's hash names the state of the study; what one says is shown when it is
# about something in reach, or about the study as such.
_OPEN_VERBS = "study.created round.revealed round.closed round.reopened blind.broken"
HIDDEN = "out_of_reach"  # all that such an event says
_EVENT = (
    "{row}.verb like 'codebook.%' or {row}.verb in (" + ", ".join(f"'{verb}'" for verb in _OPEN_VERBS.split()) + ") "
    f"or {{row}}.object_guid in ({_GUIDS}) "
    f"or json_extract({{row}}.detail, '$.source') in (select guid from main.source where case_id in ({{cases}})) "
    f"or json_extract({{row}}.detail, '$.source') in (select name from main.source where case_id in ({{cases}})) "
    f"or ({{row}}.object_kind = 'memo' and json_extract({{row}}.detail, '$.object') in ({_GUIDS}))"
)
REFUSED = "out of reach"
_CHANGE = re.compile(r"^\s*(INSERT INTO |UPDATE |DELETE FROM )", re.IGNORECASE)


def _for_reading(cases: str) -> list[str]:
    statements = []
    for name, table in metadata.tables.items():
        if name in _SHARED:
            continue
        if name == "event":
            columns = ", ".join(
                f"case when {_EVENT.format(row='main.event', cases=cases)} then detail "
                f"else '{{\"{HIDDEN}\": true}}' end as detail"
                if c.name == "detail"
                else f'"{c.name}"'
                for c in table.columns
            )
            statements.append(f"create temp view event as select {columns} from main.event")
            continue
        reach = "0" if name in _WITHHELD else REACH[name].format(row=f'main."{name}"', cases=cases)
        statements.append(f'create temp view "{name}" as select * from main."{name}" where {reach}')
    for name in views.tables:
        reach = VIEWS[name].format(row=f'main."{name}"', cases=cases)
        statements.append(f'create temp view "{name}" as select * from main."{name}" where {reach}')
    return statements


def _for_writing(cases: str) -> list[str]:
    statements = []
    for name in metadata.tables:
        if name in _SHARED or name == "event":
            continue
        for deed, rows in (("insert", ["new"]), ("update", ["new", "old"]), ("delete", ["old"])):
            reach = "0" if name in _WITHHELD else " and ".join(REACH[name].format(row=r, cases=cases) for r in rows)
            statements.append(
                f'create temp trigger "reach_{name}_{deed}" before {deed} on main."{name}" when not ({reach}) '
                f"begin select raise(abort, '{REFUSED}'); end"
            )
    return statements


def restrict(connection: sqlite3.Connection, cases: Iterable[int], *, writes: bool) -> None:
    """Let a new connection reach the rows of these cases (ids) only."""
    ids = ", ".join(str(int(case)) for case in sorted(cases)) or "null"
    for statement in _for_reading(ids):
        connection.execute(statement)
    if not writes:
        connection.execute("pragma query_only = on")
        return
    for statement in _for_writing(ids):
        connection.execute(statement)


def past_the_view(statement: str) -> str:
    """A change, with the table that it names meant as the table and not as the view that covers it.

    >>> past_the_view("UPDATE coding SET retired_at=? WHERE coding.id = ?")
    'UPDATE main.coding SET retired_at=? WHERE coding.id = ?'
    """
    return _CHANGE.sub(r"\1main.", statement, count=1)


def out_of_reach(error: Any) -> NotFound | None:
    """The sentence for a change that a trigger refused; ``None`` for any other fault of the database."""
    if REFUSED not in str(getattr(error, "orig", error)):
        return None
    return NotFound("no such thing in the cases that you may see", where="this study", mend="ask an owner for access")
