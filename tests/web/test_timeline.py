"""The histogram of the search page: link, name and height of each bar."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.engines.histogram import bucket_edges
from search.results import Bucket, Histogram
from search.times import ranges
from search.times.ranges import TimeRange
from tests.support.homes import row
from tests.support.web import Element, Page, build_home, state
from web import create_app
from web.pages.histogram import MAX_HEIGHT, MIN_HEIGHT, BarChart
from web.pages.presets import presets
from web.request.params import Params

ZONE = ZoneInfo("Asia/Shanghai")
moments = st.datetimes(datetime(1905, 1, 1), datetime(2090, 1, 1), timezones=st.just(ZONE))
spans = st.sampled_from([1, 3, 30, 90, 1500, 20_000]).flatmap(
    lambda hours: st.timedeltas(timedelta(0), timedelta(hours=hours))
)

DAYS = [("2022-01-05T09:00", 3), ("2022-01-05T09:59:59", 1), ("2022-01-05T13:35", 5), ("2022-01-06T00:00", 2)]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A client over eleven entries of two days, and one without a time."""
    rows = [
        row(f"e/{time}/{n}", f"机场第{n}条", time=f"{time}+08:00", agencies=["俄新社"] if n else [])
        for time, count in DAYS
        for n in range(count)
    ]
    return create_app(
        build_home(tmp_path_factory.mktemp("home"), [*rows, row("loose", "机场", time=None)])
    ).test_client()


def bars(client: FlaskClient, url: str) -> list[Element]:
    """Return the bars of a page."""
    page = Page(client.get(url).text)
    return [a for a in page.all("a") if a.attrs.get("title") and a.attrs["title"].endswith("条")]


def histogram(first: datetime, span: timedelta) -> Histogram:
    """Return buckets over a span, each with another count."""
    interval, borders, _ = bucket_edges(first, first + span, ZONE)
    pairs = pairwise(borders)
    return Histogram(interval, tuple(Bucket(a, b, n % 7) for n, (a, b) in enumerate(pairs)))


@given(moments, spans)
@example(datetime(1919, 9, 30, 23, tzinfo=ZONE), timedelta(minutes=90))  # clocks show this hour twice
@settings(deadline=None, max_examples=60)
def test_the_link_of_a_bar_is_its_bucket(first: datetime, span: timedelta) -> None:
    """`from` is the start of the bucket and `to` its end, in the calendar of any year."""
    buckets = histogram(first, span)
    now = datetime(2026, 1, 1, tzinfo=ZONE)
    for bar, bucket in zip(BarChart.of(buckets, Params(), TimeRange()).bars, buckets.buckets, strict=False):
        start = ranges.parse_range(bar.from_, zone=ZONE, now=now).start
        end = ranges.parse_range(bar.to, zone=ZONE, now=now).end
        assert start and end
        # As moments, for a midnight that clocks skip is also one o'clock.
        borders = (bucket.start.timestamp(), bucket.end.timestamp())
        assert (start.timestamp(), round(end.timestamp())) == borders, bar


@given(moments, spans)
@settings(deadline=None, max_examples=30)
def test_bars_stand_as_high_as_they_count(first: datetime, span: timedelta) -> None:
    """The highest bar has the full height, one with entries is visible, an empty one has height 0."""
    chart = BarChart.of(histogram(first, span), Params(), TimeRange())
    for bar in chart.bars:
        assert (bar.height == 0) == (bar.count == 0)
        assert not bar.count or MIN_HEIGHT <= bar.height <= MAX_HEIGHT
    if chart and chart.filled:
        assert chart.top.height == MAX_HEIGHT
        assert len({(bar.name, bar.from_) for bar in chart.bars}) == len(chart.bars)


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/?q=机场",
        "/?from=2022-01-05T09:30&to=2022-01-05T13:40",
        "/?to=1月5日&q=机场",
        "/?agency=俄新社",
        "/?q=机场&asof=2022-01-05T13:40",
        "/?time=1月5日",
    ],
)
def test_a_bar_leads_to_what_it_counts(client: FlaskClient, url: str) -> None:
    """With any filters, the search within a bar finds as many entries as its name says."""
    linked = bars(client, url)
    assert linked
    for bar in linked:
        counted = client.get("/api/v1/search?" + bar.attrs["href"].partition("?")[2]).get_json()["total"]
        assert bar.attrs["title"].endswith(f"：{counted} 条")
        assert bar.attrs["aria-label"] == bar.attrs["title"]


def test_the_table_says_what_the_bars_show(client: FlaskClient) -> None:
    """One row for each bucket with entries, in order, with the same links."""
    page = Page(client.get("/?q=机场").text)
    names = [e.text for e in page.all("th") if e.attrs.get("scope") == "row"]
    assert names == ["2022年1月5日 9时", "2022年1月5日 13时", "2022年1月6日 0时"]
    assert [e.text for e in page.all("td")] == ["4", "5", "2"]
    assert page.one("ol", "bars").text.split() == ["1-5", "9:00", "1-5", "15:00", "1-5", "21:00"]
    assert len([e for e in page.all("rect")]) == 3


def test_one_stretch_is_one_parameter_and_one_chip(client: FlaskClient) -> None:
    """A bar, a preset and a typed range set from and to to one text, and one chip removes both."""
    page = Page(client.get("/?q=机场&time=1月5日").text)
    assert page.one("h1").text == "找到 9 条"
    chip = next(e for e in page.all("a", "chip"))
    assert "时间：1月5日" in chip.text and state(chip.attrs["href"]) == {"q": ["机场"]}
    fields = {e.attrs["name"]: e.attrs["value"] for e in page.all("input") if "value" in e.attrs}
    assert (fields["time"], fields["from"], fields["to"]) == ("1月5日", "", "")


def test_presets_end_with_the_archive(client: FlaskClient) -> None:
    """The newest entry is of 6 January 2022, so the last week is that before it."""
    page = Page(client.get("/?q=机场").text)
    hrefs = {e.text: state(e.attrs["href"]) for e in page.all("a") if e.text.startswith("最后")}
    assert {name: (one["from"], one["to"]) for name, one in hrefs.items()} == {
        "最后一天": (["2022-01-06"], ["2022-01-06"]),
        "最后 7 天": (["2021-12-31"], ["2022-01-06"]),
        "最后 30 天": (["2021-12-08"], ["2022-01-06"]),
    }


def test_presets_of_a_running_stream_are_relative() -> None:
    """An address of today stays that of today when it is opened on another day."""
    now = datetime(2026, 1, 8, 12, tzinfo=ZONE)
    relative = [(one.name, one.from_, one.to) for one in presets(now - timedelta(days=2), now, ZONE)]
    assert relative == [(t, t, t) for t in ("今天", "昨天", "近7天")]
    assert [one.from_ for one in presets(None, now, ZONE)] == ["今天", "昨天", "近7天"]
    assert presets(now - timedelta(days=8), now, ZONE)[0].from_ == "2025-12-31"


@pytest.mark.parametrize(
    ("typed", "chip"),
    [
        ({"time": "2021年最后一周"}, ""),
        ({"time": "2022-01-05..06"}, "时间：2022-01-05..06"),
        ({"time": "1月5日"}, "时间：1月5日"),
        ({"from": "去年"}, "从 去年 "),
        ({"time": "上周"}, "时间：上周 "),
    ],
)
def test_a_chip_says_the_dates_of_a_relative_time(
    client: FlaskClient, typed: dict[str, str], chip: str
) -> None:
    """A text without a date has the dates beside it, as they count today."""
    chips = Page(client.get("/", query_string={"q": "机场", **typed}).text).all("a", "chip")
    texts = [one.text.removeprefix("取消 ").removesuffix("×") for one in chips]
    assert bool(texts) == bool(chip)
    if chip.endswith(" "):
        assert re.fullmatch(chip + r"(\d{4}年)?\d+月\d+日(–(\d{4}年)?\d+月\d+日)?", texts[0])
    elif chip:
        assert texts == [chip]


def test_both_ends_come_before_the_stretch(client: FlaskClient) -> None:
    """从 and 到 come first; the range is only their default."""
    api = client.get("/api/v1/search?time=2022-01-05&to=2022-01-06").get_json()
    assert api["total"] == 11
    assert client.get("/api/v1/search?time=2022-01-05..06").get_json()["total"] == 11
    assert client.get("/api/v1/search?time=火星历").status_code == 400


def test_an_invalid_range_has_a_message_beside_its_field(client: FlaskClient) -> None:
    """The text stays in the field, which is marked invalid, and does not filter."""
    page = Page(client.get("/?q=机场&time=火星历").text)
    field = next(e.attrs for e in page.all("input") if e.attrs.get("name") == "time")
    assert (field["value"], field["aria-invalid"]) == ("火星历", "true")
    assert "火星历" in page.one("p", "fault").text
    assert page.one("h1").text == "找到 12 条"


def test_nothing_to_compare_is_not_drawn(client: FlaskClient, tmp_path: Path) -> None:
    """One bucket, no match, no time, or a page beyond the last: there are no bars, and no table."""
    alone = create_app(
        build_home(tmp_path, [row("a", time="2022-01-05T09:00+08:00"), row("b", time=None)])
    ).test_client()
    for who, url in ((alone, "/"), (client, "/?q=没有这个"), (client, "/?q=机场&page=99")):
        page = Page(who.get(url).text)
        assert not page.all("section", "timeline") and not page.all("table")


def test_a_few_hits_have_no_histogram(tmp_path: Path) -> None:
    """Below five the hits say more; with five there are bars, a scale and labels of the axis."""
    rows = [row(f"e/{n}", f"机场第{n}条", time=f"2022-01-05T0{n}:00+08:00") for n in range(5)]
    client = create_app(build_home(tmp_path, rows)).test_client()
    assert not bars(client, "/?q=机场&to=2022-01-05T03:00")
    page = Page(client.get("/?q=机场").text)
    assert len(bars(client, "/?q=机场")) == 5
    assert page.one("div", "bars-scale").text == "10"
    assert [tick.text for tick in page.all("span", "tick")] == ["1-5 0:00", "1-5 3:00"]
    assert "每小时的条数，最多 1 条（2022年1月5日 0时）" in page.text


@given(moments, spans)
@settings(deadline=None, max_examples=30)
def test_labels_have_room(first: datetime, span: timedelta) -> None:
    """At most six, from the first bar on, none on the last."""
    bars = BarChart.of(histogram(first, span), Params(), TimeRange()).bars
    places = [index for index, bar in enumerate(bars) if bar.tick]
    assert len(places) <= 6 and (not bars or (places[0] == 0 and places[-1] < len(bars) - 1))
