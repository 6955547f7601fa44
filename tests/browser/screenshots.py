"""Take the pictures of the README: the page as it is today, over the sample data, in a real browser.

Run by `make screenshots`; needs chromium and fonts-noto-cjk (`make browser`). Nothing here is a test. Each
picture is taken in light and in dark, and kept small by a palette: a page has few colours.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from search import Home, reindex
from tests.browser.conftest import FLAGS
from tests.support.web import ROOT, served

IMAGES = ROOT / "docs" / "images"
COLOURS = 48
#: No picture may be larger, in bytes.
MOST = 60_000

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name, the address it shows, and the screen it is seen on."""

    name: str
    path: str
    width: int = 1120
    height: int = 640


PICTURES = (
    Picture("search", "/?q=" + quote("阿拉木图 俄新社")),
    Picture("entry", "/entries/2022-01-06-kazakhstan/0106-1335?q=" + quote("阿拉木图 俄新社")),
    Picture("zero-hits", "/?q=" + quote("火星 机场")),
    Picture("phone", "/?q=" + quote("土耳其 7.8级地震"), 390, 720),
)


def take(browser: Browser, address: str, picture: Picture, scheme: Scheme) -> Path:
    """Write one picture."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme=scheme,
        locale="zh-CN",
    )
    page = context.new_page()
    # The second time: the first has the index read, which the page tells as time taken.
    for _ in range(2):
        page.goto(f"{address}{picture.path}", wait_until="load")
    target = IMAGES / f"{picture.name}-{scheme}.png"
    target.write_bytes(small(page.screenshot()))
    context.close()
    return target


def small(png: bytes) -> bytes:
    """Return a picture with few colours, the same to the eye."""
    image = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    written = io.BytesIO()
    image.save(written, "png", optimize=True)
    return written.getvalue()


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
            taken = [take(browser, address, one, scheme) for one in PICTURES for scheme in SCHEMES]
            browser.close()
    for target in taken:
        size = target.stat().st_size
        print(f"{target.relative_to(ROOT)}  {size / 1000:.0f} kB{'  (too large)' if size > MOST else ''}")
    if any(target.stat().st_size > MOST for target in taken):
        sys.exit(f"a picture may have {MOST / 1000:.0f} kB: lower COLOURS or its size")


if __name__ == "__main__":
    main()
