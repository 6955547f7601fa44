"""What is said when a cluster cannot be used: one clear sentence, the next step, and no secret in it.

The cluster here is a small server that answers as one in trouble does; `tests/cluster/` has the real ones.
"""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import sleep
from typing import Any

import pytest
import trustme

from search import Home, reindex
from search.engines import Request, open_engine
from search.errors import CannotWrite, ClusterUnavailable, IndexProblem, NoIndex, UsageError
from search.query.logical import LogicalQuery
from tests.support.engine_corpus import ALL
from tests.support.homes import program
from tests.support.waiting import HANG_SECONDS
from web import create_app

SECRET = "hunter2-geheim"
BLOCK = (
    "index [xunwen-x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, "
    "index has read-only-allow-delete block];"
)


class Trouble(BaseHTTPRequestHandler):
    """Answers everything in one way."""

    protocol_version = "HTTP/1.1"
    status, body, wait = 200, "{}", 0.0

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        sleep(self.wait)
        content = self.body.encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _answer

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def trouble(
    status: int = 200,
    error: str = "",
    wait: float = 0.0,
    body: str | None = None,
    tls: ssl.SSLContext | None = None,
) -> Iterator[str]:
    """Give the address of a server that answers everything so."""
    said = json.dumps({"error": {"type": error, "reason": error}, "status": status})
    handler = type(
        "Handler", (Trouble,), {"status": status, "body": said if body is None else body, "wait": wait}
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{'https' if tls else 'http'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def refusing() -> Iterator[str]:
    """Give an address that refuses connections: its port is held, so nobody else can listen on it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whose password must not turn up anywhere."""
    monkeypatch.setenv("XUNWEN_ENGINE_USER", "reader")
    monkeypatch.setenv("XUNWEN_ENGINE_PASSWORD", SECRET)
    monkeypatch.setenv("XUNWEN_ENGINE_TIMEOUT", str(HANG_SECONDS))


def asked(where: str) -> str:
    """Return what is said when a question is put to a cluster, and when something is written."""
    engine = open_engine(where)
    with pytest.raises(IndexProblem) as told:
        engine.snapshot().search(Request(LogicalQuery(ALL)))
    with pytest.raises(IndexProblem) as written, engine.rebuild():
        raise AssertionError("nothing can be written here")
    for one in (told, written):
        assert SECRET not in str(one.value) and "Traceback" not in str(one.value)
        assert str(one.value).count("\n") == 0
    assert isinstance(told.value, ClusterUnavailable | CannotWrite | NoIndex)
    return str(told.value)


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        (401, "Unauthorized", "不认这个用户名"),
        (403, "security_exception", "读写权限"),
        (403, "cluster_block_exception read-only / allow delete (api)", "只读"),
        (429, BLOCK, "只读"),
        (429, "rejected_execution_exception", "太忙"),
        (500, "boom", "查看集群的日志"),
        (503, "master_not_discovered_exception", "查看集群的日志"),
        (400, "too_many_nested_clauses", "太复杂"),
    ],
)
def test_a_refusal_is_one_sentence(status: int, error: str, said: str) -> None:
    """Whatever the cluster answers, the sentence says what to do."""
    with trouble(status, error) as where:
        assert said in asked(where)


@pytest.mark.parametrize("body", ["<html>It works!</html>", "[]", "null", '{"took": 1}', "\x00\xff", ""])
def test_a_stranger_is_told_apart(body: str) -> None:
    """What answers, but is no cluster, gives a sentence and no traceback."""
    with trouble(body=body) as where:
        asked(where)


def test_nobody_there() -> None:
    """A port where nobody listens, and a name that nobody has."""
    with refusing() as address:
        assert "连不上集群" in asked(f"http://{address}")
    assert "连不上集群" in asked("http://nowhere.invalid:9200")


def test_an_answer_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the time that was set, and as many tries as there are."""
    monkeypatch.setenv("XUNWEN_ENGINE_TIMEOUT", "0.2")
    with trouble(wait=2) as where:
        assert "0.2 秒内没有回答" in asked(where)


# -- certificates --------------------------------------------------------------------------------


def served(authority: trustme.CA, name: str = "localhost", expired: bool = False) -> ssl.SSLContext:
    """Return a server's certificate."""
    until = datetime.now(UTC) - timedelta(days=1) if expired else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=until).configure_cert(context)
    return context


def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has expired, is another's, or nobody known signed; with the right authority all is well."""
    authority = trustme.CA()
    root = tmp_path / "root.pem"
    authority.cert_pem.write_to_path(root)
    with trouble(tls=served(authority)) as where:
        assert "不在信任之列" in asked(where) or "自签" in asked(where)
    monkeypatch.setenv("XUNWEN_ENGINE_CA", str(root))
    with trouble(401, tls=served(authority)) as where:
        assert "不认这个用户名" in asked(where)
    with trouble(tls=served(authority, expired=True)) as where:
        assert "已经过期" in asked(where)
    with trouble(tls=served(authority, "elsewhere.example")) as where:
        assert "不是发给这个主机名的" in asked(where)
    for path in (tmp_path / "none.pem", Path(__file__)):
        monkeypatch.setenv("XUNWEN_ENGINE_CA", str(path))
        with pytest.raises(UsageError, match="XUNWEN_ENGINE_CA"):
            open_engine("https://localhost:1").generation()


# -- the edges -----------------------------------------------------------------------------------


def test_the_page_says_503_and_when_to_ask_again(tmp_path: Path) -> None:
    """One clear page, one JSON, in both languages; `/healthz` says so as well."""
    with trouble(503, "all shards failed") as where:
        client = create_app(Home(tmp_path, engine=where)).test_client()
        for path in ("/?q=机场", "/api/v1/search?q=机场", "/healthz", "/entries/a", "/feed.atom?q=机场"):
            answer = client.get(path)
            assert answer.status_code == 503, path
            assert int(answer.headers["Retry-After"]) > 0
            assert "集群" in answer.text and SECRET not in answer.text and "reader" not in answer.text


def test_the_command_says_one_sentence(tmp_path: Path) -> None:
    """Every command that asks the cluster ends with 1 and a line on stderr."""
    (tmp_path / "data").mkdir()
    with refusing() as address:
        where = f"http://reader:{SECRET}@{address}"
        for command in (["reindex"], ["search", "机场"], ["status"], ["check"], ["show", "a"]):
            done: subprocess.CompletedProcess[str] = program("--engine", where, *command, home=Home(tmp_path))
            assert done.returncode == 1, (command, done)
            assert "连不上集群" in done.stderr + done.stdout
            assert SECRET not in done.stderr + done.stdout and "Traceback" not in done.stderr


def test_an_address_that_is_none_is_a_usage_error(tmp_path: Path) -> None:
    """Before anything is asked."""
    (tmp_path / "data").mkdir()
    for where in ("https://", "localhost:9200", "ftp://one/news"):
        with pytest.raises(UsageError, match="看不懂集群地址"):
            reindex(Home(tmp_path, engine=where))
