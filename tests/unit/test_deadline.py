"""Deadlines: a request stops wherever its time ends, and leaves nothing behind that changes later answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from search import Home, Searcher
from search.deadline import Deadline, check, current_deadline, time_limit
from search.errors import DeadlineExceeded
from search.searcher.figures import tally
from tests.support.web import AIRPORT, build_home
from web import create_app


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home."""
    return build_home(tmp_path_factory.mktemp("home"))


def ticking() -> Callable[[], float]:
    """Make a clock that moves on by one second each time it is read."""
    return map(float, count()).__next__


def test_a_deadline_holds_until_its_moment_and_not_longer() -> None:
    """The moment itself is past; what remains is never negative."""
    now = [0.0]
    deadline = Deadline(2, lambda: now[0])
    deadline.check()
    now[0] = 1.5
    assert deadline.remaining == 0.5
    for moment in (2.0, 9.0):
        now[0] = moment
        assert deadline.remaining == 0
        with pytest.raises(DeadlineExceeded):
            deadline.check()


def test_optional_work_ends_without_an_error() -> None:
    """Items end when the deadline has passed; suspended time does not count."""
    now = [0.0]
    deadline = Deadline(2, lambda: now[0])
    with deadline.suspended():
        now[0] += 10
    items = []
    for item in deadline.limit(range(9)):
        items.append(item)
        now[0] += 1
    assert items == [0, 1] and deadline.passed()


def test_without_a_deadline_nothing_is_checked() -> None:
    """Neither before a block nor after it."""
    check()
    with time_limit(0), pytest.raises(DeadlineExceeded):
        check()
    check()


def test_an_inner_block_cannot_extend_an_outer_one() -> None:
    """The earlier of two deadlines holds; the outer one is in force again after the inner block."""
    now = [0.0]
    with time_limit(1, lambda: now[0]) as outer:
        with time_limit(5, lambda: now[0]) as inner:
            assert inner.remaining == 1
        with time_limit(0.5, lambda: now[0]) as inner:
            assert inner.remaining == 0.5
        assert current_deadline.get() is outer


def test_a_thread_of_its_own_has_no_deadline() -> None:
    """Work in the background is for later requests too."""
    seen: list[object] = []
    with time_limit(1):
        thread = Thread(target=lambda: seen.append(current_deadline.get()))
        thread.start()
        thread.join()
    assert seen == [None]


QUESTIONS: dict[str, Callable[[Searcher], Any]] = {
    "search": lambda s: [hit.as_dict() for hit in s.search("地震 机场 通报", limit=50).hits],
    "long": lambda s: [hit.id for hit in s.search("(土耳其 OR 阿拉木图) -新华社 标题:通报").hits],
    "explain": lambda s: [hit.as_dict() for hit in s.search("地震机场", explain=True).hits],
    "folded": lambda s: [hit.as_dict() for hit in s.search("地震", fold=True, limit=50).hits],
    "asof": lambda s: [hit.id for hit in s.search("地震 机场", asof="2023-02-07T12:00").hits],
    "export": lambda s: [found.entry.id for found, _ in s.export("地震").hits],
    "similar": lambda s: [one.as_dict() for one in s.similar("quake/07", 5)],
    "highlight": lambda s: s.highlight_entry(s.entry(AIRPORT), "阿拉木图机场"),
    "figures": lambda s: tally(s, "地震").as_dict(),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_stops_wherever_its_time_ends(home: Home, name: str) -> None:
    """After 1, 2, 3, … looks at the clock it raises; then a new question has the same answer as ever.

    A searcher of its own each time, so that no cache of an earlier round leaves out a step.
    """
    expected = QUESTIONS[name](Searcher(home))
    stopped = 0
    for seconds in count(1):
        searcher = Searcher(home)
        tally_cache_clear()
        try:
            with time_limit(seconds, ticking()):
                assert QUESTIONS[name](searcher) == expected
            break
        except DeadlineExceeded:
            stopped += 1
            assert QUESTIONS[name](searcher) == expected
    assert stopped >= 2, "its loops do not look at the clock"


def tally_cache_clear() -> None:
    """Forget the figures of entries, which are kept for the whole process."""
    from search.figures import tally as module

    module._rows.cache_clear()  # type: ignore[attr-defined]


@pytest.fixture
def answers(home: Home) -> Iterator[Callable[[str], Any]]:
    """Ask an application that has no time at all."""
    app = create_app(home)
    app.config["XUNWEN_REQUEST_SECONDS"] = 0
    with app.test_client() as client:
        yield client.get


@pytest.mark.parametrize(
    "path", ["/?q=地震", "/api/v1/search?q=地震", "/feed.atom?q=地震", "/figures?q=地震"]
)
def test_over_http_it_is_503_with_a_time_to_come_back(answers: Callable[[str], Any], path: str) -> None:
    """JSON and page say so in their form, with the headers of every answer."""
    answer = answers(path)
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert "请缩短查询" in answer.get_data(as_text=True)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert path.startswith("/api/") == (answer.is_json and answer.json["error"]["code"] == "timed_out")


def test_in_english_too(answers: Callable[..., Any]) -> None:
    """The page speaks the reader's language."""
    answer = answers("/?q=地震&lang=en")
    assert answer.status_code == 503 and "time limit" in answer.get_data(as_text=True)


def test_the_deadline_ends_with_the_request(home: Home, tmp_path: Path) -> None:
    """Nothing is left in the thread that answered."""
    with create_app(home).test_client() as client:
        assert client.get("/?q=地震").status_code == 200
    assert current_deadline.get() is None
