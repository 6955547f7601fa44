"""The real server: processes, sockets and HTTP as they will run."""

import json
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from search import Home
from search.errors import UsageError
from tests.support.waiting import HANG_SECONDS
from tests.support.web import AIRPORT, build_home, entries, served
from web import serve

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="xunwen serve needs fork()")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The small home."""
    return build_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def address(home: Home) -> Iterator[str]:
    """The address of a server with two processes over the small home."""
    with served(home.path) as (address, _):
        yield address


def fetch(address: str, path: str) -> tuple[int, str]:
    """Send one request over a connection of its own."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=HANG_SECONDS)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_it_answers_pages_and_json(address: str) -> None:
    """The page marks the airport entry; the API and the health check answer."""
    status, page = fetch(address, "/?q=" + quote("阿拉木图机场"))
    assert status == 200 and "<mark>阿拉木图机场</mark>" in page
    status, said = fetch(address, "/api/v1/search?q=" + quote("阿拉木图机场"))
    assert status == 200 and json.loads(said)["hits"][0]["id"] == AIRPORT
    assert fetch(address, "/healthz")[0] == 200


def test_a_query_of_100_000_characters_is_refused_in_a_sentence(address: str) -> None:
    """The server lets it through to the application, which answers 413 in the one shape."""
    status, said = fetch(address, "/api/v1/search?q=" + quote("机" * 100_000))
    assert (status, json.loads(said)["error"]["code"]) == (413, "too_large")


def test_an_endless_request_line_is_cut_off(address: str) -> None:
    """Beyond 1 MiB the server itself refuses."""
    assert fetch(address, "/?q=" + "a" * (1024 * 1024))[0] in (400, 414, 431)


def test_many_at_once_get_the_same_answer(address: str) -> None:
    """Requests in parallel are answered alike by all threads and processes."""
    path = "/api/v1/search?limit=50&q=" + quote("地震 通报")
    with ThreadPoolExecutor(8) as pool:
        answers = [json.loads(said) for _, said in pool.map(lambda _: fetch(address, path), range(40))]
    orders = {tuple(hit["id"] for hit in answer["hits"]) for answer in answers}
    assert len(orders) == 1 and len(next(iter(orders))) >= 30


def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    """An interrupt ends all processes with exit code 0 and frees the port; no traceback is printed."""
    build_home(tmp_path, entries()[:2])
    with served(tmp_path, workers=1) as (address, process):
        assert fetch(address, "/")[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=HANG_SECONDS) == 0
        assert process.stderr is not None and "Traceback" not in process.stderr.read()
        with pytest.raises(OSError):
            fetch(address, "/")


def test_it_runs_before_there_is_an_index(tmp_path: Path) -> None:
    """A server started first says what to do, and answers as soon as the index is there."""
    with served(tmp_path, workers=1) as (address, _):
        status, page = fetch(address, "/")
        assert status == 503 and "xunwen reindex" in page
        build_home(tmp_path, entries()[:2])
        assert fetch(address, "/")[0] == 200


def test_a_taken_port_is_told_in_a_sentence(tmp_path: Path) -> None:
    """The message names the port and the option, before any process is started."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        before = threading.active_count()
        with pytest.raises(UsageError, match=rf"端口 {port} 已被占用.*--port"):
            serve(tmp_path, port=port)
        assert threading.active_count() == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"port": 65536}, "端口 65536 不存在"),
        ({"port": -1}, "端口 -1 不存在"),
        ({"workers": 0}, "--workers"),
        ({"timeout": 0}, "--timeout"),
        ({"metrics_port": 65536}, "端口 65536 不存在"),
        ({"host": "no.such.host.invalid"}, "--host"),
        ({"host": "."}, "--host"),
        ({"host": "192.0.2.1"}, "192.0.2.1"),
    ],
)
def test_what_cannot_be_served_is_told_in_a_sentence(
    tmp_path: Path, options: dict[str, object], said: str
) -> None:
    """Each wrong option is a UsageError that names it."""
    with pytest.raises(UsageError, match=re.escape(said)):
        serve(tmp_path, **{"port": 0, **options})
