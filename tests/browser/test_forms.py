"""Plain forms: a refusal stands beside what was filled in; what comes of a form is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.workbench_pages import Page, workbench


def test_a_refusal_stands_beside_what_was_filled_in(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.go("/codebook/edit/infra.curr.common")
        form = page.locator("form:has(input[value=merge])")
        form.evaluate("form => form.noValidate = true")
        form.locator("textarea, input[type=text], input:not([type])").last.fill("one and the same")
        form.locator("button").last.click()
        page.wait_for_selector("main form:has(input[value=merge]) [role=alert], main [role=alert]")
        assert form.locator("textarea, input[type=text], input:not([type])").last.input_value() == "one and the same"
        assert page.url.endswith("/codebook/edit/infra.curr.common")


def test_a_case_that_is_there_already_is_refused_in_place_and_another_one_is_added(
    chromium: Any, tmp_path: Path
) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.go("/")
        form = page.locator("form[action='/cases']")
        if not form.is_visible():
            page.locator("details:has(form[action='/cases']) > summary").click()
        form.locator("[name=name]").fill("north")
        form.locator("[name=label]").fill("Another north")
        form.locator("button").click()
        form.locator(".refused").wait_for()
        assert "there is a case north already" in form.locator(".refused").inner_text()
        assert form.locator("[name=label]").input_value() == "Another north"
        form.locator("[name=name]").fill("east")
        form.locator("button").click()
        page.wait_for_selector("text=Another north")
        assert [c.name for c in served.study.settings.cases][-1] in ("south", "east")


def test_a_form_sends_once_however_often_it_is_pressed(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.go("/settings")
        form = page.locator("form[action='/settings/rounds']")
        form.locator("[name=name]").fill("second")
        form.locator("button").evaluate("button => { button.click(); button.click(); button.click(); }")
        page.wait_for_selector("th:has-text('second')")
        assert page.locator(".refused").count() == 0
        with served.study.reading() as connection:
            n = connection.exec_driver_sql("select count(*) from round where name = 'second'").scalar_one()
        assert n == 1


def test_a_server_that_does_not_answer_leaves_the_form_as_it_is(chromium: Any, tmp_path: Path) -> None:
    with workbench(tmp_path) as served, Page(chromium, served) as ana:
        page = ana.go("/settings")
        form = page.locator("form[action='/settings/rounds']")
        form.locator("[name=name]").fill("second")
        page.context.set_offline(True)
        form.locator("button").click()
        form.locator(".refused").wait_for()
        assert "Nothing was sent" in form.locator(".refused").inner_text()
        page.context.set_offline(False)
        form.locator("button").click()
        page.wait_for_selector("th:has-text('second')")
