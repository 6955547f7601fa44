"""Every kind of page, by axe-core: nothing keeps anyone out, in light and dark, in each language."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_browser_pages import opened
from tests.support.web import AIRPORT

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-playwright-python")

PAGES = {
    "first": "/",
    "search": "/?q=" + quote("阿拉木图 机场"),
    "filtered": "/?q=" + quote("地震") + "&page=2&sort=oldest&from=2022&agency=" + quote("新华社"),
    "misread": "/?q=" + quote('机场 "恢复') + "&from=x&sort=y",
    "zero hits": "/?q=" + quote("机场 火星"),
    "entry": f"/entries/{AIRPORT}?q=" + quote("机场"),
    "whole entry": "/entries/quake/07",
    "figures": "/figures?q=" + quote("地震"),
    "help": "/help",
    "error": "/nothing",
}


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW", "en-GB"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_axe_finds_nothing(browser: Browser, address: str, path: str, locale: str) -> None:
    """No violation of any rule of axe-core, on a wide screen in light and on a telephone in dark."""
    for scheme, width in (("light", 1280), ("dark", 360)):
        with opened(
            browser,
            address,
            path,
            locale=locale,
            color_scheme=scheme,
            viewport={"width": width, "height": 800},
        ) as page:
            expect(page.locator("html")).to_have_attribute("lang", "en" if locale == "en-GB" else locale)
            page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
            found = axe.Axe().run(page)
            assert not found.response["violations"], found.generate_report()
    assert found.response["testEngine"]["name"] == "axe-core"


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_axe_finds_nothing_in_open_suggestions(browser: Browser, address: str, locale: str) -> None:
    """The combobox with its list open and an offer marked."""
    with opened(browser, address, locale=locale) as page:
        page.locator("#q").fill("阿拉")
        expect(page.get_by_role("option").first).to_be_visible()
        page.locator("#q").press("ArrowDown")
        found = axe.Axe().run(page)
        assert not found.response["violations"], found.generate_report()


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_axe_finds_nothing_in_the_sheet_of_filters(browser: Browser, address: str, locale: str) -> None:
    """The dialog on a telephone, after a tick, and the form of ticked hits behind it."""
    view = {"width": 360, "height": 700}
    with opened(browser, address, PAGES["filtered"], locale=locale, viewport=view) as page:
        page.locator(".pick input").first.check()
        found = axe.Axe().run(page)
        assert not found.response["violations"], found.generate_report()
        page.locator(".to-filters").click()
        page.locator("[data-facet=stream] input").first.check()
        expect(page.get_by_role("dialog")).to_be_visible()
        expect(page.locator(".chip")).to_have_count(3)
        found = axe.Axe().run(page)
        assert not found.response["violations"], found.generate_report()
