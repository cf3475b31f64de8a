"""What the history says of each event, as a sentence with the names that people know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from crosscase.errors import FrameworkError
from crosscase.report.numerals import plural
from crosscase.report.passages import shorten
from crosscase.services.activity import Happening
from crosscase.store import schema
from crosscase.web.desk import Viewer
from crosscase.web.routes.search import code_name

# What is taken out and brought back one by one, with its name; sources go together.
THINGS = ("case", "coder", "participant", "round", "claim")
CLAIM = 90  # letters of a claim in a sentence


class Names:
    """What people, codes, answers, claims and sources are called; what is not known any more keeps its short name."""

    def __init__(self, viewer: Viewer) -> None:
        self.framework = viewer.framework
        self.viewer = viewer
        with viewer.study.reading() as connection:
            s, m = schema.source.c, schema.claim.c
            self.sources = {guid: name for guid, name in connection.execute(sa.select(s.guid, s.name))}
            # What is claimed tells what was coded: the Disconfirm room is closed to who codes blind.
            known = [] if viewer.hidden else connection.execute(sa.select(m.name, m.sentence)).all()
            self.claims = {name: sentence for name, sentence in known}

    def person(self, name: object) -> str:
        return self.viewer.called(str(name))

    def case(self, name: object) -> str:
        return self.viewer.called_case(str(name))

    def code(self, code: object) -> str:
        return code_name(self.framework, str(code))

    def row(self, row: object) -> str:
        """A row of the framework matrix: a domain, or a code."""
        domains = {domain.id: domain.name for domain in self.framework.domains}
        return domains.get(str(row)) or self.code(row)

    def answer(self, facet: str, value: str | None) -> str:
        """How the codebook words an answer to a facet."""
        if not value:
            return "–"
        try:
            return self.framework.facet(facet).value(value).label
        except FrameworkError:
            return value

    def claim(self, d: Mapping[str, Any]) -> str:
        """The claim of an event as it was worded then, or is now."""
        name = str(d.get("claim") or d.get("name") or "")
        sentence = str(d.get("sentence_before") or self.claims.get(name, ""))
        return f"“{shorten(sentence, CLAIM)}”" if sentence else name


def sentence(h: Happening, where: str, names: Names) -> str:
    """What somebody did; ``where`` is the name of the source that it is about, if there is one."""
    d = h.detail
    said = {
        **told_of_codings(d, where, names),
        **told_of_people(h, names),
        **told_of_the_codebook(d),
        **told_of_decisions(d, where, names.claim(d)),
        **told_of_taking_out(h.object_kind, d, names),
        "source.added": f"added the source {d.get('name', names.sources.get(h.object_guid, ''))}",
        "round.opened": f"began {d.get('name', '')}{' (a blind round)' if d.get('blind') else ''}",
        "round.revealed": f"ended the blindness of {d.get('round', '')}: {d.get('reason', '')}",
        "round.closed": f"closed {d.get('round', '')}: nothing is coded in it any more{_why(d)}",
        "round.reopened": f"opened {d.get('round', '')} again: {d.get('reason', '')}",
        "round.unblinded": f"ended the blindness of {d.get('round', '')}",
        "blind.broken": f"looked at colleagues' codings in the blind round {d.get('round', '')}",
        "summary.written": f"wrote the summary of {names.row(d.get('row', ''))} × {names.case(d.get('case', ''))}",
        "summary.withdrawn": f"withdrew the summary of {names.row(d.get('row', ''))} × {names.case(d.get('case', ''))}",
        "study.created": "made the study",
    }
    return said.get(h.verb, h.verb.replace(".", ": ").replace("_", " "))


def told_of_codings(d: Mapping[str, Any], where: str, names: Names) -> dict[str, str]:
    """Verb → sentence for codings, reading, memos and suggestions."""
    code = names.code(d.get("code", ""))
    codings = plural(d.get("n_codings") or 0, "coding")
    known = "code" in d
    again = ", ".join(f"“{names.code(c)}”" for c in d.get("codes", [])) or "no code fits"
    return {
        "coding.made": f"coded “{code}” in {where}",
        "coding.changed": f"changed “{code}” in {where}{_change(d, names)}",
        "coding.retired": f"{f'took “{code}” out of {where}' if known else 'took a coding out'}{_why(d)}",
        "coding.restored": f"brought “{code}” back in {where}" if known else "brought a coding back",
        "coding.recoded": f"looked at {f'“{code}” in {where}' if known else 'a coding'} again: {again}",
        "codings.recorded": f"brought in {codings} ({d.get('layer', '')}, {d.get('origin', '')})",
        "span.read": f"marked {plural(len(d.get('spans', [])), 'passage')} of {where} as read",
        "span.unread": f"took {plural(len(d.get('spans', [])), 'read mark')} from {where}",
        "memo.written": f"wrote a memo: {str(d.get('text', ''))[:200]}",
        "memo.erased": f"erased a memo: {str(d.get('text', ''))[:200]}",
        "suggestion.accepted": f"accepted a suggestion: “{code}” in {where}",
        "suggestion.edited": f"accepted a suggestion with changes: “{code}” in {where}",
        "suggestion.rejected": f"rejected a suggestion: “{code}” in {where}",
        "suggestion.reopened": f"took the answer to a suggestion back{f': “{code}” in {where}' if known else ''}",
        "suggestions.made": f"asked {names.person(d.get('coder', ''))}: "
        f"{plural(d.get('n_suggestions', 0), 'suggestion')}",
    }


def _change(d: Mapping[str, Any], names: Names) -> str:
    before = d.get("before", {})
    parts = []
    if "code" in before:
        parts.append(f"was “{names.code(before['code'])}”")
    if "facets" in before:
        now, was = d.get("facets", {}), before["facets"]
        parts += [
            f"{facet}: {names.answer(facet, was.get(facet))} → {names.answer(facet, now.get(facet))}"
            for facet in {**was, **now}
            if was.get(facet) != now.get(facet)
        ]
    if "start" in before or "end" in before:
        parts.append("other passage")
    return f" ({'; '.join(parts)})" if parts else ""


def told_of_people(h: Happening, names: Names) -> dict[str, str]:
    """Verb → sentence for cases, coders, participants and accounts."""
    d = h.detail
    own = d.get("name") == h.actor
    who = names.person(d.get("name", ""))
    return {
        "case.added": f"named the case {names.case(d.get('name', ''))}",
        "coder.added": "joined as a coder" if own else f"added {who} as a coder",
        "account.added": f"gave {who} an account ({d.get('role', '')}; {_sees(d, names)})",
        "account.changed": f"made {who} {d.get('role', '')} ({_sees(d, names)})",
        "account.invited": f"invited {who} anew",
        "account.password_set": "set a password" if own else f"set the password of {who}",
        "account.closed": f"closed the account of {who}",
        "participant.added": f"named the participant {d.get('name', '')}",
    }


def told_of_the_codebook(d: Mapping[str, Any]) -> dict[str, str]:
    """Verb → sentence for versions of the codebook and the changes that made them; ids are what these are about."""
    before = ", ".join(d.get("before", []))
    became = f"{before} → {', '.join(d.get('after', []))}"
    return {
        "codebook.adopted": f"adopted version {d.get('version', '')} of the codebook",
        "codebook.reworded": f"gave other words to {before}{_why(d)}",
        "codebook.rename": f"renamed {became}{_why(d)}",
        "codebook.merge": f"merged {became}{_why(d)}",
        "codebook.split": f"split {became}{_why(d)}",
        "codebook.redefine": f"defined {before} anew{_why(d)}",
        "codebook.drop": f"dropped {before}; its codings were taken out{_why(d)}",
        "codebook.undone": f"undid version {d.get('undone', '')} of the codebook: {d.get('version', '')}",
    }


def told_of_decisions(d: Mapping[str, Any], where: str, claim: str) -> dict[str, str]:
    """Verb → sentence for decisions, searches and claims."""
    why = _why(d)
    place = f" in {where or d.get('source', '')}" if where or d.get("source") else ""
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


def told_of_taking_out(kind: str, d: Mapping[str, Any], known: Names) -> dict[str, str]:
    """Verb → sentence for what was taken out, brought back, or given other values; ``kind`` is what it is about."""
    names = list(d.get("names", []))
    sources = f"the source {names[0]}" if len(names) == 1 else f"{len(names)} sources"
    name = str(d.get("name", ""))
    called = {"claim": known.claim(d), "coder": known.person(name), "case": known.case(name)}.get(kind, name)
    things = {
        "source.withdrawn": f"took {sources} out",
        "source.restored": f"brought {sources} back",
        **{f"{thing}.withdrawn": f"took the {thing} {called} out" for thing in THINGS},
        **{f"{thing}.restored": f"brought the {thing} {called} back" for thing in THINGS},
    }
    values, machine = d.get("values", d), known.person(d.get("coder", ""))
    before = d.get("before")
    changed = [key for key in before if before[key] != d.get(key)] if isinstance(before, dict) else []
    return {
        **things,
        f"{kind}.renamed": f"gave a {kind} the label {d.get('label', '')}",
        "codings.withdrawn": f"took {d.get('n_codings', 0):,} codings out that came in one go",
        "codings.restored": f"brought {d.get('n_codings', 0):,} codings back that came in one go",
        "suggestions.withdrawn": f"took {d.get('n_suggestions', 0)} open suggestions of {machine} away",
        "suggestions.restored": f"brought {d.get('n_suggestions', 0)} suggestions of {machine} back",
        "attributes.set": f"noted on a {kind}: {_values(values)}",
        "participant.changed": f"changed the participant {d.get('name', '')}: {', '.join(changed)}",
    }


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {'not set' if value is None else value}" for name, value in values.items())


def _sees(d: Mapping[str, Any], names: Names) -> str:
    cases = d.get("cases", "all")
    return "every case" if cases == "all" else ", ".join(names.case(case) for case in cases)


def _why(d: Mapping[str, Any]) -> str:
    return f" ({d['reason']})" if d.get("reason") else ""
