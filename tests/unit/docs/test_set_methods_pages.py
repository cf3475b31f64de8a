"""The worked examples in the pages on set-theoretic methods are run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "methods"
PAGES = (
    "calibration",
    "case-selection-after-qca",
    "chance-and-configurations",
    "cluster-diagnostics",
    "coincidence-analysis",
    "minimisation",
    "necessity",
    "property-space",
    "robustness",
    "theory-evaluation",
    "truth-table",
    "uncertainty-of-configurations",
)


@pytest.mark.parametrize("name", PAGES)
def test_the_worked_example_gives_what_the_page_says(name: str) -> None:
    page = FOLDER / f"{name}.md"
    result = doctest.testfile(str(page), module_relative=False)
    assert result.attempted and result.failed == 0
    text = page.read_text(encoding="utf-8")
    assert "## By hand" in text and "## Limits" in text
