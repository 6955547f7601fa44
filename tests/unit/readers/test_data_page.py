"""The examples of docs/data.md are what the readers do."""

import re

import pytest

from search.errors import TimeError
from search.times.stamps import parse_instant
from tests.support.homes import ROOT
from tests.support.readers import BEIJING

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
