"""Very many cases are identified part by part; what is done is kept, and a stopped run goes on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from tests.factories.analysis_cases import education, plant

from crosscase.errors import FormatError, NotFound
from crosscase.services.many_cases import identify_many

OPTIONS = {"draws": 500, "allow_unconverged": True, "tries": 1}


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    path = tmp_path / "codings.parquet"
    plant(51, ["managerial", "federated", "networked", "managerial", "federated"], n_sources=6).evidence.write_parquet(
        path
    )
    return path


def test_every_case_gets_its_verdict_and_finished_parts_are_not_done_again(evidence: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    found = identify_many(evidence, education(), folder, cases_in_a_part=2, **OPTIONS)
    assert found.n_parts == 3
    assert found.failed == {}
    assert found.verdicts["case"].sort().to_list() == [f"case{i}" for i in range(1, 6)]
    assert pl.read_parquet(folder / "types.parquet").equals(found.types)
    parts = {path: path.stat().st_mtime_ns for path in (folder / "parts").glob("*.json")}
    assert len(parts) == 3
    next(iter(parts)).unlink()  # as if the run had been stopped there
    again = identify_many(evidence, education(), folder, cases_in_a_part=2, **OPTIONS)
    assert again.types.equals(found.types)
    now = {path: path.stat().st_mtime_ns for path in (folder / "parts").glob("*.json")}
    assert set(now) == set(parts)
    assert sum(now[p] != parts[p] for p in parts) == 1


def test_what_is_no_evidence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no evidence"):
        identify_many(tmp_path / "nothing.parquet", education(), tmp_path / "out")
    wrong = tmp_path / "wrong.parquet"
    wrong.write_text("no parquet")
    with pytest.raises(FormatError, match="no evidence"):
        identify_many(wrong, education(), tmp_path / "out")
