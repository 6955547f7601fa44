"""The room for what is asked often: its books are right whatever happens, also at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines.whoosh.matching import postings_cache
from search.engines.whoosh.matching.postings_cache import PostingsCache


@dataclass(frozen=True)
class Thing:
    """Takes room."""

    size: int


def books(room: PostingsCache) -> tuple[int, int]:
    """Return what the room says is left, and what that should be."""
    return room.left, room._total - sum(thing.size for thing in room._kept.values())


STEPS = st.lists(st.tuples(st.integers(0, 12), st.none() | st.integers(1, 60)), max_size=80)


@settings(deadline=None)
@given(STEPS, st.integers(1, 100))
def test_what_is_left_is_what_is_not_taken(steps: list[tuple[int, int | None]], total: int) -> None:
    """After each request and each thing that is kept, or not, or replaces another of its name."""
    room = PostingsCache(total)
    for key, size in steps:
        if size is None:
            kept = room.get(key)
            assert kept is None or kept.size <= total
        else:
            room.keep(key, Thing(size))
        left, wanted = books(room)
        assert left == wanted >= 0


def test_threads_at_the_same_time_keep_the_books_right() -> None:
    """None of their changes of what is left is lost."""
    room = PostingsCache(5_000)

    def work(seed: int) -> None:
        for step in range(4_000):
            key = (seed * 7919 + step * 31) % 97
            if room.get(key) is None:
                room.keep(key, Thing(50 + key))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    left, wanted = books(room)
    assert left == wanted >= 0
    assert room._requests == 8 * 4_000


@settings(deadline=None)
@given(st.lists(st.integers(0, 2_000), max_size=600), st.integers(5, 50))
def test_the_keys_that_are_counted_are_bounded(keys: list[int], after: int) -> None:
    """Also of those that are never kept, and however many different ones are asked for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings_cache, "_HALVE_AFTER_REQUESTS", after)
        room = PostingsCache(10)
        for key in keys:
            room.get(key)
            assert len(room._asked) <= sum(room._asked.values()) < 2 * after + 1
