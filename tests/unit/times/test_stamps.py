"""One complete date, in the forms that people and programs write; whatever is not certain is refused."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.errors import TimeError
from search.times.stamps import parse_instant

BEIJING = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2023年11月8日 星期三 16:05", "2023-11-08T16:05:00+08:00"),
        ("2023年11月8日（周三）下午4:05", "2023-11-08T16:05:00+08:00"),
        ("2023年11月8日【禮拜三】16時05分", "2023-11-08T16:05:00+08:00"),
        ("2023/11/8(三) 16:05", "2023-11-08T16:05:00+08:00"),
        ("2023 年 11 月 08 日 星期三 16:05:09", "2023-11-08T16:05:09+08:00"),
        ("2023.11.8 凌晨12:05", "2023-11-08T00:05:00+08:00"),
        ("2023/11/8 上午12:05:00", "2023-11-08T00:05:00+08:00"),
        ("2023/11/8 下午12:05", "2023-11-08T12:05:00+08:00"),
        ("2023/11/8 中午1点", "2023-11-08T13:00:00+08:00"),
        ("2023/11/8 晚上12点", "2023-11-09T00:00:00+08:00"),
        ("2023/11/8 下午16:05", "2023-11-08T16:05:00+08:00"),
        ("2023-11-8 4:05 p.m.", "2023-11-08T16:05:00+08:00"),
        ("2023-11-08 PM04:05", "2023-11-08T16:05:00+08:00"),
        ("November 8, 2023 at 4:05 PM", "2023-11-08T16:05:00+08:00"),
        ("Nov. 8, 2023", "2023-11-08T00:00:00+08:00"),
        ("8th November 2023 16:05", "2023-11-08T16:05:00+08:00"),
        ("Wed Nov 08 16:05:09 +0800 2023", "2023-11-08T16:05:09+08:00"),
        ("Wed Nov  8 16:05:09 2023", "2023-11-08T16:05:09+08:00"),
        ("Fri, 8 Nov 2023 16:05:09 +0100", "2023-11-08T16:05:09+01:00"),
        ("Wednesday, 08-Nov-23 16:05:09 GMT", "2023-11-08T16:05:09+00:00"),
        ("星期三, 08 十一月 2023 16:05:09 +0800", "2023-11-08T16:05:09+08:00"),
        ("週三, 8 11月 2023 08:05:09 GMT", "2023-11-08T08:05:09+00:00"),
        ("08-十一月-2023 16:05", "2023-11-08T16:05:00+08:00"),
        ("周日, 01 十月 2023 20:15:00 +8", "2023-10-01T20:15:00+08:00"),
        ("2023-11-08 16:05 UTC+8", "2023-11-08T16:05:00+08:00"),
        ("2023-11-08 16:05:09 GMT+0530", "2023-11-08T16:05:09+05:30"),
        ("2023-11-08 16:05:09 +9", "2023-11-08T16:05:09+09:00"),
        ("2023-11-08 16:05:09 +0000 UTC", "2023-11-08T16:05:09+00:00"),
        ("Wed Nov 08 2023 16:05:09 GMT+0800 (中国标准时间)", "2023-11-08T16:05:09+08:00"),
        ("2023-11-08T16:05:09+09:00[Asia/Tokyo]", "2023-11-08T16:05:09+09:00"),
        ("2023-11-08 16:05 America/Chicago", "2023-11-08T16:05:00-06:00"),
        ("2023年11月8日 北京时间16:05", "2023-11-08T16:05:00+08:00"),
        ("2023年11月8日 16:05（东京时间）", "2023-11-08T16:05:00+09:00"),
        ("Wed, 08 Nov 2023 16:05:09 CST", "2023-11-08T16:05:09+08:00"),
        ("Wed, 08 Nov 2023 16:05:09 HKT", "2023-11-08T16:05:09+08:00"),
        ("Wed, 08 Nov 2023 16:05:09 EST", "2023-11-08T16:05:09-05:00"),
        ("Wed, 08 Nov 2011 16:05:09 MSK", "2011-11-08T16:05:09+04:00"),
        ("2023-11-08T16:05:09.123456789Z", "2023-11-08T16:05:09.123456+00:00"),
        ("20231108", "2023-11-08T00:00:00+08:00"),
        ("202311081605", "2023-11-08T16:05:00+08:00"),
        ("20231108160509", "2023-11-08T16:05:09+08:00"),
        ("1699430709", "2023-11-08T16:05:09+08:00"),
        ("二〇二三年十一月八日下午四时零五分", "2023-11-08T16:05:00+08:00"),
        ("民國112年11月8日", "2023-11-08T00:00:00+08:00"),
        ("２０２３年１１月８日　１６：０５", "2023-11-08T16:05:00+08:00"),
        ("发布时间：2023-11-08 16:05", "2023-11-08T16:05:00+08:00"),
    ],
)
def test_a_complete_date_is_read(written: str, expected: str) -> None:
    """Weekdays, right or wrong, parts of the day, English months, zones by number and by name, epochs."""
    assert parse_instant(written, zone=BEIJING).isoformat() == expected


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("2023-02-29 16:05", "没有 2023年2月29日"),
        ("0000-00-00 00:00:00", "0年0月0日"),
        ("0001-01-01T00:00:00", "1年1月1日"),
        ("2023-11-08 24:05", "24:05"),
        ("16:05", "没有日期"),
        ("下午4:05", "没有日期"),
        ("11月8日 16:05", "缺少年"),
        ("2023年11月", "缺少年、月或日"),
        ("08/11/2023", "先后不明"),
        ("8.11.2023 16:05", "先后不明"),
        ("8 Nov 23", "先后不明"),
        ("2023-11-08 16:05 AM", "AM"),
        ("2023年11月8日晚上2点", "晚上"),
        ("2023年11月8日上午12点", "上午"),
        ("2023-11-08 16:05 IST", "IST"),
        ("2023-11-08 16:05 当地时间", "当地"),
        ("2023-11-08 16:05 Asia/Atlantis", "Asia/Atlantis"),
        ("2023110816", "秒数"),
        ("2023-11-08 16:05-17:00", "看不懂"),
        ("2023-11-08 2023-11-09", "看不懂"),
        ("2023-11-08 16:05 QQQ", "看不懂"),
        ("2023-11-08 16:05 来源：某报", "看不懂"),
        ("昨天 16:05", "看不懂"),
        ("169943070", "看不懂"),
        ("2023", "看不懂"),
    ],
)
def test_what_is_not_certain_is_refused(written: str, reason: str) -> None:
    """The message quotes the text and says what is wrong with it."""
    with pytest.raises(TimeError) as caught:
        parse_instant(written, zone=BEIJING)
    assert written in caught.value.message and reason in caught.value.message


def test_cst_has_the_meaning_of_the_home() -> None:
    """China's time in a Chinese home, that of the United States in an American one, and nothing elsewhere."""
    written = "Wed, 08 Nov 2023 16:05:09 CST"
    offsets = {
        name: parse_instant(written, zone=ZoneInfo(name)).isoformat()[-6:]
        for name in ("Asia/Taipei", "Asia/Singapore", "America/Denver")
    }
    assert offsets == {"Asia/Taipei": "+08:00", "Asia/Singapore": "+08:00", "America/Denver": "-06:00"}
    for name in ("Europe/Paris", "America/Havana", "UTC"):
        with pytest.raises(TimeError, match="CST"):
            parse_instant(written, zone=ZoneInfo(name))


def test_a_number_counts_from_1970() -> None:
    """Seconds, milliseconds and microseconds are distinguished by their length."""
    second = datetime(2023, 11, 8, 8, 5, 9, tzinfo=UTC)
    for number in (1699430709, 1699430709000, 1699430709000000, 1699430709.0):
        assert parse_instant(number, zone=NEW_YORK) == second
    for number in (0, -1699430709, 169943070900, float("nan"), 1e30):
        with pytest.raises(TimeError):
            parse_instant(number, zone=NEW_YORK)


def test_a_day_is_its_first_moment() -> None:
    """Also where summer time skips midnight; a written midnight does not exist there."""
    beirut = ZoneInfo("Asia/Beirut")
    assert parse_instant("2023-03-26", zone=beirut).astimezone(UTC).hour == 22
    with pytest.raises(TimeError, match="夏令时"):
        parse_instant("2023-03-26 00:30", zone=beirut)


MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September"]
MONTHS += ["October", "November", "December"]
FORMS = {
    "iso": lambda m: f"{m:%Y-%m-%dT%H:%M:%S}",
    "slashes": lambda m: f"{m.year}/{m.month}/{m.day} {m.hour}:{m:%M:%S}",
    "dots": lambda m: f"{m.year}.{m.month:02}.{m.day:02} {m:%H:%M:%S}",
    "chinese": lambda m: f"{m.year}年{m.month}月{m.day}日{m.hour}时{m.minute}分{m.second}秒",
    "weekday": lambda m: f"{m.year}年{m.month}月{m.day}日 星期{'一二三四五六日'[m.weekday()]} {m:%H:%M:%S}",
    "half": lambda m: f"{m.year}/{m.month}/{m.day} {'上午' if m.hour < 12 else '下午'}{m:%I:%M:%S}",
    "english": lambda m: f"{MONTHS[m.month - 1]} {m.day}, {m.year} {m:%I:%M:%S %p}",
    "british": lambda m: f"{m.day} {MONTHS[m.month - 1][:3]} {m.year} {m:%H:%M:%S}",
    "rfc": lambda m: f"Mon, {m.day:02} {MONTHS[m.month - 1][:3]} {m.year} {m:%H:%M:%S} +0800",
    "weibo": lambda m: f"Sun {MONTHS[m.month - 1][:3]} {m.day:02} {m:%H:%M:%S} +0800 {m.year}",
    "named": lambda m: f"{m:%Y-%m-%d %H:%M:%S} CST",
    "utc": lambda m: f"{m:%Y-%m-%d %H:%M:%S} UTC+8",
    "digits": lambda m: f"{m:%Y%m%d%H%M%S}",
    "wide": lambda m: f"{m:%Y-%m-%d %H:%M:%S}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789:-"}),
}


@given(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)), st.sampled_from(sorted(FORMS)))
def test_every_form_reads_back(wall: datetime, form: str) -> None:
    """A moment that is printed in one of the forms is read as that moment."""
    wall = wall.replace(microsecond=0)
    moment = wall.replace(tzinfo=BEIJING)
    written = FORMS[form](wall)
    if moment.utcoffset() == timedelta(hours=8):  # China had summer time, and other offsets before 1901
        assert parse_instant(written, zone=BEIJING) == moment


@given(st.integers(1_000_000_000, 1_899_999_999), st.integers(0, 999_999))
def test_epochs_read_back(second: int, micro: int) -> None:
    """In each of the three units."""
    moment = datetime.fromtimestamp(second, UTC)
    assert parse_instant(second, zone=BERLIN) == moment
    assert parse_instant(f"{second}{micro // 1000:03}", zone=BERLIN) == moment + timedelta(
        milliseconds=micro // 1000
    )
    assert parse_instant(f"{second}{micro:06}", zone=BERLIN) == moment + timedelta(microseconds=micro)


PIECES = st.lists(
    st.sampled_from(
        ["2024", "05", "2", "年", "月", "日", "时", "分", ":", "-", "/", "上午", "晚", "PM", "+8", "CST"]
    )
    | st.sampled_from(["IST", "Z", "T", "星期四", "(", ")", "May", "Thu", "十", "〇", "，", "10:30", " "]),
    max_size=12,
).map("".join)


@given(PIECES | st.text(max_size=30))
@example("十十十月十日")
def test_any_text_is_a_moment_or_refused(text: str) -> None:
    """No other error, and what is read has a zone."""
    try:
        assert parse_instant(text, zone=BEIJING).utcoffset() is not None
    except TimeError as error:
        assert error.message
