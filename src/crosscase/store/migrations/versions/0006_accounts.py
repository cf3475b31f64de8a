"""Accounts: who may come in over the network, in which role, to which cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("every_case", sa.Boolean(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("invitation", sa.String(length=64), nullable=True),
        sa.Column("invited_until", sa.String(length=32), nullable=True),
        sa.Column("stamp", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.Column("closed_at", sa.String(length=32), nullable=True),
        sa.CheckConstraint("role in ('owner', 'coder', 'reader')", name=op.f("ck_account_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("guid", name=op.f("uq_account_guid")),
        sa.UniqueConstraint("name", name=op.f("uq_account_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "account_case",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_case_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_account_case_case_id")),
        sa.PrimaryKeyConstraint("account_id", "case_id", name=op.f("pk_account_case")),
    )
