"""Fuzzed queries through the application: no 5xx, no exception, and bounded processor time for each.

The application runs in forked children, a batch of requests each, so that a query that never ends or kills
the process is found by its number and the run goes on behind it.
"""

from __future__ import annotations

import multiprocessing
import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from search import Home, reindex
from search.analysis import default_analyzer
from search.suggest.pinyin import readings
from tests.soak.corpus import AGENCIES, STREAMS, News, fill_home
from tests.soak.outcome import Failures, Outcome, progress
from tests.soak.processes import ChildFailed, in_child, in_children
from tests.soak.query_generator import QueryGenerator

_ENTRIES = 1_500
_BATCH = 1_000
#: Seconds of wall clock for a whole batch; a batch beyond it is stopped and goes on behind its last query.
_BATCH_SECONDS = 300.0
#: Aim: seconds of processor time for one request.
_WORST_SECONDS = 1.0
_ROUTES = (
    *("/api/v1/search",) * 8,
    *("/",) * 4,
    *("/api/v1/suggest",) * 3,
    "/feed.atom",
    "/export.jsonl",
    "/export.csv",
    "/figures",
    "/api/v1/figures",
    "/entries/news/00022",
)
_SORTS = ("relevance", "newest", "oldest", "", "best")
_MOMENTS = (
    "2022-01-05",
    "1月6日12时",
    "昨天",
    "",
    "2022-02-30",
    "9999-12-31",
    "0001-01-01",
    "2022-01-05T23:39+08:00",
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch of requests gave: statuses, failures by number, and the slowest request."""

    statuses: Counter[int]
    failures: list[str]
    worst_seconds: float
    worst: str

    def plus(self, other: Batch) -> Batch:
        """Return both batches together."""
        worst = max((self.worst_seconds, self.worst), (other.worst_seconds, other.worst))
        return Batch(self.statuses + other.statuses, self.failures + other.failures, *worst)


def run(folder: Path, count: int, seed: int) -> Outcome:
    """Send `count` requests with fuzzed queries and parameters."""
    home, failures, statuses = Home(folder), Failures("fuzz"), Counter[int]()
    fill_home(home, News(seed, _ENTRIES).entries())
    in_child(reindex, home, seconds=300)
    default_analyzer().terms("阿拉木图机场")
    readings("机场")
    worst = (0.0, "")
    half, requests = count // 2, _Requests(seed)
    started = time.monotonic()
    parts = [(home, requests, 0, half), (home, requests, half, count)]
    for found in in_children(_send, parts, count * _BATCH_SECONDS):
        statuses.update(found.statuses)
        failures.messages += found.failures
        worst = max(worst, (found.worst_seconds, found.worst))
    return _judge(count, statuses, worst, count / (time.monotonic() - started), failures)


def _send(home: Home, requests: _Requests, begin: int, end: int) -> Batch:
    """Send the requests with these numbers; a batch that hangs goes on behind its last request."""
    position = multiprocessing.get_context("fork").Value("q", begin)
    first, failures, found = begin, Failures("fuzz"), Batch(Counter(), [], 0.0, "")
    while begin < end:
        stop = min(begin + _BATCH, end)
        try:
            found = found.plus(
                in_child(_batch, home, requests, begin, stop, position, seconds=_BATCH_SECONDS)
            )
            begin = stop
        except ChildFailed as error:
            failures.add(f"request {position.value}: {error}: {requests.path(position.value)[:600]}")
            begin = position.value + 1
        failed = len(failures) + len(found.failures)
        progress(
            "fuzz",
            f"{begin - first:,} of {end - first:,}: {failed} failed, worst {found.worst_seconds:.2f} s",
        )
    return replace(found, failures=[*found.failures, *failures.messages])


def _judge(
    count: int, statuses: Counter[int], worst: tuple[float, str], rate: float, failures: Failures
) -> Outcome:
    progress("fuzz", f"worst: {worst[0]:.3f} s of processor for {worst[1][:1000]}")
    counts = ", ".join(f"{status}: {times:,}" for status, times in sorted(statuses.items()))
    figure = f"{len(failures)} failed; worst {worst[0]:.2f} s of processor; {rate:.0f}/s; statuses {counts}"
    aim = f"no 5xx, no exception, worst under {_WORST_SECONDS} s of processor"
    return Outcome("fuzz", count, figure, aim, not failures.messages and worst[0] < _WORST_SECONDS)


class _Requests:
    """Draws requests by number."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._queries = QueryGenerator(seed)

    def path(self, number: int) -> str:
        """Return the address of a request, with its query string."""
        drawn = random.Random(f"{self._seed} request {number}")
        parameters = [("q", self._queries.query(number)), *self._more(drawn, number)]
        text = urlencode(parameters, encoding="utf-8", errors="surrogatepass")
        return f"{drawn.choice(_ROUTES)}?{text}"

    def _more(self, drawn: random.Random, number: int) -> list[tuple[str, str]]:
        """Return some of all other parameters, most with fitting values."""
        values: dict[str, Any] = {
            "agency": drawn.choice((*AGENCIES, self._queries.query(number + 1)[:50])),
            "stream": drawn.choice((*STREAMS, self._queries.query(number + 2)[:50])),
            "from": drawn.choice(_MOMENTS),
            "to": drawn.choice(_MOMENTS),
            "time": drawn.choice(_MOMENTS),
            "asof": drawn.choice((*_MOMENTS, self._queries.query(number + 3)[:40])),
            "sort": drawn.choice(_SORTS),
            "page": drawn.choice((1, 2, 50, 0, -1, "x", 999_999)),
            "limit": drawn.choice((1, 10, 100, 101, "")),
            **{
                name: drawn.choice(("1", "0", "1", "maybe"))
                for name in ("exact", "strict", "fold", "partial")
            },
            **{name: drawn.choice(("1", "0", "")) for name in ("explain", "corrected")},
            "context": drawn.choice((1, 20, 21)),
            "hit": drawn.choice((1, 3, 1_000)),
            "kind": drawn.choice(("deaths", "", "nothing")),
            "lang": drawn.choice(("en", "zh-Hans", "xx")),
        }
        chosen = [name for name in values if drawn.random() < 0.12]
        return [(name, str(values[name])) for name in chosen]


def _batch(home: Home, requests: _Requests, begin: int, end: int, position: Any) -> Batch:
    """Send requests by number to an application of this process."""
    from web import create_app

    app = create_app(home)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    client, statuses, failures = app.test_client(), Counter[int](), list[str]()
    worst = (0.0, "")
    client.get("/api/v1/search?q=%E6%9C%BA%E5%9C%BA&limit=3")
    client.get("/api/v1/suggest?q=ji")
    for number in range(begin, end):
        position.value = number
        path = requests.path(number)
        started = time.process_time()
        try:
            status = client.get(path).status_code
        except Exception as error:
            status = 500
            failures.append(f"request {number}: {error!r}: {path[:600]}")
            progress("fuzz", f"FAILED {failures[-1]}")
        worst = max(worst, (time.process_time() - started, path))
        statuses[status] += 1
        if status >= 500 and (not failures or not failures[-1].startswith(f"request {number}:")):
            failures.append(f"request {number}: status {status}: {path[:600]}")
            progress("fuzz", f"FAILED {failures[-1]}")
    return Batch(statuses, failures, *worst)
