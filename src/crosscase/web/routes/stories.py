"""What the history says of decisions, searches and claims, as sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosscase.report.numerals import plural


def told_of_decisions(d: Mapping[str, Any], where: str) -> dict[str, str]:
    """Verb → sentence for an event with this detail; ``where`` is the name of its source, if it has one."""
    why = f" ({d['reason']})" if d.get("reason") else ""
    place = f" in {where or d.get('source', '')}" if where or d.get("source") else ""
    claim = str(d.get("claim") or d.get("name") or "")
    n = d.get("n", len(d.get("ids", [])) or 1)
    back = "a decision" if n == 1 else f"{n} decisions"
    return {
        "consensus.accepted": f"took a coder's coding into the consensus{place}{why}",
        "consensus.merged": f"merged {plural(len(d.get('parents', [])), 'coding')} into the consensus{place}{why}",
        "consensus.new": f"put a new coding into the consensus{place}{why}",
        "consensus.rejected": f"kept {plural(len(d.get('parents', [])), 'coding')} out of the consensus{place}{why}",
        "consensus.identical": f"took {d.get('n', 0):,} identical codings into the consensus",
        "consensus.reopened": f"took {back} about the consensus back{why}",
        "double_coding.planned": f"drew {plural(len(d.get('sources', [])), 'source')} for double coding",
        "claim.made": f"made the claim “{d.get('sentence', '')}”",
        "claim.searched": f"searched against {claim}: {d.get('n_new', 0)} new candidates, {d.get('n_gone', 0)} gone",
        "claim.kept": f"kept the claim {claim}{why}",
        "claim.bounded": f"bounded the claim {claim}: “{d.get('sentence_after', '')}”{why}",
        "claim.reverted": f"took the change of the claim {claim} back",
        "claim.dropped": f"dropped the claim {claim}{why}",
        "candidate.resolved": f"decided on a candidate against {claim}: {d.get('disposition', '')}{why}",
        "candidate.reopened": f"took the decision on a candidate against {claim} back{why}",
        "brief.written": f"mixed a blind check on {claim}",
        "brief.answered": f"answered a blind check{f' on {claim}' if claim else ''}",
    }


def told_of_taking_out(kind: str, d: Mapping[str, Any]) -> dict[str, str]:
    """Verb → sentence for what was taken out, brought back, or given other values; ``kind`` is what it is about."""
    names = list(d.get("names", []))
    sources = f"the source {names[0]}" if len(names) == 1 else f"{len(names)} sources"
    thing = f"the {kind} {d.get('name', '')}"
    values = d.get("values", d)
    before = d.get("before")
    changed = [key for key in before if before[key] != d.get(key)] if isinstance(before, dict) else []
    return {
        "source.withdrawn": f"took {sources} out",
        "source.restored": f"brought {sources} back",
        f"{kind}.withdrawn": f"took {sources if kind == 'source' else thing} out",
        f"{kind}.restored": f"brought {sources if kind == 'source' else thing} back",
        f"{kind}.renamed": f"gave a {kind} the label {d.get('label', '')}",
        "codings.withdrawn": f"took {d.get('n_codings', 0):,} codings out that came in one go",
        "codings.restored": f"brought {d.get('n_codings', 0):,} codings back that came in one go",
        "suggestions.withdrawn": f"took {d.get('n_suggestions', 0)} open suggestions of {d.get('coder', '')} away",
        "suggestions.restored": f"brought {d.get('n_suggestions', 0)} suggestions of {d.get('coder', '')} back",
        "attributes.set": f"noted on a {kind}: {_values(values)}",
        "participant.changed": f"changed the participant {d.get('name', '')}: {', '.join(changed)}",
    }


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {'not set' if value is None else value}" for name, value in values.items())
