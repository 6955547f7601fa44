"""Growth of processor time with the size of the input: the same on a slow, a fast and a busy machine."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import thread_time
from typing import Any, Final

__all__ = ["growth"]

_DOUBLINGS: Final = 3
_ROUNDS: Final = 5


def growth(work: Callable[[Any], object], size: int, make: Callable[[int], Any] = int) -> float:
    """Return the factor by which the processor time of `work` grows when its input doubles.

    Linear work gives 2, quadratic work 4: `assert growth(work, n) < 3`. `work` is given `make(size)`, and
    `make(8 * size)`; making them is not measured. Inputs eight times as long leave a margin of 3.4 for
    noise in linear work; each time is the minimum of several rounds, in which the two sizes take turns.
    """
    small, large = make(size), make(size << _DOUBLINGS)
    work(small)
    rounds = [(_seconds(work, small), _seconds(work, large)) for _ in range(_ROUNDS)]
    base, grown = (min(column) for column in zip(*rounds, strict=True))
    return float((grown / base) ** (1 / _DOUBLINGS))


def _seconds(work: Callable[[Any], object], value: Any) -> float:
    """Return the processor time of this thread, without collecting the garbage of other tests."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        started = thread_time()
        work(value)
        return thread_time() - started
    finally:
        if collecting:
            gc.enable()
