"""Ordinary queries beside slow clients: at which rate they are answered, and whether any fails.

    python -m tests.bench.slow_clients http://127.0.0.1:8000 [CLIENTS] [SECONDS]

asks a running server for ordinary queries, alone and beside slow clients in turns, for each kind of slow
client. Only servers on this machine are asked; connections and time are bounded.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final, Literal, get_args
from urllib.parse import quote, urlsplit

__all__ = ["KINDS", "Kind", "Slowed", "measure"]

#: `headers` trickles its headers, `export` asks for everything and does not read, `idle` sends nothing.
Kind = Literal["headers", "export", "idle"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

_MAX_CLIENTS: Final = 512
_MAX_SECONDS: Final = 120.0
#: Connections that ask ordinary queries.
_ORDINARY_CLIENTS: Final = 16
#: How often loads with and without slow clients take turns.
_ROUNDS: Final = 2
#: Seconds between two bytes of a trickled header, and between two looks at a connection.
_TICK: Final = 0.25
#: Bytes that a client which does not read lets the kernel hold.
_RECEIVE_BUFFER: Final = 4096
_QUERIES: Final = ("地震", "机场 恢复", "经济", "会议 通报", "新华社 记者", "北京", "救援", "发展 改革")
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Slowed:
    """Ordinary requests per second, alone and beside slow clients, and how many failed in both.

    `p99_alone` and `p99` are milliseconds; `held` counts the slow connections that were open at the end.
    """

    kind: Kind
    alone: float
    hit_neighbours: float
    p99_alone: float
    p99: float
    failures: int
    held: int

    @property
    def kept(self) -> float:
        """The part of the rate that is left beside slow clients."""
        return self.hit_neighbours / self.alone if self.alone else 0.0


def measure(base_url: str, kind: Kind, clients: int = 64, seconds: float = 16.0) -> Slowed:
    """Measure ordinary requests with and without slow clients, `seconds` in all; loopback only."""
    address = _address(base_url)
    if not 0 < clients <= _MAX_CLIENTS or not 0 < seconds <= _MAX_SECONDS:
        raise ValueError(f"at most {_MAX_CLIENTS} clients and {_MAX_SECONDS} seconds")
    share = seconds / (2 * _ROUNDS)
    alone, hit_neighbours, held = [], [], 0
    for _ in range(_ROUNDS):
        alone.append(_load(address, share))
        with _slow_clients(address, kind, clients) as crowd:
            hit_neighbours.append(_load(address, share))
            held = sum(client.is_open() for client in crowd)
    return Slowed(
        kind,
        _mean(alone, "per_second"),
        _mean(hit_neighbours, "per_second"),
        _mean(alone, "p99"),
        _mean(hit_neighbours, "p99"),
        int(sum(one["errors"] for one in alone + hit_neighbours)),
        held,
    )


def _address(base_url: str) -> tuple[str, int]:
    parts = urlsplit(base_url)
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
    if not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is not an address of this machine")
    return host, parts.port or 80


def _load(address: tuple[str, int], seconds: float) -> dict[str, float]:
    """Ask ordinary queries from another process, as many as are answered in the time."""
    paths = [f"/api/v1/search?q={quote(query)}" for query in _QUERIES]
    paths += [f"/?q={quote(query)}" for query in _QUERIES]
    numbers = [str(n) for n in (address[1], _ORDINARY_CLIENTS, int(2000 * seconds), seconds)]
    command = [sys.executable, "-m", "tests.bench.serving", *numbers]
    run = subprocess.run(
        command, cwd=_ROOT, check=True, input="\n".join(paths), stdout=subprocess.PIPE, text=True
    )
    measured: dict[str, float] = json.loads(run.stdout)
    return measured


def _mean(rounds: list[dict[str, float]], name: str) -> float:
    return sum(one[name] for one in rounds) / len(rounds)


class _SlowClient:
    """One connection that takes up room and gives the server nothing to do; opened again when closed."""

    def __init__(self, address: tuple[str, int], kind: Kind) -> None:
        self._address, self._kind = address, kind
        self._socket: socket.socket | None = None

    def tick(self) -> None:
        """Open the connection if need be, or send the next byte."""
        try:
            if not self.is_open():
                self._open()
            elif self._kind == "headers" and self._socket:
                self._socket.send(b"x")
        except OSError:
            self.close()

    def is_open(self) -> bool:
        """Tell whether the server keeps the connection, and has not refused the request."""
        if self._socket is None:
            return False
        try:
            head = self._socket.recv(12, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            head = b""
        if head and b" 503" not in head:
            return True
        self.close()
        return False

    def _open(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self._socket.settimeout(1)
        self._socket.connect(self._address)
        path = "/export.jsonl" if self._kind == "export" else "/healthz"
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode()
        if self._kind != "idle":
            self._socket.sendall(request + (b"\r\n" if self._kind == "export" else b"X-Slow: "))
        self._socket.setblocking(False)

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None


@contextmanager
def _slow_clients(address: tuple[str, int], kind: Kind, count: int) -> Iterator[list[_SlowClient]]:
    """Hold slow connections open from a thread of its own until the block ends."""
    crowd = [_SlowClient(address, kind) for _ in range(count)]
    stop, ready = Event(), Event()

    def run() -> None:
        while not stop.is_set():
            for client in crowd:
                client.tick()
            ready.set()
            stop.wait(_TICK)

    thread = Thread(target=run)
    thread.start()
    try:
        ready.wait()
        yield crowd
    finally:
        stop.set()
        thread.join()
        for client in crowd:
            client.close()


def _main(base_url: str, clients: str = "64", seconds: str = "16") -> None:
    print("kind      alone/s  beside/s  kept   p99 alone  p99 beside  failed  held")
    for kind in KINDS:
        one = measure(base_url, kind, int(clients), float(seconds))
        print(
            f"{kind:<8} {one.alone:8.0f} {one.hit_neighbours:9.0f} {one.kept:5.2f} {one.p99_alone:9.0f} ms"
            f" {one.p99:8.0f} ms {one.failures:7} {one.held:5}"
        )


if __name__ == "__main__":
    _main(*sys.argv[1:])
