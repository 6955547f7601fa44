"""The distributed engine beside the embedded one: the same home indexed and asked on both, in one run.

One node with a heap of 512 MB on the same machine, so what is measured is what the way over HTTP and JSON
and another server cost, not what more machines gain.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from search import Home, Searcher, reindex
from search.engines.opensearch.client import connect
from tests.bench.corpus import Corpus
from tests.bench.queries import draw
from tests.bench.timing import Effort, measure
from tests.cluster.nodes import Cluster, missing

__all__ = ["measure_cluster"]


def measure_cluster(corpus: Corpus, effort: Effort) -> dict[str, Any]:
    """Return what a full reindex takes and how fast queries are, on both engines; {} without a cluster."""
    if missing():
        return {}
    queries = draw(corpus, effort.queries)
    found: dict[str, Any] = {"entries": corpus.entries, "bytes": corpus.bytes, "build": {}, "ask": {}}
    with Cluster(1) as cluster, _homes(corpus, cluster) as homes:
        for name, home in homes.items():
            found["build"][name] = _build(home)
        searchers = {name: Searcher(home) for name, home in homes.items()}
        kinds = {"words": queries.words, "phrases": [f'"{phrase}"' for phrase in queries.phrases]}
        for kind, asked in kinds.items():
            asks = {name: _ask(searcher) for name, searcher in searchers.items()}
            speeds = measure(asks, asked[:300], effort)
            found["ask"][kind] = {name: asdict(speed) for name, speed in speeds.items()}
    return found


@contextmanager
def _homes(corpus: Corpus, cluster: Cluster) -> Iterator[dict[str, Home]]:
    """Give one home twice, once for each engine."""
    with TemporaryDirectory() as folder:
        homes = {
            "here": Home(Path(folder) / "here", engine=""),
            "there": Home(Path(folder) / "there", engine=cluster.url),
        }
        for home in homes.values():
            home.data.mkdir(parents=True)
            shutil.copy(corpus.lines, home.data / "news.jsonl")
        yield homes


def _build(home: Home) -> dict[str, float]:
    started = perf_counter()
    report = reindex(home, full=True)
    seconds = perf_counter() - started
    engine = Searcher(home)._engine
    if home.engine:
        # What is merged away later is not counted.
        client = connect(engine.address)  # type: ignore[attr-defined]
        client.indices.forcemerge(index="xunwen-*", params={"max_num_segments": 1, "request_timeout": 600})
    return {"seconds": seconds, "entries": report.entries, "size": engine.snapshot().stats().bytes}


def _ask(searcher: Searcher) -> Any:
    return lambda query: searcher.search(query, limit=10).total


if __name__ == "__main__":
    from tests.bench.corpus import prepare
    from tests.bench.shelf import ROOT

    print(json.dumps(measure_cluster(prepare("100000", ROOT / "build" / "bench"), Effort()), indent=1))
