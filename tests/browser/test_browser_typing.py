"""Typing with an input method, as the browser does it: real composition events, by its own protocol."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.browser.test_browser_pages import opened
from tests.browser.test_browser_suggest import ONE_SECOND, asked, box_of
from tests.support.web import state

# Notes what the page does with each Enter, after everyone else has had it.
WATCH_ENTER = """() => {
  window.enters = [];
  addEventListener("keydown", (e) => {
    if (e.key === "Enter") window.enters.push([e.isComposing, e.defaultPrevented]);
  });
}"""


def protocol(page: Page) -> CDPSession:
    """Speak to the browser about one page."""
    return page.context.new_cdp_session(page)


def compose(to: CDPSession, text: str) -> None:
    """Show what an input method has so far; it is in the box, underlined, and not yet there."""
    to.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})


def commit(to: CDPSession, text: str) -> None:
    """End composing with what was chosen."""
    to.send("Input.insertText", {"text": text})


def press_enter(to: CDPSession, code: int) -> None:
    """Press Enter; 229 is how the key arrives while an input method has it."""
    key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": code, "text": "\r" if code == 13 else ""}
    to.send("Input.dispatchKeyEvent", {"type": "keyDown" if code == 13 else "rawKeyDown", **key})
    to.send("Input.dispatchKeyEvent", {"type": "keyUp", **key})


def test_nothing_is_sent_before_composing_ends(browser: Browser, address: str) -> None:
    """The letters of an unfinished word send no request; the finished word sends one."""
    with opened(browser, address) as page:
        to, queries = protocol(page), asked(page)
        page.clock.install()
        box_of(page).focus()
        for letters in ("a", "al", "a la", "a la mu"):
            compose(to, letters)
        expect(box_of(page)).to_have_value("a la mu")
        page.clock.run_for(ONE_SECOND)
        assert queries == []
        commit(to, "阿拉木")
        expect(page.get_by_role("option").first).to_contain_text("阿拉木图")
        assert queries == ["阿拉木"]


def test_composing_on_closes_what_is_offered(browser: Browser, address: str) -> None:
    """The list goes away when the next word begins, since the keys are the input method's now."""
    with opened(browser, address) as page:
        to, queries = protocol(page), asked(page)
        page.clock.install()
        box_of(page).focus()
        commit(to, "机")
        expect(page.get_by_role("listbox")).to_be_visible()
        compose(to, "chang")
        expect(page.get_by_role("listbox")).to_be_hidden()
        before = list(queries)
        page.keyboard.press("ArrowDown")
        page.clock.run_for(ONE_SECOND)
        assert queries == before, "the arrow chooses among the input method's words"
        commit(to, "场")
        expect(box_of(page)).to_have_value("机场")
        expect(page.get_by_role("listbox")).to_be_visible()


@pytest.mark.parametrize("code", [13, 229])
def test_the_enter_that_ends_composing_sends_nothing(browser: Browser, address: str, code: int) -> None:
    """It belongs to the input method, however it arrives; the next one searches."""
    with opened(browser, address) as page:
        to = protocol(page)
        page.clock.install()
        page.evaluate(WATCH_ENTER)
        box_of(page).focus()
        compose(to, "ji chang")
        press_enter(to, code)
        commit(to, "机场")
        page.clock.run_for(ONE_SECOND)
        assert page.url == f"{address}/"
        assert page.evaluate("enters") == [[True, True]]
        expect(box_of(page)).to_have_value("机场")
        press_enter(to, 13)
        page.wait_for_url("**/?q=*")
        assert state(page.url)["q"] == ["机场"]


def test_a_slash_and_ctrl_k_are_left_to_an_input_method(browser: Browser, address: str) -> None:
    """While one composes in a field, no shortcut takes the focus away."""
    with opened(browser, address) as page:
        to, field = protocol(page), page.get_by_label("从", exact=True)
        field.focus()
        compose(to, "yi yue")
        page.keyboard.press("Control+k")
        expect(field).to_be_focused()


@pytest.mark.parametrize("keys", ["Control+k", "Meta+k", "/"])
def test_shortcuts_lead_to_the_box(browser: Browser, address: str, keys: str) -> None:
    """From anywhere on the page, with the present text selected, so that typing replaces it."""
    with opened(browser, address, "/?q=" + quote("地震")) as page:
        page.get_by_role("checkbox").first.focus()
        page.keyboard.press(keys)
        expect(box_of(page)).to_be_focused()
        page.keyboard.insert_text("机场")
        expect(box_of(page)).to_have_value("机场")


def test_ctrl_k_leads_there_from_other_fields_too(browser: Browser, address: str) -> None:
    """A slash is text in a field; Ctrl+K is not. With Shift or Alt it is the browser's."""
    with opened(browser, address) as page:
        field = page.get_by_label("从", exact=True)
        field.focus()
        page.keyboard.press("/")
        expect(field).to_have_value("/")
        page.keyboard.press("Control+k")
        expect(box_of(page)).to_be_focused()


def marked(page: Page) -> str:
    """Return the text of the marked offer, "" for none, and check its `aria-` attributes."""
    place = box_of(page).get_attribute("aria-activedescendant")
    selected = page.locator("[role=option][aria-selected=true]")
    expect(selected).to_have_count(1 if place else 0)
    if place:
        assert selected.get_attribute("id") == place
    return selected.locator(".offer-text").inner_text() if place else ""


def test_keys_are_those_of_the_authoring_practices(browser: Browser, address: str) -> None:
    """Down opens on the first offer, Up on the last, Alt+Down on none; moving in the text unmarks."""
    with opened(browser, address) as page:
        box, options, listbox = box_of(page), page.get_by_role("option"), page.get_by_role("listbox")
        box.fill("阿拉")
        expect(options.nth(1)).to_be_visible()
        offers = options.locator(".offer-text").all_inner_texts()
        box.press("Escape")
        for key, place in (("ArrowDown", 0), ("ArrowUp", -1)):
            box.press(key)
            expect(listbox).to_be_visible()
            assert marked(page) == offers[place]
            box.press("Escape")
            expect(listbox).to_be_hidden()
            assert marked(page) == ""
        box.press("Alt+ArrowDown")
        expect(listbox).to_be_visible()
        assert marked(page) == ""
        for key, caret in (("Home", 0), ("End", 2), ("ArrowLeft", 1), ("ArrowRight", 2)):
            box.press("ArrowDown")
            assert marked(page)
            box.press(key)
            assert marked(page) == ""
            assert box.evaluate("(box) => box.selectionStart") == caret
        box.press("Alt+ArrowUp")
        expect(listbox).to_be_hidden()
        expect(box).to_have_value("阿拉")
        box.press("Escape")
        expect(box).to_have_value("")


def test_offers_are_told_in_the_language_of_the_page(browser: Browser, address: str) -> None:
    """An English page counts and names in English, and says that the offers are Chinese."""
    with opened(browser, address, locale="en-GB") as page:
        page.locator("#q").fill("俄新")
        option = page.get_by_role("option").first
        expect(option).to_have_text("俄新社Agency")
        expect(option.locator(".offer-text")).to_have_attribute("lang", "zh-Hans")
        expect(page.get_by_role("listbox", name="Suggestions")).to_be_visible()
        expect(page.locator("#search [role=status]")).to_contain_text("choose with the arrow keys")
