"""Bytes that no browser sends: each is answered below 500 with the usual headers, or not at all."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.waiting import HANG_SECONDS
from tests.support.web import build_home, entries, served

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="xunwen serve needs fork()")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """The address of a server with one process."""
    home = build_home(tmp_path_factory.mktemp("home"), entries()[:4])
    with served(home.path, workers=1) as (url, _):
        parts = urlsplit(url)
        yield parts.hostname or "", parts.port or 0


def answers_to(address: tuple[str, int], raw: bytes) -> bytes:
    """Send bytes, then nothing more, and read until the server closes."""
    data = b""
    with socket.create_connection(address, timeout=HANG_SECONDS) as peer:
        try:
            peer.sendall(raw)
            peer.shutdown(socket.SHUT_WR)
            while piece := peer.recv(1 << 16):
                data += piece
        except OSError:
            # The server has closed already.
            pass
    return data


def check(data: bytes) -> list[int]:
    """Check that an answer is no fault of the server, and has its headers; gives the statuses."""
    statuses = [int(status) for status in re.findall(rb"^HTTP/1\.[01] ([0-9]{3})", data, re.M)]
    assert all(status < 500 for status in statuses), data[:300]
    if statuses:
        assert b"content-security-policy" in data.lower() and b"nosniff" in data, data[:600]
        assert b"Traceback" not in data and b"waitress" not in data.lower()
    return statuses


def request(*headers: bytes, line: bytes = b"GET /healthz HTTP/1.1", end: bytes = b"") -> bytes:
    """Write a request."""
    return b"\r\n".join([line, b"Host: x", *headers, b"", b""]) + end


HOSTILE = {
    "script name": request(b"SCRIPT_NAME: /x"),
    "script name with a hyphen": request(b"SCRIPT-NAME: /x"),
    "script name that is the path": request(b"Script-Name: /healthz", b"SCRIPT_NAME: /healthz"),
    "path info": request(b"PATH_INFO: /nowhere", b"Path-Info: /nowhere", b"QUERY_STRING: q=1"),
    "proxy": request(b"Proxy: http://evil.example", b"X-Forwarded-Proto: javascript"),
    "wsgi": request(b"wsgi.url_scheme: x", b"SERVER_PORT: x", b"REMOTE_ADDR: 10.0.0.1"),
    "negative length": request(b"Content-Length: -1"),
    "length in words": request(b"Content-Length: ten"),
    "endless length": request(b"Content-Length: " + b"9" * 5000),
    "two lengths": request(b"Content-Length: 1", b"Content-Length: 2", end=b"ab"),
    "long body": request(b"Content-Length: 100000", end=b"a" * 100_000),
    "unread body": request(b"Content-Length: 5", end=b"abcde"),
    "chunks of garbage": request(b"Transfer-Encoding: chunked", end=b"zz\r\nnonsense\r\n"),
    "endless chunk": request(b"Transfer-Encoding: chunked", end=b"f" * 5000),
    "unknown coding": request(b"Transfer-Encoding: gzip"),
    "both framings": request(b"Transfer-Encoding: chunked", b"Content-Length: 3", end=b"0\r\n\r\n"),
    "no colon": request(b"nonsense"),
    "empty name": request(b": x"),
    "name with a blank": request(b"a b: c"),
    "null in a header": request(b"X-A: a\0b"),
    "null in the path": request(line=b"GET /a\0b HTTP/1.1"),
    "bytes in the path": request(line=b"GET /\xff\xfe?q=\xff HTTP/1.1"),
    "bad escapes": request(line=b"GET /%zz%ff?q=%zz HTTP/1.1"),
    "bad host": request(line=b"GET http://[::1/ HTTP/1.1"),
    "absolute": request(line=b"GET http://evil.example/healthz HTTP/1.1"),
    "asterisk": request(line=b"OPTIONS * HTTP/1.1"),
    "tunnel": request(line=b"CONNECT evil.example:443 HTTP/1.1"),
    "trace": request(line=b"TRACE / HTTP/1.1"),
    "own method": request(line=b"FROBNICATE / HTTP/1.1"),
    "small method": request(line=b"get / HTTP/1.1"),
    "post": request(b"Content-Length: 0", line=b"POST / HTTP/1.1"),
    "0.9": b"GET /\r\n\r\n",
    "0.9 without its second line": b"GET /healthz\r\n",
    "version 9.9": request(line=b"GET / HTTP/9.9"),
    "no version": request(line=b"GET /healthz HTTP"),
    "bare line feeds": b"GET /healthz HTTP/1.1\nHost: x\n\n",
    "folded header": b"GET /healthz HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 300,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "nothing": b"\r\n\r\n\r\n",
    "huge header": request(b"X-A: " + b"a" * 900_000),
    "huger header": request(b"X-A: " + b"a" * 1_200_000),
    "many headers": request(*(b"X-%d: a" % number for number in range(5000))),
    "many cookies": request(b"Cookie: " + b"a=b; " * 20_000),
    "absurd ranges": request(b"Range: bytes=" + b"0-," * 5000, line=b"GET /static/style.css HTTP/1.1"),
    "absurd accept": request(b"Accept-Language: " + b"zh;q=2," * 5000, line=b"GET / HTTP/1.1"),
    "absurd host": request(b"Host: " + b"a" * 5000, line=b"GET /feed.atom HTTP/1.1"),
    "climbing": request(line=b"GET /static/../../../../etc/passwd HTTP/1.1"),
    "expect": request(b"Expect: 200-maybe"),
    "upgrade": request(b"Connection: Upgrade", b"Upgrade: websocket"),
    "pipeline": request() * 20,
    "pipeline that breaks": request() * 3 + b"nonsense\r\n\r\n" + request(),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_are_no_fault_of_the_server(address: tuple[str, int], name: str) -> None:
    """No 5xx, the usual headers, and the next request is answered."""
    check(answers_to(address, HOSTILE[name]))
    assert check(answers_to(address, request(b"Connection: close"))) == [200]


@pytest.mark.parametrize("name", ["script name", "script name with a hyphen", "path info", "wsgi", "proxy"])
def test_headers_do_not_become_variables_of_the_server(address: tuple[str, int], name: str) -> None:
    """The answer is that of a request without them."""
    assert check(answers_to(address, HOSTILE[name])) == [200]


def test_pipelined_requests_are_all_answered(address: tuple[str, int]) -> None:
    """In one piece or not, each has its answer."""
    assert check(answers_to(address, HOSTILE["pipeline"])) == [200] * 20


_PIECES = st.sampled_from(
    (
        *(b"GET ", b"/", b"?q=", b" HTTP/1.1", b"\r\n", b"\n", b"\0", b"Host: x", b"Content-Length: ", b"5"),
        *(b"Transfer-Encoding: chunked", b"\xff", b"HEAD ", b"%", b"[", b"//", b"\t", b"SCRIPT_NAME", b": "),
    )
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.one_of(_PIECES, st.binary(max_size=4)), max_size=25))
def test_any_bytes_are_no_fault_of_the_server(address: tuple[str, int], pieces: list[bytes]) -> None:
    """Whatever is put together from what a request consists of."""
    check(answers_to(address, b"".join(pieces)))
    check(answers_to(address, b"".join(pieces) + b"\r\n\r\n"))


def test_a_refusal_is_in_the_language_of_its_address(address: tuple[str, int]) -> None:
    """What the server library refuses speaks like the API: English where the address says so."""
    for line, sentence in (
        (b"GET /?q=a&lang=en HTTP/1.1", "understood"),
        (b"GET /?q=a&lang=zh-CN HTTP/1.1", "请求无法理解"),
        (b"GET /?q=a HTTP/1.1", "请求无法理解"),
    ):
        assert sentence in answers_to(address, request(b"Content-Length: ten", line=line)).decode()
