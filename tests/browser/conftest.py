"""A real browser over a real server; skipped in one sentence where there is no browser."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from search import Home, reindex
from tests.support.shared import shared
from tests.support.waiting import HANG_SECONDS
from tests.support.web import build_home, served

sync_api = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
sync_api.expect.set_options(timeout=HANG_SECONDS * 1000)

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder, and skip it without a browser."""
    here = [item for item in items if item.path.parent.name == "browser"]
    missing = shutil.which("chromium") is None
    for item in here:
        item.add_marker(pytest.mark.browser)
        if missing:
            item.add_marker(pytest.mark.skip(reason="no chromium: apt-get install chromium fonts-noto-cjk"))


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over the small home."""
    with served(build_home(tmp_path_factory.mktemp("home")).path, workers=1) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One browser for all tests."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=FLAGS, timeout=HANG_SECONDS * 1000
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def news(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over 29,803 entries."""
    source: Path = shared("collections/cctv_news/entries.jsonl.gz")
    home = Home(tmp_path_factory.mktemp("news"))
    home.data.mkdir()
    shutil.copy(source, home.data / source.name)
    assert reindex(home).entries > 29_000
    with served(home.path, workers=1) as (address, _):
        yield address
