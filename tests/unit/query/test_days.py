"""Days: ranges of days, and days whose year an entry leaves out, against a plain reading of the texts."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.query.days import day_range, days_with_year
from search.query.numbers import number_spans
from search.times.ranges import TimeRange
from tests.support.homes import row, write_rows

ANALYZER, ZONE = default_analyzer(), ZoneInfo("Asia/Shanghai")


def shown(form: tuple[tuple[str, ...], tuple[int, ...]]) -> str:
    """Return a form as text, each gap as a low line."""
    texts, offsets = form
    gaps = (b - a - 1 for a, b in zip((-1, *offsets), offsets, strict=False))
    return "".join("_" * gap + text for gap, text in zip(gaps, texts, strict=True))


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        (
            "4月2日至6日",
            {"4月2日至4月6日", "4月2日到6日", "4月2日_6日", "4月2日6日", "4月2至6日", "4月2_6日"},
        ),
        ("4月2日—4月6日", {"4月2日至6日", "4月2日至4月6日"}),
        ("四月二日到六日", {"4月2日至6日"}),
        ("4月29号至5月3号", {"4月29日至5月3日", "4月29日_5月3日"}),
    ],
)
def test_a_range_of_days(text: str, forms: set[str]) -> None:
    """A range is read with 至, 到, a dash or a hyphen, and has each of these forms."""
    units = ANALYZER.units(text)
    found = day_range(units, 0)
    assert found is not None and found[0] == len(units)
    assert forms <= set(map(shown, found[1]))


@pytest.mark.parametrize(
    "text", ["4月6日至2日", "4月2日", "4月2日，4月", "13月2日至3日", "2日至6日", "4月2日至6"]
)
def test_no_range_of_days(text: str) -> None:
    """Days in the wrong order, single days and other numbers are no range."""
    assert day_range(ANALYZER.units(text), 0) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2023年6月7日", ["6月7日", "6月7号", "06月07日", "六月七日", "今年6月7日"]),
        ("二〇二三年十一月十二日", ["11月12日", "11月12号", "十一月十二日", "今年11月12日"]),
        ("2023年2月30日", []),
        ("2023年6月", []),
        ("9999年6月7日", []),
        ("6月7日", []),
    ],
)
def test_a_day_without_its_year(text: str, days: list[str]) -> None:
    """A day that has a year has these forms without; others have none."""
    found = days_with_year(ANALYZER.units(text), ZONE)
    assert [shown(day.form) for day in found if day.within != TimeRange()] == days


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("零下8度", {"零下8°c", "零下8摄氏度", "零下八度"}),
        ("零下八摄氏度", {"零下8度", "零下8°c"}),
        ("36.8℃", {"36.8度", "36.8摄氏度"}),
        ("一度", set()),
    ],
)
def test_degrees(text: str, forms: set[str]) -> None:
    """度, ℃ and 摄氏度 are the same after a number; 零下 stays with it."""
    units = ANALYZER.units(text)
    found = [span.forms for span in number_spans(units, ANALYZER.tiles(text))]
    assert forms <= {shown(form) for span in found for form in span}
    assert bool(found) == bool(forms)


DAY = datetime(2023, 6, 7, tzinfo=ZONE)
#: Days between the day of the query and the entry; the second half is more than half a year away.
DISTANCES = (-182, -30, 0, 1, 90, 182, -184, -400, 184, 365)
TEXTS = (
    "6月7日水库开闸。",
    "6月7号水库开闸。",
    "06月07日水库开闸。",
    "六月七日水库开闸。",
    "2023年6月7日水库开闸。",
    "今年6月7日水库开闸。",
    "2022年6月7日水库开闸。",
    "去年6月7日水库开闸。",
    "16月7日水库开闸。",
    "6月17日水库开闸。",
    "十六月七日水库开闸。",
    "水库在7日开闸，6月完工。",
)


def is_meant(text: str, time: datetime) -> bool:
    """Return whether a text of that time names 7 June 2023; the plain reading of the rule."""
    if "2023年6月7日" in text:
        return True
    near = abs(time - (DAY + timedelta(hours=12))) < timedelta(days=183)
    if text.startswith("今年6月7日"):
        return near and time.year == 2023
    return near and text.startswith(("6月7日", "6月7号", "06月07日", "六月七日"))


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Every text at every distance, and once without a time."""
    home = Home(tmp_path_factory.mktemp("days"))
    home.data.mkdir()
    rows = [
        row(f"{n}/{days}", text, time=(DAY + timedelta(days=days, hours=12)).isoformat())
        for n, text in enumerate(TEXTS)
        for days in DISTANCES
    ]
    rows += [row(f"{n}/none", text) for n, text in enumerate(TEXTS)]
    write_rows(home, "a.jsonl", rows)
    reindex(home)
    return Searcher(home)


@pytest.mark.parametrize(
    "query",
    [
        "2023年6月7日",
        "2023年06月07日",
        "二〇二三年六月七日",
        "2023年6月7号",
        "水库 2023年6月7日",
        '"2023年6月7日"',
    ],
)
def test_entries_of_a_day_with_its_year(searcher: Searcher, query: str) -> None:
    """A day with a year finds the entries that mean it, and no others."""
    expected = {
        f"{n}/{days}"
        for n, text in enumerate(TEXTS)
        for days in DISTANCES
        if is_meant(text, DAY + timedelta(days=days, hours=12))
    }
    expected |= {f"{n}/none" for n, text in enumerate(TEXTS) if "2023年6月7日" in text}
    assert searcher.matches(query) == expected


def test_as_typed_a_year_is_required(searcher: Searcher) -> None:
    """Without expansion only the entries with the year are found, and an exclusion excludes only them."""
    typed = {
        f"{n}/{d}" for n, text in enumerate(TEXTS) for d in (*DISTANCES, "none") if "2023年6月7日" in text
    }
    assert searcher.matches("2023年6月7日", exact=True) == typed
    assert searcher.matches("水库 -2023年6月7日") == searcher.matches("水库") - typed


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("4月2日至6日", "展会于4月2日至4月6日举行"),
        ("4月2日至4月6日", "展会于4月2日—6日举行"),
        ("4月2日-6日", "展会于4月2日至6日举行"),
        ("四月二日至六日", "展会于4月2日至6日举行"),
        ("十一月二十六日", "11月26日开幕"),
        ("11月26日", "十一月二十六日开幕"),
        ("零下15度", "气温降到零下15摄氏度"),
        ("零下十五度", "气温降到零下15℃"),
        ("九一八", "纪念9·18事变"),
        ("九·一八", "九一八事变"),
        ("9·18", "纪念“九一八”"),
        ("一二·九运动", "12·9运动"),
    ],
)
def test_one_way_finds_the_other(tmp_path: Path, query: str, text: str) -> None:
    """The query finds the text."""
    home = Home(tmp_path)
    home.data.mkdir()
    write_rows(home, "a.jsonl", [row("a", text, time="2024-03-01"), row("b", "十八日，二月")])
    reindex(home)
    assert Searcher(home).matches(query) == {"a"}
