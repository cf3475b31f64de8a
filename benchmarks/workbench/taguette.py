"""The Source room beside Taguette: opening 20,000 words with 500 and with 2,000 highlights, and adding one.

Both run in the same browser on the same machine, one after the other; Taguette keeps its cache between visits, ours begins
with an empty one. *Ready*: from navigation until the highlights of
the page stand (Taguette: all of them, when its own script says so; ours: those in view, and the page takes keys).
*Added*: Taguette, from sending the form until the highlight is in the text; ours, from the key to the frame that shows
the coding, and to the study's answer. Taguette's dialog, in which a tag is ticked, is not counted.

Usage: python benchmarks/workbench/taguette.py /path/to/bin/taguette (version 1.5.2 in an environment of its own).
"""

from __future__ import annotations

import json
import os
import platform
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1]), str(HERE.parents[1] / "src")]

from bench import WATCH, make_study, open_page
from tests.factories.workbench import CHROMIUM, FLAGS, serving

N_WORDS, SIZES, N_ADDED, VISITS = 20_000, (500, 2_000), 5, 2
PORT = 7465
HEAR = """
const say = console.log;
console.log = (...words) => { if (/^Loaded \\d+ highlights/.test(words[0])) window.loaded = performance.now(); };
"""
ADD = """([start, end]) => new Promise((done, failed) => {
  const known = new Set([...document.querySelectorAll("[data-highlight-id]")].map((e) => e.dataset.highlightId));
  createHighlight([start, end]);
  document.querySelector("#highlight-add-tags input").checked = true;
  const began = performance.now();
  const eyes = new MutationObserver(() => {
    const fresh = [...document.querySelectorAll("[data-highlight-id]")].some((e) => !known.has(e.dataset.highlightId));
    if (fresh) { eyes.disconnect(); requestAnimationFrame(() => done(performance.now() - began)); }
  });
  eyes.observe(document.body, { childList: true, subtree: true });
  document.getElementById("highlight-add-form").requestSubmit();
  setTimeout(() => failed(new Error("the highlight never came")), 30000);
})"""


@contextmanager
def taguette(command: str, folder: Path, text: str, spans: list[tuple[int, int]]) -> Iterator[str]:
    """A running Taguette with one document; gives the address that lets its single user in."""
    place = folder / "taguette.sqlite3"
    environment = {**os.environ, "HOME": str(folder), "PYTHONUNBUFFERED": "1"}
    words = [command, "--no-browser", "-p", str(PORT), "--database", str(place)]
    with (folder / "taguette.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen(words, stdout=log, stderr=log, env=environment)
        try:
            until = time.monotonic() + 60
            while not (found := re.search(r"http://\S+token=\w+", Path(log.name).read_text(encoding="utf-8"))):
                assert process.poll() is None and time.monotonic() < until, "Taguette did not start"
                time.sleep(0.1)
            fill(place, text, spans)
            yield found.group(0)
        finally:
            process.terminate()
            process.wait(20)


def fill(place: Path, text: str, spans: list[tuple[int, int]]) -> None:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in text.split("\n\n"))
    now = datetime.now(UTC).isoformat(" ")
    with sqlite3.connect(place) as study:
        project = study.execute(
            "insert into projects(name, description, created) values ('b', '', ?)", (now,)
        ).lastrowid
        study.execute("insert into project_members values (?, 'admin', 'ADMIN')", (project,))
        tags = [
            study.execute(
                "insert into tags(project_id, path, description) values (?, ?, '')", (project, f"tag{n}")
            ).lastrowid
            for n in range(40)
        ]
        document = study.execute(
            "insert into documents(name, description, filename, created, project_id, text_direction, contents)"
            " values ('interview', '', 'interview.html', ?, ?, 'LEFT_TO_RIGHT', ?)",
            (now, project, paragraphs),
        ).lastrowid
        for n, (start, end) in enumerate(spans):
            made = study.execute(
                "insert into highlights(document_id, start_offset, end_offset, snippet) values (?, ?, ?, '')",
                (document, start, end),
            ).lastrowid
            study.execute("insert into highlight_tags values (?, ?)", (made, tags[n % len(tags)]))


def time_taguette(browser: Any, address: str, spans: list[tuple[int, int]], length: int) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(HEAR)
    page.goto(address, wait_until="commit")
    page.wait_for_timeout(1000)
    base = address.split("/?")[0]
    ready = []
    for _ in range(VISITS):
        page.goto(f"{base}/project/1/document/1", wait_until="commit")
        page.wait_for_function("window.loaded", timeout=120_000)
        ready.append(page.evaluate("window.loaded"))
    chance = random.Random(2)
    added = []
    for _ in range(N_ADDED):
        start = chance.randrange(length - 200)
        added.append(page.evaluate(ADD, [start, start + 80]))
        page.wait_for_timeout(300)
    context.close()
    return {"ready_ms": round(statistics.median(ready)), "added_ms": round(statistics.median(added), 1)}


def time_ours(browser: Any, bench: Any, url: str) -> dict[str, float]:
    ready = []
    for _ in range(VISITS):
        page = open_page(browser, bench, "ana")
        page.goto(url)
        page.wait_for_selector("html[data-ready]", state="attached")
        ready.append(float(page.evaluate("document.documentElement.dataset.ready")))
        page.context.close()
    page = open_page(browser, bench, "ana")
    page.goto(url)
    page.wait_for_selector(".stripe")
    for key in ("Enter", *"curr", "Enter", "Escape"):
        page.keyboard.press(key)
    page.evaluate("window.keys.length = 0; performance.clearResourceTimings()")
    for _ in range(N_ADDED):
        for key, pause in (("n", 80), ("1", 300), ("Escape", 80)):
            page.keyboard.press(key)
            page.wait_for_timeout(pause)
    keys = [k for k in page.evaluate("window.keys") if k["key"] == "1"]
    answers = page.evaluate(
        "performance.getEntriesByType('resource').filter(r => r.name.includes('/api/changes')).map(r => r.responseEnd)"
    )
    saved = [min(end - k["at"] for end in answers if end > k["at"]) for k in keys]
    page.context.close()
    painted = statistics.median(k["painted"] - k["at"] for k in keys)
    return {
        "ready_ms": round(statistics.median(ready)),
        "painted_ms": round(painted, 1),
        "saved_ms": round(statistics.median(saved), 1),
    }


def compare(command: str, n_highlights: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    with (
        tempfile.TemporaryDirectory() as name,
        make_study(Path(name), N_WORDS, n_highlights) as study,
        sync_playwright() as playwright,
    ):
        text = study.text("interview")
        spans = [(r["start"], r["end"]) for r in study.evidence().iter_rows(named=True)]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with serving(study, Path(name)) as bench:
            ours = time_ours(browser, bench, f"{bench.base}/sources/{study.sources()['guid'][0]}")
        with taguette(command, Path(name), text, spans) as address:
            theirs = time_taguette(browser, address, spans, len(text))
        browser.close()
    return {
        "highlights": n_highlights,
        "ours": ours,
        "taguette": theirs,
        "ready, taguette to ours": round(theirs["ready_ms"] / ours["ready_ms"], 1),
        "added, taguette to ours (painted)": round(theirs["added_ms"] / ours["painted_ms"], 1),
    }


def main(command: str) -> None:
    assert WATCH
    result = {
        "what": f"{N_WORDS:,} words in one source; medians of {VISITS} visits and {N_ADDED} additions",
        "measured": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "sizes": [compare(command, size) for size in SIZES],
    }
    (HERE / "taguette.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main(sys.argv[1])
