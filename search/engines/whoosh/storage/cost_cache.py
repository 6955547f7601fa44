"""Recent: things that took work to make, kept for as long as there is room for them.

The bound is a sum of costs, bytes for instance, so that a process stays as large as it was meant to be
whatever it is asked. What was put in first leaves first.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Container, Hashable
from typing import Generic, TypeVar

__all__ = ["CostCache"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class CostCache(Generic[K, V]):
    """Values by key, up to a sum of costs; safe to share between threads.

    >>> kept = Recent[str, int](10)
    >>> for key in "abc":
    ...     kept.put(key, 0, 4)
    >>> kept.get("a"), kept.get("b")
    (None, 0)
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._values: OrderedDict[K, V] = OrderedDict()
        self._costs: dict[K, int] = {}
        self._spent = 0
        self._changing = threading.Lock()
        self._forgotten: deque[Container[K]] = deque()
        #: Return a value, or None where it is not kept (any more); one step, so it needs no lock.
        self.get = self._values.get

    def put(self, key: K, value: V, cost: int) -> None:
        """Keep a value; one that alone costs more than the room is not kept."""
        with self._changing:
            self._remove_forgotten()
            self._values.pop(key, None)
            self._spent -= self._costs.pop(key, 0)
            if cost > self._room:
                return
            self._spent += cost
            self._values[key] = value
            self._costs[key] = cost
            while self._spent > self._room:
                oldest, _ = self._values.popitem(last=False)
                self._spent -= self._costs.pop(oldest)

    def forget(self, keys: Container[K]) -> None:
        """Remove these keys at the next `put`; takes no lock, so that a finalizer may call it."""
        self._forgotten.append(keys)

    def _remove_forgotten(self) -> None:
        while self._forgotten:
            keys = self._forgotten.popleft()
            for key in [key for key in self._values if key in keys]:
                del self._values[key]
                self._spent -= self._costs.pop(key)

    def __len__(self) -> int:
        return len(self._values)
