"""What opens an entry depends on the habit of the file: times, times with headlines, days."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.entry import Entry
from search.errors import UnreadableFile
from search.readers.reports.time_lines import read_time_line
from tests.support.readers import BEIJING, entries, items, refusal, split

NAME = "2023-11-08-storm.txt"


def times(found: list[Entry]) -> list[str]:
    """Print each entry with its time."""
    return [f"{entry.time:%m-%d %H:%M} {entry.headline}" for entry in found if entry.time]


@pytest.mark.parametrize(
    "form", ["{} {}", "【{}】{}", "{}｜{}", "{}：{}", "{}{}", "- {} {}", "[{}] {}", "{} - {}"]
)
def test_times_with_headlines_open_entries_where_most_have_them(form: str) -> None:
    """What follows on the next lines is the body."""
    first, second = form.format("16:05", "轮渡停运"), form.format("15:20", "大桥封闭")
    content = f"{first}\n乘客可退票。\n{second}\n车辆改走隧道。\n"
    found = entries(content, NAME)
    assert times(found) == ["11-08 16:05 轮渡停运", "11-08 15:20 大桥封闭"]
    assert [entry.body for entry in found] == ["乘客可退票。", "车辆改走隧道。"]


def test_a_title_in_brackets_or_the_first_sentence_is_the_headline() -> None:
    """The rest of the line is the body."""
    found = entries("16:05【轮渡停运】乘客可退票。\n15:20 大桥封闭。车辆改走隧道。\n", NAME)
    assert [(entry.headline, entry.body) for entry in found] == [
        ("轮渡停运", "乘客可退票。"),
        ("大桥封闭。", "车辆改走隧道。"),
    ]


def test_times_in_sentences_open_nothing_beside_time_lines() -> None:
    """The course of events within one report stays in it."""
    (entry,) = entries(
        "18:00\n事故经过\n9时10分，有人报警。\n9时30分，消防队到场。\n10时，火势受控。\n", NAME
    )
    assert entry.body.count("\n") == 2


def test_days_date_the_times_below_them() -> None:
    """Each until the next one, in either direction of the file."""
    found = entries("11月7日 周二\n08:00\n甲\n23:30\n乙\n11月8日\n00:20\n丙\n13:00\n丁\n", NAME)
    assert times(found) == ["11-07 08:00 甲", "11-07 23:30 乙", "11-08 00:20 丙", "11-08 13:00 丁"]
    found = entries("11月8日\n13:00｜甲\n00:20｜乙\n11月7日\n23:30｜丙\n", NAME)
    assert times(found) == ["11-08 13:00 甲", "11-08 00:20 乙", "11-07 23:30 丙"]


def test_text_below_a_day_is_an_entry_of_that_day() -> None:
    """At its begin, before the entries with times."""
    found = entries("11月8日\n全天要点：大桥封闭。\n13:00\n轮渡停运\n", NAME)
    assert times(found) == ["11-08 00:00 全天要点：大桥封闭。", "11-08 13:00 轮渡停运"]


def test_a_day_below_a_time_is_its_day() -> None:
    """It is not the headline."""
    assert times(entries("13:00\n11月7日\n轮渡停运\n", NAME)) == ["11-07 13:00 轮渡停运"]


@pytest.mark.parametrize(
    "content",
    [
        "轮渡停运\n13:00\n乘客可退票。\n\n大桥封闭\n12:00\n车辆改走隧道。\n",
        "轮渡停运\n\n13:00\n\n乘客可退票。\n\n大桥封闭\n\n12:00\n\n车辆改走隧道。\n",
        "（注：以下均为北京时间）\n轮渡停运\n11月8日13:00\n乘客可退票。\n大桥封闭\n12:00\n车辆改走隧道。\n",
    ],
)
def test_headlines_above_their_times(content: str) -> None:
    """Every headline stands above its time, close to it or with sentences only below."""
    found = entries(content, NAME)
    assert times(found) == ["11-08 13:00 轮渡停运", "11-08 12:00 大桥封闭"]
    assert [entry.body for entry in found] == ["乘客可退票。", "车辆改走隧道。"]


def test_a_title_above_the_first_time_is_no_headline() -> None:
    """Where the headlines stand below."""
    found, (problem,) = split(items("风暴直播\n13:00\n轮渡停运\n乘客可退票。\n12:00\n大桥封闭\n", NAME))
    assert times(found) == ["11-08 13:00 轮渡停运", "11-08 12:00 大桥封闭"] and problem.line == 1


def test_a_source_below_the_time_or_the_headline_is_an_agency() -> None:
    """Beside the agencies of the text."""
    first = "13:00\n来源：某报、某台\n轮渡停运\n据俄新社报道，乘客可退票。\n"
    content = f"{first}12:00\n大桥封闭\n来源：某网\n车辆改走隧道。\n"
    first, second = entries(content, NAME)
    assert (first.headline, first.agencies) == ("轮渡停运", ("某报", "某台", "俄新社"))
    assert (second.headline, second.agencies, second.body) == ("大桥封闭", ("某网",), "车辆改走隧道。")


CHRONICLES = [
    "2023年11月7日\n大桥封闭。车辆改走隧道。\n各校停课。\n2023年11月8日\n轮渡停运。\n",
    "2023年\n\n11月7日\n\n大桥封闭。车辆改走隧道。\n\n各校停课。\n\n11月8日\n\n轮渡停运。\n",
    "2023年风暴大事记\n11月7日：大桥封闭。车辆改走隧道。\n各校停课。\n11月8日：轮渡停运。\n",
    "2023-11-07\n大桥封闭。车辆改走隧道。\n各校停课。\n\n2023-11-08\n轮渡停运。\n",
    "2023年11月\n7日\n大桥封闭。车辆改走隧道。\n各校停课。\n8日\n轮渡停运。\n",
    "- 2023年11月7日，大桥封闭。车辆改走隧道。\n各校停课。\n- 2023年11月8日，轮渡停运。\n",
]


@pytest.mark.parametrize("content", CHRONICLES)
def test_a_chronicle_has_one_entry_a_day(content: str) -> None:
    """Its first sentence is the headline, the others the body, and the time is the begin of the day."""
    found, _ = split(items(content, "storm.txt"))
    assert times(found) == ["11-07 00:00 大桥封闭。", "11-08 00:00 轮渡停运。"]
    assert [entry.body for entry in found] == ["车辆改走隧道。\n各校停课。", ""]


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("大桥封闭（原因不明。仍在查）。改走隧道。", "大桥封闭（原因不明。仍在查）。"),
        ("他说：“大桥封闭。改走隧道。”车辆绕行。", "他说：“大桥封闭。改走隧道。”"),
        ("大桥封闭（原因不明。改走隧道。", "大桥封闭（原因不明。"),
        ("大桥封闭。改走隧道（见图。", "大桥封闭。"),
        (f"大桥封闭（原因不明。{'仍在查' * 70}）。改走隧道。", "大桥封闭（原因不明。"),
    ],
)
def test_a_sentence_ends_outside_of_brackets(text: str, headline: str) -> None:
    """Unless they are not closed, or the sentence is too long for a headline."""
    (entry,) = entries(f"2023年11月7日\n{text}\n", "storm.txt")
    assert (entry.headline, entry.body) == (headline, text.removeprefix(headline))


def test_a_sentence_too_long_for_a_headline_stays_in_the_body() -> None:
    """The day as it is written is the headline."""
    sentence = "大桥封闭以后，" * 40 + "车辆改走隧道。"
    for content in (f"2023年11月7日：{sentence}\n", f"2023年11月7日\n{sentence}\n"):
        (entry,) = entries(content, "storm.txt")
        assert (entry.headline, entry.body) == ("2023年11月7日", sentence)


def test_the_year_of_a_chronicle_is_never_guessed() -> None:
    """It is in the days, above them, in the front matter or in the name of the file."""
    content = "11月7日\n大桥封闭。\n12月8日\n轮渡停运。\n"
    error = refusal(content, "storm.txt")
    assert error is not None and "年份" in str(error)
    assert times(entries(content, "2023-11-30-storm.txt")) == [
        "11-07 00:00 大桥封闭。",
        "12-08 00:00 轮渡停运。",
    ]
    assert [entry.time and entry.time.year for entry in entries(content, "2023-11-30-storm.txt")] == [
        2023,
        2022,
    ]


def test_the_date_of_a_letter_is_no_chronicle() -> None:
    """A day on the last line has nothing below it."""
    assert refusal("关于封闭大桥的通知\n大桥将封闭。\n2023年11月8日\n", "notice.txt") is not None


STEMS = st.sampled_from(
    ["大桥封闭", "轮渡停运。", "各校停课，", "乘客可退票。据某报报道，", "F-16", "△现场", "来源：某社"]
)
OPENERS = st.sampled_from(
    [
        "16:05",
        "11月8日16:05",
        "11月7日",
        "【15:20】",
        "11月8日 周三",
        "14:10 来客",
        "13:00｜消息",
        "2023年",
        "9时10分，",
    ]
)
ODD = st.sampled_from(
    ["昨天", "16:05-16:30", "2月30日10:00", "25:10", "刚刚", "11月上旬", "当地时间9时", "周二 10:00"]
)


@given(st.lists(st.tuples(STEMS | OPENERS | ODD, st.booleans()), min_size=1, max_size=14))
def test_no_line_is_lost_in_silence(drawn: list[tuple[str, bool]]) -> None:
    """Each line is in an entry, is a time that was understood, or is in the range of a problem."""
    ordinals = "甲乙丙丁戊己庚辛壬癸子丑寅卯"
    lines = [
        text if read_time_line(text, BEIJING) else f"{text}{ordinals[i]}" for i, (text, _) in enumerate(drawn)
    ]
    content = "".join(
        f"{line}\n{chr(10) if gap else ''}" for line, (_, gap) in zip(lines, drawn, strict=True)
    )
    try:
        found, problems = split(items(content, NAME))
    except UnreadableFile:
        return
    text = "".join(
        part for entry in found for part in (entry.text, *entry.agencies, entry.credit, entry.stream)
    )
    for number, line in numbered(content):
        # The problem of an entry is at its time, which may be below its headline, after a blank line.
        time = read_time_line(line, BEIJING)
        rest = time.text if time is not None else line
        words = re.sub(r"^△|^来源：|[\s。，]+", "", rest)
        told = any(
            problem.line <= number + 2 and re.search("未收入|已略过", problem.message) for problem in problems
        )
        assert words in re.sub(r"[\s。，]+", "", text) or told


def numbered(content: str) -> list[tuple[int, str]]:
    """Return the lines that are not blank, with their numbers."""
    return [(number, line) for number, line in enumerate(content.split("\n"), 1) if line]


@pytest.mark.parametrize(
    "note",
    [
        "年廿五",
        "除夕",
        "（除夕）",
        "正月初一",
        "大年初二",
        "初七",
        "农历腊月廿九",
        "立春",
        "元宵节",
        "星期日 多云",
        "國慶節",
    ],
)
def test_a_note_beside_a_day_is_no_headline(note: str) -> None:
    """The lunar day, a solar term, a holiday or the weather; the day opens its block as without them."""
    text = f"## 2023年1月21日 {note}\n码头停运一天。\n## 2023年1月22日\n码头恢复。\n"
    first, second = entries(text, "port.md")
    assert (first.headline, first.body, second.headline) == ("码头停运一天。", "", "码头恢复。")
    assert [one.time and one.time.day for one in (first, second)] == [21, 22]


def test_a_few_times_among_many_days_are_text() -> None:
    """The days of a chronicle stay its blocks where two of its lines begin with a time."""
    days = "".join(f"## 2023年3月{day}日\n* 水位上升{day}厘米。\n" for day in range(1, 8))
    text = days + "19时 广播称堤坝安全\n* 夜间巡堤。\n21时 值班室换岗\n"
    found = entries(text, "flood.md")
    assert len(found) == 7
    assert "19时 广播称堤坝安全" in found[-1].body and "21时 值班室换岗" in found[-1].body


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("昨夜23时", "5月1日23时"),
        ("昨日22:40", "5月1日22:40"),
        ("今晨6时", "5月2日6时"),
        ("【昨晚九点半】", "5月1日21:30"),
        ("前天 18:05", "4月30日18:05"),
    ],
)
def test_a_day_counted_from_the_report_counts_from_the_date_of_the_file(first: str, second: str) -> None:
    """Beside ordinary times, first or last in the file."""
    for order in (("08:10", first), (first, "08:10")):
        text = "".join(f"{time}\n渡口动态\n船班有变。\n" for time in order)
        found = {entry.time for entry in entries(text, "2024-05-02-ferry.txt")}
        written = f"08:10\n渡口动态\n船班有变。\n{second}\n渡口动态\n船班有变。\n"
        assert found == {entry.time for entry in entries(written, "2024-05-02-ferry.txt")}


def test_yesterday_counts_from_the_day_above_it() -> None:
    """In a file with days as headings."""
    text = "5月2日\n08:10\n船班恢复\n昨夜23时\n船班取消\n5月4日\n09:00\n船班加开\n昨日20:00\n船班照常\n"
    assert sorted(times(entries(text, "2024-05-05-ferry.txt"))) == [
        "05-01 23:00 船班取消",
        "05-02 08:10 船班恢复",
        "05-03 20:00 船班照常",
        "05-04 09:00 船班加开",
    ]
