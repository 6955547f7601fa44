"""Mixed requests while the index changes: no 5xx, no growth of memory, no leaked descriptors.

The server is `xunwen serve --workers 2`. The run is cut into rounds; in each, the data changes and `xunwen
reindex` runs while clients ask. Between rounds, with no connection open, the workers are measured.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from search import Home, reindex
from tests.soak.corpus import News, fill_home
from tests.soak.outcome import Failures, Outcome, progress
from tests.soak.processes import in_child
from tests.soak.traffic import Round, ask_for_round
from tests.soak.workers import Usage, measure, workers_of
from tests.support.web import ROOT

_ENTRIES = 1_200
_ROUNDS = 40
#: Share of the entries whose text changes in each round.
_CHANGED_SHARE = 0.03
#: The round after which memory is taken as the basis: a tenth of all requests.
_BASIS_ROUND = 4
_CLIENTS = 2
#: Requests after each reindex, so that both workers have seen the new generation.
_SETTLING = 100
_START_SECONDS = 60
#: How much the memory of the workers may grow from the basis to the end.
_GROWTH = 0.10
_AIM = f"no 5xx, no failed request, memory +{_GROWTH:.0%} at most, no leaked descriptors, same workers"


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its process, its port, and its log."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path


def run(folder: Path, count: int, seed: int) -> Outcome:
    """Send `count` requests in 40 rounds with a reindex in each."""
    home, failures = Home(folder / "home"), Failures("requests")
    news = News(seed, _ENTRIES)
    fill_home(home, news.entries())
    in_child(reindex, home, seconds=300)
    server = _start(home, folder / "serve.log")
    try:
        return _run_rounds(home, news, server, count, seed, failures)
    finally:
        server.process.terminate()
        server.process.wait(timeout=60)
        if failures.messages:
            progress(
                "requests", f"end of the server's log:\n{server.log.read_text('utf-8', 'replace')[-4000:]}"
            )


def _run_rounds(home: Home, news: News, server: Server, count: int, seed: int, failures: Failures) -> Outcome:
    started, statuses, usages = time.monotonic(), Counter[int](), list[Usage]()
    workers = workers_of(server.process.pid)
    for number in range(1, _ROUNDS + 1):
        found = _run_round(home, news, server, number, count // _ROUNDS, seed)
        statuses.update(found.statuses)
        for message in found.failures:
            failures.add(f"round {number}: {message}")
        usages.append(measure(server.process.pid, home.index))
        progress("requests", f"round {number}: {sum(statuses.values()):,} requests, {usages[-1]}")
    seconds = time.monotonic() - started
    if workers_of(server.process.pid) != workers:
        failures.add("a worker ended and was replaced")
    return _judge(statuses, usages, seconds, failures)


def _run_round(home: Home, news: News, server: Server, number: int, count: int, seed: int) -> Round:
    """Change the data, and reindex while clients ask."""
    fill_home(home, news.entries(number, _CHANGED_SHARE))
    pipe = subprocess.PIPE
    writer = subprocess.Popen(_command(home, "reindex"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=pipe)
    found = ask_for_round(server.port, _CLIENTS, count, random.Random(seed + number).randrange(1 << 30))
    _, errors = writer.communicate(timeout=300)
    if writer.returncode:
        found.failures.append(f"reindex failed: {errors.decode(errors='replace')[-300:]}")
    last = ask_for_round(server.port, _CLIENTS, _SETTLING, seed + number)
    found.statuses.update(last.statuses)
    found.failures.extend(last.failures)
    return found


def _judge(statuses: Counter[int], usages: list[Usage], seconds: float, failures: Failures) -> Outcome:
    """Compare the workers at the end with those at a tenth of the requests."""
    basis, end, total = usages[_BASIS_ROUND - 1], usages[-1], sum(statuses.values())
    for status, times in sorted(statuses.items()):
        if status >= 500:
            failures.add(f"{times} answers with status {status}")
    for name, before, after in (("RSS", basis.rss, end.rss), ("PSS", basis.pss, end.pss)):
        if after > before * (1 + _GROWTH):
            failures.add(f"{name} grew from {before >> 20} to {after >> 20} MiB")
    if end.other_descriptors > basis.other_descriptors or end.stale_files:
        failures.add(f"descriptors: {basis} became {end}")
    found = ", ".join(f"{status}: {times:,}" for status, times in sorted(statuses.items()))
    figure = (
        f"{len(failures)} failed; {total / seconds:.0f} requests/s; "
        f"RSS {basis.rss >> 20} to {end.rss >> 20} MiB ({end.rss / basis.rss - 1:+.1%}), "
        f"PSS {basis.pss >> 20} to {end.pss >> 20} MiB; "
        f"descriptors {basis.other_descriptors} to {end.other_descriptors}; statuses {found}"
    )
    return Outcome("requests", total, figure, _AIM, not failures.messages)


def _command(home: Home, *arguments: str) -> list[str]:
    """Return a command line of this checkout's `xunwen`, whatever is installed."""
    code = "from search.cli import main; main()"
    return [sys.executable, "-c", code, "--home", str(home.path), *arguments]


def _start(home: Home, log: Path) -> Server:
    """Start the server on a free port and wait until it has announced it."""
    command = _command(home, "serve", "--port", "0", "--workers", "2")
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
    for _ in range(_START_SECONDS * 10):
        _, found, rest = log.read_text("utf-8", "replace").partition("http://127.0.0.1:")
        if found and "/" in rest:
            return Server(process, int(rest.partition("/")[0]), log)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"xunwen serve did not start: {log.read_text('utf-8', 'replace')}")
