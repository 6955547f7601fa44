"""The postings cache accounts for its bytes, with several threads as well."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.whoosh.matching import postings_cache
from search.engines.whoosh.matching.postings_cache import PostingsCache


@dataclass(frozen=True)
class Value:
    """A value with a size."""

    size: int


def free_and_expected(cache: PostingsCache) -> tuple[int, int]:
    """Return the free bytes by the cache's account, and by the sizes of its values."""
    return cache.free, cache._max_bytes - sum(value.size for value in cache._values.values())


STEPS = st.lists(st.tuples(st.integers(0, 12), st.none() | st.integers(1, 60)), max_size=80)


@settings(deadline=None)
@given(STEPS, st.integers(1, 100))
def test_free_bytes_are_the_rest_of_the_cache(steps: list[tuple[int, int | None]], total: int) -> None:
    """After each request, and each value that is cached, rejected, or replaces another."""
    cache = PostingsCache(total)
    for key, size in steps:
        if size is None:
            value = cache.get(key)
            assert value is None or value.size <= total
        else:
            cache.put(key, Value(size))
        free, expected = free_and_expected(cache)
        assert free == expected >= 0


def test_threads_keep_the_account_right() -> None:
    """No change of the free bytes is lost."""
    cache = PostingsCache(5_000)

    def work(seed: int) -> None:
        for step in range(4_000):
            key = (seed * 7919 + step * 31) % 97
            if cache.get(key) is None:
                cache.put(key, Value(50 + key))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    free, expected = free_and_expected(cache)
    assert free == expected >= 0
    assert cache._requests == 8 * 4_000


@settings(deadline=None)
@given(st.lists(st.integers(0, 2_000), max_size=600), st.integers(5, 50))
def test_the_keys_that_are_counted_are_bounded(keys: list[int], after: int) -> None:
    """Even if no value is cached, for any number of different keys."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings_cache, "_HALVE_AFTER_REQUESTS", after)
        cache = PostingsCache(10)
        for key in keys:
            cache.get(key)
            assert len(cache._counts) <= sum(cache._counts.values()) < 2 * after + 1
