"""How often the terms of a framework occur in a folder of texts, as the Markdown table of docs/reference/framework.md.

    python scripts/term_counts.py education-systems FOLDER… [--samples TERM]

Reads .md, .txt and .html files below the folders; machine transcripts in tables are joined to running text first.
With --samples it prints up to eight places of one term instead, to judge whether they are on topic.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from crosscase import frameworks
from crosscase.suggest.dictionary import DictionaryCoder
from crosscase.suggest.terms import term_report

_LEAVE_OUT = re.compile(r"LICENSE|README|^cod", re.IGNORECASE)


def texts(folders: list[Path]) -> Iterator[tuple[str, str]]:
    """Name and running text of every file."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".md", ".txt", ".html") and not _LEAVE_OUT.search(path.name):
                yield f"{folder.name}/{path.name}", running_text(path.read_text("utf-8", "replace"))


def running_text(text: str) -> str:
    """Words only: no tags, links, times, table lines."""
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>|<[^>]+>", " ", text)
    text = re.sub(r"\]\([^)]*\)|\[source video|\|?\s*\b\d?\d:\d\d(:\d\d)?\b\s*\|?|[|*_#>]", " ", html.unescape(text))
    return re.sub(r"\s+", " ", text)


def table(report: pl.DataFrame, framework_name: str) -> str:
    """Rows per indicator: each term with its hits per 100,000 words."""
    framework = frameworks.load(framework_name)
    rows = ["| indicator | terms (hits per 100,000 words) | no hit | weak terms |", "|---|---|---|---|"]
    for indicator in framework.indicators:
        own = report.filter(pl.col("indicator") == indicator.id)
        rate = {r["term"]: r["per_100k_words"] for r in own.iter_rows(named=True)}
        met = ", ".join(f"{t} {rate[t]:.1f}" for t in indicator.terms if rate[t])
        weak = ", ".join(f"{t} {rate[t]:.1f}" if rate[t] else f"{t} –" for t in indicator.weak_terms)
        rows.append(f"| {indicator.id} | {met or '–'} | {sum(not rate[t] for t in indicator.terms)} | {weak or '–'} |")
    return "\n".join(rows)


def report_text(framework_name: str, folders: list[Path]) -> str:
    """How much was read, and the table."""
    found = list(texts(folders))
    report = term_report(DictionaryCoder(frameworks.load(framework_name)), found)
    n_words = sum(len(text.split()) for _, text in found)
    return f"{len(found)} files, {n_words:,} words\n\n{table(report, framework_name)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("framework")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--samples", default="")
    given = parser.parse_args()
    if given.samples:
        coder = DictionaryCoder(frameworks.load(given.framework))
        report = term_report(coder, texts(given.folders))
        for samples in report.filter(pl.col("term") == given.samples)["samples"]:
            sys.stdout.write("\n".join(samples) + "\n\n")
        return
    sys.stdout.write(report_text(given.framework, given.folders))


if __name__ == "__main__":
    main()
