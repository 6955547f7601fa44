"""The pages in a browser: finding, reading and filtering, on every screen, with nothing to complain of."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

from tests.support.waiting import HANG_SECONDS
from tests.support.web import AIRPORT, HOSTILE, state

# Listens for what the policy refuses, before anything else on the page runs.
WATCH = """
document.addEventListener("securitypolicyviolation", (e) => console.error("CSP", e.violatedDirective));
"""


@contextmanager
def opened(browser: Browser, address: str, path: str = "/", **options: object) -> Iterator[Page]:
    """Open a page in a fresh context, of a Chinese reader unless another `locale` is given.

    On leaving, nothing may have been written to the console.
    """
    context = browser.new_context(base_url=address, **{"locale": "zh-CN", **options})  # type: ignore[arg-type]
    context.set_default_timeout(HANG_SECONDS * 1000)
    page = context.new_page()
    told: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # Of a page that tells a failure the browser says so itself.
        own = message.text.startswith("Failed to load resource") and message.location["url"] == address + path
        told.extend([] if own else [message.text])

    page.on("console", hear)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("requestfailed", lambda request: told.extend([] if _dropped(request) else [request.url]))
    if options.get("java_script_enabled", True):
        page.add_init_script(WATCH)
    page.goto(path)
    yield page
    context.close()
    assert told == []


def _dropped(request: Request) -> bool:
    """Return whether the browser dropped a request: of a page that was left, or for a file to save."""
    waits = request.resource_type == "fetch" or "/favicon.svg" in request.url or "/export." in request.url
    return request.failure == "net::ERR_ABORTED" and waits


WITHOUT_JS = pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without"])


@WITHOUT_JS
def test_from_a_query_to_an_entry_and_back(browser: Browser, address: str, js: bool) -> None:
    """Type, read the hit, open it, see the marks, and come back to the same answer."""
    with opened(browser, address, java_script_enabled=js) as page:
        page.get_by_label("检索滚动新闻").fill("阿拉木图 机场")
        page.get_by_label("检索滚动新闻").press("Enter")
        expect(page.locator("h1")).to_contain_text("找到")
        answer = page.url
        page.get_by_role("link", name="阿拉木图机场恢复运行").click()
        expect(page.locator("h1")).to_have_text("阿拉木图机场恢复运行")
        assert "机场" in page.locator("mark").all_inner_texts()[0]
        page.get_by_role("link", name="返回检索结果").click()
        expect(page.locator(".hit h3").first).to_be_visible()
        assert state(page.url)["q"] == state(answer)["q"]


@WITHOUT_JS
def test_filters_narrow_the_answer(browser: Browser, address: str, js: bool) -> None:
    """Check a box, give a date, apply; the chip takes the filter away again."""
    with opened(browser, address, "/?q=" + quote("机场"), java_script_enabled=js) as page:
        all_hits = page.locator(".hit").count()
        page.get_by_role("checkbox", name="俄新社").check()
        page.get_by_label("到", exact=True).fill("2022年1月5日")
        page.get_by_role("button", name="应用筛选").click()
        expect(page.locator(".chips li")).to_have_count(2)
        assert 0 < page.locator(".hit").count() < all_hits
        expect(page.get_by_role("checkbox", name="俄新社")).to_be_checked()
        page.get_by_role("link", name="取消 来源：俄新社").click()
        expect(page.locator(".chips li")).to_have_count(1)


PATHS = [
    "/",
    "/?q=" + quote("阿拉木图 机场"),
    "/?q=" + quote("恶意"),
    "/?q=" + "x" * 900,
    "/?q=" + quote("火星 机场") + "&from=" + "y" * 150 + "&agency=" + "z" * 150,
    f"/entries/{AIRPORT}?q=" + quote("机场"),
    "/entries/" + quote(HOSTILE),
    "/?q=" + quote("地震") + "&page=2",
    "/figures?q=" + quote("地震"),
    "/help",
]


@pytest.mark.parametrize("width", [320, 360, 768, 1280, 1920])
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:20])
def test_nothing_scrolls_sideways(browser: Browser, address: str, path: str, width: int) -> None:
    """From 320 pixels to wide, whatever the query, the page is no wider than the screen."""
    with opened(browser, address, path, viewport={"width": width, "height": 700}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dark_is_dark_and_light_is_light(browser: Browser, address: str) -> None:
    """The page follows the system: dark text on light paper, or the reverse."""
    brightness = (
        "getComputedStyle(document.body)[name].match(/[0-9]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
    )
    for scheme, darker in (("light", "color"), ("dark", "backgroundColor")):
        with opened(browser, address, color_scheme=scheme) as page:
            paper, ink = (
                page.evaluate(f"(name) => {brightness}", name) for name in ("backgroundColor", "color")
            )
            assert (paper < ink) == (darker == "backgroundColor")


def test_the_keyboard_is_enough(browser: Browser, address: str) -> None:
    """The skip link comes first; a slash goes to the box, but is a slash inside it."""
    with opened(browser, address, "/?q=" + quote("地震")) as page:
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
        expect(page.get_by_role("link", name="跳到正文")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.keyboard.press("/")
        expect(page.get_by_label("检索滚动新闻")).to_be_focused()
        page.keyboard.type("1/2")
        expect(page.get_by_label("检索滚动新闻")).to_have_value("1/2")


def test_a_slash_in_a_date_stays_in_the_date(browser: Browser, address: str) -> None:
    """Typing 2022/1/5 into a field does not jump to the box."""
    with opened(browser, address) as page:
        page.get_by_label("从", exact=True).click()
        page.keyboard.type("2022/1/5")
        expect(page.get_by_label("从", exact=True)).to_have_value("2022/1/5")


def test_empty_fields_stay_out_of_the_address(browser: Browser, address: str) -> None:
    """With JavaScript an address holds only the parameters that were set."""
    with opened(browser, address) as page:
        page.get_by_label("检索滚动新闻").fill("机场")
        page.get_by_role("button", name="检索").click()
        page.wait_for_url("**/?q=*")
        assert page.url == f"{address}/?q=" + quote("机场")


def test_print_has_the_text_and_no_tools(browser: Browser, address: str) -> None:
    """On paper there is the entry, without forms and filters."""
    with opened(browser, address, f"/entries/{AIRPORT}") as page:
        page.emulate_media(media="print")
        expect(page.locator("h1")).to_be_visible()
        expect(page.get_by_label("检索滚动新闻")).to_be_hidden()
