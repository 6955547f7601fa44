"""Take the pictures of the README: the page as it is today, over the sample data, in a real browser.

Run by `make screenshots`; needs chromium and fonts-noto-cjk (`make browser`). Nothing here is a test.
"""

import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from playwright.sync_api import Browser, sync_playwright

from search import Home, reindex
from tests.browser.conftest import FLAGS
from tests.web_support import ROOT, served

IMAGES = ROOT / "docs" / "images"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its file, what is searched for, and the screen it is seen on."""

    file: str
    query: str
    width: int
    height: int
    scale: int
    scheme: Literal["light", "dark"]


PICTURES = (
    Picture("search-wide-light.png", "阿拉木图 俄新社", 1120, 660, 1, "light"),
    Picture("search-phone-dark.png", "土耳其 7.8级地震", 390, 720, 1, "dark"),
)


def take(browser: Browser, address: str, picture: Picture) -> Path:
    """Write one picture."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=picture.scale,
        color_scheme=picture.scheme,
        locale="zh-CN",
    )
    page = context.new_page()
    page.goto(f"{address}/?q={quote(picture.query)}", wait_until="load")
    target = IMAGES / picture.file
    page.screenshot(path=target)
    context.close()
    return target


def main() -> None:
    """Index a copy of the sample data, serve it, and take every picture."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("no chromium: run `make browser` first")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="xunwen-screenshots-") as folder:
        home = Home(folder)
        shutil.copytree(ROOT / "data", home.data)
        reindex(home)
        with served(home.path, workers=1) as (address, _), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            for picture in PICTURES:
                target = take(browser, address, picture)
                print(f"{target.relative_to(ROOT)}  {target.stat().st_size / 1000:.0f} kB")
            browser.close()


if __name__ == "__main__":
    main()
