"""Rounds with their sources, coders and codes; adjudication; changes of the codebook."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sampling_plan",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sampling_plan")),
        sa.UniqueConstraint("guid", name=op.f("uq_sampling_plan_guid")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "codebook_edit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("codes_before", sa.JSON(), nullable=False),
        sa.Column("codes_after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=False),
        sa.Column("to_version_id", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.CheckConstraint("kind in ('rename', 'merge', 'split', 'redefine')", name=op.f("ck_codebook_edit_kind")),
        sa.ForeignKeyConstraint(
            ["from_version_id"], ["codebook_version.id"], name=op.f("fk_codebook_edit_from_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["codebook_version.id"], name=op.f("fk_codebook_edit_to_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_codebook_edit")),
        sa.UniqueConstraint("guid", name=op.f("uq_codebook_edit_guid")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "round_code",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["code.id"], name=op.f("fk_round_code_code_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_code_round_id")),
        sa.PrimaryKeyConstraint("round_id", "code_id", name=op.f("pk_round_code")),
    )
    op.create_table(
        "round_coder",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["coder_id"], ["coder.id"], name=op.f("fk_round_coder_coder_id")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_coder_round_id")),
        sa.PrimaryKeyConstraint("round_id", "coder_id", name=op.f("pk_round_coder")),
    )
    op.create_table(
        "round_reveal",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("revealed_at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_reveal_round_id")),
        sa.PrimaryKeyConstraint("round_id", name=op.f("pk_round_reveal")),
    )
    op.create_table(
        "round_source",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_round_source_round_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_round_source_source_id")),
        sa.PrimaryKeyConstraint("round_id", "source_id", name=op.f("pk_round_source")),
    )
    op.create_table(
        "adjudication",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("guid", sa.String(length=36), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(length=16), nullable=False),
        sa.Column("coding_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.String(length=32), nullable=False),
        sa.Column("reopened_at", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "decision in ('accepted', 'merged', 'new', 'rejected', 'identical')", name=op.f("ck_adjudication_decision")
        ),
        sa.ForeignKeyConstraint(["coding_id"], ["coding.id"], name=op.f("fk_adjudication_coding_id")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_adjudication_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjudication")),
        sa.UniqueConstraint("guid", name=op.f("uq_adjudication_guid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_adjudication_source_id_start"), "adjudication", ["source_id", "start"], unique=False)
    op.create_table(
        "recoding",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("edit_id", sa.Integer(), nullable=False),
        sa.Column("coding_id", sa.Integer(), nullable=False),
        sa.Column("coder_id", sa.Integer(), nullable=False),
        sa.Column("replaced_by", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(["coder_id"], ["coder.id"], name=op.f("fk_recoding_coder_id")),
        sa.ForeignKeyConstraint(["coding_id"], ["coding.id"], name=op.f("fk_recoding_coding_id")),
        sa.ForeignKeyConstraint(["edit_id"], ["codebook_edit.id"], name=op.f("fk_recoding_edit_id")),
        sa.ForeignKeyConstraint(["replaced_by"], ["coding.id"], name=op.f("fk_recoding_replaced_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoding")),
        sa.UniqueConstraint("edit_id", "coding_id", name=op.f("uq_recoding_edit_id_coding_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "adjudication_parent",
        sa.Column("adjudication_id", sa.Integer(), nullable=False),
        sa.Column("coding_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["adjudication_id"], ["adjudication.id"], name=op.f("fk_adjudication_parent_adjudication_id")
        ),
        sa.ForeignKeyConstraint(["coding_id"], ["coding.id"], name=op.f("fk_adjudication_parent_coding_id")),
        sa.PrimaryKeyConstraint("adjudication_id", "coding_id", name=op.f("pk_adjudication_parent")),
    )
