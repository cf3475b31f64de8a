"""Rounds that are finished: no codings are added to them any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "round_closing",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reopened_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_closing_round_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round_closing")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_round_closing_round_id"), "round_closing", ["round_id"], unique=False)
