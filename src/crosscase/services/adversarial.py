"""A blind check: a second analyst judges confirming and candidate passages without knowing which is which."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
from docx import Document

from crosscase.analysis import agreement
from crosscase.analysis.disconfirm.sides import items_of, take_sides
from crosscase.errors import Degenerate, FormatError, ManifestError, NotEnoughEvidence
from crosscase.model.access import Right
from crosscase.model.seed import check_seed
from crosscase.services.analyses import choose_layer
from crosscase.services.claims import StoredClaim, find_claim
from crosscase.services.disconfirming import candidates
from crosscase.services.study import Study
from crosscase.store import audit

JUDGEMENTS = ("for", "against", "neither", "cannot tell")
FORMATS = (".html", ".docx", ".csv", ".json")
_COLUMNS = ("passage", "text", "judgement", "comment")


@dataclass(frozen=True)
class Brief:
    """A brief that was written, with its key, which the analyst must not see."""

    claim: str
    file: Path
    key: Path
    n_items: int
    n_candidates: int


@dataclass(frozen=True)
class BlindAgreement:
    """How blind judgements fit the status of the passages.

    ``agreement`` is the share that agrees on *for*, *neither* or *against*; ``kappa`` corrects it for chance (``None``
    where it is not defined, and ``why`` says so). ``n_undecided`` passages are open, or were judged *cannot tell*.
    ``words`` is what the claim says.
    """

    claim: str
    n_compared: int
    n_undecided: int
    agreement: float
    kappa: float | None
    low: float | None
    high: float | None
    why: str
    differing: tuple[tuple[str, str, str], ...]
    words: str = ""

    @property
    def sentence(self) -> str:
        """The result in a sentence."""
        if self.kappa is None:
            chance = f"Cohen's κ is not defined: {self.why.rpartition('is not defined: ')[2]}"
        else:
            assert self.low is not None and self.high is not None
            chance = f"Cohen's κ {self.kappa:.2f} ({self.low:.2f} to {self.high:.2f})"
        same = self.n_compared - len(self.differing)
        return (
            f"“{self.words or self.claim}”: {same} of {self.n_compared} passages ({self.agreement:.0%}) were judged as "
            f"they stand, as speaking for the claim, against it or neither; {chance}; {self.n_undecided} left out "
            "(open, or not to be told)."
        )


# What a passage of a brief stands as; a candidate that was decided otherwise speaks neither for nor against.
_AGAINST = ("refutes", "qualifies")


def write_brief(study: Study, claim: str, file: Path, *, n_items: int = 20, seed: int = 1) -> Brief:
    """Write a blind brief on a claim and, beside it, its key.

    Half of the passages are candidates, half are coded for the claim and raised by no queue; the order is drawn with
    ``seed``, and nothing tells where a passage comes from. Raises ``NotEnoughEvidence`` when there are too few.
    """
    if file.suffix not in FORMATS:
        what = f"a brief cannot be written as {file.suffix or 'a file without ending'}"
        raise ManifestError(what, where=str(file), mend=f"use {', '.join(FORMATS)}")
    stored = find_claim(study, claim)
    picked = mix_passages(study, stored, n_items, seed)
    shown = [{"passage": f"{n:02d}", "text": " ".join(p["text"].split())} for n, p in enumerate(picked, start=1)]
    guid = str(uuid4())
    key = file.with_name(f"{file.stem}.key.json")
    hidden = _hide(picked)
    key.write_text(
        json.dumps({"brief": guid, "claim": stored.name, "seed": seed, "passages": hidden}, indent=2), encoding="utf-8"
    )
    file.write_bytes(_render(file.suffix, stored.claim.sentence, shown))
    with study.changing(Right.CODE) as connection:
        detail = {"claim": stored.name, "n_items": len(shown), "seed": seed, "file": file.name}
        audit.append_event(connection, study.actor, "brief.written", "claim", stored.guid, {**detail, "brief": guid})
    return Brief(stored.name, file, key, len(shown), len(shown) // 2)


def read_answers(study: Study, answers: Path, key: Path) -> BlindAgreement:
    """Compare a second analyst's judgements with the status of each passage, and record them in the history.

    Passages coded for the claim stand as *for*, refuting and qualifying candidates as *against*, candidates that were
    explained, not relevant or wrongly coded as *neither*. Open candidates are left out. Raises ``FormatError`` for a
    file that is no brief's.
    """
    hidden = _read_key(key)
    given = _read_answers(answers, set(hidden["passages"]))
    stored = find_claim(study, hidden["claim"])
    result = compare_judgements(study, stored, hidden["passages"], given, str(answers))
    record_judgements(study, stored, hidden["brief"], given, result)
    return result


def compare_judgements(
    study: Study,
    stored: StoredClaim,
    passages: Mapping[str, Mapping[str, Any]],
    given: Mapping[str, str],
    where: str = "blind judgement",
) -> BlindAgreement:
    """How judgements fit the status of each passage; raises ``NotEnoughEvidence`` when none is judged and decided."""
    known = {c.id: c for c in candidates(study, stored.name, raised_only=False)}
    blind: list[str] = []
    status: list[str] = []
    differing: list[tuple[str, str, str]] = []
    for passage, origin in passages.items():
        is_candidate = origin["kind"] == "candidate"
        decided = known[origin["id"]].disposition if is_candidate and origin["id"] in known else ""
        judged = given.get(passage, "")
        if judged in ("", "cannot tell") or (is_candidate and not decided):
            continue
        blind.append(judged)
        status.append("for" if not is_candidate else "against" if decided in _AGAINST else "neither")
        if blind[-1] != status[-1]:
            differing.append((passage, judged, decided or "coded for the claim"))
    if not blind:
        raise NotEnoughEvidence(
            "no passage is both judged and decided",
            where=where,
            mend="resolve the candidates of the brief first",
        )
    share = sum(a == b for a, b in zip(blind, status, strict=True)) / len(blind)
    kappa: tuple[float | None, float | None, float | None] = (None, None, None)
    why = ""
    try:
        found = agreement.cohen_kappa(blind, status)
        kappa = (found.value, found.low, found.high)
    except Degenerate as error:
        why = error.what
    left_out = len(passages) - len(blind)
    return BlindAgreement(
        stored.name, len(blind), left_out, share, *kappa, why, tuple(differing), stored.claim.sentence
    )


def record_judgements(
    study: Study, stored: StoredClaim, brief: str, given: Mapping[str, str], result: BlindAgreement | None
) -> None:
    """Keep what a second analyst judged in the history; ``result`` is missing where nothing can be compared yet."""
    detail: dict[str, Any] = {"brief": brief, "answers": dict(given)}
    detail |= {"agreement": result.agreement, "n_compared": result.n_compared} if result else {"n_compared": 0}
    with study.changing(Right.CODE) as connection:
        audit.append_event(connection, study.actor, "brief.answered", "claim", stored.guid, detail)


def mix_passages(study: Study, stored: StoredClaim, n_items: int, seed: int) -> list[dict[str, Any]]:
    """The passages of a brief in their order: half candidates, half coded for the claim and raised by no queue.

    Raises ``NotEnoughEvidence`` when there are too few.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([check_seed(seed), *stored.name.encode()])))
    doubtful = [c for c in candidates(study, stored.name) if c.text and c.start is not None]
    spans = {(c.source, c.start, c.end) for c in doubtful}
    firm = _confirming(study, stored.claim, spans)
    unique = list({(c.source, c.start, c.end): c for c in reversed(doubtful)}.values())[::-1]
    half = n_items // 2
    if half < 1 or len(unique) < half or len(firm) < half:
        raise NotEnoughEvidence(
            f"{len(unique)} candidates and {len(firm)} confirming passages, {max(half, 1)} of each are needed",
            where=f"claim {stored.name}",
            mend="ask for fewer (--items), or search first",
        )
    # The best candidates, since these are what the claim must withstand; confirming passages by lot.
    picked: list[dict[str, Any]] = [
        {"kind": "candidate", "id": c.id, "text": c.text, "place": [c.source, c.start, c.end]} for c in unique[:half]
    ]
    picked += [firm[i] for i in sorted(rng.choice(len(firm), half, replace=False).tolist())]
    return [picked[i] for i in rng.permutation(len(picked))]


def _hide(picked: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the key of a brief keeps: where each passage comes from, not its words."""
    return {f"{n:02d}": {k: v for k, v in p.items() if k != "text"} for n, p in enumerate(picked, start=1)}


def _confirming(study: Study, claim: Any, spans: set[tuple[str, int | None, int | None]]) -> list[dict[str, Any]]:
    evidence = study.evidence(choose_layer(study)[0])
    items = items_of(take_sides(evidence, claim, study.rulebook))
    taken: dict[str, list[tuple[int, int]]] = {}
    for source, start, end in spans:
        if start is not None and end is not None:
            taken.setdefault(source, []).append((start, end))
    return [
        {
            "kind": "confirming",
            "codings": row["coding_ids"],
            "text": row["text"],
            "place": [row["source"], row["start"], row["end"]],
        }
        for row in items.iter_rows(named=True)
        if row["contra"] == 0.0
        and row["pro"] > 0.2
        and all(row["end"] <= a or row["start"] >= b for a, b in taken.get(row["source"], ()))
    ]


def _render(ending: str, sentence: str, rows: Sequence[Mapping[str, str]]) -> bytes:
    ask = f"Does each passage speak for or against this claim: “{sentence}”? Judge each by its words alone."
    answers = ", ".join(JUDGEMENTS)
    if ending == ".json":
        full = [{**row, "judgement": "", "comment": ""} for row in rows]
        return json.dumps(
            {"claim": sentence, "judgements": JUDGEMENTS, "passages": full}, indent=2, ensure_ascii=False
        ).encode()
    if ending == ".csv":
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        # A spreadsheet would run a cell that begins like a formula.
        writer.writerows(
            (r["passage"], f"'{r['text']}" if r["text"][:1] in "=+-@" else r["text"], "", "") for r in rows
        )
        return text.getvalue().encode("utf-8-sig")
    if ending == ".docx":
        document = Document()
        document.add_heading("Blind judgement", 1)
        document.add_paragraph(f"{ask} Answers: {answers}.")
        table = document.add_table(rows=1, cols=3)
        for cell, word in zip(table.rows[0].cells, ("passage", "text", "judgement"), strict=True):
            cell.text = word
        for row in rows:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = row["passage"], row["text"]
        written = io.BytesIO()
        document.save(written)
        return written.getvalue()
    items = "".join(
        f"<li><q dir=auto>{escape(row['text'])}</q><p>{row['passage']}: "
        + " ".join(f'<label><input type=radio name="p{row["passage"]}" value="{j}"> {j}</label>' for j in JUDGEMENTS)
        + "</p></li>"
        for row in rows
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Blind judgement</title>"
        "<style>body{max-width:42rem;margin:2rem auto;font:1rem/1.5 Georgia,serif}li{margin:1.5rem 0;list-style:none}"
        "label{margin-right:1rem}</style>"
        f"<h1>Blind judgement</h1><p>{escape(ask)}</p><ol>{items}</ol><p>Write the answers into a CSV file with the "
        "columns passage and judgement.</p></html>"
    ).encode()


def _read_key(path: Path) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FormatError("this is no key", where=str(path), mend="use the .key.json beside the brief") from error
    if not isinstance(plain, dict) or {"brief", "claim", "passages"} - plain.keys():
        raise FormatError("this is no key", where=str(path), mend="use the .key.json beside the brief")
    return plain


def _read_answers(path: Path, known: set[str]) -> dict[str, str]:
    text = path.read_text(encoding="utf-8-sig")
    try:
        rows = json.loads(text)["passages"] if path.suffix == ".json" else list(csv.DictReader(io.StringIO(text)))
        given = {str(row["passage"]).strip().zfill(2): str(row.get("judgement") or "").strip().lower() for row in rows}
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise FormatError(
            "the answers cannot be read", where=str(path), mend="give the columns passage and judgement"
        ) from error
    for passage, judged in given.items():
        if passage not in known:
            raise FormatError(f"no passage {passage!r} in the brief", where=str(path), mend="use the key of this brief")
        if judged and judged not in JUDGEMENTS:
            mend = f"use {', '.join(JUDGEMENTS)}"
            raise FormatError(f"the judgement {judged!r}", where=f"{path}, passage {passage}", mend=mend)
    return given
