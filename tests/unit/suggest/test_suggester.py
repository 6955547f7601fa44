"""The suggester: suggestions end at their deadline, and tables are built once for each generation."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any, cast

import pytest

from search import Home, Searcher, reindex
from search.engines.whoosh.reading.snapshot import Snapshot
from search.suggest import Suggester, suggester
from tests.support.homes import row, write_rows
from tests.support.waiting import HANG_SECONDS

NEWS = (*["俄罗斯总统在重庆发表讲话。"] * 4, *["阿拉木图机场恢复运行。"] * 4)


class Clock:
    """A clock that advances by a number of seconds at each reading."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the deadlines that conftest.py turns off for other tests."""
    monkeypatch.setattr(suggester, "_DID_YOU_MEAN_SECONDS", 0.05)
    monkeypatch.setattr(suggester, "_COMPLETION_SECONDS", 0.15)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A few entries of two kinds."""
    home = Home(tmp_path_factory.mktemp("deadline"))
    home.data.mkdir()
    write_rows(home, "a.jsonl", [row(f"e{n}", text, time="2022-01-05") for n, text in enumerate(NEWS)])
    reindex(home)
    return home


def timed(home: Home, clock: Callable[[], float]) -> Searcher:
    """Return a searcher whose suggester has this clock."""
    searcher = Searcher(home)
    searcher._suggester = Suggester(searcher._analyzer, clock)
    return searcher


@pytest.mark.parametrize("query", ["俄罗丝总统讲话", "eluosi", "e luo si", "阿拉木途机场 惠复"])
def test_results_do_not_wait_for_corrections(home: Home, query: str) -> None:
    """When the deadline has passed, there are no corrections, and the hits are the same."""
    whole, late = timed(home, Clock(0)).search(query), timed(home, Clock(1)).search(query)
    assert whole.did_you_mean and not late.did_you_mean
    assert [hit.id for hit in late.hits] == [hit.id for hit in whole.hits]


@pytest.mark.parametrize("typed", ["俄", "eluo", "俄luo", "阿拉木图 ji"])
def test_completion_ends_at_its_deadline(home: Home, typed: str) -> None:
    """When the deadline has passed, there are no completions."""
    assert timed(home, Clock(0)).suggest(typed)
    assert timed(home, Clock(1)).suggest(typed) == []


def test_corrections_before_the_deadline_are_kept(home: Home) -> None:
    """With a slow clock all corrections are returned, with a fast one none."""
    query = "俄罗丝总统讲话"
    whole = timed(home, Clock(0)).search(query).did_you_mean
    corrections = [timed(home, Clock(0.05 / n)).search(query).did_you_mean for n in (1, 10_000)]
    assert corrections == [(), whole]


@pytest.mark.parametrize("step", [1, 0.01, 0.001])
def test_work_ends_soon_after_the_deadline(home: Home, step: float) -> None:
    """The clock is read fewer than 60 times after the deadline, however long the query."""
    clock = Clock(step)
    timed(home, clock).search("阿拉木途机场惠复运行俄罗丝总统")
    assert clock.now < 0.05 + 60 * step


def test_loading_of_tables_takes_no_time_from_the_deadline(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first query that loads tables for a minute has all its suggestions."""
    clock = Clock(0)
    searcher = timed(home, clock)
    vocabulary = Snapshot.vocabulary

    def slow(snapshot: Snapshot, headlines: int) -> object:
        clock.now += 60
        return vocabulary(snapshot, headlines)

    monkeypatch.setattr(Snapshot, "vocabulary", slow)
    assert searcher.search("俄罗丝").did_you_mean == ("俄罗斯",)
    assert searcher.suggest("俄")[0].text.startswith("俄")
    assert clock.now == 120


@dataclass(frozen=True)
class Published:
    """A snapshot, as far as a table looks at it."""

    state_id: str


FIRST, SECOND = Published("1"), Published("2")


def test_the_previous_table_is_used_during_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """While generation 2 is built, generation 1 is returned; one build serves all requests."""
    monkeypatch.setattr(suggester, "_MAX_TABLE_WAIT_SECONDS", 0)
    finish, builds = Event(), []

    def build(snapshot: Any) -> str:
        builds.append(snapshot)
        assert snapshot is FIRST or finish.wait(HANG_SECONDS)
        return f"table {snapshot.state_id}"

    latest = suggester._LatestTable(build)
    assert latest.get(cast(Any, FIRST)) == "table 1"
    assert [latest.get(cast(Any, SECOND)) for _ in range(3)] == ["table 1"] * 3
    finish.set()
    monkeypatch.setattr(suggester, "_MAX_TABLE_WAIT_SECONDS", HANG_SECONDS)
    assert latest.get(cast(Any, SECOND)) == "table 2"
    assert builds == [FIRST, SECOND]


def test_a_failed_build_raises_and_is_tried_again() -> None:
    """The error reaches the request that waits; the next request builds again."""
    faults = [ValueError("damaged")]

    def build(snapshot: Any) -> str:
        if faults:
            raise faults.pop()
        return f"table {snapshot.state_id}"

    latest = suggester._LatestTable(build)
    with pytest.raises(ValueError, match="damaged"):
        latest.get(cast(Any, FIRST))
    assert latest.get(cast(Any, FIRST)) == "table 1"
