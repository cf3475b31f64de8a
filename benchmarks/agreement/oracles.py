"""What five other packages say about small random data: the answers that tests/parity/test_agreement_oracles.py repeats.

``python benchmarks/agreement/oracles.py --others PYTHON`` writes ``oracles.json`` beside this file; PYTHON is that of
the environment described in others.py. The packages stay out of the product and its tests: one is GPL, one states no
licence, one needs other pins, and two weigh a hundred megabytes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np


def make_data() -> dict[str, Any]:
    """Panels with and without missing values, pairs of coders, and sets of codes."""
    rng = np.random.default_rng(20)
    data: dict[str, Any] = {}
    for n, (units, coders, gone) in enumerate([(12, 3, 0.0), (30, 4, 0.0), (25, 5, 0.25), (40, 3, 0.15), (15, 8, 0.4)]):
        truth = rng.integers(1, 6, units)
        given = np.where(rng.random((units, coders)) < 0.6, truth[:, None], rng.integers(1, 6, (units, coders)))
        missing = rng.random((units, coders)) < gone
        data[f"panel_{n}"] = [
            [None if missing[u, c] else int(given[u, c]) for c in range(coders)] for u in range(units)
        ]
    for n, units in enumerate((20, 60, 200)):
        a = rng.integers(1, 6, units)
        b = np.clip(a + rng.integers(-1, 2, units), 1, 5)
        data[f"pair_{n}"] = [[int(x), int(y)] for x, y in zip(a, b, strict=True)]
    for n, units in enumerate((15, 40)):
        # No empty set: two of them together crash NLTK.
        data[f"sets_{n}"] = [
            [sorted(rng.choice(list("ABCD"), rng.integers(1, 4), replace=False).tolist()) for _ in range(3)]
            for _ in range(units)
        ]
    return data


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--others", required=True, help="Python of the other packages' environment")
    data, here = make_data(), Path(__file__).parent
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(data, file)
        file.flush()
        command = [arguments.parse_args().others, str(here / "others.py"), "values", file.name]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    packages = found.pop("packages")
    lines = [f'"{name}": {json.dumps({"data": data[name], "values": found[name]})}' for name in data]
    text = ",\n".join([f'{{"packages": {json.dumps(packages)}', *lines]) + "}\n"
    (here / "oracles.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
