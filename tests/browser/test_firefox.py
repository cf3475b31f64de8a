"""The Source room in Firefox: reading, coding, answering and undoing by keyboard, with highlights painted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crosscase.services.study import Study
from tests.browser.workbench_pages import HOSTILE, guid_of, workbench
from tests.conftest import require
from tests.factories.firefox import FIREFOX, Firefox, firefox
from tests.factories.workbench import Running

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def fox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    require("firefox", FIREFOX is not None)
    with firefox(tmp_path_factory.mktemp("fox")) as running:
        yield running


def opened(fox: Firefox, served: Running, source: str) -> None:
    fox.go("about:blank")  # the page before looks for a server that has gone
    fox.complaints.clear()
    fox.requests.clear()
    fox.enter(served.address_as("ana"))
    fox.go(f"{served.base}/sources/{guid_of(served.study, source)}")
    fox.wait("document.documentElement.dataset.ready")


def saved(fox: Firefox) -> None:
    fox.wait("document.querySelector('#state').textContent === 'Saved'")


def said(fox: Firefox, words: str) -> None:
    fox.wait(f"document.querySelector('#said').textContent.includes({words!r})")


def painted(fox: Firefox) -> list[str]:
    """The words under every highlight of a code."""
    ranges = "[...CSS.highlights].filter(([name]) => /^c\\d/.test(name)).flatMap(([, marks]) => [...marks])"
    return list(fox.read(f"{ranges}.map((r) => r.startContainer.data.slice(r.startOffset, r.endOffset))"))


def rows(study: Study) -> list[tuple[str, str, str | None]]:
    return [(r["text"], r["code"], r["locus"]) for r in study.evidence().iter_rows(named=True)]


def test_a_passage_is_coded_answered_and_undone_by_keyboard(fox: Firefox, tmp_path: Path) -> None:
    with workbench(tmp_path) as served:
        opened(fox, served, "interview-p01")
        fox.press("j", "n")
        said(fox, "We got the binders in August")
        fox.press("c", "u", "r")
        fox.wait(
            "document.querySelector('[role=option][aria-selected=true]')?.textContent.includes('Common curriculum')"
        )
        fox.press("Enter", "1", "Enter")
        saved(fox)
        words = "We got the binders in August, and every school has the same ones."
        assert rows(served.study) == [(words, "infra.curr.common", "central_office")]
        fox.wait("[...document.querySelectorAll('.stripe')].some(s => s.textContent.includes('Common curriculum'))")
        assert words in painted(fox)
        fox.press("u", "Control+z")
        said(fox, "Undone: Coded")
        saved(fox)
        assert rows(served.study) == []
        assert words not in painted(fox)
        assert fox.complaints == []
        assert all(address.startswith((served.base, "data:", "ws://127.0.0.1")) for address in fox.requests)


def test_a_passage_is_extended_and_gets_a_memo(fox: Firefox, tmp_path: Path) -> None:
    with workbench(tmp_path) as served:
        opened(fox, served, "interview-p01")
        fox.press("j", "Shift+N", "Enter", *"urr", "Enter", "Escape", "m", *"in Firefox")
        fox.press("Control+Enter")
        said(fox, "Memo kept")
        saved(fox)
        ((words, code, _),) = rows(served.study)
        assert code == "infra.curr.common"
        assert words.count(".") > 1
        fox.wait("document.querySelector('.memo')?.textContent.includes('in Firefox')")


def test_hostile_text_runs_nothing_and_keeps_its_places(fox: Firefox, tmp_path: Path) -> None:
    with workbench(tmp_path, {"hostile": HOSTILE}) as served:
        opened(fox, served, "hostile")
        fox.press("j", "j", "t", "Enter", *"common", "Enter", "Escape")
        saved(fox)
        (found,) = rows(served.study)
        assert found[0] in HOSTILE
        assert fox.read("document.querySelectorAll('#text script, #text img').length") == 0
        assert fox.complaints == []
