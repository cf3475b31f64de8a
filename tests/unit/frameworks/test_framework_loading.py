"""Finding frameworks, building them, and what their digest depends on."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.factories.framework_text import TEXT, broken

from crosscase import frameworks
from crosscase.errors import FrameworkError
from crosscase.model.framework import Anchors, Needs, Pattern

SMALL = frameworks.loads(TEXT, "small.yaml")


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("education-systems", "education-systems"),
        ("education_systems", "education-systems"),
        ("Education Systems", "education-systems"),
        ("cfir", "cfir-2022"),
        ("CFIR-2022", "cfir-2022"),
        ("welfare_regimes", "welfare-regimes"),
    ],
)
def test_a_framework_is_found_by_any_of_its_names(name: str, id: str) -> None:
    assert frameworks.load(name).id == id


def test_a_framework_is_read_from_a_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("\ufeff" + TEXT.replace("\n", "\r\n"), "utf-8")  # as an editor on Windows saves it
    assert frameworks.load(path).digest == frameworks.load(str(path)).digest == SMALL.digest


def test_available_names_and_titles() -> None:
    assert tuple(frameworks.available()) == frameworks.names
    assert frameworks.available()["cfir-2022"].startswith("Consolidated Framework")


def test_the_text_of_a_framework_gives_it_back() -> None:
    assert frameworks.loads(frameworks.text_of("cfir")) == frameworks.load("cfir")


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(FrameworkError, match="did you mean 'education-systems'"):
        frameworks.load("education-sytems")


def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FrameworkError, match="no such file"):
        frameworks.load(tmp_path / "none.yaml")
    with pytest.raises(FrameworkError, match="cannot be read"):
        frameworks.load(tmp_path)


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"schema: crosscase-framework/1\ntitle: caf\xe9\n")
    with pytest.raises(FrameworkError, match=r"not UTF-8 text — .*line 2"):
        frameworks.load(path)


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_bytes(b"# " + b"x" * (2 * 1024 * 1024))
    with pytest.raises(FrameworkError, match="larger than 2 MiB"):
        frameworks.load(path)


def test_patterns_keep_code_and_facets_as_lists_or_single_words() -> None:
    assert SMALL.condition("COMMON").opposes == (
        Pattern(("infra.*",), {"locus": ("school",), "mode": ("make",), "stance": ("present",)}),
    )


def test_anchors_needs_and_reasons_come_through() -> None:
    common = SMALL.condition("COMMON")
    assert common.anchors == Anchors(0.25, 0.5, 0.75, {"out": "few", "cross": "half", "in": "most"})
    assert common.needs == Needs(2, 1, ("school",))


def test_anchors_that_are_null_are_left_to_the_user() -> None:
    passes = SMALL.condition("PASSES")
    assert passes.anchors is None
    assert passes.unset_anchors == {"out": "set by you", "cross": "set by you", "in": "set by you"}


def test_templates_become_degrees() -> None:
    assert SMALL.type("shared").templates == {"infra": {"centre": 1.0, "school": 0.0}}


def test_a_domain_without_subdomains_is_its_own_only_one() -> None:
    (only,) = SMALL.domain("out").subdomains
    assert (only.id, [i.id for i in only.indicators]) == ("out", ["out.rate", "out.talk", "out.talk.good"])


def test_parts_of_constructs_know_their_parent_nested_or_named() -> None:
    assert SMALL.indicator("out.talk.good").parent == "out.talk"
    assert SMALL.indicator("out.talk").parent == "out.rate"


def test_provenance_is_handed_down_until_a_part_has_its_own() -> None:
    assert SMALL.indicator("infra.curr.common").provenance.kind == "inferred"
    assert SMALL.indicator("infra.curr.local").provenance.source == "SEEN00"
    deep = frameworks.loads(broken("  name: Infrastructure\n", "  name: Infrastructure\n  prov: recalled UNSEEN01\n"))
    common = deep.indicator("infra.curr.common").provenance
    assert (common.kind, common.source) == ("recalled", "UNSEEN01")


def test_the_origin_of_a_field_is_not_handed_down() -> None:
    prov = "prov: {kind: inferred, note: ours, fields: {name: stated SEEN00}}"
    framework = frameworks.loads(broken("  name: Infrastructure\n", f"  name: Infrastructure\n  {prov}\n"))
    assert framework.domain("infra").provenance.of("name").kind == "stated"
    assert framework.indicator("infra.curr.common").provenance.of("name").kind == "inferred"
    assert framework.indicator("infra.curr.common").provenance.note == ""


def test_notes_say_where_they_come_from() -> None:
    assert SMALL.notes == ("a note", "a cited note [stated in the literature: Author 2000]")


def test_comments_and_ways_of_writing_do_not_change_the_digest() -> None:
    assert frameworks.loads("# comment\n" + TEXT).digest == SMALL.digest
    assert (
        frameworks.loads(broken("prov: stated SEEN00", "prov: {kind: stated, source: SEEN00}")).digest == SMALL.digest
    )
    assert frameworks.loads(broken("centre: Centre", "centre: {label: Centre}")).digest == SMALL.digest
    assert frameworks.loads(broken("{code: infra.curr.common}", "{code: [infra.curr.common]}")).digest == SMALL.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("The same for all.", "The same for everybody."),
        ("at: 0.25", "at: 0.3"),
        ("COMMON * ~PASSES", "COMMON * PASSES"),
        ("{centre: Centre, school: School,", "{school: School, centre: Centre,"),
        ("version: 1.0.0", "version: 1.0.1"),
    ],
)
def test_whatever_a_file_says_changes_the_digest(old: str, new: str) -> None:
    assert frameworks.loads(broken(old, new)).digest != SMALL.digest


def test_words_that_other_yaml_readers_turn_into_something_else_stay_words() -> None:
    text = broken("terms: [common curriculum, pacing guide]", "terms: [no, on, 12:30, 2020-01-01, 0x1F]")
    assert frameworks.loads(text).indicator("infra.curr.common").terms == ("no", "on", "12:30", "2020-01-01", "0x1F")


def test_an_alias_is_read_as_what_it_stands_for() -> None:
    text = broken('{apart: "Who makes it?"}', '{apart: &q "Who makes it?"}')
    text = text.replace("  rule: ~COMMON + GOOD\n", "  rule: ~COMMON + GOOD\n  discriminates_from: {shared: *q}\n")
    assert frameworks.loads(text).type("apart").discriminates_from == {"shared": "Who makes it?"}
