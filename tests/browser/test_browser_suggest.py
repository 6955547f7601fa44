"""Completion in the search box: by keyboard, by mouse, and never in the way of an input method."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.test_browser_pages import opened
from tests.support.waiting import wait_until
from tests.support.web import state

COMPOSE = """(box, [type, text]) => {
  if (text !== null) box.value = text;
  box.dispatchEvent(new CompositionEvent(type, { bubbles: true, data: text ?? "" }));
  box.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: type !== "compositionend" }));
}"""
# The Enter that ends composing carries 229 in Chrome and in Safari, whichever event comes first.
ENTER = """(box, code) => box.dispatchEvent(
  new KeyboardEvent("keydown", { key: "Enter", keyCode: code, bubbles: true, cancelable: true })
)"""
# Milliseconds on the clock of the page.
ONE_SECOND = 1000
# Counts the answers to requests of the page, each after the page has dealt with it.
COUNT_ANSWERS = """() => {
  window.answers = 0;
  const read = Response.prototype.json;
  Response.prototype.json = async function () {
    const answer = await read.call(this);
    setTimeout(() => (window.answers += 1));
    return answer;
  };
}"""


def box_of(page: Page) -> Locator:
    """Return the search box."""
    return page.get_by_label("检索滚动新闻")


def asked(page: Page) -> list[str]:
    """Collect the requests for suggestions from now on."""
    queries: list[str] = []
    page.on("request", lambda r: queries.extend(state(r.url)["q"]) if "/suggest" in r.url else None)
    return queries


def test_arrows_choose_and_enter_searches(browser: Browser, address: str) -> None:
    """Typing opens the list, the arrows move through it and out of it, Enter takes what is marked."""
    with opened(browser, address) as page:
        box, options = box_of(page), page.get_by_role("option")
        expect(box).to_have_role("combobox")
        expect(box).to_have_attribute("aria-expanded", "false")
        box.fill("alamutu")
        expect(page.get_by_role("listbox", name="检索建议")).to_be_visible()
        expect(box).to_have_attribute("aria-expanded", "true")
        expect(options.first).to_contain_text("阿拉木图")
        box.press("ArrowDown")
        expect(options.first).to_have_attribute("aria-selected", "true")
        marked = box.get_attribute("aria-activedescendant")
        assert marked == options.first.get_attribute("id")
        expect(box).to_have_value("alamutu")
        box.press("ArrowUp")
        assert box.get_attribute("aria-activedescendant") is None
        box.press("ArrowUp")
        expect(options.last).to_have_attribute("aria-selected", "true")
        box.press("ArrowDown")
        box.press("ArrowDown")
        box.press("Enter")
        page.wait_for_url("**/?q=*")
        assert state(page.url)["q"] == ["阿拉木图"]
        expect(page.locator("h1")).to_contain_text("找到")


def test_enter_without_a_choice_searches_what_is_typed(browser: Browser, address: str) -> None:
    """An open list changes nothing for those who do not look at it."""
    with opened(browser, address) as page:
        box_of(page).press_sequentially("机场")
        expect(page.get_by_role("listbox")).to_be_visible()
        box_of(page).press("Enter")
        page.wait_for_url("**/?q=*")
        assert state(page.url)["q"] == ["机场"]


def test_escape_closes_and_keeps_what_is_typed(browser: Browser, address: str) -> None:
    """Esc shuts the list only; the arrow opens it again; leaving the box shuts it."""
    with opened(browser, address) as page:
        box, listbox = box_of(page), page.get_by_role("listbox")
        box.fill("机")
        expect(listbox).to_be_visible()
        box.press("Escape")
        expect(listbox).to_be_hidden()
        expect(box).to_have_value("机")
        box.press("ArrowDown")
        expect(listbox).to_be_visible()
        box.press("Tab")
        expect(listbox).to_be_hidden()


def test_a_click_takes_an_offer_with_the_filters(browser: Browser, address: str) -> None:
    """The mouse chooses as well, and what is filtered by stays."""
    with opened(browser, address, "/?agency=" + quote("俄新社")) as page:
        box_of(page).fill("阿拉木")
        page.get_by_role("option").first.click()
        page.wait_for_url("**/?q=*")
        assert state(page.url) == {"q": ["阿拉木图"], "agency": ["俄新社"]}


def test_nothing_is_asked_while_composing(browser: Browser, address: str) -> None:
    """An input method's letters send no request; the text that it produces sends one."""
    with opened(browser, address) as page:
        box, queries = box_of(page), asked(page)
        page.clock.install()
        box.focus()
        for event, text in (
            ("compositionstart", None),
            ("compositionupdate", "a la"),
            ("compositionupdate", "a la mu"),
        ):
            box.evaluate(COMPOSE, [event, text])
        page.clock.run_for(ONE_SECOND)
        assert queries == []
        box.evaluate(COMPOSE, ["compositionend", "阿拉木"])
        expect(page.get_by_role("option").first).to_contain_text("阿拉木图")
        assert queries == ["阿拉木"]


@pytest.mark.parametrize("ended", [False, True], ids=["before the end", "after the end"])
def test_the_enter_that_ends_composing_does_not_submit(browser: Browser, address: str, ended: bool) -> None:
    """It is taken from the form, whether it comes before the end of composing or after it."""
    with opened(browser, address) as page:
        box = box_of(page)
        box.focus()
        box.evaluate(COMPOSE, ["compositionstart", "jichang"])
        if ended:
            box.evaluate(COMPOSE, ["compositionend", "机场"])
        assert box.evaluate(ENTER, 229) is False, "the form would have been sent"
        if not ended:
            box.evaluate(COMPOSE, ["compositionend", "机场"])
        assert page.url == f"{address}/"
        assert box.evaluate(ENTER, 13) is True, "an Enter of its own is free to send the form"


def test_a_late_answer_is_dropped(browser: Browser, address: str) -> None:
    """A late answer to an earlier request does not replace the answer to the last one."""
    with opened(browser, address) as page:
        held = []
        page.route("**/suggest?q=a", lambda route: held.append(route))
        box, options = box_of(page), page.get_by_role("option")
        page.evaluate(COUNT_ANSWERS)
        box.fill("a")
        wait_until(lambda: page.evaluate("true") and held, "request for the first suggestions")
        box.fill("地震")
        expect(options.first).to_contain_text("地震")
        late = {"query": "a", "suggestions": [{"text": "迟到", "kind": "word", "count": 1}]}
        held[0].fulfill(json=late)
        wait_until(lambda: page.evaluate("answers") == 2, "both answers dealt with by the page")
        assert "地震" in options.first.inner_text()


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_offers_fit_the_screen(browser: Browser, address: str, width: int) -> None:
    """On every screen all of the list can be seen and nothing scrolls sideways."""
    with opened(browser, address, viewport={"width": width, "height": 700}) as page:
        box_of(page).fill("土耳其")
        expect(page.get_by_role("listbox")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_offers_are_text(browser: Browser, address: str) -> None:
    """A headline with markup is offered as the characters it consists of."""
    with opened(browser, address) as page:
        box_of(page).fill("<script>alert")
        expect(page.get_by_role("option").first).to_contain_text("<script>alert('恶意')</script>")


def test_other_spellings_are_links_that_keep_the_rest(browser: Browser, address: str) -> None:
    """您要找的是不是 leads to the corrected query under the same filters and order."""
    with opened(browser, address, "/?sort=newest&from=2022-01-01&q=" + quote("阿拉木途")) as page:
        page.get_by_role("link", name="阿拉木图", exact=True).click()
        expect(page.locator("h1")).to_contain_text("找到")
        assert state(page.url) == {"q": ["阿拉木图"], "sort": ["newest"], "from": ["2022-01-01"]}
