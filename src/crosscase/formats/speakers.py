"""Who speaks: from the lines that open like turns to turns, with the reason for every label taken or left.

The rules, in this order:

1. A label on the roster is a speaker. So is every ``<v Name>`` of a caption file.
2. A heading word (“Note:”, “Source:”, “Goal 1:”) or the start of a sentence is not.
3. A role (Interviewer, Teacher 2, P07, Q and A) is a speaker when roles open at least two turns.
4. A label seen once is probably not a speaker. Only in a hearing, where titles with names (“Mr. Holt.”) come back, is
   another title with a name taken at once.
5. A name or initials seen twice (three times when it stands alone on its line or before a tab) is a speaker, unless one
   of its words is used in lower case in the same text (“Metric”, “Budget”, but also “Will”): then it must come back at
   least three times and change places with other speakers.
6. One label alone is not a conversation, unless it is on the roster or a role.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crosscase.formats import labels
from crosscase.formats.lexicon import ROLES
from crosscase.formats.openings import Opening, Span, lines_of, openings_in
from crosscase.formats.options import Roster
from crosscase.model.text import Turn

_MIN_MARKS = 3  # of ">>", or of lines that begin with a time, before they are taken as turns
_WORD = re.compile(r"[^\W\d_]{3,}")
_QUOTED_MAIL = re.compile(r"^> ", re.MULTILINE)
# In a printed hearing what was handed in in writing follows what was said.
_END_OF_SPEECH = re.compile(
    r"^[ \t]*(?:Prepared [Ss]tatement of|PREPARED STATEMENT OF|\[Whereupon|"
    r"\[?The (?:prepared )?statement of [^\n]{3,60}follows)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class LabelCount:
    """A label that opens turns: how often, whether it was taken as a speaker, and why."""

    label: str
    n: int
    accepted: bool
    why: str


@dataclass(frozen=True)
class Conversation:
    """The turns of a text and every label that was considered, the accepted ones first."""

    turns: tuple[Turn, ...]
    labels: tuple[LabelCount, ...]


@dataclass
class _Tally:
    n: int = 0
    spellings: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    n_words: int = 0


def find_turns(
    text: str,
    *,
    roster: Roster | None = None,
    captions: Sequence[Span] | None = None,
    bold: Mapping[int, int] | None = None,
) -> Conversation:
    """The turns of a text: who says what from where to where.

    Parameters
    ----------
    text
        The stored text.
    roster
        Labels that are known to be people.
    captions
        Spans with times, when the file is captions: each is a turn of its own, with or without a name.
    bold
        Where bold runs begin a line, and where they end, when the format has bold type.
    """
    roster = roster or Roster()
    openings = list(openings_in(text, captions if captions is not None else lines_of(text), bold or {}))
    judged = _judge(openings, text, roster, is_captions=captions is not None)
    taken = _taken(openings, judged, text)
    display = {name: count.label for name, count in judged.items()}
    ends = [span.end for span in captions] if captions is not None else []
    asking = {labels.key(name) for name in roster.interviewers}
    turns = _turns(text, taken, display, asking, ends)
    counts = sorted(judged.values(), key=lambda count: (not count.accepted, -count.n, count.label))
    return Conversation(turns, tuple(counts))


def _judge(openings: Sequence[Opening], text: str, roster: Roster, is_captions: bool) -> dict[str, LabelCount]:
    tallies: dict[str, _Tally] = {}
    for opening in openings:
        if opening.label is not None and (name := labels.key(opening.label)):
            tally = tallies.setdefault(name, _Tally())
            tally.n += 1
            tally.spellings[opening.label] += 1
            tally.forms[opening.form] += 1
            tally.n_words += opening.n_words
    known = {labels.key(name) for name in (*roster.speakers, *roster.interviewers)}
    jury = _Jury(tallies, known, openings, text, is_captions)
    verdicts = jury.decide()
    return {
        name: LabelCount(tally.spellings.most_common(1)[0][0], tally.n, *verdicts[name])
        for name, tally in tallies.items()
    }


class _Jury:
    """Applies the rules of this module to every label of one text."""

    def __init__(
        self,
        tallies: Mapping[str, _Tally],
        known: set[str],
        openings: Sequence[Opening],
        text: str,
        is_captions: bool,
    ) -> None:
        self.tallies, self.known, self.openings, self.text = tallies, known, openings, text
        self.is_captions = is_captions
        self.verdicts: dict[str, tuple[bool, str]] = {}

    def decide(self) -> dict[str, tuple[bool, str]]:
        """A verdict with its reason for every label."""
        for name, tally in self.tallies.items():
            self.verdicts[name] = self._certain(name, tally) or (False, "")
        self._admit_roles()
        self._admit_names()
        self._dismiss_a_single_voice()
        return {
            name: verdict if verdict[1] else (False, "not shaped like a name")
            for name, verdict in self.verdicts.items()
        }

    def _open(self) -> list[tuple[str, _Tally]]:
        return [(name, tally) for name, tally in self.tallies.items() if not self.verdicts[name][1]]

    def _certain(self, name: str, tally: _Tally) -> tuple[bool, str] | None:
        label = tally.spellings.most_common(1)[0][0]
        if name in self.known:
            return True, "on the roster"
        if tally.forms["voice"]:
            return True, "named by the caption file"
        is_role = labels.role_of(label) is not None and not tally.forms["titled"]
        if labels.is_ordinary(label) and not (is_role and labels.is_plain(label)):
            return False, "a heading or the start of a sentence"
        if tally.forms["titled"] and _is_form_of_address(label):
            return False, "a form of address"
        return None

    def _admit_roles(self) -> None:
        roles = [(name, tally) for name, tally in self._open() if labels.role_of(tally.spellings.most_common(1)[0][0])]
        come_back = any(tally.n > 1 for _, tally in roles) or any(taken for taken, _ in self.verdicts.values())
        is_exchange = len(roles) > 1 and self._is_script(sum(tally.n for _, tally in roles), at_least=2)
        for name, tally in roles:
            if labels.is_letter_role(name) and len(roles) == 1:
                self.verdicts[name] = False, "a letter without its counterpart"
            elif set(tally.forms) <= {"alone", "tab"} and tally.n < 3 and not is_exchange:
                self.verdicts[name] = False, f"seen only {tally.n} times alone on its line"
            elif come_back or is_exchange:
                self.verdicts[name] = True, "a role"
            else:
                self.verdicts[name] = False, "a role, but seen once"

    def _is_script(self, n_turns: int, at_least: int) -> bool:
        """Whether so many turns make up most of the text, as in a transcript."""
        n_lines = sum(1 for line in self.text.split("\n") if line.strip())
        return n_turns >= at_least and n_turns >= 0.4 * n_lines

    def _admit_names(self) -> None:
        titled = sum(1 for _, tally in self._open() if tally.forms["titled"] and tally.n > 1)
        lowered = self._lower_case_words() if self._open() else set()
        doubtful: list[tuple[str, _Tally]] = []
        for name, tally in self._open():
            label = tally.spellings.most_common(1)[0][0]
            if not (labels.is_name(label) or labels.is_code(label)):
                continue
            needed = 3 if set(tally.forms) <= {"alone", "tab"} else 2
            if tally.forms["titled"] and titled >= 2:
                self.verdicts[name] = True, "a title with a name"
            elif tally.n < needed:
                self.verdicts[name] = False, "seen once" if tally.n == 1 else f"seen only {tally.n} times"
            elif tally.forms["tab"] == tally.n and tally.n_words < 4 * tally.n:
                self.verdicts[name] = False, "a cell of a table"
            elif any(word.casefold() in lowered for word in labels.words_of(label) if len(word) > 2):
                doubtful.append((name, tally))
            else:
                self.verdicts[name] = True, f"a name seen {tally.n} times"
        self._admit_doubtful(doubtful)

    def _lower_case_words(self) -> set[str]:
        return {word for word in _WORD.findall(self.text) if word.islower()}

    def _admit_doubtful(self, doubtful: list[tuple[str, _Tally]]) -> None:
        accepted = {name for name, (taken, _) in self.verdicts.items() if taken}
        sequence = [labels.key(one.label) for one in self.openings if one.label is not None]
        candidates = accepted | {name for name, _ in doubtful}
        turns = [name for name in sequence if name in candidates]
        n_certain = sum(self.tallies[name].n for name in accepted)
        is_script = len(candidates) >= 2 and self._is_script(len(turns), at_least=6)
        for name, tally in doubtful:
            n_changes = sum(
                1 for before, here in zip(["", *turns], turns, strict=False) if here == name and before != name
            )
            if tally.n >= 3 and (n_certain >= tally.n or is_script) and n_changes >= 0.6 * tally.n:
                self.verdicts[name] = True, f"a name seen {tally.n} times in turn with others"
            else:
                self.verdicts[name] = False, "an ordinary word of this text"

    def _dismiss_a_single_voice(self) -> None:
        accepted = [name for name, (taken, _) in self.verdicts.items() if taken]
        if len(accepted) == 1 and self.verdicts[accepted[0]][1].startswith("a name") and not self.is_captions:
            self.verdicts[accepted[0]] = False, "the only label: one voice is not a conversation"


def _is_form_of_address(label: str) -> bool:
    """“Mr. Chairman.” calls somebody; “Hon. Richard W.” is the beginning of a sentence."""
    words = labels.words_of(label)
    return not label.startswith(("The ", "the ")) and (
        not words or words[-1].casefold() in ROLES or len(words[-1]) == 1
    )


def _taken(openings: Sequence[Opening], judged: Mapping[str, LabelCount], text: str) -> list[Opening]:
    """The openings that begin a turn: accepted names, and marks and times when they are the file's way."""
    named = {one.start for one in openings if one.label is not None and judged[labels.key(one.label)].accepted}
    bare_forms = Counter(one.bare_form for one in openings)
    forms = {"caption"}
    if bare_forms["caption"] or (bare_forms["mark"] >= _MIN_MARKS and not _QUOTED_MAIL.search(text)):
        forms.add("mark")
    if not named and bare_forms["time"] >= _MIN_MARKS:
        forms.add("time")
    taken: list[Opening] = []
    pending: Opening | None = None
    for one in openings:
        if one.form == "stamp":
            pending = one
            continue
        if one.start in named or one.bare_form in forms:
            if one.start not in named:
                one = replace(one, label=None, form=one.bare_form, speech=one.bare)
            if pending is not None and one.time is None and not text[pending.speech : one.start].strip():
                one = replace(one, start=pending.start, time=pending.time)
            taken.append(one)
        pending = None
    return taken


def _turns(
    text: str, taken: Sequence[Opening], display: Mapping[str, str], asking: set[str], ends: Sequence[int]
) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    speaker: str | None = None
    for index, opening in enumerate(taken):
        end = taken[index + 1].start if index + 1 < len(taken) else len(text)
        if ends and (place := bisect_left(ends, opening.speech)) < len(ends):
            end = min(end, ends[place])
        if opening.form == "titled" and (stop := _END_OF_SPEECH.search(text, opening.speech, end)):
            end = stop.start()
        if opening.label is not None:
            speaker = display[labels.key(opening.label)]
        elif opening.form != "caption" or (index and taken[index - 1].form == "voice"):
            # A caption without a name goes on with the last one named, unless the file names every voice.
            speaker = None
        start, end = _trimmed(text, opening.speech, end)
        if start < end:
            is_question = speaker is not None and (labels.asks(speaker) or labels.key(speaker) in asking)
            turns.append(Turn(start, end, speaker, opening.time, is_question))
    return tuple(turns)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
