"""How answers slow down as entries grow: the same queries to ever larger corpora."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench import peers
from tests.bench.corpus import prepare
from tests.bench.queries import draw
from tests.bench.shelf import ensure
from tests.bench.timing import Effort, measure

__all__ = ["measure_growth", "steps"]

_STEPS = (10_000, 30_000, 100_000, 300_000, 1_000_000)
_QUERIES = 500
_ROUNDS = 3


def steps(largest: int) -> list[int]:
    """Return the sizes up to the largest one; at least three."""
    found = [step for step in _STEPS if step <= largest]
    return found if len(found) > 2 else [largest // 4, largest // 2, largest]


def measure_growth(largest: int, work: Path, effort: Effort) -> list[dict[str, Any]]:
    """Return p50 and p95 at each size; the queries are drawn from the smallest one, which all others hold."""
    sizes = steps(largest)
    corpora = [prepare(str(size), work) for size in sizes]
    queries = draw(corpora[0], min(effort.queries, _QUERIES)).words
    found = []
    for corpus in corpora:
        ensure(corpus, "xunwen")
        systems = {
            "same": peers.xunwen_words(corpus.home),
            "tantivy": peers.tantivy_words(ensure(corpus, "tantivy")),
            "product": peers.xunwen_product(corpus.home),
        }
        speeds = measure(systems, queries, replace(effort, rounds=min(effort.rounds, _ROUNDS)))
        row = {name: {"p50": speed.p50, "p95": speed.p95} for name, speed in speeds.items()}
        found.append({"entries": corpus.entries, **row})
    return found
