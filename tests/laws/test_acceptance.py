"""Forty judged queries through the real command line: what must be found is, what must not be is not."""

from typing import Any

import pytest

from search import Home
from tests.support.homes import Cli, write_rows
from tests.support.shared import find_shared, rows, shared

_CASES = find_shared("acceptance/cases.jsonl")


def cases() -> list[Any]:
    """Return the cases."""
    if _CASES is None:
        return [pytest.param({"id": ""}, id="none")]
    return [pytest.param(case, id=case["id"]) for case in rows(_CASES)]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The command line over a home with the entries of the cases."""
    entries = rows(shared("acceptance/entries.jsonl"))
    home = Home(tmp_path_factory.mktemp("acceptance"))
    write_rows(home, "entries.jsonl", entries)
    cli = Cli(home)
    assert cli.json("reindex")["entries"] == len(entries)
    return cli


def test_there_are_forty_cases() -> None:
    """No case is lost on the way into the tests."""
    shared("acceptance/cases.jsonl")
    assert len(cases()) == 40


@pytest.mark.parametrize("case", cases())
def test_case(cli: Cli, case: dict[str, Any]) -> None:
    """All of `must` and none of `must_not` are among the hits, partial ones included."""
    found = {hit["id"] for hit in cli.json("search", "--limit", "50", "--", case["q"])["hits"]}
    assert set(case["must"]) - found == set(), case["why"]
    assert set(case["must_not"]) & found == set(), case["why"]
