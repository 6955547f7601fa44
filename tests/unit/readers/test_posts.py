"""Posts: a text with front matter is one entry."""

import pytest

from tests.support.readers import entries, items, refusal, split

HEAD = "title: 轮渡停运\ndate: 2023-11-08 16:05\n"


def post(head: str, body: str = "乘客可退票。\n") -> str:
    """Return a text with front matter."""
    return f"---\n{head}---\n\n{body}"


def test_a_post_is_one_entry() -> None:
    """With headline, time, agencies, credit, stream and link of its front matter."""
    head = f"{HEAD}author: [林远, 苏禾]\nsource: 某报、某台\ncategory: 风暴\ntags: [海, 桥]\nlink: https://example.org/1\n"
    (entry,) = entries(post(head, "乘客可退票。\n\n大桥封闭。\n△码头\n"), "ferry.txt")
    assert entry.time is not None and entry.time.isoformat() == "2023-11-08T16:05:00+08:00"
    assert (entry.headline, entry.body) == ("轮渡停运", "乘客可退票。\n大桥封闭。")
    assert (entry.agencies, entry.credit, entry.stream) == (("某报", "某台"), "林远、苏禾", "风暴")
    assert (entry.url, entry.captions) == ("https://example.org/1", ("码头",))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("标题: 轮渡停运\n日期: 2023年11月8日 星期三 16:05\n", "2023-11-08T16:05:00+08:00"),
        ("Title: 轮渡停运\nDate: Wed, 08 Nov 2023 16:05:00 +0100\n", "2023-11-08T16:05:00+01:00"),
        ("title: 轮渡停运\ndate: 2023-11-08\n", "2023-11-08T00:00:00+08:00"),
        ("title: 轮渡停运\ndate: 2023-11-08 16:05\ntimezone: Asia/Tokyo\n", "2023-11-08T16:05:00+09:00"),
    ],
)
def test_names_and_forms_of_the_date(head: str, expected: str) -> None:
    """A date without a time is the begin of its day."""
    (entry,) = entries(post(head), "ferry.txt")
    assert entry.time is not None and entry.time.isoformat() == expected and entry.headline == "轮渡停运"


def test_toml_between_plus_signs() -> None:
    """As other generators of sites write it."""
    content = (
        '+++\ntitle = "轮渡停运"\ndate = 2023-11-08T16:05:00+08:00\nauthors = ["林远"]\n+++\n乘客可退票。\n'
    )
    (entry,) = entries(content, "ferry.txt")
    assert entry.time is not None and entry.time.hour == 16 and entry.credit == "林远"
    error = refusal("+++\ntitle = \n+++\n乘客可退票。\n", "ferry.txt")
    assert error is not None and "+++" in str(error)


def test_without_a_date_there_is_no_time_and_it_is_reported() -> None:
    """A date that cannot be read is quoted; one in the name of the file counts."""
    (entry,), (problem,) = split(items(post("title: 轮渡停运\n"), "ferry.txt"))
    assert entry.time is None and "没有日期" in problem.message
    (entry,), (problem,) = split(items(post("title: 轮渡停运\ndate: 上周三\n"), "2023-11-08-ferry.txt"))
    assert entry.time is None and "上周三" in problem.message
    (entry,) = entries(post("title: 轮渡停运\n"), "2023-11-08-ferry.txt")
    assert entry.time is not None and entry.time.isoformat() == "2023-11-08T00:00:00+08:00"


def test_without_a_title_the_first_sentence_is_the_headline() -> None:
    """The rest is the body."""
    (entry,) = entries(post("date: 2023-11-08\n", "轮渡停运。乘客可退票。\n大桥封闭。\n"), "ferry.txt")
    assert (entry.headline, entry.body) == ("轮渡停运。", "乘客可退票。\n大桥封闭。")


def test_times_in_a_post_open_nothing() -> None:
    """Unless they are time lines: then it is a live blog, and its date that of the newest entry."""
    body = "昨日发生事故。\n9时10分，有人报警。\n9时30分，消防队到场。\n原因在查。\n"
    (entry,) = entries(post(HEAD, body), "ferry.txt")
    assert entry.body.count("\n") == 3
    found = entries(post(HEAD, "9:10\n有人报警\n9:30\n消防队到场\n"), "ferry.txt")
    assert [(entry.headline, entry.stream) for entry in found] == [
        ("有人报警", "轮渡停运"),
        ("消防队到场", "轮渡停运"),
    ]


@pytest.mark.parametrize("line", ["11-08 06:24 某报", "16:05", "11月8日16:05"])
def test_one_time_within_a_post_opens_nothing(line: str) -> None:
    """With a title and a date, in the front matter or in the name of the file."""
    content = post("title: 轮渡停运\n", f"乘客可退票。\n\n{line}\n\n大桥封闭。\n")
    (entry,) = entries(content, "2023-11-08-ferry.md")
    assert (entry.headline, entry.body) == ("轮渡停运", f"乘客可退票。\n{line}\n大桥封闭。")
    (entry,) = entries(post("title: 轮渡停运\n", "11-08 06:24某报\n\n大桥封闭。\n"), "2023-11-08-ferry.md")
    assert (entry.headline, entry.body) == ("轮渡停运", "11-08 06:24某报\n大桥封闭。")


def test_long_front_matter_is_one_if_every_line_has_its_form() -> None:
    """Else the dashes are rules across the page."""
    comments = "comments:\n" + "    -\n        by: 林远\n        at: 9:30\n" * 30
    (entry,) = entries(post(f"{HEAD}{comments}"), "ferry.md")
    assert (entry.headline, entry.body) == ("轮渡停运", "乘客可退票。")
    lines = "乘客可退票。\n" * 70
    found, _ = split(items(f"---\ntitle: 轮渡停运\n{lines}---\n\n大桥封闭。\n", "2023-11-08-ferry.md"))
    assert found[0].text.endswith("大桥封闭。") and found[0].text.count("乘客可退票") == 70


def test_values_of_the_wrong_type_are_reported() -> None:
    """They are left out."""
    (entry,), problems = split(items(post(f"{HEAD}url: [a]\nauthor: {{a: b}}\n"), "ferry.txt"))
    assert entry.url == "" and entry.credit == "" and len(problems) == 2


def test_a_line_too_long_costs_the_post() -> None:
    """It is named."""
    found, (problem,) = split(items(post(HEAD, "长" * 400_000), "ferry.txt"))
    assert not found and problem.line == 6 and "1 MiB" in problem.message
