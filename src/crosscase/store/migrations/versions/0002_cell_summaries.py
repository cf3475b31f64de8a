"""Written summaries of the cells of a framework matrix, with their quotes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cell_summary",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("row", sa.String(length=128), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("retired_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_cell_summary_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_summary")),
        sa.UniqueConstraint("guid", name=op.f("uq_cell_summary_guid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_cell_summary_case_id_row"), "cell_summary", ["case_id", "row"], unique=False)
    op.create_table(
        "cell_quote",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("cell_summary_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.CheckConstraint('"end" > start and start >= 0', name=op.f("ck_cell_quote_span")),
        sa.ForeignKeyConstraint(["cell_summary_id"], ["cell_summary.id"], name=op.f("fk_cell_quote_cell_summary_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_cell_quote_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell_quote")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_cell_quote_cell_summary_id"), "cell_quote", ["cell_summary_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_cell_quote_cell_summary_id"), table_name="cell_quote")
    op.drop_table("cell_quote")
    op.drop_index(op.f("ix_cell_summary_case_id_row"), table_name="cell_summary")
    op.drop_table("cell_summary")
