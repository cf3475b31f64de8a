"""The other side of the comparison: runs in an environment of its own and imports nothing of Crosscase.

Makes the environment (never the product's, for licences and pins differ; pandas 3 breaks irrCAC's missing values):

    python3 -m venv /tmp/others
    /tmp/others/bin/pip install irrCAC krippendorff scikit-learn statsmodels nltk

``others.py values DATA`` prints the coefficients of every data set in DATA as JSON; ``others.py speed DATA`` prints
CPU-seconds. ``oracles.py`` and ``bench.py`` call it.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from irrCAC.raw import CAC
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import jaccard_distance, masi_distance
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, cohens_kappa, fleiss_kappa

PACKAGES = ("irrCAC", "krippendorff", "scikit-learn", "statsmodels", "nltk", "numpy", "pandas")


def gwet(ratings: Any, weights: str) -> dict[str, Any]:
    """Gwet's family with standard errors, which irrCAC rounds to five digits."""
    panel, found = CAC(pd.DataFrame(ratings), weights=weights), {}
    for name in ("gwet", "fleiss", "conger", "bp", "krippendorff"):
        estimate = getattr(panel, name)()["est"]
        found[name] = {"value": float(estimate["coefficient_value"]), "se": float(estimate["se"])}
    return found


def alphas(ratings: Any) -> dict[str, float]:
    table = np.array(ratings, dtype=float).T
    levels = ("nominal", "ordinal", "interval", "ratio")
    return {level: float(krippendorff.alpha(table, level_of_measurement=level)) for level in levels}


def pair(ratings: Any) -> dict[str, Any]:
    a, b = ([row[c] for row in ratings] for c in (0, 1))
    table = pd.crosstab(pd.Series(a), pd.Series(b)).reindex(index=range(1, 6), columns=range(1, 6), fill_value=0)
    used = sorted({*a, *b})
    found: dict[str, Any] = {}
    for weights in (None, "linear", "quadratic"):
        kappa = cohens_kappa(table.loc[used, used].to_numpy(), wt=weights)
        found[str(weights)] = {
            "scikit-learn": float(cohen_kappa_score(a, b, weights=weights)),
            "statsmodels": float(kappa["kappa"]),
            "se": float(kappa["std_kappa"]),
            "null_se": float(kappa["std_kappa0"]),
        }
    return found


def sets(rows: Any) -> dict[str, float]:
    triples = [(f"c{c}", u, frozenset(one)) for u, row in enumerate(rows) for c, one in enumerate(row)]
    return {
        "masi": float(AnnotationTask(triples, distance=masi_distance).alpha()),
        "jaccard": float(AnnotationTask(triples, distance=jaccard_distance).alpha()),
    }


def values(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"packages": {name: version(name) for name in PACKAGES}}
    for name, one in data.items():
        if name.startswith("panel"):
            found[name] = {"alpha": alphas(one), **{w: gwet(one, w) for w in ("identity", "linear", "quadratic")}}
            if not any(value is None for row in one for value in row):
                found[name]["statsmodels_fleiss"] = float(fleiss_kappa(aggregate_raters(np.array(one))[0]))
        elif name.startswith("pair"):
            found[name] = pair(one)
        else:
            found[name] = sets(one)
    return found


def seconds(work: Callable[[], object], repeats: int = 3) -> float:
    spent = []
    for _ in range(repeats):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return round(min(spent), 4)


def speed(data: dict[str, Any]) -> dict[str, Any]:
    ratings = np.array(data["ratings"], dtype=float)
    frame, table = pd.DataFrame(ratings), ratings.T
    return {
        "packages": {name: version(name) for name in PACKAGES},
        "krippendorff_value_s": seconds(lambda: krippendorff.alpha(table, level_of_measurement="nominal")),
        "irrcac_value_and_closed_form_s": seconds(lambda: CAC(frame).krippendorff()),
        "irrcac_fleiss_s": seconds(lambda: CAC(frame).fleiss()),
        "value": float(krippendorff.alpha(table, level_of_measurement="nominal")),
    }


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    with Path(sys.argv[2]).open(encoding="utf-8") as file:
        handed = json.load(file)
    sys.stdout.write(json.dumps({"values": values, "speed": speed}[sys.argv[1]](handed)))
