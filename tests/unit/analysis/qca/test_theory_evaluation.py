"""Theory evaluation: the published intersections, their fit and their cases."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.qca.published import analysis_of, read_published

from crosscase.analysis.qca.theory import theory_evaluation
from crosscase.errors import InputError


def test_published_theory_evaluation_is_reproduced_cell_by_cell(shared: Path) -> None:
    table, data = read_published(shared, "T09")
    wanted = analysis_of(table, "theory_evaluation")
    block = analysis_of(table, "intermediate_0.9_expect_absence")["solution"]["intermediate"]["C1P1"]
    solution = " + ".join(block["models"][0]["terms"])
    found = theory_evaluation(wanted["theory"], solution, "EXPORT", data)
    for row in found.table.iter_rows(named=True):
        cell = wanted["cells"][row["cell"]]
        assert list(found.cases(row["cell"])) == cell["Y_gt_half"]
        assert list(found.against(row["cell"])) == cell["Y_lt_half"]
        for name in ("inclS", "PRI", "covS"):
            assert row[name] == pytest.approx(cell[name], abs=1e-9), (row["cell"], name)


def test_the_cells_are_written_as_sums_of_products() -> None:
    frame = {"case": list("pqrs"), "A": [1, 1, 0, 0], "B": [1, 0, 1, 0], "Y": [1, 1, 0, 0]}
    found = theory_evaluation("A*B", "A", "Y", frame)
    assert dict(found.table.select("cell", "expression").iter_rows()) == {
        "T*S": "A*B",
        "~T*S": "A*~B",
        "T*~S": "0",
        "~T*~S": "~A",
    }
    assert found.cases("~T*S") == ("q",)
    assert found.table.row(2, named=True)["inclS"] is None  # nobody is in T*~S: not defined, not 0
    with pytest.raises(InputError, match="no cell"):
        found.cases("S")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(*[st.integers(0, 10)] * 4), min_size=2, max_size=10))
def test_a_case_is_in_one_cell_unless_it_is_at_one_half(rows: list[tuple[int, ...]]) -> None:
    frame = {name: [row[j] / 10 for row in rows] for j, name in enumerate(("A", "B", "C", "Y"))}
    found = theory_evaluation("A + ~B", "B*C", "Y", frame)
    named = [case for cell in found.table["cell"] for case in (*found.cases(cell), *found.against(cell))]
    assert len(named) == len(set(named))
    clear = [i for i, row in enumerate(rows) if 5 not in row]
    assert {str(i + 1) for i in clear} <= set(named)
