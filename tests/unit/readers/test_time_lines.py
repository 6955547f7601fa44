"""The forms of a time line: each opens an entry at its time, or is reported."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers.html import plain_text
from search.readers.reports.time_lines import SourceLine, read_source, read_time_line, resembles_time
from tests.support.readers import BEIJING, items, split

NAME = "2023-11-08-storm.txt"


def with_line(line: str) -> str:
    """Return a live blog of two entries, of which the second stands below this line."""
    return f"11月8日18:00\n\n大桥封闭\n\n风力达到十级。\n\n{line}\n\n轮渡停运\n\n乘客可退票。\n"


READ = {
    "11-08 16:05": [
        "11月8日16:05", "１１月８日　１６：０５", "11月8日（周三）16:05", "11月8日 星期三 下午4:05",
        "11月8日週三16時05分", "11月8日，16:05", "11月8日 16点05", "2023年11月8日 星期三 16:05",
        "2023年11月8日，星期三，16:05", "二〇二三年十一月八日十六时零五分", "2023-11-08 16:05",
        "2023-11-08T16:05:00+08:00", "2023/11/8 16:05", "2023.11.08 16:05", "20231108 16:05",
        "202311081605", "11-08 16:05", "11/8 16:05", "11.8 16:05", "8日16:05", "8日 16时05分",
        "16:05 11月8日", "16:05", "16:05:00", "16 : 05", "16∶05", "T16:05", "16:05 GMT+8",
        "16:05 (UTC+8)", "16:05 +0800", "16:05 CST", "北京时间16:05", "北京时间11月8日16时05分",
        "11月8日16:05（北京时间）", "伦敦时间8:05", "莫斯科时间11时05分", "Nov 8, 4:05 PM",
        "November 8, 2023 4:05 PM", "8 Nov 2023 16:05", "4:05 PM", "4:05PM", "4:05 p.m.", "PM 4:05",
        "Updated at 4:05 PM", "【16:05】", "[16:05]", "（16:05）", "〔16:05〕", "「16:05」",
        "【11月8日 16:05】", "[2023-11-08 16:05]", "16:05｜", "16:05 |", "｜16:05｜", "16:05：",
        "16:05:", "—— 16:05 ——", "=== 16:05 ===", "· 16:05", "• 16:05", "● 16:05", "▶ 16:05", "▎16:05",
        "🔴 16:05", "⏰16:05", "★16:05★", "> 16:05", "- 16:05", "# 16:05", "## 16:05", "**16:05**",
        "__16:05__", "`16:05`", "- [ ] 16:05", "16:05更新", "16:05 更新", "更新 16:05", "更新于 16:05",
        "更新时间：2023-11-08 16:05", "发布于 11月8日 16:05", "16:05发布", "11月8日16:05讯",
        "16:05 快讯", "【快讯】16:05", "16:05【快讯】", "[更新] 16:05", "（11月8日16:05更新）",
        "时间：16:05", "截至11月8日16:05", "LIVE 16:05", "16:05许", "约16:05", "16:05左右", "下午4:05",
        "下午四点零五分", "16時05分", "周三 16:05", "星期三16:05", "16:05 来源：某报",
        "来源：某报 2023-11-08 16:05", "今天16:05", "今日下午4:05",
    ],
    "11-08 16:00": ["16时", "16点", "16点整", "下午4点", "下午4时许", "下午四时"],
    "11-08 16:30": ["16点半", "下午四点半"],
    "11-08 16:15": ["16点一刻"],
    "11-08 06:00": ["早6时", "早上6点", "清晨6点", "凌晨6时", "今晨6时", "今早6点"],
    "11-07 23:00": ["昨夜23时", "昨晚11点", "昨日 23:00", "昨天深夜11点", "【昨夜23:00】"],
    "11-06 09:30": ["前天09:30", "前日上午9时30分", "更新于前天 9:30"],
    "11-08 12:10": ["中午12:10", "中午12点10分"],
    "11-08 01:10": ["凌晨1点10分"],
    "11-08 00:00": ["11月8日", "11月8日 周三", "【11月8日】", "— 11月8日 —", "2023-11-08", "11-08"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "expected"), [(line, expected) for expected, lines in READ.items() for line in lines]
)
def test_a_line_that_is_a_time_opens_an_entry(line: str, expected: str) -> None:
    """At its time in the day of the file, with the next line as its headline."""
    entries, problems = split(items(with_line(line), NAME))
    assert problems == []
    assert [entry.headline for entry in entries] == ["大桥封闭", "轮渡停运"]
    time = entries[1].time
    assert time is not None and f"{time.astimezone(BEIJING):%m-%d %H:%M}" == expected
    assert [entry.body for entry in entries] == ["风力达到十级。", "乘客可退票。"]


TOLD = [
    "16;05", "16h05", "16·05", "16.05", "4.05pm", "1605", "1605时", "16:05-16:30", "16:05—16:30",
    "16时至17时", "16:05起", "1. 16:05", "1、16:05", "① 16:05", "(1) 16:05", "第3号更新 16:05",
    "更新（12） 16:05", "D+1 16:05", "某某社 16:05", "2023-11-08 16:05 某某网", "16:05 ET", "4:05 PM ET",
    "16:05 QQQ", "<b>16:05</b>", "昨天", "同日", "次日6时", "昨夜1时", "当晚8点",
    "刚刚", "5分钟前", "3 小时前", "半小时前", "10 minutes ago", "上午", "8日上午", "11月8日晚", "周三",
    "11月上旬", "11月初", "11月", "2023年", "11月7日至8日", "7—8日", "第一天（11月8日）", "Day 1",
    "11/8", "上午16:05", "1699430700", "25:10", "16:60", "2月30日16:05", "13月1日16:05", "周二 16:05",
    "16:05 轮渡消息", "【16:05】轮渡消息", "16:05｜轮渡消息", "16时05分，轮渡消息",
    "11月8日16:05 轮渡消息", "当地时间16:05",
]  # fmt: skip


@pytest.mark.parametrize("line", TOLD)
def test_a_line_that_looks_like_a_time_is_reported(line: str) -> None:
    """With its number, and its text or the part that is wrong; its words stay where they were."""
    entries, problems = split(items(with_line(line), NAME))
    assert [problem.line for problem in problems] == [7]
    assert entries[0].headline == "大桥封闭" and (
        len(entries) == 2 or "已略过" in problems[0].message or plain_text(line)[0] in entries[0].body
    )


@pytest.mark.parametrize(
    "line",
    [
        "大桥封闭后，车辆改走隧道。",
        "16时05分，大桥管理处宣布封闭，全部车辆改走隧道，预计次日早晨恢复，请提前安排行程，注意安全。",
        "11月8日以来，已有三座大桥封闭，数千人滞留。",
        "3号线停运",
        "比分2:1",
        "涨幅3.15%",
        "2023年计划投入五亿元，用于大桥加固。",
        "参会者有120人",
        "F-16战机",
        "大桥管理处",
    ],
)
def test_a_line_of_text_is_text(line: str) -> None:
    """Sentences with times, numbers and scores open nothing and are not reported."""
    entries, problems = split(items(with_line(line), NAME))
    assert problems == [] and [entry.body for entry in entries] == [
        f"风力达到十级。\n{line}\n轮渡停运\n乘客可退票。"
    ]


def test_lines_that_are_not_understood_are_counted() -> None:
    """One sentence for each kind, with the first text and the numbers of the lines."""
    content = "16:00\n甲\n乙\n16:05 来客\n15分钟前\n丙\n16:06 来客\n刚刚\n昨天\n15:00\n丁\n14:00\n戊\n"
    _, problems = split(items(content, NAME))
    assert [problem.line for problem in problems] == [4, 5]
    assert "「16:05 来客」" in problems[0].message and "2 行：4、7" in problems[0].message
    assert "「15分钟前」" in problems[1].message and "3 行：5、8、9" in problems[1].message


def test_a_local_time_is_that_of_the_zone_of_the_file() -> None:
    """Without a zone in the front matter it is read in the home's, and reported."""
    content = "当地时间11月8日16:05\n轮渡停运\n"
    (entry,), problems = split(items(f"---\ntimezone: Asia/Tokyo\n---\n{content}", NAME))
    assert problems == [] and entry.time == datetime(2023, 11, 8, 15, 5, tzinfo=BEIJING)
    (entry,), (problem,) = split(items(content, NAME))
    assert "timezone" in problem.message and entry.time == datetime(2023, 11, 8, 16, 5, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("line", "agencies", "credit"),
    [
        ("来源：某报", ("某报",), ""),
        ("（来源：某报客户端）", ("某报客户端",), ""),
        ("來源:某報、某台", ("某報", "某台"), ""),
        ("信源：甲社，乙社;丙社/丁社", ("甲社", "乙社", "丙社", "丁社"), ""),
        ("出处：某报 某台", ("某报", "某台"), ""),
        ("消息来源：RIA Novosti", ("RIA Novosti",), ""),
        ("来源：某报 作者：林远", ("某报",), "作者：林远"),
    ],
)
def test_a_source_line_names_agencies(line: str, agencies: tuple[str, ...], credit: str) -> None:
    """Several with signs between them; a credit on the same line stays a credit."""
    assert read_source(line) == SourceLine(agencies, credit)


def test_an_address_in_a_source_line_is_the_link() -> None:
    """Its parts are no agencies."""
    url = "https://example.org/a/1"
    assert read_source(f"来源：{url}/") == SourceLine((), "", f"{url}/")
    assert read_source(f"来源：某报（{url}）") == SourceLine(("某报",), "", url)
    content = f"16:05\n轮渡停运\n来源：{url}\n乘客可退票。\n15:20\n大桥封闭\n来源：某报\n改走隧道。\n"
    (first, second), problems = split(items(content, NAME))
    assert (first.url, first.agencies, first.body) == (url, (), "乘客可退票。") and not problems
    assert (second.url, second.agencies) == ("", ("某报",))


@pytest.mark.parametrize("line", ["来源：", "来源不明", "来源：警方说，消息属实。其余不详。", "资金来源广泛"])
def test_other_lines_name_none(line: str) -> None:
    """Sentences about a source, and empty ones."""
    assert read_source(line) is None


@given(
    st.text(
        st.sampled_from("0123456789:：-/.年月日时点分上午星期四【】(（ \t更新来源当地T+Zabc，。"), max_size=60
    )
)
def test_any_line_is_read(text: str) -> None:
    """No line raises, and text behind a time is a part of the line."""
    line = read_time_line(text, BEIJING)
    assert line is None or line.text in text
    assert resembles_time(text) in (True, False)
    read_source(text)
