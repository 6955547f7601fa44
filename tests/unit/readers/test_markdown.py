"""Markdown: the text without its marks, read as a live blog, a chronicle or a post."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import UnreadableFile
from search.readers.formats import markdown
from tests.support.growth import growth
from tests.support.readers import entries, items, refusal, split

HEAD = "---\ntitle: 轮渡停运\ndate: 2023-11-08 16:05\n---\n"


@pytest.mark.parametrize(
    ("written", "body"),
    [
        ("乘客**可**[退票](https://example.org)。", "乘客可退票。"),
        ("乘客可\n退票。", "乘客可退票。"),
        (
            "1、**甲渡停航，退票率8%。**其中乙渡**“照常”**开行。",
            "1、甲渡停航，退票率8%。其中乙渡“照常”开行。",
        ),
        ("甲***（乙）***丙，*“丁”*戊，2 ** 3，甲**乙", "甲（乙）丙，“丁”戊，2 ** 3，甲**乙"),
        ("ferry\nservice", "ferry service"),
        ("乘客可退票。  \n大桥封闭。", "乘客可退票。\n大桥封闭。"),
        ("**航线**：甲\n**状态**：停航\n明日**复航**", "航线：甲\n状态：停航明日复航"),
        ("乘客可退票。<br>大桥封闭。", "乘客可退票。\n大桥封闭。"),
        ("- 乘客\n- 车辆\n  - 货车", "乘客\n车辆\n货车"),
        ("> 乘客可退票。", "乘客可退票。"),
        ("| 航线 | 状态 |\n|---|---|\n| 甲 | **停** |", "航线 | 状态\n甲 | 停"),
        ("```\nroute 5\n```", "route 5"),
        ("`route` ~~5~~ \\*", "route 5 *"),
        ("<p>乘客<b>可</b>退票。</p>", "乘客可退票。"),
        ("<script>alert(1)</script>\n\n乘客", "乘客"),
        ("A &amp; B <https://example.org>", "A & B https://example.org"),
        ("## 退票\n\n乘客可退票。", "退票\n乘客可退票。"),
        ("##退票\n乘客可退票。\n\n#渡口#停运", "退票\n乘客可退票。\n#渡口#停运"),
        ("# 轮渡停运\n\n乘客可退票。", "乘客可退票。"),
        ("乘客\n\n---\n\n车辆", "乘客\n车辆"),
    ],
)
def test_marks_go_and_text_stays(written: str, body: str) -> None:
    """Each block is a paragraph; wrapped lines are joined, without a blank between Chinese characters."""
    (entry,) = entries(HEAD + written, "ferry.md")
    assert (entry.headline, entry.body) == ("轮渡停运", body)


def test_pictures_are_captions() -> None:
    """By their description, else by their title; a name of a file describes nothing."""
    content = (
        f'{HEAD}乘客![码头](a.png)可退票。\n\n![](b.png "大桥")\n\n![](c.png)![01.jpg](d.png)![图片](e.png)\n'
    )
    (entry,) = entries(content, "ferry.markdown")
    assert (entry.captions, entry.body) == (("码头", "大桥"), "乘客可退票。")


def test_without_front_matter_the_first_heading_is_the_headline() -> None:
    """The entry has no time, and that is reported."""
    (entry,), (problem,) = split(items("导语。\n\n# 轮渡停运\n\n乘客可退票。\n", "ferry.md"))
    assert (entry.headline, entry.body, entry.time) == ("轮渡停运", "导语。\n乘客可退票。", None)
    assert problem.line == 1 and "没有日期" in problem.message


def test_the_first_heading_of_the_highest_level_is_the_headline() -> None:
    """A way back above it is none."""
    content = "### [返回](README.md)\n\n## 轮渡停运\n\n### 退票\n\n乘客可退票。\n"
    (entry,) = entries(content, "2023-11-08-ferry.md")
    assert (entry.headline, entry.body) == ("轮渡停运", "返回\n退票\n乘客可退票。")


def test_headings_that_are_times_make_a_live_blog() -> None:
    """With the headline below or on the same line; a heading above is the stream."""
    content = "# 风暴直播\n\n## 2023年11月8日 周三\n\n### 16:05\n\n**轮渡停运**\n\n乘客可退票。\n\n"
    content += "### 15:20 大桥封闭\n\n车辆改走隧道。\n"
    first, second = entries(content, "storm.md")
    assert (first.headline, first.body, first.stream) == ("轮渡停运", "乘客可退票。", "风暴直播")
    assert (second.headline, second.body) == ("大桥封闭", "车辆改走隧道。")
    assert [entry.time and f"{entry.time:%m-%d %H:%M}" for entry in (first, second)] == [
        "11-08 16:05",
        "11-08 15:20",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "**16:05**\n轮渡停运\n乘客可退票。\n\n**15:20**\n大桥封闭\n车辆改走隧道。\n",
        "- 16:05 轮渡停运\n\n  乘客可退票。\n- 15:20 大桥封闭\n\n  车辆改走隧道。\n",
        "**16:05** 轮渡停运\n\n乘客可退票。\n\n**15:20** 大桥封闭\n\n车辆改走隧道。\n",
    ],
)
def test_paragraphs_and_lists_with_times(content: str) -> None:
    """The marks around a time make no difference."""
    found = entries(content, "2023-11-08-storm.md")
    assert [(entry.headline, entry.body) for entry in found] == [
        ("轮渡停运", "乘客可退票。"),
        ("大桥封闭", "车辆改走隧道。"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        "# 风暴\n\n## 2023年11月7日\n\n大桥封闭。\n\n## 2023年11月8日\n\n轮渡停运。\n",
        "# 2023年\n\n## 11月7日\n\n大桥封闭。\n\n## 11月8日\n\n轮渡停运。\n",
        "# 2023年风暴大事记\n\n- 11月7日：大桥封闭。\n- 11月8日：轮渡停运。\n",
        "1. 2023年11月7日，大桥封闭。\n2. 2023年11月8日，轮渡停运。\n",
        "| 2023年11月7日 | 大桥封闭。 |\n|---|---|\n| 2023年11月8日 | 轮渡停运。 |\n",
        "**2023年11月7日** 大桥封闭。\n\n**2023年11月8日** 轮渡停运。\n",
    ],
)
def test_days_make_a_chronicle(content: str) -> None:
    """Headings, lists, tables and paragraphs."""
    found = entries(content, "storm.md")
    assert [(entry.time and f"{entry.time:%Y-%m-%d %H:%M}", entry.headline) for entry in found] == [
        ("2023-11-07 00:00", "大桥封闭。"),
        ("2023-11-08 00:00", "轮渡停运。"),
    ]


def test_days_in_sentences_make_no_chronicle() -> None:
    """A text in which some paragraphs begin with a day is one entry."""
    content = f"{HEAD}11月7日，大桥封闭。\n\n各方反应不一。\n\n11月8日，轮渡停运。\n\n影响有限。\n"
    (entry,) = entries(content, "ferry.md")
    assert entry.body.count("\n") == 3


def test_a_few_days_before_texts_make_no_chronicle_of_a_report() -> None:
    """Such as a table of its versions."""
    table = "| 日期 | 说明 |\n|---|---|\n| 2023-11-07 | 初稿 |\n| 2023-11-08 | 定稿 |\n"
    text = "".join(f"大桥第{i}孔封闭。\n\n" for i in range(20))
    found, _ = split(items(f"# 大桥报告\n\n{table}\n{text}", "bridge.md"))
    assert [entry.headline for entry in found] == ["大桥报告"] and "初稿" in found[0].body


def test_a_time_and_source_below_the_title() -> None:
    """As an article is copied from a page."""
    (entry,) = entries("# 轮渡停运\n\n2023-11-08 16:05　来源：某报\n\n乘客可退票。\n", "ferry.md")
    assert (entry.headline, entry.body, entry.agencies) == ("轮渡停运", "乘客可退票。", ("某报",))
    assert entry.time is not None and entry.time.hour == 16


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("来源：某报\n\n发布时间：2023年11月8日 16:05\n\n乘客可退票。", "2023-11-08 15:20\n\n改走隧道。"),
        ("乘客可退票。\n\n**发布时间**：2023-11-08 16:05", "改走隧道。\n\n**发布时间**：2023-11-08 15:20"),
    ],
)
def test_one_time_below_each_heading(first: str, second: str) -> None:
    """Wherever it stands in the section of the heading, which is the headline."""
    content = f"# 快讯\n\n## 轮渡停运\n\n{first}\n\n## 大桥封闭\n\n{second}\n"
    one, two = entries(content, "storm.md")
    assert [(entry.headline, entry.body, entry.stream) for entry in (one, two)] == [
        ("轮渡停运", "乘客可退票。", "快讯"),
        ("大桥封闭", "改走隧道。", "快讯"),
    ]
    assert [entry.time and f"{entry.time:%H:%M}" for entry in (one, two)] == ["16:05", "15:20"]


def test_lines_are_numbered_as_in_the_file() -> None:
    """Also below front matter and blank lines."""
    _, (problem,) = split(items("---\ndate: 2023-11-08\n\n---\n\n16:05\n\n轮渡停运\n\n昨天\n", "storm.md"))
    assert problem.line == 10


def test_a_file_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to do."""
    monkeypatch.setattr(markdown, "_MAX_CHARACTERS", 100)
    error = refusal("乘客可退票。\n" * 50, "ferry.md")
    assert error is not None and "拆成几个文件" in str(error)


@pytest.mark.parametrize("piece", ["[", "![", "*a ", "`", "<a ", "[a](", "- a\n", "&a;", "<!--", "_a__b"])
def test_marks_without_end_cost_little(piece: str) -> None:
    """Twice the marks take about twice the time."""
    assert growth(lambda text: items(text, "ferry.md"), 1000, lambda count: HEAD + piece * count) < 3


PIECES = st.sampled_from(
    ["# ", "## ", "16:05", "11月8日", "2023年", "轮渡停运", "\n", "\n\n", "**", "- ", "1. ", "```", ">", "  "]
) | st.sampled_from(
    [
        "| a |\n|---|\n",
        "[a](b)",
        "![图](c)",
        "<p>",
        "<br>",
        "&lt;",
        "\\",
        "---",
        "来源：某报",
        "。",
        "，",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_markdown_is_read(content: str) -> None:
    """Entries and problems, or a refusal; headlines are never empty."""
    try:
        found, problems = split(items(content, "2023-11-08-storm.md"))
    except UnreadableFile:
        return
    assert found or problems
    assert all(entry.headline or entry.body for entry in found)
