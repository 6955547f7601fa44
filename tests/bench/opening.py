"""From nothing to the first answer, in a process that has just begun.

    python -m tests.bench.opening SYSTEM FOLDER QUERY

prints the seconds of importing, of loading the dictionary, and of opening the index with its first query.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.corpus import Corpus
from tests.bench.queries import draw
from tests.bench.shelf import ensure, run_module
from tests.bench.timing import Effort

__all__ = ["measure_opening"]


def measure_opening(corpus: Corpus, effort: Effort) -> dict[str, dict[str, float]]:
    """Return the median seconds of each step, for Xunwen (whole answer) and Tantivy (words, no entries)."""
    queries = draw(corpus, effort.openings).words
    found = {}
    for system in ("xunwen", "tantivy"):
        folder = str(ensure(corpus, system))
        runs = [json.loads(run_module("tests.bench.opening", system, folder, query)) for query in queries]
        found[system] = {step: median(run[step] for run in runs) for step in runs[0]}
    bare = median(_seconds([sys.executable, "-c", "pass"]) for _ in range(effort.openings))
    return {**found, "interpreter": {"start": bare}}


def _seconds(command: list[str]) -> float:
    started = perf_counter()
    subprocess.run(command, check=True)
    return perf_counter() - started


def _main(system: str, folder: str, query: str) -> None:
    # What is imported here is not in the times below: `_imports` counts it in a process of its own.
    from search import Home, Searcher
    from search.analysis import default_analyzer
    from tests.bench.peers import tantivy_words

    times = {"imports": _imports(system)}
    started = perf_counter()
    default_analyzer().terms("新闻 F16")
    times["dictionary"] = perf_counter() - started
    started = perf_counter()
    if system == "xunwen":
        Searcher(Home(folder)).search(query)
    else:
        tantivy_words(Path(folder))(query)
    times["first"] = perf_counter() - started
    print(json.dumps(times))


def _imports(system: str) -> float:
    """Return the seconds of importing in yet another fresh process, its start taken off."""
    name = "search.engines.whoosh" if system == "xunwen" else "tantivy"
    timed = f"import time; t = time.perf_counter(); import {name}; print(time.perf_counter() - t)"
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", timed], check=True, capture_output=True)
    return float(run.stdout)


if __name__ == "__main__":
    _main(*sys.argv[1:])
