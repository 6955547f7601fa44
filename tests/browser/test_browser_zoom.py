"""At twice the size: the whole page, and the text alone."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_browser_pages import opened
from tests.support.web import AIRPORT

PATHS = [
    "/",
    "/?q=" + quote("机场"),
    f"/entries/{AIRPORT}?q=" + quote("机场"),
    "/figures?q=" + quote("地震"),
    "/help",
]

#: Texts that are cut off: their box hides what is beyond it. Texts for screen readers alone are left out.
CUT = """
Array.from(document.querySelectorAll("main *, header *")).filter((element) => {
    const style = getComputedStyle(element);
    const shown = element.checkVisibility() && element.clientWidth > 1 && element.innerText?.trim();
    const hides = ["hidden", "clip"].includes(style.overflowX);
    return shown && hides && element.scrollWidth > element.clientWidth + 1;
}).map((element) => element.className || element.tagName)
"""


def fits(page: Page) -> bool:
    """Return whether nothing scrolls sideways and nothing is cut off."""
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return not wide and page.evaluate(CUT) == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:20])
def test_the_page_at_twice_its_size(browser: Browser, address: str, path: str) -> None:
    """A browser at 200 % gives the page half of the screen's pixels; search and content stay in reach."""
    half = {"width": 640, "height": 450}
    with opened(browser, address, path, viewport=half, device_scale_factor=2) as page:
        assert fits(page)
        expect(page.get_by_role("button", name="检索", exact=True)).to_be_in_viewport()
        # The head leaves most of the window to what is read.
        assert page.locator("header").first.bounding_box()["height"] < half["height"] / 4


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:20])
def test_the_text_at_twice_its_size(browser: Browser, address: str, path: str) -> None:
    """A reader who sets larger letters reads the same page."""
    with opened(browser, address, path, viewport={"width": 1280, "height": 900}) as page:
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert fits(page)


def test_filters_at_twice_the_size(browser: Browser, address: str) -> None:
    """The sheet opens, a box can be ticked, and its button is in view."""
    options = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}
    with opened(browser, address, PATHS[1], **options) as page:
        page.locator(".to-filters").click()
        page.get_by_role("checkbox", name="俄新社").check()
        sheet = page.get_by_role("dialog", name="筛选")
        expect(sheet.get_by_role("button", name="查看")).to_be_in_viewport()
        assert fits(page)
