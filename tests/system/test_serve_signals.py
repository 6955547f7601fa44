"""The real server under signals, slow clients and stuck requests: every accepted request is answered."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import quote, urlsplit

import pytest

from search import Home
from tests.support.waiting import HANG_SECONDS
from tests.support.web import build_home, entries, served

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="xunwen serve needs fork()")

#: More connections than the server has threads.
CLIENTS = 40
#: How long an event is waited for before the test fails, in seconds.
PATIENCE = HANG_SECONDS


@pytest.fixture(autouse=True)
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files that the server alone uses."""
    folder = tmp_path_factory.mktemp("temporary")
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home whose export is larger than what server and system buffer for a client."""
    sentence = "".join(chr(0x4E00 + number) for number in range(400)) + "。"
    long = [{"id": f"long/{number}", "body": sentence * 400, "stream": "长"} for number in range(24)]
    return build_home(tmp_path_factory.mktemp("home"), [*entries()[:4], *long])


def ask(address: str, path: str = "/api/v1/search?q=机场") -> int:
    """Send one request over a connection of its own; gives the status."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
    try:
        connection.request("GET", quote(path, safe="/?=&"))
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def connect(address: str, raw: bytes, room: int = 4096) -> socket.socket:
    """Open a connection for which the system holds little, and send the beginning of a request."""
    parts = urlsplit(address)
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    peer.settimeout(PATIENCE)
    peer.connect((parts.hostname, parts.port))
    peer.sendall(raw)
    return peer


def wait_until(happened: Callable[[], object]) -> None:
    """Wait for an event."""
    end = monotonic() + PATIENCE
    while not happened():
        assert monotonic() < end, "it did not happen"
        sleep(0.05)


def processes(temporary: Path) -> set[int]:
    """Return the processes that have answered a request, by the files in which they count."""
    return {
        int(found[1]) for path in temporary.rglob("*.db") if (found := re.search(r"_(\d+)\.db", path.name))
    }


def is_alive(process: int) -> bool:
    """Tell whether a process exists and is no zombie."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


SLOW = {
    "headers": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "export": b"GET /export.jsonl HTTP/1.1\r\nHost: x\r\n\r\n",
    "idle": b"",
}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_do_not_hold_the_server(home: Home, kind: str) -> None:
    """More of them than there are threads, and still every query is answered."""
    with served(home.path) as (address, _), ExitStack() as stack:
        for _ in range(CLIENTS):
            stack.enter_context(connect(address, SLOW[kind]))
        assert [ask(address) for _ in range(CLIENTS)] == [200] * CLIENTS


def test_exports_beyond_the_limit_are_told_when_to_come_back(home: Home) -> None:
    """Some run, others are refused with a time; when the readers are gone, the next one runs."""
    with served(home.path, workers=1) as (address, _):
        with ExitStack() as stack:
            peers = [stack.enter_context(connect(address, SLOW["export"])) for _ in range(5)]
            heads = [peer.recv(2000) for peer in peers]
            assert sorted(head.split()[1] for head in heads) == [b"200", b"200", b"503", b"503", b"503"]
            assert all(b"\r\nRetry-After: " in head for head in heads if b" 503 " in head)
        wait_until(lambda: ask(address, "/export.csv") == 200)


class Clients:
    """Clients that send requests on persistent connections, and the number of answers other than 200."""

    def __init__(self, address: str, count: int = 4) -> None:
        self.failed: list[object] = []
        self.answered = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(address,)) for _ in range(count)]

    def __enter__(self) -> Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, address: str) -> None:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE)
        while not self._stop.is_set():
            try:
                connection.request("GET", "/api/v1/search?limit=1")
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failed.append(answer.status)
            except OSError as error:
                self.failed.append(error)
                connection.close()
            self.answered += 1
        connection.close()


def test_a_reload_replaces_all_processes_and_fails_no_request(home: Home, temporary: Path) -> None:
    """SIGHUP, twice, under load: others answer then, on the same port, and nobody noticed."""
    with served(home.path) as (address, process), Clients(address) as clients:
        for _ in range(2):
            wait_until(lambda: ask(address) and len(processes(temporary)) >= 2)
            before = processes(temporary)
            process.send_signal(signal.SIGHUP)
            wait_until(lambda: not any(map(is_alive, before)))  # noqa: B023
            wait_until(lambda: ask(address) and len(processes(temporary) - before) == 2)  # noqa: B023
        answered = clients.answered
        wait_until(lambda: clients.answered > answered)
    assert clients.failed == []


def test_a_stop_finishes_what_was_begun(home: Home) -> None:
    """SIGTERM while an export is being read: all of it arrives, then the server is gone."""
    with served(home.path, workers=1) as (address, process):
        with connect(address, SLOW["export"], room=1 << 18) as peer:
            data = peer.recv(1000)
            process.send_signal(signal.SIGTERM)
            with pytest.raises(OSError):
                while True:
                    ask(address)
            while piece := peer.recv(1 << 16):
                data += piece
        assert data.endswith(b"\r\n0\r\n\r\n")
        assert data.count(b'"id":"long/') == 24
        assert process.wait(PATIENCE) == 0


def test_a_killed_master_leaves_nothing(home: Home, temporary: Path) -> None:
    """After SIGKILL its processes end by themselves and remove the folder of counts."""
    with served(home.path) as (address, process):
        wait_until(lambda: ask(address) and len(processes(temporary)) == 2)
        workers = processes(temporary)
        process.kill()
        wait_until(lambda: not any(map(is_alive, workers)))
        assert list(temporary.iterdir()) == []


def test_a_folder_left_behind_is_removed_at_the_next_start(home: Home, temporary: Path) -> None:
    """When all processes were killed, the next server cleans up; the folder of a living one stays."""
    left = temporary / "xunwen-metrics-left"
    left.mkdir()
    (left / "counter_1.db").write_bytes(b"x")
    os.utime(left, (0, 0))
    with served(home.path, workers=1) as (address, _):
        assert not left.exists() and ask(address) == 200
        (mine,) = temporary.iterdir()
        os.utime(mine, (0, 0))
        with served(home.path, workers=1):
            assert mine.exists()
    assert list(temporary.iterdir()) == []


STUCK = """
import sys
from web import create_app
from web.serving import server

def stuck_app(home):
    app = create_app(home)

    @app.get("/stuck")
    def stuck():
        while True:
            pass

    return app

server.STUCK_FACTOR = 0.01
server.run(stuck_app, sys.argv[1], port=0, workers=int(sys.argv[2]), timeout=600)
"""


def test_a_process_with_a_stuck_request_is_replaced(home: Home, temporary: Path) -> None:
    """A request that ignores its deadline loses its process; those of others are answered meanwhile."""
    with served(home.path, code=STUCK) as (address, process):
        wait_until(lambda: ask(address, "/healthz") and len(processes(temporary)) == 2)
        before = processes(temporary)
        with connect(address, b"GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n") as peer, Clients(address) as clients:
            with suppress(ConnectionResetError):
                assert peer.recv(1) == b""
            wait_until(lambda: ask(address) and processes(temporary) - before)
        assert clients.failed == []
        assert sum(map(is_alive, before)) == 1 and process.poll() is None


METRICS = """
import sys
from web import serve
serve(sys.argv[1], port=0, workers=int(sys.argv[2]), metrics_port=0, timeout=600)
"""


@pytest.fixture
def two_ports(home: Home) -> Iterator[tuple[str, str]]:
    """A server whose counts have a port of their own; gives both addresses."""
    with served(home.path, code=METRICS) as (address, process):
        assert process.stderr is not None
        found = re.search(r"http://\S+(?=/metrics)", process.stderr.readline())
        assert found
        yield address, found[0]


def test_metrics_on_a_port_of_their_own(two_ports: tuple[str, str]) -> None:
    """Counts are there and nowhere else, and nothing else is there but the health check."""
    main, apart = two_ports
    assert [ask(main, path) for path in ("/", "/healthz", "/metrics")] == [200, 200, 404]
    assert [ask(apart, path) for path in ("/metrics", "/healthz", "/", "/export.csv")] == [200, 200, 404, 404]


def test_counts_are_of_all_processes(two_ports: tuple[str, str]) -> None:
    """Whichever of them answered."""
    main, apart = two_ports
    assert [ask(main, "/?q=x") for _ in range(5)] == [200] * 5
    connection = HTTPConnection(urlsplit(apart).netloc, timeout=PATIENCE)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    assert 'xunwen_requests_total{endpoint="pages.search",status="200"} 5.0' in text
