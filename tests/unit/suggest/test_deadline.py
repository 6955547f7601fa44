"""Offers are made in the time given to them; where it passes, the answer goes out without them."""

from collections.abc import Callable

import pytest

from search import Home, Searcher, reindex
from search.suggest import Suggester, suggester
from search.suggest.deadline import Deadline
from tests.support.homes import row, write_rows

NEWS = (*["俄罗斯总统在重庆发表讲话。"] * 4, *["阿拉木图机场恢复运行。"] * 4)


class Clock:
    """A clock that goes on by a number of seconds with each look at it."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests have no deadline."""
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
    """Return a searcher whose suggester reads this clock."""
    searcher = Searcher(home)
    searcher._suggester = Suggester(searcher._engine, searcher._analyzer, clock)
    return searcher


@pytest.mark.parametrize("query", ["俄罗丝总统讲话", "eluosi", "e luo si", "阿拉木途机场 惠复"])
def test_the_answer_goes_out_without_offers(home: Home, query: str) -> None:
    """With each look at the clock a second later, nothing is offered, and the answer is the same."""
    whole, late = timed(home, Clock(0)).search(query), timed(home, Clock(1)).search(query)
    assert whole.did_you_mean and not late.did_you_mean
    assert [hit.id for hit in late.hits] == [hit.id for hit in whole.hits]


@pytest.mark.parametrize("typed", ["俄", "eluo", "俄luo", "阿拉木图 ji"])
def test_completion_ends_with_its_time(home: Home, typed: str) -> None:
    """What is typed is not completed where there is no time for it."""
    assert timed(home, Clock(0)).suggest(typed)
    assert timed(home, Clock(1)).suggest(typed) == []


def test_offers_found_in_time_are_kept(home: Home) -> None:
    """The slower the clock goes, the more is offered; no offer appears that an unhurried one has not."""
    query = "俄罗丝总统讲话"
    whole = timed(home, Clock(0)).search(query).did_you_mean
    offers = [timed(home, Clock(0.05 / looks)).search(query).did_you_mean for looks in (1, 10_000)]
    assert offers == [(), whole]


@pytest.mark.parametrize("step", [1, 0.01, 0.001])
def test_work_ends_soon_after_the_deadline(home: Home, step: float) -> None:
    """However long the query, there are few looks at the clock after the deadline passed."""
    clock = Clock(step)
    timed(home, clock).search("阿拉木途机场惠复运行俄罗丝总统")
    assert clock.now < 0.05 + 60 * step


def test_loading_of_tables_takes_no_time_from_the_deadline(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load of a minute on the first query leaves its offers as they are."""
    clock = Clock(0)
    searcher = timed(home, clock)
    vocabulary = searcher._engine.vocabulary

    def slow(headlines: int) -> object:
        clock.now += 60
        return vocabulary(headlines)

    monkeypatch.setattr(searcher._engine, "vocabulary", slow)
    assert searcher.search("俄罗丝").did_you_mean == ("俄罗斯",)
    assert searcher.suggest("俄")[0].text.startswith("俄")
    assert clock.now == 120


def test_a_deadline_passes_and_waits() -> None:
    """Items end when the time is up; what is suspended does not count."""
    clock = Clock(0)
    deadline = Deadline(2, clock)
    with deadline.suspended():
        clock.now += 10
    items = []
    for item in deadline.limit(range(9)):
        items.append(item)
        clock.now += 1
    assert items == [0, 1] and deadline.passed()
