"""Rate limits over all worker processes of one server.

`limits` parses the notation (`600/minute; 20/second`) and implements fixed windows. Its own storages count in
one process or need another server; `SharedCounters` counts in memory that forked processes share.
"""

from __future__ import annotations

import math
import os
import secrets
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from mmap import mmap
from tempfile import TemporaryFile
from typing import Final

from limits import RateLimitItem, parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from search.errors import UsageError

__all__ = ["RateLimiter", "SharedCounters", "client_network"]

#: Counters in the table; clients with the same hash share one, which makes their limit tighter.
_COUNTERS: Final = 1 << 18
#: Bytes of a counter: the end of its window and its count, a double each.
_COUNTER_BYTES: Final = 16
#: Prefix length of a client: an IPv6 network is assigned with this prefix or a shorter one.
_IPV6_CLIENT_BITS: Final = 64


def client_network(address: str | None) -> str:
    """Return the identity of a client: its IPv4 address, or the /64 network of its IPv6 address.

    >>> client_network("::ffff:192.0.2.7"), client_network("2001:db8::1:2:3:4")
    ('192.0.2.7', '2001:db8::')
    """
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "local"  # a socket without addresses
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    host_bits = 128 - _IPV6_CLIENT_BITS
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> host_bits << host_bits))


class RateLimiter:
    """Counts the requests of each client against one or several limits.

    Processes forked after it was made count together. Raises UsageError.
    """

    def __init__(self, text: str, counters: SharedCounters | None = None) -> None:
        self._items = _read_limits(text)
        self._counters = counters or SharedCounters()
        self._windows = FixedWindowRateLimiter(self._counters)

    def wait_seconds(self, client: str, cost: int = 1) -> int:
        """Count a request of `cost` ordinary ones; returns 0, or the seconds to wait if refused.

        A refused request is not counted. The cost is at most the limit itself.
        """
        charges = [(item, min(cost, item.amount)) for item in self._items]
        refusing = [item for item, share in charges if not self._windows.test(item, client, cost=share)]
        if not refusing:
            refusing = [item for item, share in charges if not self._windows.hit(item, client, cost=share)]
        return max((self._seconds_left(item, client) for item in refusing), default=0)

    def _seconds_left(self, item: RateLimitItem, client: str) -> int:
        end = self._windows.get_window_stats(item, client).reset_time
        return max(1, math.ceil(end - self._counters.now()))


class SharedCounters(Storage):
    """A table of counters in an unnamed file that this process and its forks map into memory.

    Its size is fixed and does not depend on the number of clients. Windows are measured by the monotonic
    clock, which all processes share. The lock of a killed process is released by the system.
    """

    STORAGE_SCHEME = None

    def __init__(self, counters: int = _COUNTERS) -> None:
        super().__init__()
        with TemporaryFile() as file:
            file.truncate(counters * _COUNTER_BYTES)
            self._map = mmap(file.fileno(), counters * _COUNTER_BYTES)
            # For locks, which each process takes for itself.
            self._file = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._file)
        self._cells = memoryview(self._map).cast("d")
        self._counters = counters
        # Clients cannot choose addresses with the hash of another client.
        self._salt = secrets.token_bytes(16)
        self._threads = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Return the exceptions of the storage itself."""
        return OSError

    def now(self) -> float:
        """Return the clock of the windows, in seconds."""
        return time.monotonic()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter and return the sum; starts a window of `expiry` seconds unless one is open."""
        cell = self._cell(key)
        with self._locked(cell):
            if self._cells[cell] <= (now := self.now()):
                self._cells[cell], self._cells[cell + 1] = now + expiry, 0
            self._cells[cell + 1] += amount
            return int(self._cells[cell + 1])

    def get(self, key: str) -> int:
        """Return the count of the open window, else 0."""
        cell = self._cell(key)
        with self._locked(cell):
            return int(self._cells[cell + 1]) if self._cells[cell] > self.now() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the window ends."""
        return self._cells[self._cell(key)]

    def check(self) -> bool:
        """Return whether the counters can be used."""
        return True

    def reset(self) -> None:
        """Forget all counts."""
        self._map[:] = bytes(len(self._map))

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._cells[self._cell(key)] = 0

    def _cell(self, key: str) -> int:
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8, key=self._salt).digest()
        return int.from_bytes(digest, "big") % self._counters * 2

    @contextmanager
    def _locked(self, cell: int) -> Iterator[None]:
        """Lock a counter among threads and processes."""
        with self._threads:
            _lock(self._file, cell, held=True)
            try:
                yield
            finally:
                _lock(self._file, cell, held=False)


def _lock(file: int, cell: int, *, held: bool) -> None:
    """Lock or unlock the bytes of a counter among processes."""
    # Windows has no fork(), so the file belongs to one process.
    if sys.platform != "win32":
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX if held else fcntl.LOCK_UN, _COUNTER_BYTES, cell * 8, os.SEEK_SET)


def _read_limits(text: str) -> list[RateLimitItem]:
    """Read one or several limits; raises UsageError."""
    try:
        items = parse_many(text.strip())
    except ValueError:
        items = []
    if not items or not all(item.amount for item in items):
        raise UsageError(
            "看不懂限速「{text}」；请把 --rate-limit（XUNWEN_RATE_LIMIT）写成 "
            "600/minute、600/minute;20/second 或 off",
            text=text[:50],
        )
    return items
