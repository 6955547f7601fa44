"""How long a browser takes to show a page of the server, on a collection of real size.

    python -m tests.bench.pages HOME     (an indexed home; needs what `make browser` installs)

prints milliseconds from the beginning of a visit to DOMContentLoaded, median and minimum. Each visit is a
first one: nothing is in the browser's cache.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import FLAGS
from tests.support.web import served

__all__ = ["main"]

_VISITS: Final = 20
_READY: Final = "() => performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
_PAGES: Final = {
    "first": "/",
    "search": "/?q=" + quote("北京 奥运会"),
    "sentence": "/?q=" + quote("国务院总理在人民大会堂会见来访的外国客人"),
    "zero hits": "/?q=" + quote('"火星上的新闻联播"'),
    "help": "/help",
}


def main(home: Path) -> None:
    """Print a line for each page."""
    with served(home, workers=1) as (address, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, path in _PAGES.items():
            _visit(browser, address + path)
            times = [_visit(browser, address + path) for _ in range(_VISITS)]
            print(f"{name:10} {median(times):7.1f} ms {min(times):7.1f} ms")
        browser.close()


def _visit(browser: Browser, url: str) -> float:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(url)
    ready = float(page.evaluate(_READY))
    context.close()
    return ready


if __name__ == "__main__":
    main(Path(sys.argv[1]))
