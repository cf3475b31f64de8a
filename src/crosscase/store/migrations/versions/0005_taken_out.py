"""Taking out and bringing back: sources that are left out by every reader, and a shelf for what was taken out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SOURCE = """id, guid, name, case_id, kind, date, participant_id, role, level, file, format, sha256, file_sha256,
    n_characters, n_words, machine_transcript, simulated, warnings, added_at"""
_OF_SOURCES = {
    "standing_text": ("source_text", "source_id, text"),
    "standing_turn": ("turn", 'source_id, number, start, "end", speaker, time, is_question'),
    "standing_page": ("page", 'source_id, number, start, "end"'),
}


def upgrade() -> None:
    op.add_column("source", sa.Column("withdrawn_at", sa.String(length=32), nullable=True))
    op.create_table(
        "withdrawn",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("object_kind", sa.String(length=32), nullable=False),
        sa.Column("object_guid", sa.String(length=36), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_withdrawn")),
        sa.UniqueConstraint("guid", name=op.f("uq_withdrawn_guid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_withdrawn_object_guid"), "withdrawn", ["object_guid"], unique=False)
    op.execute(f"create view standing_source as select {_SOURCE} from source where withdrawn_at is null")
    for view, (table, columns) in _OF_SOURCES.items():
        gone = "source_id not in (select id from source where withdrawn_at is not null)"
        op.execute(f"create view {view} as select {columns} from {table} where {gone}")
