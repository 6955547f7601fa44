"""The live-blog text format, on the real thing and on everything that goes wrong in it."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.entry import Entry
from search.readers.reports.time_lines import read_time_line, resembles_time
from tests.support.readers import BEIJING, FIXTURES, SEED, entries, items, refusal, split

NAME = "2022-01-06-kazakhstan.txt"


@pytest.fixture(scope="module")
def blog() -> list[Entry]:
    """Read the real live blog under a name that dates it."""
    return entries(SEED.read_bytes(), NAME)


@pytest.mark.skipif(not SEED.exists(), reason="the shared folder is not beside this checkout")
class TestSeed:
    """The real live blog, 28 entries, newest first."""

    def test_every_entry_has_its_time(self, blog: list[Entry]) -> None:
        """28 entries from the first to the last minute, in the order of the file."""
        times = [entry.time for entry in blog if entry.time]
        assert len(times) == 28 and times == sorted(times, reverse=True)
        assert times[0].isoformat() == "2022-01-06T13:59:00+08:00"
        assert times[-1].isoformat() == "2022-01-05T04:12:00+08:00"

    def test_captions_and_credit_are_found(self, blog: list[Entry]) -> None:
        """Every line with a triangle is a caption of its entry; one reporter is credited."""
        marked = re.findall("^△(.+)$", SEED.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(marked) == 6
        assert [caption for entry in blog for caption in entry.captions] == marked
        assert [entry.credit for entry in blog if entry.credit] == ["总台记者 王斌"]
        assert all("王斌" not in entry.body for entry in blog)

    def test_nothing_readable_is_lost(self, blog: list[Entry]) -> None:
        """What the file says below its time lines is what the entries say, character for character."""
        lines = [line.strip() for line in SEED.read_text(encoding="utf-8").splitlines()]
        told = [line for line in lines[1:] if line and not re.fullmatch(r"\d+月\d+日\d+:\d+", line)]
        read = [
            part for entry in blog for part in (entry.headline, entry.body, *entry.captions, entry.credit)
        ]
        assert sorted(re.sub(r"[△()\s]", "", "".join(told))) == sorted(re.sub(r"[()\s]", "", "".join(read)))

    def test_agencies_are_those_that_a_reader_would_name(self, blog: list[Entry]) -> None:
        """Each entry credits exactly whom its text credits."""
        found = {entry.id.partition("/")[2]: " ".join(entry.agencies) for entry in blog if entry.agencies}
        assert found == {
            "0106-1359": "俄媒 俄罗斯卫星网",
            "0106-1335": "卫星社 俄新社",
            "0106-1152": "俄媒 俄新社",
            "0106-1019": "哈萨克斯坦媒体 俄新社 KazTag通讯社",
            "0106-0834": "俄国家杜马 俄新社",
            "0106-0215": "哈萨克斯坦内务部",
            "0106-0004": "哈萨克斯坦当地媒体",
            "0105-2339": "哈萨克斯坦当地媒体",
            "0105-2039": "俄新社 “和平”国际广播电视公司",
            "0105-2016": "俄新社",
            "0105-1812": "哈萨克斯坦总统网站",
            "0105-1738": "国际文传电讯社",
            "0105-1711": "国际文传电讯社",
            "0105-1702": "国际文传电讯社",
            "0105-1448": "哈萨克斯坦总统网站",
            "0105-1340": "哈萨克斯坦内务部 哈萨克斯坦内务部新闻局",
            "0105-1335": "哈总统网站",
            "0105-0603": "俄新社",
            "0105-0518": "哈萨克斯坦总统官网 俄新社",
            "0105-0502": "哈萨克斯坦阿拉木图警方",
        }


DAYS_AGO = [
    # Newest first, from the date of the file and from the nearest later day that is written.
    ("16:05 今晨6时 昨夜23时 昨日22:40", "08-16:05 08-06:00 07-23:00 07-22:40"),
    ("16:05 昨日22:40 21:00 前天9:00", "08-16:05 07-22:40 07-21:00 06-09:00"),
    ("11月7日18:00 昨夜23时 11月6日9:00 昨日8:00", "07-18:00 06-23:00 06-09:00 05-08:00"),
    # Oldest first.
    ("昨日22:40 今晨6时 16:05", "07-22:40 08-06:00 08-16:05"),
    ("11月6日18:00 昨夜23时 11月7日6:00 9:00", "06-18:00 06-23:00 07-06:00 07-09:00"),
]


@pytest.mark.parametrize(("lines", "times"), DAYS_AGO)
def test_days_ago_count_from_the_nearest_later_day(lines: str, times: str) -> None:
    """Else from the date of the file."""
    content = "".join(f"{line}\n轮渡停运\n" for line in lines.split())
    found = entries(content, "2023-11-08-storm.txt")
    assert " ".join(f"{entry.time:%d-%H:%M}" for entry in found if entry.time) == times


def test_days_ago_count_from_the_heading_above_them() -> None:
    """Also as times before headlines."""
    content = "11月7日\n9:00\n甲\n昨夜23时\n乙\n11月6日\n昨夜23时 丙\n昨日8:00 丁\n昨日7:00 戊\n"
    found = entries(content, "2023-11-08-storm.txt")
    times = [f"{entry.time:%d-%H:%M} {entry.headline}" for entry in found if entry.time]
    assert times == ["07-09:00 甲", "06-23:00 乙", "05-23:00 丙", "05-08:00 丁", "05-07:00 戊"]


def test_days_ago_without_any_day_are_refused() -> None:
    """Today is not that of the reading; above a written day, one entry is left out."""
    assert refusal("昨夜23时\n大桥封闭\n今晨6时\n轮渡停运\n", "storm.txt") is not None
    found, (problem,) = split(
        items("今晨6时\n甲\n2023年11月7日 9:00\n乙\n2023年11月6日 9:00\n丙\n", "storm.txt")
    )
    assert len(found) == 2 and problem.line == 1 and "无法确定" in problem.message


def test_a_file_in_gb18030_with_windows_line_ends_and_wide_digits() -> None:
    """Encoding, line ends and digits make no difference to what is read."""
    name = "2022-03-08-gb18030.txt"
    first, second = entries((FIXTURES / name).read_bytes(), name)
    assert first == Entry(
        id="2022-03-08-gb18030/0308-0915",
        time=datetime(2022, 3, 8, 9, 15, tzinfo=BEIJING),
        headline="基辅上空拉响防空警报",
        body="据乌克兰国家通讯社报道,基辅市8日清晨拉响防空警报。",
        captions=("市民进入地铁站躲避",),
        agencies=("乌克兰国家通讯社",),
        credit="本站记者 林远",
        stream="2022-03-08-gb18030",
        attributions=first.attributions,
    )
    assert (second.id, second.body) == ("2022-03-08-gb18030/0307-2350", "")


def times(content: str, name: str = NAME) -> list[str]:
    """Read times, each printed with its day."""
    return [f"{entry.time:%Y-%m-%d %H:%M}" for entry in entries(content, name) if entry.time]


def test_front_matter_says_title_date_zone_and_address() -> None:
    """The head of the file goes before its name, and the zone is the one it names."""
    head = (
        "---\ntitle: 哈国局势\ndate: 2021-06-01\ntimezone: Europe/Moscow\nurl: https://example.org/a\n---\n"
    )
    (entry,) = entries(head + "1月6日05:48\n标题\n", "sub/2022-01-06-x.txt")
    assert entry.stream == "哈国局势" and entry.url == "https://example.org/a"
    assert entry.id == "sub/2022-01-06-x/0106-0548"
    assert entry.time is not None and entry.time.isoformat() == "2021-01-06T05:48:00+03:00"


@pytest.mark.parametrize(
    ("note", "offset"),
    [
        ("（注：以下均为莫斯科时间）", "+03:00"),
        ("注:文中时间均为北京时间", "+08:00"),
        ("(以下为格林尼治时间)", "+00:00"),
        ("", "+08:00"),
    ],
)
def test_a_note_names_the_zone(note: str, offset: str) -> None:
    """The place in the note decides; without one it is the zone of the home."""
    (entry,) = entries(f"{note}\n1月6日05:48\n标题\n", NAME)
    assert entry.time is not None and entry.time.isoformat().endswith(offset)


def test_a_note_that_could_mean_any_place_is_a_problem() -> None:
    """当地时间 names no zone: the entries are read, and the message says what to add."""
    (entry,), (problem,) = split(items("(注:以下均为当地时间)\n1月6日05:48\n标题\n", NAME))
    assert entry.time is not None and problem.line == 1 and "timezone:" in problem.message


def test_a_year_is_never_guessed() -> None:
    """With neither front matter nor a date in the name the file is refused with both ways out."""
    error = refusal("1月6日05:48\n标题\n", "kazakhstan.txt")
    assert error is not None and error.problem.line == 1
    assert "date: 2022-01-06" in str(error) and "2022-01-06-kazakhstan.txt" in str(error)


def test_a_time_line_with_its_own_year_needs_no_other() -> None:
    """Its year wins over the date of the file, and a file that has all its years needs none."""
    assert times("2022年1月6日 05:48\n甲\n2020年12月31日 23:00\n乙\n", "x.txt") == [
        "2022-01-06 05:48",
        "2020-12-31 23:00",
    ]
    assert times("2023年1月7日 05:48\n甲\n") == ["2023-01-07 05:48"]


def test_each_entry_takes_the_latest_year_that_does_not_lead_past_the_file() -> None:
    """New Year lies between two entries; the day of the file itself is not past it."""
    assert times("1月6日23:59\n甲\n12月31日10:00\n乙\n1月7日08:00\n丙\n") == [
        "2022-01-06 23:59",
        "2021-12-31 10:00",
        "2021-01-07 08:00",
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("1月6日05:48 03:40 23:39 5时48分", "06 05:48|06 03:40|05 23:39|05 05:48"),
        ("1月5日22:00 23:59 00:10 05:48", "05 22:00|05 23:59|06 00:10|06 05:48"),
        ("05:48 03:40 23:39", "06 05:48|06 03:40|05 23:39"),
        ("22:00 23:00 00:10", "05 22:00|05 23:00|06 00:10"),
        ("00:10 23:50", "06 00:10|05 23:50"),
        ("03:40 1月5日23:39 22:00", "06 03:40|05 23:39|05 22:00"),
        ("1月6日 05:48 1月5日 05:48", "06 05:48|05 05:48"),
        ("6日05:48 5日23:00", "06 05:48|05 23:00"),
        ("05:48", "06 05:48"),
        ("1月5日24:00 23:00", "06 00:00|05 23:00"),
    ],
)
def test_times_without_a_day_run_on_over_midnight(lines: str, expected: str) -> None:
    """They follow the entry before, as the whole file runs; a day alone heads the next time."""
    content = "".join(f"{line}\n{'' if line.endswith('日') else '标题'}\n" for line in lines.split())
    assert "|".join(text.removeprefix("2022-01-") for text in times(content)) == expected


@pytest.mark.parametrize("line", ["1月6日25:00", "2月30日05:48", "05:60", "13月1日05:48"])
def test_a_time_that_does_not_exist_costs_its_entry_only(line: str) -> None:
    """The problem names file and line, and the entries around it are read."""
    found, (problem,) = split(items(f"1月6日10:00\n甲\n{line}\n乙\n1月6日09:00\n丙\n", NAME))
    assert [entry.headline for entry in found] == ["甲", "丙"]
    assert (problem.file, problem.line) == (NAME, 3) and "没有" in problem.message


def test_a_time_that_summer_time_skips_does_not_exist() -> None:
    """The zone of the file decides."""
    head = "---\ntimezone: Europe/Berlin\n---\n"
    _, (problem,) = split(items(head + "3月27日02:30\n甲\n", "2022-03-28.txt"))
    assert problem.line == 4 and "夏令时" in problem.message


def test_no_day_is_made_up_behind_one_that_does_not_exist() -> None:
    """A time alone after 2月30日 has no day to follow."""
    found, problems = split(items("2月30日10:00\n甲\n09:00\n乙\n1月5日08:00\n丙\n", NAME))
    assert [entry.headline for entry in found] == ["丙"] and [problem.line for problem in problems] == [1, 3]


def test_ids_stay_when_an_entry_is_added_above() -> None:
    """Entries of one minute are numbered from the oldest, whichever way the file runs."""
    newest_first = "1月6日10:00\n乙\n1月6日10:00\n甲\n1月6日09:00\n丙\n"
    before = {entry.headline: entry.id for entry in entries(newest_first, NAME)}
    after = {entry.headline: entry.id for entry in entries("1月6日10:00\n新\n" + newest_first, NAME)}
    assert before["甲"] == "2022-01-06-kazakhstan/0106-1000" and before["乙"].endswith("-1000-2")
    assert after.pop("新").endswith("-1000-3") and after == before
    oldest_first = entries("1月6日09:00\n丙\n1月6日10:00\n甲\n1月6日10:00\n乙\n", NAME)
    assert {entry.headline: entry.id for entry in oldest_first} == before


def test_an_entry_without_text_is_a_problem() -> None:
    """A time line with nothing to read below it is a problem; one without a body is fine."""
    found, problems = split(items("1月6日10:00\n1月6日09:00\n只有标题\n1月6日08:00\n△图\n", NAME))
    assert [(entry.headline, entry.body) for entry in found] == [("只有标题", "")]
    assert [problem.line for problem in problems] == [1, 4]


@pytest.mark.parametrize(
    ("body", "credit"),
    [
        ("消息。(总台记者 王斌)", "总台记者 王斌"),
        ("消息。（总台记者王斌）", "总台记者王斌"),
        ("消息。（本站编辑 林远）", "本站编辑 林远"),
        ("消息。\n(央视记者 王斌、李明 通讯员 张三丰)。", "央视记者 王斌、李明 通讯员 张三丰"),
        ("消息。(记者 John Smith)", "记者 John Smith"),
        ("消息。(编辑:林远)", "编辑:林远"),
        ("消息。（记者 玛丽亚·伊万诺娃）", "记者 玛丽亚·伊万诺娃"),
        ("消息。(记者会将于明日举行)", ""),
        ("消息(记者 王斌)还说了别的。", ""),
        ("消息。(图片来自网络)", ""),
        ("消息。(据无国界记者组织统计)", ""),
        ("消息。(" + "总台记者 王斌 " * 20 + ")", ""),
        ("消息。总台记者 王斌", ""),
    ],
)
def test_only_a_closing_credit_leaves_the_body(body: str, credit: str) -> None:
    """A word for the trade and names, in brackets at the very end; anything else stays where it was."""
    (entry,) = entries(f"1月6日10:00\n标题\n{body}\n", NAME)
    assert entry.credit == credit
    assert entry.body == ("消息。" if credit else body)


def test_text_above_the_first_time_is_a_problem() -> None:
    """It belongs to no entry, and is not lost in silence."""
    found, (problem,) = split(items("(注:以下均为北京时间)\n导语一段\n又一段\n1月6日10:00\n标题\n", NAME))
    assert len(found) == 1 and problem.line == 2 and "未收入" in problem.message


def test_a_line_that_is_too_long_costs_its_entry_only() -> None:
    """The line is named, the entries around it are read."""
    content = f"1月6日10:00\n甲\n1月6日09:00\n乙\n{'长' * 400_000}\n1月6日08:00\n丙\n"
    found, (problem,) = split(items(content, NAME))
    assert (
        [entry.headline for entry in found] == ["甲", "丙"]
        and problem.line == 5
        and "1 MiB" in problem.message
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("一段没有时间的文字\n", "时间行"),
        ("---\ndate: 昨天\n---\n1月6日10:00\n标题\n", "date"),
        ("---\ntimezone: Mars/Olympus\n---\n1月6日10:00\n标题\n", "timezone"),
        ("---\n- a\n---\n1月6日10:00\n标题\n", "开头"),
        ("---\ntitle: [\n---\n1月6日10:00\n标题\n", "开头"),
    ],
)
def test_what_leaves_a_whole_file_in_doubt_refuses_it(content: str, message: str) -> None:
    """A head that cannot be trusted would put every time in doubt."""
    error = refusal(content, NAME)
    assert error is not None and message in str(error)


def test_an_empty_file_has_no_entries() -> None:
    """That is a problem, not a failure."""
    for content in ("", "\n\n", "---\ndate: 2022-01-06\n---\n"):
        found, (problem,) = split(items(content, NAME))
        assert not found and problem.line == 0


WORDS = st.text(
    st.sampled_from("阿拉木图机场恢复运行警方俄新社报道称，。：“”·F16 3.2%é"), min_size=1, max_size=30
).map(str.strip)


def is_plain(line: str) -> bool:
    """Return whether a line neither is a time (1：11) nor looks like one (F1：11)."""
    digits = re.fullmatch(r"[\d.\s]*", line)
    like = resembles_time(line, strict=True) or resembles_time(line, strict=False)
    return not digits and not like and read_time_line(line, BEIJING) is None


LINES = WORDS.filter(is_plain)
ENTRIES = st.tuples(LINES, st.lists(LINES, max_size=4), st.lists(LINES, max_size=2))


@given(
    st.lists(ENTRIES, min_size=1, max_size=6),
    st.lists(st.integers(0, 2000), min_size=6, max_size=6),
    st.booleans(),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_entries_printed_as_a_live_blog_read_back(
    told: list[tuple[str, list[str], list[str]]], gaps: list[int], forward: bool, encoding: str, end: str
) -> None:
    """Times, headlines, bodies and captions come back, whatever the order, the encoding and the line ends."""
    moment = datetime(2022, 1, 6, 13, 59, tzinfo=BEIJING)
    printed = []
    for gap, (headline, body, captions) in zip(gaps, told, strict=False):
        moment -= timedelta(minutes=gap)
        printed.append((moment, headline, "\n".join(body), tuple(captions)))
    if forward:
        printed.reverse()
    content = "\n\n".join(
        f"{time.month}月{time.day}日{time:%H:%M}\n{headline}\n{body}\n"
        + "".join(f"△{caption}\n" for caption in captions)
        for time, headline, body, captions in printed
    )
    found = entries(content.replace("\n", end).encode(encoding), NAME)
    assert [(entry.time, entry.headline, entry.body, entry.captions) for entry in found] == printed
    assert len({entry.id for entry in found}) == len(found)


@given(st.lists(st.integers(0, 23 * 60), min_size=1, max_size=12), st.booleans())
def test_days_left_out_are_found_again(gaps: list[int], forward: bool) -> None:
    """With gaps of less than a day, one written day and the order of the file are enough."""
    moments = [datetime(2022, 1, 6, 13, 59, tzinfo=ZoneInfo("Asia/Shanghai"))]
    for gap in gaps:
        moments.append(moments[-1] - timedelta(minutes=gap))
    if forward:
        moments.reverse()
    # Two written days, first and last, leave no doubt about the direction.
    written = [
        f"{one.month}月{one.day}日" if place in (0, len(moments) - 1) else ""
        for place, one in enumerate(moments)
    ]
    content = "".join(f"{day}{one:%H:%M}\n标题\n" for day, one in zip(written, moments, strict=True))
    if moments[0] == moments[-1] or moments[0].date() < date(2021, 12, 1):
        return
    assert [entry.time for entry in entries(content, NAME)] == moments
