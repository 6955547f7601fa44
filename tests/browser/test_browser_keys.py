"""Keys, the remembered order, the calendar and print, in a browser."""

from __future__ import annotations

from urllib.parse import quote

from playwright.sync_api import Browser, expect

from tests.browser.test_browser_pages import WITHOUT_JS, opened
from tests.browser.test_browser_typing import compose, protocol
from tests.support.web import AIRPORT, state

QUAKES = "/?q=" + quote("地震") + "&sort=oldest"


def test_j_and_k_move_between_hits(browser: Browser, address: str) -> None:
    """From the first hit down and up again; Enter opens the entry."""
    with opened(browser, address, QUAKES) as page:
        for key, rank in (("j", 1), ("j", 2), ("j", 3), ("k", 2)):
            page.keyboard.press(key)
            expect(page.locator(f"#hit-{rank} h3 a")).to_be_focused()
        head = page.locator("#hit-2 h3").inner_text()
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text(head)


def test_n_and_p_turn_pages_and_walk_through_hits(browser: Browser, address: str) -> None:
    """On the results a page on and back; on an entry the next hit and the one before."""
    with opened(browser, address, QUAKES) as page:
        page.keyboard.press("n")
        page.wait_for_url("**page=2")
        page.keyboard.press("p")
        page.wait_for_url("**sort=oldest")
        expect(page.locator(".pages [aria-current]")).to_have_text("1")
        heads = page.locator(".hit h3").all_inner_texts()
        page.locator("#hit-1 h3 a").click()
        page.wait_for_url("**hit=1")
        for key, rank in (("n", 2), ("n", 3), ("p", 2)):
            page.keyboard.press(key)
            # Its scripts have run then.
            page.wait_for_url(f"**hit={rank}")
            expect(page.locator("h1")).to_have_text(heads[rank - 1])


def test_keys_are_text_in_a_field_and_can_be_turned_off(browser: Browser, address: str) -> None:
    """Also for an input method; the help page has a switch for them."""
    with opened(browser, address, QUAKES) as page:
        page.get_by_label("时段", exact=True).focus()
        page.keyboard.type("njkp")
        expect(page.get_by_label("时段", exact=True)).to_have_value("njkp")
        compose(protocol(page), "ni")
        page.goto("/help")
        page.get_by_role("checkbox", name="快捷键").uncheck()
        page.goto(QUAKES)
        page.keyboard.press("n")
        page.keyboard.press("/")
        expect(page.locator("body")).to_be_focused()
        assert "page" not in state(page.url)


def test_the_order_is_remembered_for_the_next_query(browser: Browser, address: str) -> None:
    """A new query has the order that was chosen last; a tick changes no order."""
    with opened(browser, address, "/?q=" + quote("地震")) as page:
        page.get_by_role("link", name="最新", exact=True).click()
        page.wait_for_url("**sort=newest")
        page.goto("/")
        page.locator("#q").fill("机场")
        page.locator("#q").press("Enter")
        page.wait_for_url("**sort=newest")
        page.get_by_role("link", name="最相关").click()
        expect(page.locator(".sorts [aria-current]")).to_have_text("最相关")
        page.locator("#q").fill("地震")
        page.locator("#q").press("Enter")
        expect(page.locator("h1")).to_have_text("找到 30 条")
        assert "sort" not in state(page.url)


def test_a_day_is_chosen_from_a_calendar(browser: Browser, address: str) -> None:
    """The calendar writes into the field beside it, which stays free text."""
    with opened(browser, address) as page:
        page.get_by_label("用日历选：从").fill("2023-02-07")
        expect(page.get_by_label("从", exact=True)).to_have_value("2023-02-07")
        page.get_by_role("button", name="应用筛选").click()
        page.wait_for_url("**from=2023-02-07")
        expect(page.locator("h1")).to_have_text("筛选结果")


@WITHOUT_JS
def test_print_has_query_filters_time_and_address(browser: Browser, address: str, js: bool) -> None:
    """A printed page has the query, the time and the address, and nothing to click."""
    path = QUAKES + "&agency=" + quote("新华社")
    with opened(browser, address, path, java_script_enabled=js) as page:
        page.emulate_media(media="print")
        for text in ("找到 15 条", "「地震」", "来源：新华社", "取自 " + address):
            expect(page.get_by_text(text).first).to_be_visible()
        for text in ("订阅", "应用筛选", "清除全部", "最相关"):
            expect(page.get_by_text(text, exact=True).first).to_be_hidden()
    with opened(browser, address, f"/entries/{AIRPORT}", java_script_enabled=js) as page:
        page.emulate_media(media="print")
        expect(page.get_by_text(f"{address}/entries/{AIRPORT}", exact=True).first).to_be_visible()
        expect(page.get_by_text("复制链接")).to_be_hidden()
