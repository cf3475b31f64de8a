"""The page about framework files says what the schema says, and its examples are true."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from pydantic import BaseModel
from tests.conftest import ROOT

from crosscase import frameworks
from crosscase.errors import FrameworkError
from crosscase.frameworks import entries, schema
from crosscase.frameworks.schema import FrameworkFile

PAGE = (ROOT / "docs" / "reference" / "framework.md").read_text("utf-8")
CLASSES = [
    kind
    for module in (entries, schema)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.__module__ == module.__name__
]


def code(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("kind", CLASSES, ids=[kind.__name__ for kind in CLASSES])
def test_every_key_of_a_framework_file_is_documented(kind: type[BaseModel]) -> None:
    words = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`\n]+`", PAGE) + code("yaml"))))
    known = {field.alias or name for name, field in kind.model_fields.items()}
    # In a file the facets of a pattern stand beside its code.
    assert known - words - ({"facets"} if kind is schema.PatternEntry else set()) == set()


def test_the_smallest_file_of_the_page_is_valid() -> None:
    (smallest,) = code("yaml")
    assert frameworks.loads(smallest).type("shared").membership({"COMMON": 0.7}) == 0.7


def test_the_refusal_on_the_page_is_what_is_said() -> None:
    (smallest,) = code("yaml")
    wrong = smallest.replace("all schools., terms:", "all schools., termz:")
    wrong = wrong.replace("for: [{code: curr.common}]", "for: [{code: curr.comon}]")
    with pytest.raises(FrameworkError) as refused:
        frameworks.loads(wrong, "my-framework.yaml")
    assert str(refused.value) in PAGE


def test_the_json_schema_is_that_of_the_program() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "framework_schema.py"))
    assert Path(script["PATH"]).read_text("utf-8") == script["schema_text"](), "run scripts/framework_schema.py"


def test_every_public_name_is_documented() -> None:
    assert [name for name in frameworks.__all__ if f"frameworks.{name}" not in PAGE] == []


def test_the_table_of_counts_has_every_indicator() -> None:
    rows = set(re.findall(r"^\| ([a-z.]+) \|", PAGE, re.MULTILINE))
    assert {i.id for i in frameworks.load("education-systems").indicators} <= rows


def test_the_schema_knows_one_version() -> None:
    assert FrameworkFile.model_fields["schema_"].alias == "schema"
    assert schema.SCHEMA in PAGE


def test_the_table_of_counts_is_that_of_the_shared_texts(shared: Path) -> None:
    sources = shared / "data" / "sources"
    folders = ["knox_county_tn", "iowa_city_ia", "san_juan_usd_ca", "sacramento_coe_ca", "federal_hearings"]
    script = runpy.run_path(str(ROOT / "scripts" / "term_counts.py"))
    assert script["report_text"]("education-systems", [sources / f for f in folders]).split("\n\n")[1].strip() in PAGE
