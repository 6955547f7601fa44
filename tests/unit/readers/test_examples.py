"""The examples of docs/data.md are read as the page says."""

import re
from pathlib import Path

import pytest

from search.entry import Entry
from tests.support.readers import items, split

PAGE = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
_EXAMPLE = re.compile(
    r"<!-- example: (?P<name>\S+) -->\n(?P<indent> *)```\n(?P<content>.*?)\n *```", re.DOTALL
)


def example(name: str) -> tuple[list[Entry], list[str]]:
    """Read one example of the page; return its entries, and its problems."""
    (match,) = [match for match in _EXAMPLE.finditer(PAGE) if match["name"] == name]
    content = "\n".join(line.removeprefix(match["indent"]) for line in match["content"].split("\n"))
    found, problems = split(items(content, name))
    return found, [str(problem.message) for problem in problems]


def test_names() -> None:
    """The body comes before the summary; unused keys are problems."""
    (entry,), (problem,) = example("names.csv")
    assert (entry.headline, entry.body) == ("大坝泄洪", "水库今天上午开闸泄洪。") and entry.time is not None
    assert "摘要、阅读数；" in problem


def test_two_columns() -> None:
    """Day and time of day are one time."""
    (entry,), problems = example("two-columns.csv")
    assert entry.time is not None and f"{entry.time:%F %H:%M}" == "2024-03-09 08:15" and not problems


def test_crawled() -> None:
    """Lists in cells are their texts; a source may stand behind a time."""
    (first, second), problems = example("crawled.csv")
    assert (first.headline, first.agencies, second.headline) == ("大坝泄洪", ("某报",), "")
    assert [entry.time and f"{entry.time:%F %H:%M}" for entry in (first, second)] == [
        "2024-03-09 08:15",
        "2024-03-09 09:15",
    ]
    assert not problems


def test_lines() -> None:
    """One object a line."""
    (first, second), problems = example("lines.jsonl")
    assert (first.id, first.credit) == ("k1", "本站编辑 苏禾") and not problems
    assert second.agencies == ("国际文传电讯社",) and second.time is not None


def test_wrapped() -> None:
    """A wrapped list with a comma too many."""
    found, problems = example("wrapped.json")
    assert [(one.headline, one.credit) for one in found] == [("大坝泄洪", "林远"), ("渡口关闭", "")]
    assert {one.stream for one in found} == {"水利快讯"} and not problems


def test_dated() -> None:
    """Keys that are a date, a time that one entry has itself, and a date beside a list."""
    found, problems = example("dated.json")
    assert [one.time and f"{one.time:%m-%d %H:%M}" for one in found] == [
        "03-09 00:00",
        "03-09 09:15",
        "03-09 00:00",
    ]
    assert not problems


def test_table() -> None:
    """A header and a row."""
    (entry,), problems = example("table.csv")
    assert entry.agencies == ("俄新社",) and entry.body.endswith("……") and not problems


@pytest.mark.parametrize("name", [match["name"] for match in _EXAMPLE.finditer(PAGE)])
def test_every_example_has_a_test(name: str) -> None:
    """An example that is added to the page is read somewhere here."""
    assert f'example("{name}")' in Path(__file__).read_text(encoding="utf-8")
