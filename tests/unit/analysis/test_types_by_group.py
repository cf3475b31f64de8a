"""Types within a case: two subjects of two types make a case between types."""

from __future__ import annotations

import polars as pl
import pytest
from tests.factories.analysis_cases import education, plant

from crosscase.analysis.identify import Grouped, identify_by
from crosscase.errors import AnalysisError, NotEnoughEvidence, NotFound

FRAMEWORK = education()


@pytest.fixture(scope="module")
def found() -> Grouped:
    """One district that is managerial in mathematics and federated in literacy; another managerial in both."""
    first = plant(31, ["managerial", "managerial"], n_sources=20).evidence.with_columns(subject=pl.lit("math"))
    second = plant(32, ["federated", "managerial"], n_sources=20).evidence.with_columns(
        subject=pl.lit("literacy"),
        coding_id=pl.col("coding_id") + first["coding_id"].max() + 1,
        source=pl.concat_str("source", pl.lit("-literacy")),
    )
    evidence = pl.concat([first, second])
    return identify_by(evidence, FRAMEWORK, "subject", draws=1000, allow_unconverged=True, tries=1)


def test_a_case_of_two_types_lies_between_them(found: Grouped) -> None:
    verdict = found.verdict("case1")
    assert verdict.kind == "between"
    assert set(verdict.types) == {"managerial", "federated"}
    assert "math" in verdict.sentence and "literacy" in verdict.sentence


def test_a_case_of_one_type_keeps_its_verdict(found: Grouped) -> None:
    assert found.whole is not None
    assert found.verdict("case2") == found.whole.verdict("case2")


def test_every_group_opens_to_its_own_codings(found: Grouped) -> None:
    assert found.groups("case1") == ("literacy", "math")
    quotes = found.quotes(case="case1", group="math", type="managerial")
    assert quotes.height
    assert set(quotes["subject"]) == {"math"}


def test_what_cannot_be_grouped_is_refused_in_a_sentence(found: Grouped) -> None:
    evidence = found.codings
    with pytest.raises(AnalysisError, match="cannot be grouped"):
        identify_by(evidence, FRAMEWORK, "shoe_size")
    with pytest.raises(NotEnoughEvidence, match="no coding names"):
        identify_by(evidence, FRAMEWORK, "subject", leave_out=("math", "literacy"))
    with pytest.raises(NotFound):
        found.verdict("nowhere")
