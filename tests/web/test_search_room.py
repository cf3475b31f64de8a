"""Search with filters that know no more than this person may see."""

from __future__ import annotations

import re

import pytest

from crosscase.services.study import Study
from tests.web.conftest import Browser, coding
from tests.web.test_codebook_room import NASTY

CODE = "infra.curr.common"


def names(browser: Browser, query: str) -> list[str]:
    text = browser.get(f"/search?{query}").text
    return re.findall(r'\?at=[\d-]+"><bdi>([^<]+)</bdi>', text)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=school*", {"interview-p01", "plan"}),
        ("q=school*&kind=document", {"plan"}),
        ("q=school*&level=school", {"interview-p01"}),
        ("q=school*&case=south", set()),
        ("q=school*&coded=yes", {"interview-p01"}),
        ("q=school*&coded=no", {"plan"}),
        ("q=school*&coded=mine", {"interview-p01"}),
        ("q=school*&coded=not-mine", {"plan"}),
        ("q=school*&coder=ana", {"interview-p01"}),
        ("q=school*&coder=ben", set()),
        ("q=school*&coder=nobody", set()),
        ("q=school*&coded=nonsense", {"interview-p01", "plan"}),
    ],
)
def test_a_filter_leaves_what_fits(ana: Browser, study: Study, query: str, found: set[str]) -> None:
    ana.change(**coding(study, "interview-p01", "every school has the same ones", CODE))
    assert set(names(ana, query)) == found


def test_filters_tell_nothing_about_colleagues_while_the_round_is_blind(
    ana: Browser, ben: Browser, study: Study
) -> None:
    ben.change(**coding(study, "plan", "All schools shall use", CODE))
    assert set(names(ana, "q=schools&coded=no")) == {"plan"}
    assert names(ana, "q=schools&coder=ben") == []
    assert names(ana, "q=schools&coded=yes") == []
    assert "know your own codings only" in ana.get("/search?q=schools").text
    assert names(ben, "q=schools&coder=ben") == ["plan"]


def test_hostile_words_and_filters_stay_words(ana: Browser) -> None:
    for name in ("q", "case", "kind", "level", "role", "coder", "coded"):
        answer = ana.client.get("/search", params={"q": "school", name: NASTY}, headers={"accept": "text/html"})
        assert answer.status_code == 200, name
        assert "<script>alert" not in answer.text, name


def test_who_looks_around_can_search_and_not_code(guest: Browser) -> None:
    text = guest.get("/search?q=school*").text
    assert 'id="do-code"' not in text
    assert "interview-p01" in text
