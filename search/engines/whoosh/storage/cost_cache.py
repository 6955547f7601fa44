"""A cache that is bounded by the sum of the costs of its values, such as bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Container, Hashable
from typing import Generic, TypeVar

__all__ = ["CostCache"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class CostCache(Generic[K, V]):
    """Values by key, first in, first out; safe to share between threads.

    >>> cache = CostCache[str, int](10)
    >>> for key in "abc":
    ...     cache.put(key, 0, 4)
    >>> cache.get("a"), cache.get("b")
    (None, 0)
    """

    def __init__(self, max_cost: int) -> None:
        self._max_cost = max_cost
        self._values: OrderedDict[K, V] = OrderedDict()
        self._costs: dict[K, int] = {}
        self._total_cost = 0
        self._lock = threading.Lock()
        self._forgotten: deque[Container[K]] = deque()
        #: Return a cached value, or None; atomic, so it needs no lock.
        self.get = self._values.get

    def put(self, key: K, value: V, cost: int) -> None:
        """Cache a value, unless it alone costs more than the maximum."""
        with self._lock:
            self._remove_forgotten()
            self._values.pop(key, None)
            self._total_cost -= self._costs.pop(key, 0)
            if cost > self._max_cost:
                return
            self._total_cost += cost
            self._values[key] = value
            self._costs[key] = cost
            while self._total_cost > self._max_cost:
                oldest, _ = self._values.popitem(last=False)
                self._total_cost -= self._costs.pop(oldest)

    def forget(self, keys: Container[K]) -> None:
        """Remove these keys at the next `put`; takes no lock, so that a finalizer may call it."""
        self._forgotten.append(keys)

    def _remove_forgotten(self) -> None:
        while self._forgotten:
            keys = self._forgotten.popleft()
            for key in [key for key in self._values if key in keys]:
                del self._values[key]
                self._total_cost -= self._costs.pop(key)

    def __len__(self) -> int:
        return len(self._values)
