"""Tables of a study, once for every database (SQLAlchemy Core).

Ids are integers that are never used twice; GUIDs are stable names for exchange with other tools. Text of a source is
written once and never changed. Times are UTC, ISO 8601.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _guid() -> Column[str]:
    return Column("guid", String(36), nullable=False, unique=True)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _ref(name: str, to: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{to}.id"), nullable=nullable)


_STABLE: dict[str, Any] = {"sqlite_autoincrement": True}

study = Table("study", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False))

codebook_version = Table(
    "codebook_version",
    metadata,
    _id(),
    Column("framework", String(128), nullable=False),
    Column("version", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("content", Text, nullable=False),
    Column("added_at", String(32), nullable=False),
    **_STABLE,
)

case = Table(
    "case",
    metadata,
    _id(),
    _guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    **_STABLE,
)

participant = Table(
    "participant",
    metadata,
    _id(),
    _guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("level", String(32), nullable=False),
    _ref("case_id", "case", nullable=True),
    **_STABLE,
)

stored_source = Table(
    "source",
    metadata,
    _id(),
    _guid(),
    Column("name", Text, nullable=False, unique=True),
    _ref("case_id", "case", nullable=True),
    Column("kind", String(32), nullable=False),
    Column("date", String(10)),
    _ref("participant_id", "participant", nullable=True),
    Column("role", String(32)),
    Column("level", String(32)),
    Column("file", Text, nullable=False),
    Column("format", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),  # of the stored text
    Column("file_sha256", String(64), nullable=False),  # of the bytes that were read
    Column("n_characters", Integer, nullable=False),
    Column("n_words", Integer, nullable=False),
    Column("machine_transcript", Boolean, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("added_at", String(32), nullable=False),
    Column("withdrawn_at", String(32)),  # taken out of the study: its text and its name stay, and nobody reads them
    **_STABLE,
)

stored_text = Table(
    "source_text",
    metadata,
    Column("source_id", Integer, ForeignKey("source.id"), primary_key=True),
    Column("text", Text, nullable=False),
)

stored_turn = Table(
    "turn",
    metadata,
    Column("source_id", Integer, ForeignKey("source.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("speaker", Text),
    Column("time", Float),
    Column("is_question", Boolean, nullable=False),
)

stored_page = Table(
    "page",
    metadata,
    Column("source_id", Integer, ForeignKey("source.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
)

code = Table("code", metadata, _id(), _guid(), Column("name", String(128), nullable=False, unique=True), **_STABLE)

# Each distinct combination of facet values is stored once: a million codings share a few hundred of them.
facet_set = Table("facet_set", metadata, _id(), Column("facets", Text, nullable=False, unique=True), **_STABLE)

coder = Table(
    "coder",
    metadata,
    _id(),
    _guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    **_STABLE,
)

coding_round = Table(
    "round",
    metadata,
    _id(),
    _guid(),
    Column("name", String(128), nullable=False, unique=True),
    _ref("codebook_version_id", "codebook_version"),
    Column("blind", Boolean, nullable=False),
    **_STABLE,
)

reviewed_span = Table(
    "reviewed_span",
    metadata,
    _id(),
    _ref("source_id", "source"),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    _ref("coder_id", "coder"),
    _ref("round_id", "round"),
    UniqueConstraint("source_id", "coder_id", "round_id", "start", "end"),
    **_STABLE,
)


def _passage_columns() -> list[Column[int]]:
    return [
        _ref("source_id", "source"),
        Column("start", Integer, nullable=False),
        Column("end", Integer, nullable=False),
        _ref("code_id", "code"),
        _ref("facet_set_id", "facet_set"),
        _ref("coder_id", "coder"),
        _ref("codebook_version_id", "codebook_version"),
    ]


coding = Table(
    "coding",
    metadata,
    _id(),
    _guid(),
    *_passage_columns(),
    _ref("round_id", "round"),
    Column("layer", String(16), nullable=False),
    Column("confidence", Float),
    Column("created_at", String(32), nullable=False),
    Column("retired_at", String(32)),
    CheckConstraint("layer in ('independent', 'consensus')", name="layer"),
    CheckConstraint('"end" > start and start >= 0', name="span"),
    Index(None, "source_id", "start"),
    **_STABLE,
)

coding_parent = Table(
    "coding_parent",
    metadata,
    Column("coding_id", Integer, ForeignKey("coding.id"), primary_key=True),
    Column("parent_id", Integer, ForeignKey("coding.id"), primary_key=True),
)

suggestion = Table(
    "suggestion",
    metadata,
    _id(),
    _guid(),
    *_passage_columns(),
    Column("confidence", Float),
    Column("reason", Text, nullable=False),
    Column("status", String(16), nullable=False),
    _ref("coding_id", "coding", nullable=True),
    Column("created_at", String(32), nullable=False),
    CheckConstraint("status in ('open', 'accepted', 'edited', 'rejected')", name="status"),
    CheckConstraint('"end" > start and start >= 0', name="span"),
    Index(None, "source_id", "start"),
    **_STABLE,
)

memo = Table(
    "memo",
    metadata,
    _id(),
    _guid(),
    Column("object_kind", String(32), nullable=False),
    Column("object_guid", String(36), nullable=False),
    Column("text", Text, nullable=False),
    Column("author", String(128), nullable=False),
    Column("created_at", String(32), nullable=False),
    Index(None, "object_guid"),
    **_STABLE,
)

attribute = Table(
    "attribute",
    metadata,
    Column("object_kind", String(32), primary_key=True),
    Column("object_guid", String(36), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("value", JSON, nullable=False),
)

# The audit log: append-only, each row sealed with the hash of the one before it.
event = Table(
    "event",
    metadata,
    _id(),
    Column("at", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_guid", String(36), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    **_STABLE,
)

# Results that need not be computed again while their inputs are unchanged.
result = Table(
    "result",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("key", String(64), nullable=False),
    Column("content", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
)

# What people write about a row of the framework matrix in a case: each writing retires the one before it, so that the
# history of a cell stays.
cell_summary = Table(
    "cell_summary",
    metadata,
    _id(),
    _guid(),
    Column("row", String(128), nullable=False),  # id of a domain, sub-domain or code, or a theme in people's own words
    _ref("case_id", "case"),
    Column("text", Text, nullable=False),
    Column("author", String(128), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("retired_at", String(32)),
    Index(None, "case_id", "row"),
    **_STABLE,
)

cell_quote = Table(
    "cell_quote",
    metadata,
    _id(),
    _ref("cell_summary_id", "cell_summary"),
    _ref("source_id", "source"),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    CheckConstraint('"end" > start and start >= 0', name="span"),
    Index(None, "cell_summary_id"),
    **_STABLE,
)

# Rounds, adjudication and changes of the codebook.

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
    _id(),
    _guid(),
    Column("seed", Integer, nullable=False),
    Column("kinds", JSON, nullable=False),
    Column("strata", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
    **_STABLE,
)

# One decision about one place; reopened decisions stay in the record.
adjudication = Table(
    "adjudication",
    metadata,
    _id(),
    _guid(),
    _ref("source_id", "source"),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("decision", String(16), nullable=False),
    _ref("coding_id", "coding", nullable=True),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", String(32), nullable=False),
    Column("reopened_at", String(32)),
    CheckConstraint("decision in ('accepted', 'merged', 'new', 'rejected', 'identical')", name="decision"),
    Index(None, "source_id", "start"),
    **_STABLE,
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
    _id(),
    _guid(),
    Column("kind", String(16), nullable=False),
    Column("codes_before", JSON, nullable=False),
    Column("codes_after", JSON, nullable=False),
    Column("reason", Text, nullable=False),
    _ref("from_version_id", "codebook_version"),
    _ref("to_version_id", "codebook_version"),
    Column("made_at", String(32), nullable=False),
    CheckConstraint("kind in ('rename', 'merge', 'split', 'redefine')", name="kind"),
    **_STABLE,
)

# A coding that an edit touches: carried over by the program, or waiting for its coder to look again.
recoding = Table(
    "recoding",
    metadata,
    _id(),
    _ref("edit_id", "codebook_edit"),
    _ref("coding_id", "coding"),
    _ref("coder_id", "coder"),
    _ref("replaced_by", "coding", nullable=True),
    Column("done_at", String(32)),
    UniqueConstraint("edit_id", "coding_id"),
    **_STABLE,
)

# The search for what speaks against claims.
claim = Table(
    "claim",
    metadata,
    _id(),
    _guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("sentence", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("content", Text, nullable=False),  # scope, pattern, polarity, origin
    Column("searched", Text),  # what was searched the last time, empty queues too
    Column("created_at", String(32), nullable=False),
    CheckConstraint("status in ('open', 'kept', 'bounded', 'dropped')", name="status"),
    **_STABLE,
)

candidate = Table(
    "candidate",
    metadata,
    _id(),
    _guid(),
    _ref("claim_id", "claim"),
    Column("key", Text, nullable=False),  # the same candidate found again has the same key
    Column("queue", Integer, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("place", Integer, nullable=False),
    Column("score", Float, nullable=False),
    Column("reason", Text, nullable=False),
    _ref("source_id", "source", nullable=True),
    Column("start", Integer),
    Column("end", Integer),
    Column("quote", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("coding_ids", JSON, nullable=False),
    Column("sources", JSON, nullable=False),
    Column("raised", Boolean, nullable=False),  # whether the last search raised it
    Column("raised_at", String(32), nullable=False),
    UniqueConstraint("claim_id", "key"),
    **_STABLE,
)

disposition = Table(
    "disposition",
    metadata,
    _id(),
    _guid(),
    _ref("candidate_id", "candidate"),
    Column("disposition", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", String(32), nullable=False),
    Column("reopened_at", String(32)),
    Index(None, "candidate_id"),
    **_STABLE,
)

claim_change = Table(
    "claim_change",
    metadata,
    _id(),
    _guid(),
    _ref("claim_id", "claim"),
    Column("change", String(16), nullable=False),
    Column("sentence_before", Text, nullable=False),
    Column("sentence_after", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("at", String(32), nullable=False),
    Index(None, "claim_id"),
    **_STABLE,
)

# Who may come in over the network. A study without accounts is served to its own machine only.
account = Table(
    "account",
    metadata,
    _id(),
    _guid(),
    Column("name", String(128), nullable=False, unique=True),  # a coder's short name where the person codes
    Column("label", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("every_case", Boolean, nullable=False),  # also those that are added later
    Column("password", Text),  # argon2id, with its salt and costs; none before the invitation is used
    Column("invitation", String(64)),  # SHA-256 of the code that sets the password
    Column("invited_until", String(32)),
    Column("stamp", String(32), nullable=False),  # changes with the password: sessions of before end
    Column("created_at", String(32), nullable=False),
    Column("closed_at", String(32)),
    CheckConstraint("role in ('owner', 'coder', 'reader')", name="role"),
    **_STABLE,
)

account_case = Table(
    "account_case",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id"), primary_key=True),
    Column("case_id", Integer, ForeignKey("case.id"), primary_key=True),
)

# From when to when no codings are added to a round; closings that were taken back stay in the record.
round_closing = Table(
    "round_closing",
    metadata,
    _id(),
    _ref("round_id", "round"),
    Column("closed_at", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reopened_at", String(32)),
    Index(None, "round_id"),
    **_STABLE,
)

# What was taken out of the study and can be brought back: rows as they stood, by the table that they stood in. Nothing
# else refers to them while they lie here.
withdrawn = Table(
    "withdrawn",
    metadata,
    _id(),
    _guid(),
    Column("object_kind", String(32), nullable=False),
    Column("object_guid", String(36), nullable=False),
    Column("content", JSON, nullable=False),
    Column("at", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Index(None, "object_guid"),
    **_STABLE,
)

# Sources that were taken out are left out here, once: every reader of sources, texts, turns and pages reads these
# views, so that no query can forget them. Only adding, taking out and bringing back touch the tables behind them.
views = MetaData()


def _standing(name: str, stored: Table) -> Table:
    columns = [Column(c.name, c.type, primary_key=c.primary_key) for c in stored.columns if c.name != "withdrawn_at"]
    return Table(f"standing_{name}", views, *columns)


source = _standing("source", stored_source)
source_text = _standing("text", stored_text)
turn = _standing("turn", stored_turn)
page = _standing("page", stored_page)


def _text_of(name: str, stored: Table, keeps: str) -> str:
    columns = ", ".join(
        f'"{c.name}"' if c.name == "end" else c.name for c in stored.columns if c.name != "withdrawn_at"
    )
    return f"create view standing_{name} as select {columns} from {stored.name} where {keeps}"


_STANDING = "source_id not in (select id from source where withdrawn_at is not null)"
# How these views are written in a study file: a file with others was not made here.
VIEW_TEXTS = {
    "standing_source": _text_of("source", stored_source, "withdrawn_at is null"),
    "standing_text": _text_of("text", stored_text, _STANDING),
    "standing_turn": _text_of("turn", stored_turn, _STANDING),
    "standing_page": _text_of("page", stored_page, _STANDING),
}
