"""What is unsafe, endless or unreadable is refused at once, with one sentence."""

from __future__ import annotations

import time

import pytest
import yaml
from tests.factories.framework_text import TEXT, broken

from crosscase import frameworks
from crosscase.errors import FrameworkError
from crosscase.frameworks import document

LAUGHS = "l0: &l0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"l{i}: &l{i} [{', '.join([f'*l{i - 1}'] * 10)}]\n" for i in range(1, 12)
)


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def _reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything here holds with the C reader and without it."""
    if request.param == "libyaml" and not hasattr(yaml, "CSafeLoader"):
        pytest.skip("needs libyaml, which this machine does not have")
    monkeypatch.setattr(document, "_READER", yaml.CSafeLoader if request.param == "libyaml" else yaml.SafeLoader)


def refused(text: str) -> str:
    with pytest.raises(FrameworkError) as error:
        frameworks.loads(text, "mine.yaml")
    return str(error.value)


@pytest.mark.parametrize(
    "value",
    [
        '!!python/object/apply:os.system ["echo no"]',
        "!!python/name:os.system",
        "!!python/tuple [1]",
        "!!set {a}",
        "!!binary aGVsbG8=",
        "!!str text",
        "!include other.yaml",
    ],
)
def test_tags_are_refused(value: str) -> None:
    said = refused(broken("title: A small framework", f"title: {value}"))
    assert "the tag" in said and "mine.yaml, line 4" in said


def test_a_tag_on_a_key_is_refused() -> None:
    assert "a key that is no plain text" in refused("!!str id: x\n")


def test_a_billion_laughs_are_refused_quickly() -> None:
    begun = time.perf_counter()
    assert "counting aliases" in refused(LAUGHS + TEXT)
    assert time.perf_counter() - begun < 1.0


def test_what_contains_itself_is_refused() -> None:
    assert "*a contains itself" in refused("a: &a [*a]\n" + TEXT)
    assert "*m contains itself" in refused("m: &m {children: [*m]}\n" + TEXT)


def test_an_alias_of_nothing_is_refused() -> None:
    assert "stands for nothing" in refused(broken("title: A small framework", "title: *nowhere"))


def test_merge_keys_are_unknown_keys() -> None:
    text = broken("definition: Own.", "definition: Own.\n      <<: {name: Other}")
    assert "unknown key '<<'" in refused(text)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_limited(opening: str) -> None:
    begun = time.perf_counter()
    assert "nested too deeply" in refused("a:\n  " + opening * 3000)
    assert time.perf_counter() - begun < 2.0


def test_size_is_limited() -> None:
    assert "larger than 2 MiB" in refused("# " + "x" * 2 * 1024 * 1024)
    assert "larger than 2 MiB" in refused("# " + "é" * 1024 * 1024)


def test_the_number_of_values_is_limited() -> None:
    assert "more than 100,000 values" in refused("a: [" + "1," * 120_000 + "]")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("just words", "no list of keys and values"),
        ("- a\n- b\n", "no list of keys and values"),
        ("a: 1\n---\nb: 2\n", "a second document begins"),
        ("a:\n - b\n  c: d\n", "not valid YAML"),
        ('a: "open', "not valid YAML"),
        ("a:\n\tb: 1\n", "not valid YAML"),
        ("? [a, b]\n: c\n", "a key that is no plain text"),
        ('title: "a\\0b"\n', "control character U+0000"),
        ("title: a\x07b\n", "not valid YAML"),
        ("title: \ud800\n", "half of a character"),
    ],
)
def test_what_is_no_framework_file_at_all(text: str, said: str) -> None:
    assert said in refused(text)


def test_half_a_character_written_as_an_escape_is_refused() -> None:
    assert "line 1" in refused('title: "\\ud800"\n')


DIGESTS = {name: frameworks.load(name).digest for name in frameworks.names}


@pytest.mark.parametrize("name", frameworks.names)
def test_shipped_frameworks_read_the_same_with_both_readers(name: str) -> None:
    assert frameworks.load(name).digest == DIGESTS[name]
