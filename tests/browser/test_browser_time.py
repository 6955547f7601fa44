"""Time in a browser: bars that narrow, filters that go, the world as it was, and steps from hit to hit."""

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_browser_pages import WITHOUT_JS, opened
from tests.support.web import AIRPORT, state

QUAKES = "/?q=" + quote("地震")
KAZAKHSTAN = "/?stream=" + quote("哈萨克斯坦")


@WITHOUT_JS
def test_a_bar_narrows_and_the_browser_goes_back(browser: Browser, address: str, js: bool) -> None:
    """A click on a bar leaves what it counts; back and forward are the two answers again."""
    with opened(browser, address, QUAKES, java_script_enabled=js) as page:
        expect(page.locator("h1")).to_have_text("找到 30 条")
        page.get_by_role("link", name="2023年2月7日 5时：2 条").click()
        expect(page.locator("h1")).to_have_text("找到 2 条")
        assert state(page.url) == {"q": ["地震"], "from": ["2023-02-07 5时"], "to": ["2023-02-07 5时"]}
        expect(page.get_by_label("时段", exact=True)).to_have_value("2023-02-07 5时")
        page.go_back()
        expect(page.locator("h1")).to_have_text("找到 30 条")
        expect(page.get_by_label("时段", exact=True)).to_have_value("")
        page.go_forward()
        expect(page.locator("h1")).to_have_text("找到 2 条")


def test_bars_are_reached_by_keyboard_or_skipped(browser: Browser, address: str) -> None:
    """One link jumps over all of them; each has a name, and Enter follows it."""
    with opened(browser, address, QUAKES) as page:
        skip = page.get_by_role("link", name="跳过时间分布")
        skip.focus()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Tab")
        expect(page.locator(".bars a").first).to_be_focused()
        expect(page.locator(".bars a").first).to_have_accessible_name("2023年2月7日 0时：1 条")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("找到 1 条")
    with opened(browser, address, QUAKES) as page:
        page.get_by_role("link", name="跳过时间分布").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('.hit') !== null")


def test_a_stretch_is_dragged(browser: Browser, address: str) -> None:
    """From one bar to another, in either direction; the answer has the entries of all bars between."""
    for first, last in ((4, 6), (6, 4)):
        with opened(browser, address, QUAKES) as page:
            one, other = (page.locator(".bars li").nth(at).bounding_box() for at in (first, last))
            assert one and other
            page.mouse.move(one["x"] + one["width"] / 2, one["y"] + 20)
            page.mouse.down()
            page.mouse.move(other["x"] + other["width"] / 2, other["y"] + 20, steps=5)
            expect(page.locator(".bars .chosen")).to_have_count(3)
            page.mouse.up()
            expect(page.locator("h1")).to_have_text("找到 6 条")
            assert state(page.url)["from"] == ["2023-02-07 4时"] and state(page.url)["to"] == [
                "2023-02-07 6时"
            ]


def test_a_stretch_is_chosen_by_keyboard(browser: Browser, address: str) -> None:
    """Shift with an arrow extends it, Escape gives it up, Enter searches in it."""
    with opened(browser, address, QUAKES) as page:
        page.locator(".bars a").nth(4).focus()
        page.keyboard.press("Shift+ArrowRight")
        expect(page.locator(".bars .chosen")).to_have_count(2)
        page.keyboard.press("Escape")
        expect(page.locator(".bars .chosen")).to_have_count(0)
        for _ in range(2):
            page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("找到 6 条")


@WITHOUT_JS
def test_the_table_says_the_same(browser: Browser, address: str, js: bool) -> None:
    """It opens without JavaScript, has a row for each bar, and leads to the same place."""
    with opened(browser, address, QUAKES, java_script_enabled=js) as page:
        expect(page.get_by_role("table")).to_be_hidden()
        page.get_by_text("用表格看").click()
        rows = page.get_by_role("table").get_by_role("link")
        expect(rows).to_have_count(page.locator(".bars a").count())
        assert rows.first.get_attribute("href") == page.locator(".bars a").first.get_attribute("href")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_can_be_seen(browser: Browser, address: str, width: int, scheme: str) -> None:
    """On any screen, in light and dark, the bars are within the page and stand out from the paper."""
    view = {"width": width, "height": 800}
    with opened(browser, address, QUAKES, viewport=view, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator(".bars").bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
        read = "([of, name]) => getComputedStyle(document.querySelector(of))[name]"
        where = (["body", "backgroundColor"], [".bars rect", "fill"])
        colours = [page.evaluate(read, one) for one in where]
        light = [sum(int(n) for n in colour[4:-1].split(",")) for colour in colours]
        assert (light[0] > light[1]) == (scheme == "light")
        assert abs(light[0] - light[1]) > 150
        heights = "all => all.map((bar) => bar.getBoundingClientRect().height)"
        assert min(page.locator(".bars rect").evaluate_all(heights)) > 1


@WITHOUT_JS
def test_a_stretch_is_typed_and_chips_go(browser: Browser, address: str, js: bool) -> None:
    """Free text narrows; each chip takes its own filter away, 清除全部 the rest."""
    with opened(browser, address, java_script_enabled=js) as page:
        page.get_by_label("时段", exact=True).fill("2022-01-05..06")
        page.get_by_role("checkbox", name="俄新社").check()
        page.get_by_role("button", name="应用筛选").click()
        expect(page.locator(".chip")).to_have_count(2)
        expect(page.locator(".hit")).to_have_count(2)
        page.get_by_role("link", name="取消 来源：俄新社").click()
        expect(page.locator(".chip")).to_have_text(["取消 时间：2022-01-05..06×"])
        expect(page.locator(".hit")).to_have_count(4)
        page.get_by_role("link", name="清除全部").click()
        expect(page.locator(".chip")).to_have_count(0)


def test_a_stretch_that_is_not_understood_is_told_at_its_field(browser: Browser, address: str) -> None:
    """The field keeps the text and is described by the reason."""
    with opened(browser, address) as page:
        page.get_by_label("时段", exact=True).fill("后天的昨天吧")
        page.get_by_label("时段", exact=True).press("Enter")
        field = page.get_by_label("时段", exact=True)
        expect(field).to_have_value("后天的昨天吧")
        expect(field).to_have_attribute("aria-invalid", "true")
        assert "看不懂时间" in page.locator("#time-fault").inner_text()


@WITHOUT_JS
def test_the_world_as_it_was_and_back(browser: Browser, address: str, js: bool) -> None:
    """From an entry to what was known then, with a banner on every page of that world, and out again."""
    with opened(browser, address, f"/entries/{AIRPORT}", java_script_enabled=js) as page:
        expect(page.locator(".asof")).to_have_count(0)
        page.get_by_role("link", name="截至发稿时的报道").click()
        expect(page.locator(".asof")).to_contain_text("截至 2022年1月6日 05:48 的报道")
        assert page.locator(".hit h3 a").first.inner_text() == "阿拉木图机场恢复运行"
        page.locator(".hit h3 a").first.click()
        expect(page.locator(".asof")).to_be_visible()
        expect(page.locator(".around li")).to_have_count(2)
        page.get_by_role("link", name="回到现在").click()
        expect(page.locator(".asof")).to_have_count(0)
        expect(page.locator(".around li")).to_have_count(4)
        page.go_back()
        expect(page.locator(".asof")).to_be_visible()


@WITHOUT_JS
def test_steps_lead_from_hit_to_hit(browser: Browser, address: str, js: bool) -> None:
    """The next hit and the one before are links; the way back leads to the page on which the hit stands."""
    with opened(browser, address, QUAKES + "&page=1&sort=oldest", java_script_enabled=js) as page:
        heads = page.locator(".hit h3 a").all_inner_texts()
        page.locator(".hit h3 a").nth(8).click()
        expect(page.locator(".ways")).to_contain_text("第 9 条，共 30 条")
        page.get_by_role("link", name="下一条结果").click()
        expect(page.locator("h1")).to_have_text(heads[9])
        page.get_by_role("link", name="下一条结果").click()
        page.get_by_role("link", name="返回检索结果").click()
        assert state(page.url)["page"] == ["2"]
        expect(page.locator("#hit-11")).to_be_in_viewport()


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize(
    "path",
    [
        QUAKES,
        KAZAKHSTAN + "&asof=2022-01-06T05:48&time=" + quote("1月5日"),
        f"/entries/{AIRPORT}?asof=2022-01-06&context=20",
    ],
    ids=["bars", "as of", "entry"],
)
def test_nothing_scrolls_sideways(browser: Browser, address: str, path: str, width: int) -> None:
    """Bars, banner, citation with its records opened: no wider than the screen."""
    with opened(browser, address, path, viewport={"width": width, "height": 700}) as page:
        for summary in page.locator("main details > summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
