"""Hostile input: 5,000 generated requests to every route, and slow clients, held to the aims.

    python tests/bench/hostile.py [--requests 5000] [--seed 7] [--no-clients]

Needs the collection `cctv_news` in ../shared or $XUNWEN_SHARED, and a quiet machine for the wall-clock
figures; takes about ten minutes and opens only loopback addresses. Exits with 1 when an aim is missed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import nlargest
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, process_time
from typing import Final
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from flask.testing import FlaskClient

from search import Home, reindex
from tests.bench.corpus import cctv_entries, folder
from tests.bench.hostile_queries import Attack, Material, attacks
from tests.bench.serving import serving
from tests.bench.shelf import ROOT
from tests.bench.slow_clients import KINDS, measure
from web import create_app
from web.serving.worker import tune_garbage_collector

__all__ = ["main"]

_PROCESSOR_SECONDS: Final = 1.0
_WALL_SECONDS: Final = 2.0
_MIXED_SECONDS: Final = 0.05
_MIXED: Final = "世卫组织命名新冠病毒COVID-19"
#: The 5,000 requests end after this many seconds, as one that hangs would never be the last.
_SECONDS: Final = 1_500
#: The slowest requests, and some others, that are asked again over HTTP.
_SLOWEST, _EVERY = 60, 20
_REPEATS: Final = 20
#: Limit of the wait for the tables that a first request makes in a thread.
_SECONDS_OF_THREADS: Final = 60
_CLIENTS: Final = 64
_CLIENT_SECONDS: Final = 20
#: One request for each table that is made once for each generation of the index.
_WARM: Final = ("/", "/api/v1/suggest?q=z", "/?q=没有这个词语的文章", "/figures", "/help", "/metrics")


@dataclass(frozen=True, slots=True)
class Aim:
    """One aim: what was measured, the figure, and the least or most that it may be."""

    what: str
    figure: float
    aim: float
    unit: str
    at_least: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure keeps to the aim."""
        return self.figure >= self.aim if self.at_least else self.figure <= self.aim

    def __str__(self) -> str:
        sign, verdict = ("≥" if self.at_least else "≤"), ("ok" if self.reached else "SHORT")
        return f"{self.what:<52} {self.figure:9.3f} {self.unit:<4} {sign} {self.aim:<6g} {verdict}"


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """What one request took: seconds of processor, and its status."""

    seconds: float
    status: int
    attack: Attack


def main() -> int:
    """Measure everything, print the tables, and return how the program ends."""
    options = _options()
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory(prefix="xunwen-hostile-") as work:
        home = _make_home(Path(work) / "news", [folder() / "cctv_news" / "entries.jsonl.gz"])
        every = _drawn(options.requests, options.seed)
        costs = _measure(home, every)
        aims = [*_processor_aims(costs, len(every)), _mixed_aim(Path(work))]
        asked = [one.attack for one in nlargest(_SLOWEST, costs)] + every[::_EVERY]
        with serving(home.path, Path(work) / "serve.log") as port:
            aims.append(_wall_aim(port, asked))
            if not options.no_clients:
                aims += _client_aims(port)
    print("\n" + "\n".join(map(str, aims)))
    return 0 if all(aim.reached for aim in aims) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--requests", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--no-clients", action="store_true", help="leave out the slow clients")
    return parser.parse_args()


def _make_home(path: Path, files: Iterable[Path]) -> Home:
    home = Home(path)
    home.data.mkdir(parents=True)
    for file in files:
        shutil.copy(file, home.data / file.name)
    report = reindex(home)
    print(f"{report.entries:,} entries indexed in {report.seconds:.1f} s")
    return home


def _drawn(count: int, seed: int) -> list[Attack]:
    return list(attacks(Material.of(list(cctv_entries()), seed), count, seed))


# -- processor time, in this process --------------------------------------------------------------------


def _measure(home: Home, every: Sequence[Attack]) -> list[Cost]:
    """Return what each request took, and print the worst of each route and each kind."""
    client = create_app(home).test_client()
    _warm_up(client)
    costs: list[Cost] = []
    started = perf_counter()
    for attack in every:
        seconds, status = _cost(client, attack.path)
        costs.append(Cost(seconds, status, attack))
        if perf_counter() - started > _SECONDS:
            break
    _print_table("route", costs)
    _print_table("kind", costs)
    _print_slowest(costs)
    return costs


def _warm_up(client: FlaskClient) -> None:
    """Ask what is computed once, wait for its threads, and set the garbage collector as a worker does."""
    for path in _WARM:
        print(f"first request of {path:<28} {_cost(client, path)[0]:6.2f} s of processor")
    for thread in set(threading.enumerate()) - {threading.current_thread()}:
        thread.join(_SECONDS_OF_THREADS)
    tune_garbage_collector()


def _cost(client: FlaskClient, path: str) -> tuple[float, int]:
    """Return the processor seconds of a request, background threads included, and its status."""
    started = process_time()
    with client.get(path) as response:
        for _ in response.response:
            pass
        return process_time() - started, response.status_code


def _print_table(column: str, costs: Sequence[Cost]) -> None:
    print(f"\n{column:<24} {'requests':>8} {'mean ms':>9} {'p99 ms':>9} {'worst ms':>9}")
    for name in sorted({getattr(one.attack, column) for one in costs}):
        times = sorted(1000 * one.seconds for one in costs if getattr(one.attack, column) == name)
        p99 = times[int(0.99 * (len(times) - 1))]
        print(f"{name:<24} {len(times):8} {sum(times) / len(times):9.1f} {p99:9.1f} {times[-1]:9.1f}")


def _print_slowest(costs: Sequence[Cost], count: int = 8) -> None:
    print("\nslowest")
    for one in nlargest(count, costs):
        print(f"{1000 * one.seconds:7.0f} ms  {one.attack.kind:<12} {one.attack.path[:200]}")


def _processor_aims(costs: Sequence[Cost], wanted: int) -> Iterator[Aim]:
    yield Aim("requests answered", len(costs), wanted, "", at_least=True)
    yield Aim("worst processor time of a request", max(costs).seconds, _PROCESSOR_SECONDS, "s")
    yield Aim("answers with a status of 500 or more", sum(one.status >= 500 for one in costs), 0, "")


def _mixed_aim(work: Path) -> Aim:
    """Ask the sample data for a name that mixes Han characters, letters and digits."""
    client = create_app(_make_home(work / "sample", sorted((ROOT / "data").iterdir()))).test_client()
    path = f"/?q={quote(_MIXED)}"
    _warm_up(client)
    worst = max(_cost(client, path)[0] for _ in range(_REPEATS))
    return Aim(f"{_MIXED} on the sample data", 1000 * worst, 1000 * _MIXED_SECONDS, "ms")


# -- over HTTP ------------------------------------------------------------------------------------------


def _wall_aim(port: int, asked: Sequence[Attack]) -> Aim:
    """Ask one request after the other, on a connection each."""
    for path in _WARM * 4:
        _get(port, path)
    worst = max((_get(port, attack.path), attack.path) for attack in asked)
    print(f"\nslowest of {len(asked)} over HTTP: {worst[1][:200]}")
    return Aim("worst wall time of an answer over HTTP", worst[0], _WALL_SECONDS, "s")


def _get(port: int, path: str) -> float:
    """Return the seconds until an answer has been read."""
    started = perf_counter()
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request("GET", quote(path, safe="/?&=%+:;,"))
        connection.getresponse().read()
    finally:
        connection.close()
    return perf_counter() - started


def _client_aims(port: int) -> Iterator[Aim]:
    """Run slow clients of each kind beside ordinary queries."""
    for kind in KINDS:
        result = measure(f"http://127.0.0.1:{port}", kind, clients=_CLIENTS, seconds=_CLIENT_SECONDS)
        yield Aim(f"rate beside {_CLIENTS} clients, {kind}", result.kept, 0.5, "×", at_least=True)
        yield Aim(f"failed beside {_CLIENTS} clients, {kind}", result.failures, 0, "")


if __name__ == "__main__":
    sys.exit(main())
