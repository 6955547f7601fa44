"""Rate limits: what is let through, in one process and in several."""

import os
import signal
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import UsageError
from web.serving.limits import RateLimiter, SharedCounters, client_network

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork()")


class Clocked(SharedCounters):
    """Counters by a clock that stands until it is set."""

    STORAGE_SCHEME = None
    time = 1000.0

    def now(self) -> float:
        return self.time


STEPS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(1, 7), st.sampled_from([0.0, 0.5, 4.0, 11.0])), max_size=60
)


@given(STEPS)
def test_each_client_spends_its_window_and_no_more(steps: list[tuple[str, int, float]]) -> None:
    """Against a plain model: a window begins with the first request; refusals are free; then one waits."""
    counters = Clocked(1 << 10)
    # With a random salt, one in 1,024 examples has its two clients in one counter.
    counters._salt = bytes(16)
    limiter = RateLimiter("5 per 10 seconds", counters)
    windows: dict[str, tuple[float, int]] = {}
    for client, cost, pause in steps:
        counters.time += pause
        end, spent = windows.get(client, (0.0, 0))
        if end <= counters.time:
            end, spent = counters.time + 10, 0
        cost = min(cost, 5)
        wait = limiter.wait_seconds(client, cost)
        if spent + cost <= 5:
            windows[client] = end, spent + cost
            assert wait == 0
        else:
            assert wait == max(1, -int(-(end - counters.time) // 1))


def test_waiting_as_long_as_said_is_enough() -> None:
    """Of several limits, the one that holds longest says how long."""
    counters = Clocked()
    limiter = RateLimiter("2/second; 3/minute", counters)
    assert [limiter.wait_seconds("a") for _ in range(3)] == [0, 0, 1]
    counters.time += 1
    assert limiter.wait_seconds("a") == 0
    counters.time += 1
    wait = limiter.wait_seconds("a")
    assert 50 < wait <= 60
    counters.time += wait
    assert limiter.wait_seconds("a") == 0


def test_the_table_never_grows_and_never_forgets_a_client() -> None:
    """With more clients than counters some share one: nobody has more than the limit."""
    limiter = RateLimiter("3/hour", Clocked(8))
    for client in map(str, range(100)):
        assert sum(limiter.wait_seconds(client) == 0 for _ in range(10)) <= 3
    free = RateLimiter("3/hour", Clocked())
    assert all(free.wait_seconds(str(client)) == 0 for client in range(100))


def forked(work: Callable[[], None]) -> int:
    """Run something in a process of its own; returns its id."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(0)
    return child


@POSIX
def test_processes_count_together_and_exactly() -> None:
    """None of 4 × 2,000 requests at the same time is lost, and 100 of them are let through."""
    counters = SharedCounters()
    limiter = RateLimiter("100/day", counters)

    def work() -> None:
        for _ in range(2000):
            counters.incr("all", 3600)
            if not limiter.wait_seconds("client"):
                counters.incr("through", 3600)

    for child in [forked(work) for _ in range(4)]:
        os.waitpid(child, 0)
    assert (counters.get("all"), counters.get("through")) == (8000, 100)


@POSIX
def test_a_process_killed_while_it_counts_holds_up_nobody() -> None:
    """Its lock ends with it."""
    counters = SharedCounters()
    counters.incr("a", 3600)

    def work() -> None:
        with counters._locked(counters._cell("a")):
            os.kill(os.getpid(), signal.SIGKILL)

    os.waitpid(forked(work), 0)
    assert counters.incr("a", 3600) == 2


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "fe80::"),
        ("::1", "::"),
        ("", "local"),
        (None, "local"),
        ("unix:", "local"),
    ],
)
def test_a_client_is_an_address_or_a_network(address: str | None, client: str) -> None:
    """IPv4 reached by IPv6 sockets stays apart; of IPv6, a /64 is one client."""
    assert client_network(address) == client


@pytest.mark.parametrize("text", ["", "600", "0/minute", "-1/minute", "9/fortnight", "6/minute;x"])
def test_a_limit_that_means_nothing_is_refused(text: str) -> None:
    """With a sentence that shows how to write one."""
    with pytest.raises(UsageError, match="600/minute"):
        RateLimiter(text)
