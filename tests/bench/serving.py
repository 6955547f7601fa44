"""Over HTTP: `xunwen serve` in processes of its own, and clients in another one on the same machine.

    python -m tests.bench.serving PORT CLIENTS REQUESTS SECONDS    (paths come in on stdin, one a line)

is the clients: threads with one connection each, which is kept open as a browser keeps it.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from urllib.parse import quote

import numpy as np

from tests.bench.corpus import Corpus
from tests.bench.queries import draw
from tests.bench.shelf import ROOT, ensure
from tests.bench.timing import Effort

__all__ = ["measure_serving", "serving"]

_CLIENTS = 16
_WORKERS = 2
_START_SECONDS = 30
_QUERIES = 500


def measure_serving(corpus: Corpus, effort: Effort) -> dict[str, dict[str, float]]:
    """Return requests a second, p50 and p99 in milliseconds, and errors, for each kind of page."""
    ensure(corpus, "xunwen")
    queries = [quote(query) for query in draw(corpus, _QUERIES).words]
    kinds = {
        "healthz": ["/healthz"],
        "api": [f"/api/v1/search?q={query}" for query in queries],
        "page": [f"/?q={query}" for query in queries],
    }
    with serving(corpus.home.path, corpus.path / "serve.log") as port:
        _load(port, kinds["api"] + kinds["page"], effort.requests // 10, effort)
        return {kind: _load(port, paths, effort.requests, effort) for kind, paths in kinds.items()}


@contextmanager
def serving(home: Path, log: Path) -> Iterator[int]:
    """Run the server of a home on a free port until the block ends."""
    program = str(Path(sys.executable).with_name("xunwen"))
    command = [program, "--home", str(home), "serve", "--port", "0", "--workers", str(_WORKERS)]
    with log.open("w") as errors:
        server = subprocess.Popen(command, cwd=ROOT, stdout=errors, stderr=errors)
    try:
        yield _announced_port(server, log)
    finally:
        server.terminate()
        server.wait(timeout=_START_SECONDS)


def _announced_port(server: subprocess.Popen[bytes], log: Path) -> int:
    for _ in range(_START_SECONDS * 10):
        text = log.read_text("utf-8", "replace")
        _, found, rest = text.partition("http://127.0.0.1:")
        if found and "/" in rest:
            return int(rest.partition("/")[0])
        if server.poll() is not None:
            break
        sleep(0.1)
    raise RuntimeError(f"xunwen serve did not start: {log.read_text('utf-8', 'replace')}")


def _load(port: int, paths: list[str], requests: int, effort: Effort) -> dict[str, float]:
    numbers = [str(n) for n in (port, _CLIENTS, requests, effort.http_seconds)]
    command = [sys.executable, "-m", "tests.bench.serving", *numbers]
    run = subprocess.run(
        command, cwd=ROOT, check=True, input="\n".join(paths), stdout=subprocess.PIPE, text=True
    )
    found: dict[str, float] = json.loads(run.stdout)
    return found


class _Client:
    """One client: a connection, and the seconds that its requests took. A broken one is opened again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None
        self.times: list[float] = []
        self.errors = 0

    def run(self, paths: list[str], deadline: float) -> None:
        for path in paths:
            started = perf_counter()
            if started > deadline:
                return
            try:
                ok = self._get(path) == 200
            except (OSError, ValueError):
                ok = False
                self._close()
            self.times.append(perf_counter() - started)
            self.errors += not ok

    def _get(self, path: str) -> int:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=10)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n\r\n"
        self._socket.sendall(request.encode("ascii"))
        head, body = self._until_blank_line()
        lines = head.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:])
        left = int(fields["content-length"]) - len(body)
        while left > 0:
            left -= len(self._receive())
        if fields.get("connection") == "close":
            self._close()
        return int(lines[0].split()[1])

    def _until_blank_line(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, _, body = data.partition(b"\r\n\r\n")
        return head, body

    def _receive(self) -> bytes:
        data = self._socket.recv(1 << 18) if self._socket else b""
        if not data:
            raise OSError("the server closed the connection")
        return data

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None


def _main(port: str, clients: str, requests: str, seconds: str) -> None:
    paths = sys.stdin.read().splitlines()
    every = [paths[n % len(paths)] for n in range(int(requests))]
    pool = [_Client(int(port)) for _ in range(int(clients))]
    deadline = perf_counter() + float(seconds)
    parts = [every[n :: len(pool)] for n in range(len(pool))]
    threads = [Thread(target=one.run, args=(part, deadline)) for one, part in zip(pool, parts, strict=True)]
    started = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wall = perf_counter() - started
    times = 1000 * np.array([time for one in pool for time in one.times])
    found = {
        "requests": len(times),
        "per_second": len(times) / wall,
        "p50": float(np.percentile(times, 50)),
        "p99": float(np.percentile(times, 99)),
        "errors": sum(one.errors for one in pool),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    _main(*sys.argv[1:])
