"""Buckets of time: they tile what they cover, begin on the clock, and are never too many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.histogram import bucket_edges, interval_for

SHANGHAI, NEW_YORK, KATHMANDU = map(ZoneInfo, ("Asia/Shanghai", "America/New_York", "Asia/Kathmandu"))
zones = st.sampled_from([UTC, SHANGHAI, NEW_YORK, KATHMANDU, ZoneInfo("Australia/Lord_Howe")])
moments = st.datetimes(datetime(1905, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=20_000)) | st.timedeltas(timedelta(0), timedelta(days=5))


@given(moments, spans, zones)
@settings(deadline=None)
def test_buckets_tile_the_span(first: datetime, span: timedelta, zone: ZoneInfo) -> None:
    """Borders ascend, the first bucket holds the first moment, the last bucket the last."""
    last = first + span
    interval, borders, _ = bucket_edges(first, last, zone)
    stamps = [border.timestamp() for border in borders]
    assert all(a < b for a, b in pairwise(stamps))
    assert borders[0] <= first < borders[1]
    assert borders[-2] <= last < borders[-1]
    assert interval == interval_for(first, last)
    assert len(borders) <= 130


@given(moments, spans, zones)
@settings(deadline=None)
def test_buckets_begin_on_the_clock(first: datetime, span: timedelta, zone: ZoneInfo) -> None:
    """Days begin at midnight where the reader is, months on the first, years in January."""
    interval, borders, _ = bucket_edges(first, first + span, zone)
    for border in borders:
        assert (border.second, border.microsecond) == (0, 0)
        assert border.tzinfo is zone
        if interval in ("day", "month", "year"):
            assert (border.hour, border.minute) == (0, 0)
        if interval in ("month", "year"):
            assert border.day == 1
        if interval == "year":
            assert border.month == 1


@pytest.mark.parametrize(
    ("span", "interval"),
    [
        (timedelta(0), "minute"),
        (timedelta(hours=2), "minute"),
        (timedelta(hours=3), "hour"),
        (timedelta(days=4), "hour"),
        (timedelta(days=5), "day"),
        (timedelta(days=120), "day"),
        (timedelta(days=121), "month"),
        (timedelta(days=3660), "month"),
        (timedelta(days=3661), "year"),
    ],
)
def test_the_interval_follows_the_span(span: timedelta, interval: str) -> None:
    """The finest that stays readable."""
    start = datetime(2022, 1, 5, tzinfo=UTC)
    assert interval_for(start, start + span) == interval


def test_one_moment_is_one_bucket() -> None:
    """Of a minute."""
    moment = datetime(2022, 1, 5, 13, 35, 30, tzinfo=SHANGHAI)
    _, borders, _ = bucket_edges(moment, moment, SHANGHAI)
    assert [f"{border:%H:%M}" for border in borders] == ["13:35", "13:36"]


def test_hours_that_a_zone_skips_or_repeats() -> None:
    """On the days when clocks change, every bucket of an hour still is one hour, and days are whole."""
    for day in (datetime(2022, 3, 13, 4, tzinfo=UTC), datetime(2022, 11, 6, 3, tzinfo=UTC)):
        _, borders, _ = bucket_edges(day, day + timedelta(hours=9), NEW_YORK)
        stamps = [border.timestamp() for border in borders]
        assert {b - a for a, b in pairwise(stamps)} == {3600.0}
        _, borders, _ = bucket_edges(day - timedelta(days=9), day + timedelta(days=9), NEW_YORK)
        assert {border.hour for border in borders} == {0}


def test_the_end_of_the_calendar() -> None:
    """The last year that an entry can have has a bucket, too."""
    last = datetime(9998, 12, 31, 23, 59, tzinfo=UTC)
    for days in (0, 3, 30, 300, 9000):
        _, borders, _ = bucket_edges(last - timedelta(days=days), last, SHANGHAI)
        assert borders[-1] > last
