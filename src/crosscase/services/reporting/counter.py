"""Fills the section "What speaks against it" from the record of the search."""

from __future__ import annotations

import polars as pl

from crosscase.report.counter_evidence import CounterPassage, QueueCount, SearchedClaim
from crosscase.services.claims import ClaimChange
from crosscase.services.reporting.names import Names
from crosscase.services.search_record import SearchRecord, search_records
from crosscase.services.study import Study

_STATUS = {
    "open": "not decided yet",
    "kept": "kept",
    "bounded": "kept within limits",
    "dropped": "dropped",
}


def searches(study: Study, evidence: pl.DataFrame, names: Names) -> tuple[SearchedClaim, ...]:
    """Every claim that was searched against or changed, with all queues, the empty ones too."""
    unverified = frozenset(study.sources().filter("machine_transcript")["name"].to_list())
    return tuple(_search(record, names, unverified) for record in search_records(study, evidence))


def _search(record: SearchRecord, names: Names, unverified: frozenset[str]) -> SearchedClaim:
    claim = record.claim
    return SearchedClaim(
        anchor=names.places.of("claim", claim.name),
        sentence=claim.claim.sentence[:1].upper() + claim.claim.sentence[1:],
        status=_STATUS[claim.status],
        searched=record.searched,
        queues=tuple(
            QueueCount(f"{number}. {name}", raised, resolved, note)
            for number, name, raised, resolved, note in record.queues
        ),
        dispositions=tuple((name[:1].upper() + name[1:], n) for name, n in record.dispositions.items()),
        n_open=record.n_open,
        passages=tuple(
            CounterPassage(
                item.text or item.reason,
                item.said_by or "several sources",
                item.source or ", ".join(item.sources),
                item.disposition,
                item.decision,
                item.coding_ids,
                item.source in unverified,
            )
            for item in record.against
        ),
        changes=tuple(_change(step) for step in claim.changes),
        saturation=record.saturation.sentence if record.saturation else f"Saturation is not defined: {record.why_not}.",
    )


def _change(step: ClaimChange) -> str:
    when = f"({step.actor}, {step.at[:10]})"
    if step.change == "bounded":
        return f"Bounded from “{step.before}” to “{step.after}”, because {step.reason} {when}."
    return f"{step.change.capitalize()}, because {step.reason} {when}."
