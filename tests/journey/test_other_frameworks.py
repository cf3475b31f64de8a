"""The machinery is the same for other theories: ratings of an implementation framework, figures of welfare regimes."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from crosscase import frameworks
from crosscase.cli import main
from crosscase.errors import AnalysisError
from crosscase.services.analyses import identify_study
from crosscase.services.exploring import ratings_of
from crosscase.services.study import create_study, open_study


def with_anchors(tmp_path: Path) -> Path:
    """The welfare framework with anchors, which its user has to set."""
    content = yaml.safe_load(frameworks.text_of("welfare-regimes"))
    for condition in content["conditions"].values():
        if condition.get("input") != "number":
            continue
        condition["anchors"] = {
            name: {"at": at, "reason": "set for this test"} for name, at in (("out", 10), ("cross", 50), ("in", 90))
        }
        condition.pop("unset_anchors", None)
    path = tmp_path / "welfare.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path


def test_figures_of_welfare_regimes_are_identified_by_the_rules(tmp_path: Path) -> None:
    framework = frameworks.load(str(with_anchors(tmp_path)))
    ideal = framework.type("liberal")  # the one whose rule needs no passages
    signs = ideal.formula.signs()
    figures = {}
    for condition in framework.conditions:
        for name in condition.indicators:
            high = signs.get(condition.id, False) is not framework.indicator(name).reverse
            figures[name] = 99.0 if high else 1.0
    with create_study(
        tmp_path / "study", title="Welfare", framework=str(tmp_path / "welfare.yaml"), cases={"north": "North"}
    ) as study:
        settings = study.folder / "study.yaml"
        text = yaml.safe_load(settings.read_text(encoding="utf-8"))
        text["cases"] = {"north": {"label": "North", "numbers": figures}}
        settings.write_text(yaml.safe_dump(text, sort_keys=False), encoding="utf-8")
    with open_study(tmp_path / "study") as study:
        found = identify_study(study, study.evidence())
        assert found.verdict("north").types == (ideal.id,)
        assert found.membership("north", ideal.id) > 0.9  # type: ignore[operator]


def test_anchors_that_nobody_set_are_refused(tmp_path: Path) -> None:
    made = create_study(tmp_path / "study", title="W", framework="welfare-regimes", cases={"north": "North"})
    with made as study, pytest.raises(AnalysisError, match="anchors"):
        identify_study(study, study.evidence())


def test_ratings_of_an_implementation_study_are_shown_with_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with create_study(tmp_path / "study", title="C", framework="cfir", cases={"a": "A", "b": "B"}) as study:
        code = study.framework.indicators[0].id
        rows = [f"a,{code},ana,2", f"a,{code},ben,1", f"b,{code},ana,-1"]
        (study.folder / "ratings.csv").write_text("case,code,coder,rating\n" + "\n".join(rows) + "\n")
        table = ratings_of(study).table
        assert table.filter((table["code"] == code) & (table["case"] == "a"))["rating"].to_list() == [1.5]
        assert table["missing"].sum() == table.height - 2
        with pytest.raises(AnalysisError, match="no ideal types"):
            identify_study(study, study.evidence())
    assert main(["identify", str(tmp_path / "study")]) == 2
    assert capsys.readouterr().err.startswith("error: ")
