"""Fills the reporting checklists: from the study, from what its people wrote, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl
import sqlalchemy as sa

from crosscase import __version__
from crosscase.report import numerals
from crosscase.report.agreement import Checklist, ChecklistItem
from crosscase.report.checklists import COREQ, COREQ_ITEMS, SRQR, SRQR_ITEMS, Item
from crosscase.report.data import Table
from crosscase.services.analyses import Analyses
from crosscase.services.reporting.names import KINDS, listed
from crosscase.services.study import Study
from crosscase.store import schema


def checklists(study: Study, analyses: Analyses) -> tuple[Checklist, ...]:
    """COREQ and SRQR; every item says where its answer comes from."""
    facts = _Facts(study, analyses)
    coreq: Mapping[int, Callable[[], str]] = {
        12: facts.sample_size,
        19: facts.recording,
        20: facts.field_notes,
        21: facts.duration,
        22: facts.saturation,
        24: facts.coders,
        25: facts.coding_tree,
        26: facts.themes,
        27: facts.software,
        29: facts.quotations,
        30: facts.consistency,
        31: facts.major_themes,
        32: facts.minor_themes,
    }
    srqr: Mapping[int, Callable[[], str]] = {
        12: facts.sample_size,
        13: facts.processing,
        14: facts.themes,
        15: facts.trustworthiness,
        16: facts.findings,
        17: facts.quotations,
        19: facts.limitations,
    }
    return (
        Checklist("COREQ-32", COREQ, tuple(_item(study, item, coreq) for item in COREQ_ITEMS)),
        Checklist("SRQR-21", SRQR, tuple(_item(study, item, srqr) for item in SRQR_ITEMS)),
    )


def checklist_table(lists: tuple[Checklist, ...]) -> Table:
    """All items as one table for the data folder."""
    rows = [(one.name, i.number, i.topic, i.question, i.came_from, i.answer) for one in lists for i in one.items]
    columns = ("checklist", "number", "topic", "question", "origin", "answer")
    about = {
        "origin": "filled from the study, from study.yaml, drafted (to be rewritten), left to the authors, or open",
        "answer": "empty where somebody has to write it",
    }
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    return Table(frame, "Reporting checklists, item by item.", about)


def _item(study: Study, item: Item, facts: Mapping[int, Callable[[], str]]) -> ChecklistItem:
    answer, origin = "", item.origin
    if origin in ("study", "draft"):
        answer = facts[item.number]()
    written = study.settings.reporting.get(item.form, "").strip() if item.form else ""
    if written and not answer:
        answer, origin = written, "form"
    return ChecklistItem(item.number, item.topic, item.question, origin, answer, item.form)


class _Facts:
    """What a study knows about itself, in sentences."""

    def __init__(self, study: Study, analyses: Analyses) -> None:
        self.study, self.analyses = study, analyses
        self.sources = analyses.sources.filter(pl.col("kind") != "context")
        self.codings = analyses.evidence

    def sample_size(self) -> str:
        kinds = dict(self.sources.group_by("kind").len().iter_rows())
        shown = [numerals.plural(kinds[k], label) for k, label in KINDS.items() if k in kinds]
        people = self.sources["participant"].drop_nulls().n_unique()
        named = f", {numerals.plural(people, 'named participant')}" if people else ""
        cases = self.sources["case"].drop_nulls().n_unique()
        return f"{listed(shown) or 'No sources'} in {numerals.plural(cases, 'case')}{named}."

    def recording(self) -> str:
        """Empty where nothing in the texts tells of a recording."""
        machine, timed = int(self.sources["machine_transcript"].sum()), self._timed()
        parts = [f"times of a recording in {numerals.plural(timed, 'source')}"] if timed else []
        parts += [f"{numerals.plural(machine, 'transcript')} made by a machine"] if machine else []
        return f"{'; '.join(parts).capitalize()}." if parts else ""

    def field_notes(self) -> str:
        notes = self.sources.filter(pl.col("kind") == "observation")
        days = notes["date"].drop_nulls().n_unique()
        if notes.is_empty():
            return "The study holds no field notes."
        return f"{numerals.plural(notes.height, 'field note')} of {numerals.plural(days, 'day')}."

    def duration(self) -> str:
        with self.study.reading() as connection:
            t = schema.turn.c
            longest = sa.select(sa.func.max(t.time)).where(t.time.is_not(None)).group_by(t.source_id)
            minutes = sorted(float(seconds) / 60 for seconds in connection.execute(longest).scalars())
        if not minutes:
            words = self.sources.filter(pl.col("kind") == "interview")["n_words"]
            mean = (
                f" Interviews have {numerals.count(float(str(words.mean())))} words on average." if len(words) else ""
            )
            return f"The transcripts carry no times.{mean}"
        middle = minutes[len(minutes) // 2]
        known = "as far as transcripts carry times"
        return f"From {minutes[0]:.0f} to {minutes[-1]:.0f} minutes, median {middle:.0f}, {known}."

    def saturation(self) -> str:
        """When the last code was seen for the first time, in order of date."""
        dated = self.codings.filter(pl.col("date").is_not_null())
        if dated.is_empty():
            return "Sources have no dates, so nothing can be said of when codes stopped to be new."
        order = dated.select("source", "date").unique().sort("date", "source").with_row_index("place", offset=1)
        first = dated.join(order, on="source").group_by("code").agg(pl.col("place").min())
        last, n = max(first["place"].to_list()), order.height
        return f"In order of date, the last code that was new came with source {last} of {n} ({first.height} codes)."

    def coders(self) -> str:
        kinds = dict(self.codings.group_by("coder_kind").agg(pl.col("coder").n_unique()).iter_rows())
        people = kinds.get("person", 0)
        machines = sum(kinds.values()) - people
        text = numerals.plural(people, "person", "people")
        return f"{text} and {numerals.plural(machines, 'machine coder')}." if machines else f"{text}."

    def coding_tree(self) -> str:
        f = self.study.framework
        parts = {"definition": "a definition", "include": "a rule of what belongs to it"}
        parts |= {"exclude": "a rule of what does not", "example": "an example"}
        counted = [(sum(bool(getattr(i, name)) for i in f.indicators), words) for name, words in parts.items()]
        having = listed([f"{n} have {words}" for n, words in counted if n])
        return (
            f"{f.title}, version {f.version}: {numerals.plural(len(f.domains), 'domain')}, "
            f"{numerals.plural(len(f.indicators), 'code')}, {numerals.plural(len(f.facets), 'facet')}"
            f"{f'; of the codes {having}' if having else ''}."
        )

    def themes(self) -> str:
        return (
            f"Deductively, with the framework {self.study.framework.title}; the results are computed from the "
            f"{self.analyses.layer} codings ({self.analyses.layer_reason})."
        )

    def software(self) -> str:
        return f"Crosscase {__version__}."

    def quotations(self) -> str:
        roles = self.codings.filter(pl.col("role").is_not_null()).height
        return (
            f"Every number of the report opens to its quotes: {numerals.plural(self.codings.height, 'coding')} with "
            f"source, place and coder, {numerals.count(roles)} of them with the role of who is quoted."
        )

    def consistency(self) -> str:
        return (
            f"Numbers are computed from the {numerals.plural(self.codings.height, 'coding')} that are quoted (inputs "
            f"{self.analyses.data_hash[:12]}) and can be recomputed from the data folder of the report."
        )

    def major_themes(self) -> str:
        if self.analyses.identification is None:
            return "The distribution of codings over domains and cases is shown in the report."
        return "The verdict of every case stands at the head of the report, with the evidence for it."

    def minor_themes(self) -> str:
        """Empty where no verdict was reached and no claim was tried: there is nothing diverse to point at."""
        verdicts = self.analyses.identification is not None
        parts = ["The runner-up of every verdict, the evidence against it and what is missing stand beside it."]
        parts = (parts if verdicts else []) + ([self._searched()] if self._n_claims() else [])
        return " ".join(parts)

    def processing(self) -> str:
        return (
            "The text of every source is stored with its SHA-256; "
            f"{numerals.plural(self.codings.height, 'coding')} were checked against it; every change stands in a log "
            "that is chained by hash."
        )

    def trustworthiness(self) -> str:
        """Only what was done in this study."""
        stance = self.study.settings.agreement.stance
        twice = self._read_twice()
        parts = {
            "coefficient": f"{numerals.plural(twice, 'source')} read by two coders or more, with their agreement"
            if twice
            else "",
            "consensus": "differences between coders settled by negotiation",
            "reflexive": "reflexive coding, without agreement between coders as an aim",
        }[stance]
        done = [parts] if parts else []
        if n := self._n_claims():
            done.append(f"{numerals.plural(n, 'claim')} with a search for evidence against them")
        if self.analyses.robustness is not None:
            done.append("verdicts under other weights and without each source")
        return f"{listed([*done, 'a log of every change']).capitalize()}."

    def findings(self) -> str:
        found = self.analyses.identification
        return found.summary.sentence if found is not None else "Nothing was identified; see the distribution."

    def limitations(self) -> str:
        cases = [c.name for c in self.study.settings.cases]
        kinds = self.sources.group_by("case").agg(pl.col("kind").n_unique().alias("n"))
        single = [case for case, n in kinds.iter_rows() if n == 1 and case in cases]
        text = f"The evidence comes from {numerals.plural(self.sources.height, 'source')}"
        return f"{text}; {listed(single)} with one kind of source only." if single else f"{text}."

    def _n_claims(self) -> int:
        with self.study.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(schema.claim)).scalar_one())

    def _searched(self) -> str:
        c, d = schema.candidate.c, schema.disposition.c
        standing = sa.select(d.candidate_id).where(d.reopened_at.is_(None))
        with self.study.reading() as connection:
            n = connection.execute(sa.select(sa.func.count()).where(c.raised)).scalar_one()
            weighed = connection.execute(sa.select(sa.func.count()).where(c.raised, c.id.in_(standing))).scalar_one()
        return (
            f"{numerals.plural(self._n_claims(), 'claim')} with a search for evidence against them: "
            f"{numerals.plural(n, 'candidate')}, {numerals.count(weighed)} of them weighed."
        )

    def _read_twice(self) -> int:
        t = schema.reviewed_span.c
        several = sa.select(t.source_id).group_by(t.source_id).having(sa.func.count(t.coder_id.distinct()) > 1)
        with self.study.reading() as connection:
            return len(connection.execute(several).all())

    def _timed(self) -> int:
        with self.study.reading() as connection:
            t = schema.turn.c
            statement = sa.select(sa.func.count(t.source_id.distinct())).where(t.time.is_not(None))
            return int(connection.execute(statement).scalar_one())
