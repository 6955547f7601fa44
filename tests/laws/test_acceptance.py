"""Judged queries through the real command line: what must be found is, what must not be is not.

The cases of the checkout are over the sample streams; those of the shared folder have entries of their own.
"""

from typing import Any

import pytest

from search import Home
from tests.support.homes import ROOT, Cli, write_rows
from tests.support.shared import find_shared, rows, shared

_CASES = find_shared("acceptance/cases.jsonl")
_SAMPLE_CASES = ROOT / "tests" / "fixtures" / "acceptance.jsonl"


def cases() -> list[Any]:
    """Return the cases of the shared folder."""
    if _CASES is None:
        return [pytest.param({"id": ""}, id="none")]
    return [pytest.param(case, id=case["id"]) for case in rows(_CASES)]


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The command line over a home with the entries of the shared cases."""
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
    judge(case, ids(cli, case["q"]))


@pytest.mark.parametrize("case", rows(_SAMPLE_CASES), ids=lambda case: case["q"])
def test_case_of_the_samples(samples: Home, case: dict[str, Any]) -> None:
    """The same over the sample streams, whose entries are named by the last part of their id, the time."""
    cli = Cli(samples)
    assert {*case["must"], *case["must_not"]} <= times(cli, "")
    judge(case, times(cli, case["q"]))


def ids(cli: Cli, query: str) -> set[str]:
    """Return the ids of the hits."""
    return {hit["id"] for hit in cli.json("search", "--limit", "100", "--", query)["hits"]}


def times(cli: Cli, query: str) -> set[str]:
    """Return the last parts of the ids of the hits."""
    return {id.rpartition("/")[2] for id in ids(cli, query)}


def judge(case: dict[str, Any], found: set[str]) -> None:
    """Compare the hits with the case."""
    assert set(case["must"]) - found == set(), case["why"]
    assert set(case["must_not"]) & found == set(), case["why"]
