"""Recent: what is kept never costs more than there is room for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from search.engines.whoosh.storage.cost_cache import CostCache


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 12)), max_size=60))
def test_what_is_kept_fits_and_is_what_came_last(puts: list[tuple[int, int]]) -> None:
    """A key gives its last value or none; one that just came is there, unless it alone is too large."""
    kept = CostCache[int, int](10)
    last: dict[int, int] = {}
    for key, cost in puts:
        kept.put(key, cost, cost)
        last[key] = cost
        assert kept.get(key) == (cost if cost <= 10 else None)
    there = {key: value for key in last if (value := kept.get(key)) is not None}
    assert sum(there.values()) <= 10 and len(there) == len(kept)
    assert there.items() <= last.items()


def test_threads_may_share_it() -> None:
    """The bound holds, and nothing raises, whoever puts in at the same time."""
    kept = CostCache[int, int](1000)

    def work(thread: int) -> None:
        for number in range(3000):
            kept.put(number % 700 + thread, number, 7)
            kept.get(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert 0 < len(kept) <= 1000 // 7


def test_forgotten_keys_make_room() -> None:
    """Forgotten keys leave at the next `put`, and their costs with them."""
    kept = CostCache[int, str](10)
    for key in range(5):
        kept.put(key, "old", 2)
    kept.forget(range(4))
    kept.put(7, "new", 8)
    assert (kept.get(0), kept.get(4), kept.get(7), len(kept)) == (None, "old", "new", 2)
