"""Clients over kept connections, in processes of their own; each draws its requests with a seed."""

from __future__ import annotations

import http.client
import multiprocessing
import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import quote, urlencode

from tests.soak.corpus import AGENCIES, PLACES, STREAMS

__all__ = ["Round", "ask_for_round", "draw_path"]

_CONNECTIONS = 4
_TIMEOUT_SECONDS = 60
_FORK = multiprocessing.get_context("fork")
_WORDS = (
    "机场",
    "铁路",
    "医院",
    "宵禁",
    "地震",
    "遇难",
    "更正",
    "F-16",
    "COVID-19",
    "托卡耶夫",
    "受伤人数",
    "救援人员",
)
#: How often each kind of request is drawn, of 100.
_KINDS = (
    ("api", 26),
    ("page", 16),
    ("suggest", 18),
    ("entry", 12),
    ("entry_api", 8),
    ("similar", 2),
    ("feed", 4),
    ("export", 2),
    ("figures", 3),
    ("health", 2),
    ("static", 1),
    ("error", 6),
)
_WRONG = (
    "/nowhere",
    "/api/v1/search?page=0",
    "/api/v1/search?q=%22&strict=1",
    "/api/v1/entries/none",
    "/api/v1/search?from=%E4%BB%8A%E5%A4%A9%E5%91%A2",
    "/entries/%00",
    "/api/v1/search?limit=9999",
    "/api/v1/search?q=" + "%E9%95%BF" * 10_001,
)


@dataclass(slots=True)
class Round:
    """What clients received: how often each status, and requests that got no answer at all."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


def ask_for_round(port: int, clients: int, count: int, seed: int) -> Round:
    """Send `count` requests from some client processes; returns when all are answered."""
    found = Round()
    running = []
    for number in range(clients):
        receiver, sender = _FORK.Pipe(duplex=False)
        own = count // clients + (number < count % clients)
        process = _FORK.Process(target=_client, args=(sender, port, own, seed * 100 + number))
        process.start()
        sender.close()
        running.append((process, receiver))
    for process, receiver in running:
        statuses, failures = receiver.recv()
        found.statuses.update(statuses)
        found.failures.extend(failures)
        process.join()
    return found


def _client(sender: Connection, port: int, count: int, seed: int) -> None:
    """Be a client process: some threads with a connection each."""
    rounds = [Round() for _ in range(_CONNECTIONS)]
    threads = [
        threading.Thread(
            target=_ask,
            args=(port, count // _CONNECTIONS + (n < count % _CONNECTIONS), seed * 10 + n, rounds[n]),
        )
        for n in range(_CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    statuses = sum((one.statuses for one in rounds), Counter[int]())
    sender.send((statuses, [message for one in rounds for message in one.failures]))


def _ask(port: int, count: int, seed: int, found: Round) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_SECONDS)
    drawn = random.Random(seed)
    for path in (draw_path(drawn) for _ in range(count)):
        try:
            status = _get(connection, path)
        except (OSError, http.client.HTTPException) as error:
            found.failures.append(f"{path[:200]}: {error!r}")
            connection.close()
            continue
        found.statuses[status] += 1
        if status >= 500:
            found.failures.append(f"{path[:200]}: status {status}")
    connection.close()


def _get(connection: http.client.HTTPConnection, path: str) -> int:
    """Ask once; on a connection that the server closed meanwhile, once more on a new one."""
    fresh = connection.sock is None
    try:
        return _exchange(connection, path)
    except (ConnectionError, http.client.BadStatusLine):
        connection.close()
        if fresh:
            raise
        return _exchange(connection, path)


def _exchange(connection: http.client.HTTPConnection, path: str) -> int:
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    response = connection.getresponse()
    response.read()
    return response.status


def draw_path(drawn: random.Random) -> str:
    """Return a request's path and query."""
    kinds, weights = zip(*_KINDS, strict=True)
    kind = drawn.choices(kinds, weights)[0]
    match kind:
        case "entry":
            return f"/entries/news/{drawn.randrange(1250):05d}?{_query(drawn)}"
        case "entry_api":
            return f"/api/v1/entries/news/{drawn.randrange(1250):05d}"
        case "similar":
            return f"/api/v1/entries/news/{drawn.randrange(1250):05d}/similar"
        case "suggest":
            word = drawn.choice((*PLACES, *_WORDS, "jichang", "alm"))
            return f"/api/v1/suggest?q={quote(word[: drawn.randrange(1, 5)])}"
        case "export":
            return f"/export.{drawn.choice(('csv', 'jsonl'))}?{_query(drawn)}"
        case "error":
            return drawn.choice(_WRONG)
    addresses = {
        "api": "/api/v1/search",
        "page": "/",
        "feed": "/feed.atom",
        "figures": drawn.choice(("/figures", "/figures.csv", "/api/v1/figures")),
        "health": drawn.choice(("/healthz", "/metrics", "/opensearch.xml", "/help", "/api/v1/openapi.json")),
        "static": "/static/style.css",
    }
    return addresses[kind] if kind in ("health", "static") else f"{addresses[kind]}?{_query(drawn)}"


def _query(drawn: random.Random) -> str:
    return urlencode(list(_parameters(drawn)))


def _parameters(drawn: random.Random) -> Iterator[tuple[str, str]]:
    words = drawn.choices((*PLACES, *_WORDS), k=drawn.choice((1, 1, 2, 2, 3)))
    yield "q", drawn.choice((" ", " ", " ", " OR ", " -")).join(words)
    if drawn.random() < 0.15:
        yield "agency", drawn.choice(AGENCIES)
    if drawn.random() < 0.1:
        yield "stream", drawn.choice(STREAMS)
    if drawn.random() < 0.1:
        yield "asof", f"2022-01-{drawn.randrange(5, 12):02d}"
    if drawn.random() < 0.2:
        yield "sort", drawn.choice(("newest", "oldest"))
    if drawn.random() < 0.1:
        yield "page", str(drawn.randrange(1, 9))
    if drawn.random() < 0.1:
        yield "fold", "1"
    if drawn.random() < 0.05:
        yield "explain", "1"
