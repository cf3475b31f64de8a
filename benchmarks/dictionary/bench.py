"""How fast the dictionary reads real meetings, plans and minutes (budget: 20 MB of text per CPU-second of matching).

``python benchmarks/dictionary/bench.py`` writes ``result.json`` beside this file. Measured are matching alone (every
term of education-systems, whole words, offsets in code points), whole suggestions (sentences, facets, reasons) on
captions and on documents, and for comparison the same terms as one regular expression of the standard library.
"""

from __future__ import annotations

import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from crosscase import frameworks
from crosscase.formats import read_source
from crosscase.model.text import SourceText
from crosscase.suggest import DictionaryCoder

FOLDERS = {"captions": ("knox_county_tn", "iowa_city_ia"), "documents": ("san_juan_usd_ca", "sacramento_coe_ca")}
BUDGET_MB, WANTED_MB, REPEATS = 20.0, 40.0, 5


def read_texts(shared: Path, folders: tuple[str, ...]) -> list[SourceText]:
    """The texts and turns of real documents, as a study would hold them."""
    paths = [p for name in folders for p in sorted((shared / "data/sources" / name).glob("*"))]
    return [read.text for p in paths if not p.name.startswith("LICENSE") for read in read_source(p)]


def rate(work: Callable[[], object], n_bytes: int) -> float:
    """Megabytes of UTF-8 text per CPU-second, the median of several runs."""
    seconds = []
    for _ in range(REPEATS):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return n_bytes / 1e6 / statistics.median(seconds)


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    shared = Path(os.environ.get("CROSSCASE_SHARED", root.parent / "shared"))
    if not (shared / "data/sources").is_dir():
        print(f"needs the real documents in {shared}; nothing was measured")
        return 0
    begun = time.process_time()
    coder = DictionaryCoder(frameworks.load("education-systems"))
    built = time.process_time() - begun
    texts = {kind: read_texts(shared, folders) for kind, folders in FOLDERS.items()}
    everything = "\n\n".join(text.text for found in texts.values() for text in found)
    n_bytes = len(everything.encode())
    copies = round(WANTED_MB * 1e6 / n_bytes)
    matching = rate(lambda: coder.find(everything * copies), n_bytes * copies)
    one_by_one = [text for found in texts.values() for text in found]
    matching_apart = rate(lambda: [coder.find(text.text) for text in one_by_one], n_bytes)
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(e.term) for e in coder.entries) + r")s?\b", re.IGNORECASE)
    plain = rate(lambda: sum(1 for _ in pattern.finditer(everything[:1_000_000])), len(everything[:1_000_000].encode()))
    suggesting = {}
    for kind, found in texts.items():
        size = sum(len(text.text.encode()) for text in found)
        source_kind = "meeting" if kind == "captions" else "document"
        suggesting[kind] = rate(
            lambda found=found, kind=source_kind: [coder.suggest(t.text, "s", t.turns, kind=kind) for t in found], size
        )
    result = {
        "n_entries": len(coder.entries),
        "text_mb": round(n_bytes / 1e6, 2),
        "copies": copies,
        "n_found_per_mb": round(len(coder.find(everything)) / (n_bytes / 1e6)),
        "building_cpu_s": round(built, 2),
        "budget_mb_per_cpu_s": BUDGET_MB,
        "matching_mb_per_cpu_s": round(matching, 1),
        "matching_source_by_source_mb_per_cpu_s": round(matching_apart, 1),
        "standard_library_mb_per_cpu_s": round(plain, 2),
        "suggesting_mb_per_cpu_s": {kind: round(value, 1) for kind, value in suggesting.items()},
        "within_budget": matching >= BUDGET_MB,
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}",
    }
    print(json.dumps(result, indent=2))
    Path(__file__).with_name("result.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0 if result["within_budget"] else 1


if __name__ == "__main__":
    sys.exit(main())
