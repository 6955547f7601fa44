"""What a page costs its reader, on a collection of real size: bytes, requests, and nothing that jumps.

`tests/bench/pages.py` measures the time.
"""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser.test_browser_pages import opened

BYTES = 70_000
#: Two styles, seven scripts, the mark, the icons and the manifest.
REQUESTS = 13

TIMING = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const rest = performance.getEntriesByType("resource").map((one) => [one.name, one.transferSize]);
  return { page: page.transferSize, rest };
}"""
# Puts a line on top of the page, two frames after all before was painted, and waits for its shift.
# Returns the number of layout shifts before that one: the browser reports them in order.
SHIFTS = """() => new Promise((done) => {
  let seen = 0, before = Infinity;
  const observer = new PerformanceObserver((list) => {
    seen += list.getEntries().length;
    if (seen > before) done(before);
  });
  observer.observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
    before = seen += observer.takeRecords().length;
    document.body.prepend(Object.assign(document.createElement("p"), { textContent: "…" }));
  })));
})"""


PAGES = {
    "first": "/",
    "search": "/?q=" + quote("北京 奥运会"),
    "sentence": "/?q=" + quote("国务院总理在人民大会堂会见来访的外国客人"),
    "zero hits": "/?q=" + quote('"火星上的新闻联播"'),
    "figures": "/figures?q=" + quote("加沙 死亡"),
    "help": "/help",
}


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_a_first_visit_is_light(browser: Browser, news: str, path: str) -> None:
    """Page, style and scripts together, nothing kept from before, are below 70 kB."""
    with opened(browser, news, path) as page:
        said = page.evaluate(TIMING)
        # The mark is the icon as well: the second time it comes from the cache.
        sizes = dict(sorted(map(tuple, said["rest"])))
        assert 3 <= len(sizes) <= REQUESTS, "style and scripts are counted, and there are no others"
        assert all(size > 0 for size in sizes.values())
        assert said["page"] + sum(sizes.values()) < BYTES


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_nothing_jumps(browser: Browser, news: str, path: str, width: int) -> None:
    """From the first paint on everything stays where it is, also below an open list of suggestions."""
    with opened(browser, news, path, viewport={"width": width, "height": 800}) as page:
        page.locator("#q").fill("")
        page.locator("#q").press_sequentially("北京")
        page.get_by_role("option").first.wait_for()
        assert page.evaluate(SHIFTS) == 0


@pytest.mark.slow
def test_a_shift_would_be_seen(browser: Browser, news: str) -> None:
    """The measure is not blind: the line that it puts on top is a shift for the next measure."""
    with opened(browser, news) as page:
        assert [page.evaluate(SHIFTS), page.evaluate(SHIFTS)] == [0, 1]
