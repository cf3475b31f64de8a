"""What tables of a study are made of: the metadata that they belong to and the columns that many of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

STABLE: dict[str, Any] = {"sqlite_autoincrement": True}


def guid() -> Column[str]:
    """A stable name for exchange with other tools."""
    return Column("guid", String(36), nullable=False, unique=True)


def identity() -> Column[int]:
    """An id that is never used twice, in a table that is ``STABLE``."""
    return Column("id", Integer, primary_key=True, autoincrement=True)


def ref(name: str, to: str, *, nullable: bool = False) -> Column[int]:
    """The id of a row of another table."""
    return Column(name, Integer, ForeignKey(f"{to}.id"), nullable=nullable)


def passage_columns() -> list[Column[int]]:
    """A passage and what was said of it, by whom, under which version of the codebook."""
    return [
        ref("source_id", "source"),
        Column("start", Integer, nullable=False),
        Column("end", Integer, nullable=False),
        ref("code_id", "code"),
        ref("facet_set_id", "facet_set"),
        ref("coder_id", "coder"),
        ref("codebook_version_id", "codebook_version"),
    ]
