"""Time: what people type, what files say, and what is printed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from search.errors import TimeError
from search.times.format import format_time, format_zh
from search.times.ranges import (
    TimeRange,
    end_of,
    find_zone,
    parse_instant,
    parse_range,
    read_partial_time,
    resolve_year,
)

BEIJING = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
#: A Friday; the newest entry is two years older, as in a collection that is searched later.
NOW = datetime(2024, 3, 15, 10, 30, tzinfo=BEIJING)
LATEST = datetime(2022, 1, 6, 13, 59, tzinfo=BEIJING)

DAYS = st.dates(date(1900, 1, 1), date(2200, 1, 1))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(
    lambda wall: wall.replace(tzinfo=BEIJING)
)


def spoken(text: str) -> str:
    """Read a range and print it as two short walls of time."""
    found = parse_range(text, zone=BEIJING, now=NOW, latest=LATEST)
    return " ".join(
        f"{edge:%Y-%m-%d %H:%M}".removesuffix(" 00:00") if edge else "*" for edge in (found.start, found.end)
    )


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2022", "2022-01-01 2023-01-01"),
        ("2022年", "2022-01-01 2023-01-01"),
        ("2022-01", "2022-01-01 2022-02-01"),
        ("2022年12月", "2022-12-01 2023-01-01"),
        ("2022-01-05", "2022-01-05 2022-01-06"),
        ("20220105", "2022-01-05 2022-01-06"),
        ("2022/1/5", "2022-01-05 2022-01-06"),
        ("2022.1.5", "2022-01-05 2022-01-06"),
        ("2022年1月5日", "2022-01-05 2022-01-06"),
        ("２０２２年１月５日", "2022-01-05 2022-01-06"),
        ("1月5日", "2022-01-05 2022-01-06"),
        ("1月9日", "2021-01-09 2021-01-10"),
        ("2月29日", "2020-02-29 2020-03-01"),
        ("12月", "2021-12-01 2022-01-01"),
        ("5日", "2022-01-05 2022-01-06"),
        ("2022-01-05T13:00", "2022-01-05 13:00 2022-01-05 13:01"),
        ("2022-01-05 13:35", "2022-01-05 13:35 2022-01-05 13:36"),
        ("1月5日13时", "2022-01-05 13:00 2022-01-05 14:00"),
        ("1月5日13时5分", "2022-01-05 13:05 2022-01-05 13:06"),
        ("1月5日下午3点半", "2022-01-05 15:30 2022-01-05 15:31"),
        ("1月5日凌晨", "2022-01-05 2022-01-05 06:00"),
        ("13:35..", "2022-01-06 13:35 *"),
        ("23:00..", "2022-01-05 23:00 *"),
        ("今天", "2024-03-15 2024-03-16"),
        ("昨天", "2024-03-14 2024-03-15"),
        ("前天", "2024-03-13 2024-03-14"),
        ("昨晚", "2024-03-14 18:00 2024-03-15"),
        ("今晨", "2024-03-15 2024-03-15 09:00"),
        ("昨晚8点", "2024-03-14 20:00 2024-03-14 21:00"),
        ("本周", "2024-03-11 2024-03-18"),
        ("上周", "2024-03-04 2024-03-11"),
        ("本月", "2024-03-01 2024-04-01"),
        ("上月", "2024-02-01 2024-03-01"),
        ("去年", "2023-01-01 2024-01-01"),
        ("近7天", "2024-03-09 2024-03-16"),
        ("最近7天", "2024-03-09 2024-03-16"),
        ("近三天", "2024-03-13 2024-03-16"),
        ("近两周", "2024-03-02 2024-03-16"),
        ("过去24小时", "2024-03-14 10:30 2024-03-15 10:30"),
        ("最近1个月", "2024-02-16 2024-03-16"),
        ("2022-01-05..2022-01-06", "2022-01-05 2022-01-07"),
        ("2022-01-05..06", "2022-01-05 2022-01-07"),
        ("2022-01-05..06T12:00", "2022-01-05 2022-01-06 12:01"),
        ("2022-01..03", "2022-01-01 2022-04-01"),
        ("2022-12-30..01-02", "2022-12-30 2023-01-03"),
        ("1月5日至6日", "2022-01-05 2022-01-07"),
        ("1月5日到1月9日", "2022-01-05 2022-01-10"),
        ("1月5日 ～ 1月6日", "2022-01-05 2022-01-07"),
        ("1月5日——6日", "2022-01-05 2022-01-07"),
        ("2022-01-05 - 2022-01-06", "2022-01-05 2022-01-07"),
        ("12月30日..1月2日", "2021-12-30 2022-01-03"),
        ("12月5日至2020年1月6日", "2019-12-05 2020-01-07"),
        ("23:00..01:00", "2022-01-05 23:00 2022-01-06 01:01"),
        ("2022-01-05 13:35..14:00", "2022-01-05 13:35 2022-01-05 14:01"),
        ("1月5日至今", "2022-01-05 2024-03-16"),
        ("..1月5日", "* 2022-01-06"),
        ("1月5日..", "2022-01-05 *"),
        (">1月5日", "2022-01-06 *"),
        (">=1月5日", "2022-01-05 *"),
        ("＞＝１月５日", "2022-01-05 *"),
        ("≥1月5日", "2022-01-05 *"),
        ("<2022-01-05", "* 2022-01-05"),
        ("<=2022-01-05", "* 2022-01-06"),
    ],
)
def test_what_people_type(typed: str, expected: str) -> None:
    """Each form names the stretch of time that a reader would take it for."""
    assert spoken(typed) == expected


@pytest.mark.parametrize(
    ("typed", "position"),
    [
        ("", 0),
        ("1-5", 0),
        ("  哈萨克斯坦", 2),
        ("2022-02-30", 0),
        ("2月30日", 0),
        ("25:00", 0),
        ("9999", 0),
        ("..", 0),
        ("晚", 0),
        ("近0天", 0),
        ("近9999年", 0),
        ("1月6日..5日", 6),
        ("1月5日..明年", 6),
        (">  abc", 3),
        ("T", 0),
    ],
)
def test_what_cannot_be_a_time_is_refused_with_its_place(typed: str, position: int) -> None:
    """The error counts into the text as it was typed."""
    with pytest.raises(TimeError) as caught:
        parse_range(typed, zone=BEIJING, now=NOW, latest=LATEST)
    assert caught.value.position == position


@given(st.text(max_size=30))
def test_any_text_is_a_range_or_an_error(typed: str) -> None:
    """Whatever is typed ends in a range or a TimeError, whose position lies in the text."""
    try:
        found = parse_range(typed, zone=BEIJING, now=NOW, latest=LATEST)
    except TimeError as error:
        assert 0 <= error.position <= len(typed)
    else:
        assert found.start or found.end


FORMS = st.sampled_from("0123456789年月日时分:：-./ T至到~><=今昨晨晚近天周Z+")


@given(st.text(FORMS, max_size=14))
def test_any_heap_of_time_signs_is_a_range_or_an_error(typed: str) -> None:
    """Near misses end in a range that has a length, or in a TimeError."""
    try:
        found = parse_range(typed, zone=BERLIN, now=NOW, latest=LATEST)
    except TimeError:
        return
    assert found.start is None or found.end is None or found.start < found.end


@given(DAYS, DAYS, st.sampled_from(["..", "至", " - ", "~"]))
def test_a_range_of_days_holds_both_days_whole(first: date, last: date, between: str) -> None:
    """a..b begins with the first moment of a, wherever summer time put it, and ends with the last of b."""
    assume(first <= last)
    found = parse_range(f"{first}{between}{last}", zone=BEIJING, now=NOW)
    assert found.start is not None and found.end is not None
    before = (found.start.astimezone(UTC) - timedelta(microseconds=1)).astimezone(BEIJING)
    assert found.start.date() == first and before.date() == first - timedelta(days=1)
    assert (found.end - timedelta(microseconds=1)).date() == last


@given(DAYS, MOMENTS)
def test_a_day_without_a_year_is_the_latest_not_after_the_newest_entry(day: date, latest: datetime) -> None:
    """It never lies after the newest entry, and a year later it would."""
    assume((day.month, day.day) != (2, 29))
    found = parse_range(f"{day.month}月{day.day}日", zone=BEIJING, now=NOW, latest=latest).start
    assert found is not None and found <= latest
    assert found.replace(year=found.year + 1) > latest


@given(MOMENTS)
def test_the_two_sides_of_a_comparison_meet(moment: datetime) -> None:
    """Every moment is on exactly one side of < and >=, and of <= and >."""
    for below, above in (("<", ">="), ("<=", ">")):
        lower = parse_range(f"{below}2022-01-05", zone=BEIJING, now=NOW)
        upper = parse_range(f"{above}2022-01-05", zone=BEIJING, now=NOW)
        assert (moment in lower) != (moment in upper)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2022-01-05", "2022-01-05T23:59:59.999999+08:00"),
        ("2022-01-05T13:35", "2022-01-05T13:35:59.999999+08:00"),
        ("2022-01-05 13:35:10", "2022-01-05T13:35:10.999999+08:00"),
        ("1月5日24时", "2022-01-06T00:00:00+08:00"),
        ("2022", "2022-12-31T23:59:59.999999+08:00"),
        ("<2022-01-05", "2022-01-04T23:59:59.999999+08:00"),
        ("2022-01-05T13:35Z", "2022-01-05T13:35:59.999999+00:00"),
    ],
)
def test_as_of_is_the_last_moment_of_what_was_typed(typed: str, expected: str) -> None:
    """An entry of that very minute or day is still included."""
    assert end_of(typed, zone=BEIJING, now=NOW, latest=LATEST).isoformat() == expected


def test_as_of_needs_an_end() -> None:
    """An open range has no last moment."""
    with pytest.raises(TimeError, match="没有终点"):
        end_of("2022..", zone=BEIJING, now=NOW)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2022-01-05", "2022-01-05T00:00:00+08:00"),
        ("2022-01-05T13:35:10", "2022-01-05T13:35:10+08:00"),
        ("2022-01-05 13:35", "2022-01-05T13:35:00+08:00"),
        ("2022-01-05T13:35:10Z", "2022-01-05T13:35:10+00:00"),
        ("2022-01-05T13:35:10.5+03:00", "2022-01-05T13:35:10.500000+03:00"),
        ("20220105T133510", "2022-01-05T13:35:10+08:00"),
        ("2022年1月5日 13时35分", "2022-01-05T13:35:00+08:00"),
        ("2022年1月5日下午1点半", "2022-01-05T13:30:00+08:00"),
        ("２０２２－０１－０５　１３：３５", "2022-01-05T13:35:00+08:00"),
        ("Wed, 05 Jan 2022 13:35:10 +0300", "2022-01-05T13:35:10+03:00"),
        ("2022-01-05T24:00", "2022-01-06T00:00:00+08:00"),
    ],
)
def test_instants_as_files_write_them(written: str, expected: str) -> None:
    """ISO 8601, Chinese and RFC 2822 forms give an aware time; without a zone it is the given one."""
    assert parse_instant(written, zone=BEIJING).isoformat() == expected


@pytest.mark.parametrize(
    "written",
    ["", "2022", "2022-01", "1月5日", "2022-02-30", "2022-01-05T25:00", "昨天", "soon", "Wed, 45 Foo"],
)
def test_an_instant_is_never_guessed(written: str) -> None:
    """A date that is not whole, or that does not exist, is refused."""
    with pytest.raises(TimeError):
        parse_instant(written, zone=BEIJING)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_iso_times_read_back(wall: datetime, offset: int) -> None:
    """What isoformat() prints is read as the same instant."""
    moment = (wall - timedelta(minutes=offset)).replace(tzinfo=UTC)
    assert parse_instant(moment.isoformat(), zone=BEIJING) == moment


def test_a_time_that_summer_time_skips_does_not_exist() -> None:
    """02:30 on the night that clocks go forward is refused, in another zone it is fine."""
    with pytest.raises(TimeError, match="夏令时"):
        parse_instant("2022-03-27 02:30", zone=BERLIN)
    assert parse_instant("2022-03-27 02:30", zone=BEIJING).hour == 2


def test_a_day_begins_even_where_its_midnight_is_skipped() -> None:
    """In Beirut, 26 March 2023 began at one o'clock."""
    found = parse_range("2023-03-26", zone=ZoneInfo("Asia/Beirut"), now=NOW)
    assert found.start is not None and found.start.astimezone(UTC).hour == 22


def test_the_year_is_the_latest_that_does_not_lead_past_the_day() -> None:
    """31 December in a file of 6 January is of the year before; the day itself still counts."""
    day = date(2022, 1, 6)
    assert resolve_year(12, 31, 23, 5, not_after=day, zone=BEIJING).isoformat() == "2021-12-31T23:05:00+08:00"
    assert resolve_year(1, 6, 23, 59, not_after=day, zone=BEIJING).year == 2022
    with pytest.raises(TimeError, match="2月30日"):
        resolve_year(2, 30, 0, 0, not_after=day, zone=BEIJING)


@given(MOMENTS)
def test_printed_times_name_the_same_minute(moment: datetime) -> None:
    """Both printed forms, read again, give the minute that was printed."""
    minute = moment.replace(second=0, microsecond=0)
    for printed in (format_time(moment, BEIJING), format_zh(moment, BEIJING)):
        assert parse_instant(printed, zone=BEIJING) == minute


def test_printed_times_look_as_promised() -> None:
    """Printed in the zone asked for, whatever zone the time has."""
    moment = datetime(2022, 1, 5, 15, 39, tzinfo=UTC)
    assert format_time(moment, BEIJING) == "2022-01-05 23:39"
    assert format_zh(moment, BEIJING) == "2022年1月5日 23:39"


@given(st.text())
def test_stamps_read_any_text(text: str) -> None:
    """Reading a stamp never fails, and a stamp that was read says something."""
    stamp = read_partial_time(text)
    assert stamp is None or any(
        getattr(stamp, name) is not None for name in ("year", "month", "day", "hour", "ago", "part")
    )


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc", "Asia", "\x00", "/etc/passwd"])
def test_only_zones_that_exist(name: str) -> None:
    """Any other text is a TimeError, whatever the file system thinks of it."""
    with pytest.raises(TimeError, match="时区"):
        find_zone(name)


def test_a_range_holds_its_start_but_not_its_end() -> None:
    """Ranges are half-open."""
    later = LATEST + timedelta(minutes=1)
    assert LATEST in TimeRange(LATEST, later) and later not in TimeRange(LATEST, later)
    assert LATEST in TimeRange()
