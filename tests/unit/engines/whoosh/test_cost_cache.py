"""The cost cache keeps its bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from search.engines.whoosh.storage.cost_cache import CostCache


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 12)), max_size=60))
def test_the_newest_values_within_the_bound_are_cached(puts: list[tuple[int, int]]) -> None:
    """A key gives its last value or none; the newest value is cached, unless it alone is too large."""
    cache = CostCache[int, int](10)
    last: dict[int, int] = {}
    for key, cost in puts:
        cache.put(key, cost, cost)
        last[key] = cost
        assert cache.get(key) == (cost if cost <= 10 else None)
    cached = {key: value for key in last if (value := cache.get(key)) is not None}
    assert sum(cached.values()) <= 10 and len(cached) == len(cache)
    assert cached.items() <= last.items()


def test_threads_may_share_it() -> None:
    """The bound holds, and nothing raises, with several threads."""
    cache = CostCache[int, int](1000)

    def work(thread: int) -> None:
        for value in range(3000):
            cache.put(value % 700 + thread, value, 7)
            cache.get(value)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert 0 < len(cache) <= 1000 // 7


def test_forgotten_keys_free_their_costs() -> None:
    """Forgotten keys are removed at the next `put`, and their costs with them."""
    cache = CostCache[int, str](10)
    for key in range(5):
        cache.put(key, "old", 2)
    cache.forget(range(4))
    cache.put(7, "new", 8)
    assert (cache.get(0), cache.get(4), cache.get(7), len(cache)) == (None, "old", "new", 2)
