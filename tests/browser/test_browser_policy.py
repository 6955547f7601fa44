"""The policy as a browser keeps it: what is inline does not run and does not show, on any page."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser.test_browser_pages import opened
from tests.support.waiting import HANG_SECONDS
from tests.support.web import AIRPORT, HOSTILE

PAGES = [
    "/",
    "/?q=" + quote("恶意"),
    f"/entries/{AIRPORT}",
    "/entries/" + quote(HOSTILE),
    "/help",
    "/nothing",
]

INLINE = """() => {
  const put = (tag, set) => document.body.append(Object.assign(document.createElement(tag), set));
  put("script", { textContent: "window.ran = true" });
  put("style", { textContent: "body { opacity: 0.5 }" });
  document.body.setAttribute("style", "opacity: 0.4");
  document.body.insertAdjacentHTML("beforeend", '<b id="trap" onclick="window.clicked = true">x</b>');
  document.querySelector("#trap").click();
  return [window.ran, window.clicked, getComputedStyle(document.body).opacity];
}"""


@pytest.mark.parametrize("path", PAGES)
def test_inline_scripts_and_styles_are_refused(browser: Browser, address: str, path: str) -> None:
    """Neither a script, a style, a style attribute nor a handler takes effect, and each is reported."""
    context = browser.new_context(base_url=address)
    context.set_default_timeout(HANG_SECONDS * 1000)
    page, told = context.new_page(), list[str]()
    page.goto(path)
    page.on("console", lambda message: told.append(message.text))
    assert page.evaluate(INLINE) == [None, None, "1"]
    assert len([text for text in told if "Content Security Policy" in text]) == 4
    context.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
def test_pages_have_nothing_inline_and_the_console_stays_empty(
    browser: Browser, address: str, path: str, locale: str
) -> None:
    """Scripts have no text but data; there is no style or on… attribute, and nothing from elsewhere."""
    with opened(browser, address, path, locale=locale) as page:
        inside = "[...document.scripts].filter((one) => one.type === 'module' && !one.src).length"
        assert page.locator("script:not([type=module], [type='application/ld+json'])").count() == 0
        assert page.evaluate(inside) == 0
        assert page.locator("style, [style]").count() == 0
        own = "performance.getEntriesByType('resource').every((one) => one.name.startsWith(location.origin))"
        assert page.evaluate(own)
        handlers = "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames())"
        assert [name for name in page.evaluate(handlers) if name.startswith("on")] == []
