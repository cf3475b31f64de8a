"""Writing a simulated study to a folder, as files that a researcher might hand in.

Every file says that it is simulated: sources in their first line, tables in a column.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from crosscase.errors import StudyError
from crosscase.simulate.study import SimulatedStudy
from crosscase.simulate.text import MARK
from crosscase.simulate.truth import CaseTruth

FACETS = ("locus", "mode", "stance", "actuality", "subject")
_README = """\
{mark}

{title}

This folder was made by Crosscase (`crosscase.simulate`), seed {seed}. The cases, schools, people and words are invented
to show what the program does and to test it against a known truth. Nothing in it is evidence about any real district.

sources/            {n_sources} sources: interviews and field notes (.txt), institutional documents (.md)
participants.csv    who was interviewed; every label ends in (simulated)
sources.csv         case, kind, date, participant, role and level of every source; the column `simulated` is yes
codings.csv         {n_codings} codings by {n_coders} simulated coders, who make mistakes; offsets are code points
reviewed.csv        what each simulated coder has read
truth.yaml          what is true by construction. No analysis reads it: it is there to check them.

{n_words} words in all. The same seed makes the same files on every machine.
"""


def write_study(
    study: SimulatedStudy, folder: Path, progress: Callable[[int, int], None] | None = None
) -> tuple[Path, ...]:
    """Write the sources, tables and the truth of a simulated study; returns the files in the order of writing.

    ``progress`` is called with the number of files written and of all files. Raises ``StudyError`` when the folder
    cannot be written to.
    """
    files = {source.file: source.text for source in study.sources} | {
        "participants.csv": _participants(study),
        "sources.csv": _sources(study),
        "codings.csv": _codings(study),
        "reviewed.csv": _reviewed(study),
        "truth.yaml": truth_text(study),
        "README.txt": _readme(study),
    }
    written: list[Path] = []
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Bytes, so that no platform turns line feeds into something else and moves the offsets.
            path.write_bytes(text.encode("utf-8"))
        except OSError as error:
            raise StudyError(
                f"cannot write it ({error.strerror})", where=str(path), mend="check the folder and the space left"
            ) from None
        written.append(path)
        if progress is not None:
            progress(len(written), len(files))
    return tuple(written)


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _participants(study: SimulatedStudy) -> str:
    # The note in brackets is no part of the label where speakers are matched with it.
    rows = ((p.name, f"{p.label} (simulated)", p.role, p.level, p.case or "") for p in study.participants)
    return _table(("name", "label", "role", "level", "case"), rows)


def _sources(study: SimulatedStudy) -> str:
    header = ("file", "name", "case", "kind", "date", "participant", "role", "level", "machine_transcript", "simulated")
    rows = (
        (s.file, s.name, s.case, s.kind, s.date, s.participant or "", s.role, s.level, "no", "yes")
        for s in study.sources
    )
    return _table(header, rows)


def _codings(study: SimulatedStudy) -> str:
    header = ("source", "start", "end", "quote", "code", *FACETS, "coder", "round")
    rows = (
        (
            c.passage.source,
            c.passage.start,
            c.passage.end,
            c.quote,
            c.code,
            *(c.facets[name] for name in FACETS),
            c.coder,
            c.round,
        )
        for c in study.codings
    )
    return _table(header, rows)


def _reviewed(study: SimulatedStudy) -> str:
    rows = ((r.passage.source, r.coder, r.round, r.passage.start, r.passage.end) for r in study.reviewed)
    return _table(("source", "coder", "round", "start", "end"), rows)


def truth_text(study: SimulatedStudy) -> str:
    """The content of ``truth.yaml``."""
    truth = study.truth
    content: dict[str, Any] = {
        "seed": study.design.seed,
        "cases": {name: _case(case) for name, case in truth.cases.items()},
        "planted": list(truth.planted),
        "hard_negatives": list(truth.hard_negatives),
        "conflicts": [
            {"case": c.case, "code": c.code, "claim": c.claim, "denials": list(c.denials)} for c in truth.conflicts
        ],
        "coders": {
            c.name: {
                "locus_accuracy": c.locus_accuracy,
                "code_accuracy": c.code_accuracy,
                "stance_accuracy": c.stance_accuracy,
                "miss_rate": c.miss_rate,
                "false_rate": c.false_rate,
                "bias": c.bias,
            }
            for c in study.design.coders
        },
    }
    head = (
        f"# {MARK}\n"
        "# The known truth of a simulated study. No analysis reads this file.\n"
        "# planted, hard_negatives, claim and denials are places in passages (from 0). A passage is\n"
        "# [source, start, end, code, locus, mode, stance, actuality, subject, for or against its case's type,\n"
        "#  purpose, strength]\n"
    )
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    body: str = yaml.dump(content, Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)
    # Written by hand: a YAML library takes seconds for some thousands of short rows.
    rows = "".join(
        f"- [{', '.join(str(v) if v != '' else chr(34) * 2 for v in row)}]\n"
        for row in (
            (p.source, p.start, p.end, p.code, *(p.facets[f] for f in FACETS), p.verdict, p.purpose, p.strength)
            for p in truth.passages
        )
    )
    return f"{head}{body}passages:\n{rows}" if rows else f"{head}{body}passages: []\n"


def _case(case: CaseTruth) -> dict[str, Any]:
    return {
        "type": case.type,
        "mixture": case.mixture or None,
        "mixture_share": case.mixture_share,
        "faces": [
            {
                "type": face.type,
                "dominant": dict(face.dominant),
                "shares": {domain: dict(shares) for domain, shares in face.shares.items()},
                "memberships": dict(face.memberships),
            }
            for face in case.faces
        ],
    }


def _readme(study: SimulatedStudy) -> str:
    return _README.format(
        mark=MARK,
        title=study.design.title,
        seed=study.design.seed,
        n_sources=len(study.sources),
        n_codings=len(study.codings),
        n_coders=len(study.design.coders),
        n_words=f"{study.n_words:,}",
    )
