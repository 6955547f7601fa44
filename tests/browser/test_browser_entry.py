"""The page of an entry in a browser: two columns, a headline that breaks between words, and its buttons."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_browser_pages import opened
from tests.support.web import AIRPORT

ENTRY = f"/entries/{AIRPORT}?q=" + quote("机场")


@pytest.mark.parametrize(("width", "beside"), [(1280, True), (960, True), (768, False), (320, False)])
def test_the_context_stands_beside_on_a_wide_screen(
    browser: Browser, address: str, width: int, beside: bool
) -> None:
    """From 960 pixels in a right column, else below; never wider than the screen."""
    with opened(browser, address, ENTRY, viewport={"width": width, "height": 800}) as page:
        text, context = (
            page.locator(".entry-main").bounding_box(),
            page.locator(".entry-context").bounding_box(),
        )
        assert text and context
        assert (context["x"] >= text["x"] + text["width"]) == beside
        assert (context["y"] >= text["y"] + text["height"]) != beside
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_headline_breaks_only_between_words(browser: Browser, address: str) -> None:
    """On the narrowest screen, no word is divided."""
    with opened(browser, address, ENTRY, viewport={"width": 320, "height": 800}) as page:
        lines = page.locator("h1").evaluate(
            """(h1) => {
              const range = document.createRange(), tops = [];
              const texts = document.createTreeWalker(h1, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                for (let i = 0; i < texts.currentNode.length; i += 1) {
                  range.setStart(texts.currentNode, i);
                  range.setEnd(texts.currentNode, i + 1);
                  tops.push([texts.currentNode.data[i], Math.round(range.getBoundingClientRect().bottom)]);
                }
              }
              return tops;
            }"""
        )
        rows: dict[int, str] = {}
        for character, bottom in lines:
            rows[bottom] = rows.get(bottom, "") + character
        assert all(
            row in ("阿拉木图机场恢复运行", "阿拉木图机场", "阿拉木图机场恢复", "恢复运行", "运行")
            for row in rows.values()
        )


def test_link_and_citation_are_copied(browser: Browser, address: str) -> None:
    """By keyboard; the page says so, and the clipboard has the text."""
    permissions = ["clipboard-read", "clipboard-write"]
    with opened(browser, address, ENTRY, permissions=permissions) as page:
        for name, text in (
            ("复制链接", f"{address}/entries/{AIRPORT}"),
            ("复制引文", "国际文传电讯社. 阿拉木图"),
        ):
            page.get_by_role("button", name=name).focus()
            page.keyboard.press("Enter")
            expect(page.get_by_role("status").filter(has_text="已复制")).to_be_visible()
            assert page.evaluate("navigator.clipboard.readText()").startswith(text)
            expect(page.get_by_role("button", name=name)).to_be_focused()


def test_without_the_clipboard_a_field_is_copied(browser: Browser, address: str) -> None:
    """As on a page without TLS."""
    with opened(browser, address, ENTRY) as page:
        page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        page.get_by_role("button", name="复制链接").click()
        expect(page.get_by_role("status").filter(has_text="已复制")).to_be_visible()


def test_without_scripts_there_are_no_buttons(browser: Browser, address: str) -> None:
    """The citation can be opened and read."""
    with opened(browser, address, ENTRY, java_script_enabled=False) as page:
        expect(page.get_by_role("button", name="复制链接")).to_be_hidden()
        page.get_by_text("引用与永久链接").click()
        expect(page.locator(".cite-line")).to_be_visible()
        expect(page.get_by_text("BLAKE2b，")).to_be_visible()
