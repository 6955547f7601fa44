"""The examples of docs/data.md are what the readers do."""

import re

import pytest

from search.errors import TimeError
from search.times.stamps import parse_instant
from tests.support.homes import ROOT
from tests.support.readers import BEIJING, entries, items, split

PAGE = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")


def table(header: str) -> list[tuple[str, str]]:
    """Return the two cells of each row below a header of the page."""
    rows = PAGE.split(f"| {header} |\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    return [
        (cells[0].strip("` "), cells[1].strip()) for cells in (row.strip("| ").split(" | ") for row in rows)
    ]


@pytest.mark.parametrize(("written", "moment"), table("written | read as"))
def test_a_date_of_the_page_is_read(written: str, moment: str) -> None:
    """To the very offset that the page shows."""
    assert parse_instant(written, zone=BEIJING).isoformat() == moment


@pytest.mark.parametrize(("written", "reason"), table("written | reason"))
def test_a_date_of_the_page_is_refused(written: str, reason: str) -> None:
    """With the reason that the page shows."""
    with pytest.raises(TimeError, match=re.escape(reason)):
        parse_instant(written, zone=BEIJING)


STORM = "18:00\n大桥封闭\n车辆改走隧道。\n{}\n轮渡停运\n"


@pytest.mark.parametrize(("line", "moment"), table("time line | time"))
def test_a_time_line_of_the_page_opens_an_entry(line: str, moment: str) -> None:
    """At the time that the page shows."""
    _, entry = entries(STORM.format(line), "2023-11-08-storm.txt")
    assert entry.time is not None and f"{entry.time.astimezone(BEIJING):%m-%d %H:%M}" == moment


@pytest.mark.parametrize(("line", "reason"), table("line | reason"))
def test_a_line_of_the_page_is_reported(line: str, reason: str) -> None:
    """With the reason that the page shows."""
    _, (problem,) = split(items(STORM.format(line), "2023-11-08-storm.txt"))
    assert problem.line == 4 and reason in problem.message


TABLE_BELOW = r"```text (\S+)\n(.*?)```\n\n\| time \| headline \| body \|\n\|---.*?\n(.*?)\n\n"
EXAMPLES = re.findall(TABLE_BELOW, PAGE, re.DOTALL)


@pytest.mark.parametrize(("name", "content", "rows"), EXAMPLES)
def test_a_file_of_the_page_is_read(name: str, content: str, rows: str) -> None:
    """To the entries in the table below it."""
    found = [
        (f"{entry.time:%Y-%m-%d %H:%M}", entry.headline, entry.body.replace("\n", "⏎"))
        for entry in entries(content, name)
        if entry.time
    ]
    cells = [row.removeprefix("|").removesuffix("|").split("|") for row in rows.splitlines()]
    assert found == [tuple(cell.strip() for cell in row) for row in cells]


def test_the_page_has_its_examples() -> None:
    """None is lost to a change of its form."""
    assert len(EXAMPLES) == 7
