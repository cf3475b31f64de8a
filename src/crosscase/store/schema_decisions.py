"""Tables of what is decided: rounds, adjudication, changes of the codebook, and what speaks against claims.

``schema`` has them all; nothing else reads this module.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from crosscase.store.columns import STABLE, guid, identity, metadata, ref

# What a round is about: its sources, who codes, and which codes it asks for. A round without rows here has no limits.
round_source = Table(
    "round_source",
    metadata,
    Column("round_id", Integer, ForeignKey("round.id"), primary_key=True),
    Column("source_id", Integer, ForeignKey("source.id"), primary_key=True),
)

round_coder = Table(
    "round_coder",
    metadata,
    Column("round_id", Integer, ForeignKey("round.id"), primary_key=True),
    Column("coder_id", Integer, ForeignKey("coder.id"), primary_key=True),
)

round_code = Table(
    "round_code",
    metadata,
    Column("round_id", Integer, ForeignKey("round.id"), primary_key=True),
    Column("code_id", Integer, ForeignKey("code.id"), primary_key=True),
)

# From when on the coders of a blind round may see each other's codings.
round_reveal = Table(
    "round_reveal",
    metadata,
    Column("round_id", Integer, ForeignKey("round.id"), primary_key=True),
    Column("revealed_at", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
)

sampling_plan = Table(
    "sampling_plan",
    metadata,
    identity(),
    guid(),
    Column("seed", Integer, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("strata", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
    **STABLE,
)

# One decision about one place; reopened decisions stay in the record.
adjudication = Table(
    "adjudication",
    metadata,
    identity(),
    guid(),
    ref("source_id", "source"),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    ref("coding_id", "coding", nullable=True),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", String(32), nullable=False),
    Column("reopened_at", String(32)),
    CheckConstraint("decision in ('accepted', 'merged', 'new', 'rejected', 'identical')", name="decision"),
    Index(None, "source_id", "start"),
    **STABLE,
)

adjudication_parent = Table(
    "adjudication_parent",
    metadata,
    Column("adjudication_id", Integer, ForeignKey("adjudication.id"), primary_key=True),
    Column("coding_id", Integer, ForeignKey("coding.id"), primary_key=True),
)

codebook_edit = Table(
    "codebook_edit",
    metadata,
    identity(),
    guid(),
    Column("kind", String(16), nullable=False),
    Column("codes_before", JSON, nullable=False),
    Column("codes_after", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    ref("from_version_id", "codebook_version"),
    ref("to_version_id", "codebook_version"),
    Column("made_at", String(32), nullable=False),
    CheckConstraint("kind in ('rename', 'merge', 'split', 'redefine')", name="kind"),
    **STABLE,
)

# A coding that an edit touches: carried over by the program, or waiting for its coder to look again.
recoding = Table(
    "recoding",
    metadata,
    identity(),
    ref("edit_id", "codebook_edit"),
    ref("coding_id", "coding"),
    ref("coder_id", "coder"),
    ref("replaced_by", "coding", nullable=True),
    Column("done_at", String(32)),
    UniqueConstraint("edit_id", "coding_id"),
    **STABLE,
)

# The search for what speaks against claims.
claim = Table(
    "claim",
    metadata,
    identity(),
    guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("sentence", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("content", Text, nullable=False),  # scope, pattern, polarity, origin
    Column("searched", Text),  # what was searched the last time, empty queues too
    Column("created_at", String(32), nullable=False),
    CheckConstraint("status in ('open', 'kept', 'bounded', 'dropped')", name="status"),
    **STABLE,
)

candidate = Table(
    "candidate",
    metadata,
    identity(),
    guid(),
    ref("claim_id", "claim"),
    Column("key", Text, nullable=False),  # the same candidate found again has the same key
    Column("queue", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("reason", Text, nullable=False),
    ref("source_id", "source", nullable=True),
    Column("start", Integer),
    Column("end", Integer),
    Column("quote", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("coding_ids", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("raised", Boolean, nullable=False),  # whether the last search raised it
    Column("raised_at", String(32), nullable=False),
    UniqueConstraint("claim_id", "key"),
    **STABLE,
)

disposition = Table(
    "disposition",
    metadata,
    identity(),
    guid(),
    ref("candidate_id", "candidate"),
    Column("disposition", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", String(32), nullable=False),
    Column("reopened_at", String(32)),
    Index(None, "candidate_id"),
    **STABLE,
)

claim_change = Table(
    "claim_change",
    metadata,
    identity(),
    guid(),
    ref("claim_id", "claim"),
    Column("change", String(16), nullable=False),
    Column("sentence_before", Text, nullable=False),
    Column("sentence_after", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", String(32), nullable=False),
    Index(None, "claim_id"),
    **STABLE,
)

# From when to when no codings are added to a round; closings that were taken back stay in the record.
round_closing = Table(
    "round_closing",
    metadata,
    identity(),
    ref("round_id", "round"),
    Column("closed_at", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reopened_at", String(32)),
    Index(None, "round_id"),
    **STABLE,
)
