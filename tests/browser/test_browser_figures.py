"""The page of figures on a real collection: the latest first, no long table, cards on a narrow screen."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.test_browser_pages import opened

FIGURES = "/figures?q=" + quote("加沙 死亡")


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_the_latest_comes_first(browser: Browser, news: str, width: int) -> None:
    """The total of the place that is reported most stands first, and the table has fifty rows."""
    with opened(browser, news, FIGURES, viewport={"width": width, "height": 800}) as page:
        expect(page.locator(".latest dt").first).to_have_text("加沙地带 · 累计死亡")
        expect(page.locator(".latest-value").first).to_be_in_viewport()
        expect(page.locator(".figures tbody tr")).to_have_count(50)
        times = page.locator(".figures .when time").evaluate_all("all => all.map((time) => time.dateTime)")
        assert times == sorted(times, reverse=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert (page.locator(".figures thead").bounding_box() or {"height": 0})["height"] > 1 or width < 1000


@pytest.mark.slow
def test_no_chart_mixes_totals_and_reports(browser: Browser, news: str) -> None:
    """A chart has a line and dots, or bars; at least three of either."""
    with opened(browser, news, FIGURES) as page:
        charts = page.locator(".chart")
        assert 2 <= charts.count() <= 6
        for chart in charts.all():
            dots, bars = chart.locator(".dot").count(), chart.locator(".bar").count()
            assert min(dots, bars) == 0 and max(dots, bars) >= 3
            assert chart.locator("path.step").count() == (1 if dots else 0)
