"""Filters in a browser: they act when ticked and open as a sheet; without JavaScript they are a form."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_browser_pages import WITHOUT_JS, opened
from tests.browser.test_browser_typing import commit, compose, protocol
from tests.support.web import build_home, served, state

QUAKES = "/?q=" + quote("地震")
PHONE = {"width": 360, "height": 700}


def test_a_tick_acts_at_once(browser: Browser, address: str) -> None:
    """The answer changes, the focus stays, the address has the filter, and the browser goes back."""
    with opened(browser, address, QUAKES) as page:
        box = page.get_by_role("checkbox", name="新华社")
        box.focus()
        page.keyboard.press("Space")
        expect(page.locator("h1")).to_have_text("找到 15 条")
        expect(page.get_by_role("checkbox", name="新华社")).to_be_focused()
        expect(page.get_by_role("checkbox", name="新华社")).to_be_checked()
        expect(page.get_by_role("status").filter(has_text="找到 15 条")).to_be_attached()
        assert state(page.url) == {"q": ["地震"], "agency": ["新华社"]}
        expect(page.locator(".chip")).to_have_count(1)
        page.go_back()
        expect(page.locator("h1")).to_have_text("找到 30 条")
        expect(page.get_by_role("checkbox", name="新华社")).not_to_be_checked()


def test_a_tick_keeps_what_is_typed(browser: Browser, address: str) -> None:
    """A time that is being typed by an input method stays as it is, and a closed heading stays closed."""
    with opened(browser, address, QUAKES) as page:
        page.locator("summary", has_text="专题").click()
        field, to = page.get_by_label("从", exact=True), protocol(page)
        page.get_by_role("checkbox", name="新华社").check()
        field.focus()
        compose(to, "er yue")
        expect(page.locator("h1")).to_have_text("找到 15 条")
        expect(field).to_have_value("er yue")
        expect(field).to_be_focused()
        commit(to, "2月")
        expect(page.get_by_role("checkbox", name="土耳其地震")).to_be_hidden()


def test_the_last_of_quick_ticks_counts(browser: Browser, address: str) -> None:
    """An answer that comes after a later tick is dropped."""
    with opened(browser, address, QUAKES) as page:
        for name in ("新华社", "阿纳多卢通讯社"):
            page.get_by_role("checkbox", name=name).check()
        expect(page.locator(".chip")).to_have_count(2)
        expect(page.locator("h1")).to_have_text("找到 30 条")


def test_a_refused_answer_is_shown_as_a_page(browser: Browser, address: str) -> None:
    """Where the background request fails, the browser goes to the address itself."""
    page = browser.new_page(base_url=address, locale="zh-CN")
    page.goto(QUAKES)
    page.route("**/?q=*agency=*", lambda route: route.abort(), times=1)
    page.get_by_role("checkbox", name="新华社").check()
    expect(page.locator("h1")).to_have_text("找到 15 条")
    assert state(page.url)["agency"] == ["新华社"]
    page.context.close()


def test_a_click_on_an_agency_is_its_filter(browser: Browser, address: str) -> None:
    """In a hit and among the suggestions an agency makes the chip that its check box makes."""
    with opened(browser, address, QUAKES) as page:
        page.locator(".hit-by").get_by_role("link", name="新华社").first.click()
        expect(page.locator(".chip")).to_have_text(["取消 来源：新华社×"])
        expect(page.get_by_role("checkbox", name="新华社")).to_be_checked()
        page.locator("#q").fill("俄新")
        page.get_by_role("option").first.click()
        page.wait_for_url("**agency=*")
        assert "俄新社" in state(page.url)["agency"]


@WITHOUT_JS
def test_on_a_phone_filters_are_one_tap_away(browser: Browser, address: str, js: bool) -> None:
    """The button stays in view on the way down; on a wide screen the filters stand beside the answer."""
    with opened(browser, address, QUAKES, viewport=PHONE, java_script_enabled=js) as page:
        page.locator(".hit").nth(5).scroll_into_view_if_needed()
        button = page.get_by_role("link", name="筛选", exact=True)
        expect(button).to_be_in_viewport()
        button.click()
        expect(page.get_by_role("heading", name="筛选")).to_be_in_viewport()
    with opened(browser, address, QUAKES, viewport={"width": 1280, "height": 700}) as page:
        expect(page.get_by_role("heading", name="筛选")).to_be_in_viewport()
        expect(page.get_by_role("link", name="筛选", exact=True)).to_be_hidden()


def test_the_sheet_counts_while_it_is_open(browser: Browser, address: str) -> None:
    """It has the focus, tells the number of hits after each tick, and closes by button and Escape."""
    with opened(browser, address, QUAKES, viewport=PHONE) as page:
        page.locator(".to-filters").click()
        sheet = page.get_by_role("dialog", name="筛选")
        expect(sheet).to_be_visible()
        page.get_by_role("checkbox", name="新华社").check()
        expect(sheet.get_by_role("button", name="查看 15 条")).to_be_in_viewport()
        sheet.get_by_role("button", name="查看 15 条").click()
        expect(sheet).to_have_count(0)
        expect(page.get_by_role("link", name="筛选（1）")).to_be_focused()
        page.keyboard.press("Enter")
        expect(sheet).to_be_visible()
        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_time_typed_in_the_sheet_is_used(browser: Browser, address: str) -> None:
    """The button of the sheet then submits the form."""
    with opened(browser, address, QUAKES, viewport=PHONE) as page:
        page.locator(".to-filters").click()
        page.get_by_label("时段", exact=True).fill("2023-02-07 5时")
        page.get_by_role("button", name="查看").click()
        expect(page.locator("h1")).to_have_text("找到 2 条")


def test_a_long_list_is_searched(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """More than twelve values get a field; it hides the others, and a ticked one stays."""
    rows = [{"id": f"a/{n}", "body": "机场恢复", "agencies": [f"第{n}通讯社"]} for n in range(20)]
    home = build_home(tmp_path_factory.mktemp("many"), rows)
    with served(home.path, workers=1) as (address, _), opened(browser, address) as page:
        page.get_by_text("其余 8 个").click()
        page.locator("[data-facet=agency] input").first.check()
        expect(page.locator(".chip")).to_have_count(1)
        field = page.get_by_role("searchbox", name="查找来源")
        field.fill("第19")
        values = page.locator("[data-facet=agency] li:visible")
        expect(values).to_have_count(2)
        field.press("Enter")
        assert "agency" in state(page.url)
        field.fill("")
        expect(values).to_have_count(20)


@WITHOUT_JS
def test_ticked_hits_are_exported(browser: Browser, address: str, js: bool) -> None:
    """The form appears with the first tick, and sends the ticked ones only."""
    with opened(browser, address, QUAKES + "&sort=oldest", java_script_enabled=js) as page:
        button = page.get_by_role("button", name="导出表格（CSV）")
        expect(button).to_be_hidden()
        boxes = page.get_by_role("checkbox", name="勾选这一条")
        for at in (1, 3):
            boxes.nth(at).check()
        expect(button).to_be_in_viewport()
        with page.expect_download() as download:
            button.click()
        rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
        assert len(rows) == 3 and rows[0].startswith("编号,时间,标题")
        assert download.value.suggested_filename.startswith("xunwen-地震-")
