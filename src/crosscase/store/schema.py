"""Tables of a study, once for every database (SQLAlchemy Core).

Ids are integers that are never used twice; GUIDs are stable names for exchange with other tools. Text of a source is
written once and never changed. Times are UTC, ISO 8601.
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
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from crosscase.store.columns import STABLE, guid, identity, passage_columns, ref
from crosscase.store.columns import metadata as metadata
from crosscase.store.schema_decisions import adjudication as adjudication
from crosscase.store.schema_decisions import adjudication_parent as adjudication_parent
from crosscase.store.schema_decisions import candidate as candidate
from crosscase.store.schema_decisions import claim as claim
from crosscase.store.schema_decisions import claim_change as claim_change
from crosscase.store.schema_decisions import codebook_edit as codebook_edit
from crosscase.store.schema_decisions import disposition as disposition
from crosscase.store.schema_decisions import recoding as recoding
from crosscase.store.schema_decisions import round_closing as round_closing
from crosscase.store.schema_decisions import round_code as round_code
from crosscase.store.schema_decisions import round_coder as round_coder
from crosscase.store.schema_decisions import round_reveal as round_reveal
from crosscase.store.schema_decisions import round_source as round_source
from crosscase.store.schema_decisions import sampling_plan as sampling_plan

study = Table("study", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False))

codebook_version = Table(
    "codebook_version",
    metadata,
    identity(),
    Column("framework", String(128), nullable=False),
    Column("version", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("content", Text, nullable=False),
    Column("added_at", String(32), nullable=False),
    **STABLE,
)

case = Table(
    "case",
    metadata,
    identity(),
    guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    **STABLE,
)

participant = Table(
    "participant",
    metadata,
    identity(),
    guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("role", String(32), nullable=False),
    Column("level", String(32), nullable=False),
    ref("case_id", "case", nullable=True),
    **STABLE,
)

stored_source = Table(
    "source",
    metadata,
    identity(),
    guid(),
    Column("name", Text, nullable=False, unique=True),
    ref("case_id", "case", nullable=True),
    Column("kind", String(32), nullable=False),
    Column("date", String(10)),
    ref("participant_id", "participant", nullable=True),
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
    **STABLE,
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

code = Table("code", metadata, identity(), guid(), Column("name", String(128), nullable=False, unique=True), **STABLE)

# Each distinct combination of facet values is stored once: a million codings share a few hundred of them.
facet_set = Table("facet_set", metadata, identity(), Column("facets", Text, nullable=False, unique=True), **STABLE)

coder = Table(
    "coder",
    metadata,
    identity(),
    guid(),
    Column("name", String(128), nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    **STABLE,
)

coding_round = Table(
    "round",
    metadata,
    identity(),
    guid(),
    Column("name", String(128), nullable=False, unique=True),
    ref("codebook_version_id", "codebook_version"),
    Column("blind", Boolean, nullable=False),
    **STABLE,
)

reviewed_span = Table(
    "reviewed_span",
    metadata,
    identity(),
    ref("source_id", "source"),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    ref("coder_id", "coder"),
    ref("round_id", "round"),
    UniqueConstraint("source_id", "coder_id", "round_id", "start", "end"),
    **STABLE,
)

coding = Table(
    "coding",
    metadata,
    identity(),
    guid(),
    *passage_columns(),
    ref("round_id", "round"),
    Column("layer", String(16), nullable=False),
    Column("confidence", Float),
    Column("created_at", String(32), nullable=False),
    Column("retired_at", String(32)),
    CheckConstraint("layer in ('independent', 'consensus')", name="layer"),
    CheckConstraint('"end" > start and start >= 0', name="span"),
    Index(None, "source_id", "start"),
    **STABLE,
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
    identity(),
    guid(),
    *passage_columns(),
    Column("confidence", Float),
    Column("reason", Text, nullable=False),
    Column("status", String(16), nullable=False),
    ref("coding_id", "coding", nullable=True),
    Column("created_at", String(32), nullable=False),
    CheckConstraint("status in ('open', 'accepted', 'edited', 'rejected')", name="status"),
    CheckConstraint('"end" > start and start >= 0', name="span"),
    Index(None, "source_id", "start"),
    **STABLE,
)

memo = Table(
    "memo",
    metadata,
    identity(),
    guid(),
    Column("object_kind", String(32), nullable=False),
    Column("object_guid", String(36), nullable=False),
    Column("text", Text, nullable=False),
    Column("author", String(128), nullable=False),
    Column("created_at", String(32), nullable=False),
    Index(None, "object_guid"),
    **STABLE,
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
    identity(),
    Column("at", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("object_kind", String(32), nullable=False),
    Column("object_guid", String(36), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    **STABLE,
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
    identity(),
    guid(),
    Column("row", String(128), nullable=False),  # id of a domain, sub-domain or code, or a theme in people's own words
    ref("case_id", "case"),
    Column("text", Text, nullable=False),
    Column("author", String(128), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("retired_at", String(32)),
    Index(None, "case_id", "row"),
    **STABLE,
)

cell_quote = Table(
    "cell_quote",
    metadata,
    identity(),
    ref("cell_summary_id", "cell_summary"),
    ref("source_id", "source"),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    CheckConstraint('"end" > start and start >= 0', name="span"),
    Index(None, "cell_summary_id"),
    **STABLE,
)

# Who may come in over the network. A study without accounts is served to its own machine only.
account = Table(
    "account",
    metadata,
    identity(),
    guid(),
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
    **STABLE,
)

account_case = Table(
    "account_case",
    metadata,
    Column("account_id", Integer, ForeignKey("account.id"), primary_key=True),
    Column("case_id", Integer, ForeignKey("case.id"), primary_key=True),
)

# What was taken out of the study and can be brought back: rows as they stood, by the table that they stood in. Nothing
# else refers to them while they lie here.
withdrawn = Table(
    "withdrawn",
    metadata,
    identity(),
    guid(),
    Column("object_kind", String(32), nullable=False),
    Column("object_guid", String(36), nullable=False),
    Column("content", JSON, nullable=False),
    Column("at", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Index(None, "object_guid"),
    **STABLE,
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
