"""Measure Xunwen beside other engines, and renew the figures in docs/performance.md.

    python -m tests.bench [--sizes cctv,100000,1000000] [--only same,product,…] [--quick] [--work DIR]

Corpora, indexes and `results.json` stay in the work folder, which git ignores. With `--quick` a few small
rounds prove that everything works; the page is then written into the work folder, and docs/ is left alone.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.bench.clusters import measure_cluster
from tests.bench.corpus import Corpus, folder, prepare
from tests.bench.growth import measure_growth
from tests.bench.indexing import measure_changes, measure_indexing
from tests.bench.latency import measure_product, measure_same_work
from tests.bench.opening import measure_opening
from tests.bench.plot import draw_growth
from tests.bench.report import renew
from tests.bench.results import Results
from tests.bench.serving import measure_serving
from tests.bench.shelf import ROOT
from tests.bench.timing import Effort

_PAGE = ROOT / "docs" / "performance.md"
_PLOT = ROOT / "docs" / "images" / "growth.svg"
_QUICK = Effort(queries=100, rounds=2, seconds=1, warm_up=1, requests=400, http_seconds=3, openings=2)
_SIZES, _QUICK_SIZES = "cctv,100000,1000000", "3000"
#: Larger corpora are neither changed nor served.
_CHANGED_UP_TO = 100_000

_Measure = Callable[[Corpus, Effort], Any]
_MEASURES: dict[str, _Measure] = {
    "index": measure_indexing,
    "same": measure_same_work,
    "product": measure_product,
    "opening": measure_opening,
    "changes": measure_changes,
    "http": measure_serving,
    "cluster": measure_cluster,
}
_MIDDLE_ONLY = {"changes", "http", "cluster"}
_GROWTH = "growth"
#: One name for the measures that stand in one table.
_GROUPS = {"latency": ("same", "product"), "indexing": ("index", "changes")}


def main() -> None:
    """Run the chosen measurements and write the results."""
    asked = _arguments()
    effort = _QUICK if asked.quick else Effort()
    results = Results(asked.work / ("quick.json" if asked.quick else "results.json"))
    started = perf_counter()
    for name in asked.sizes:
        corpus = prepare(name, asked.work)
        _tell(started, f"{name}: {corpus.entries:,} entries, {corpus.characters:,} characters")
        for measure in [one for one in _MEASURES if one in asked.only and _suits(one, corpus)]:
            results.put(measure, name, _apart(_MEASURES[measure], corpus, effort))
            _tell(started, f"{name}: {measure} measured")
    largest = max((int(name) for name in asked.sizes if name.isdigit()), default=0)
    if _GROWTH in asked.only and largest:
        results.put(_GROWTH, "all", measure_growth(largest, asked.work, effort))
        _tell(started, "growth measured")
    page, plot = (asked.work / "performance.md", asked.work / "growth.svg") if asked.quick else (_PAGE, _PLOT)
    _write(results, page, plot)
    _tell(started, f"figures are in {results.file} and {page}")


def _apart(measure: _Measure, corpus: Corpus, effort: Effort) -> Any:
    """Measure in a process of its own: the holes that one measure leaves in memory slow the next."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        return fresh.submit(measure, corpus, effort).result()


def _suits(measure: str, corpus: Corpus) -> bool:
    return measure not in _MIDDLE_ONLY or (corpus.synthetic and corpus.entries <= _CHANGED_UP_TO)


def _write(results: Results, page: Path, plot: Path) -> None:
    page.write_text(renew(_PAGE.read_text("utf-8"), results), "utf-8")
    growth = results.of(_GROWTH)
    if growth:
        plot.parent.mkdir(parents=True, exist_ok=True)
        plot.write_text(draw_growth(growth["all"]), "utf-8")


def _tell(started: float, what: str) -> None:
    print(f"{perf_counter() - started:7.1f} s  {what}", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    assert __doc__
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    measures = (*_MEASURES, _GROWTH)
    parser.add_argument("--sizes", help=f"corpora: cctv or a number of entries ({_SIZES})")
    parser.add_argument("--only", default=",".join(measures), help=f"of {', '.join((*measures, *_GROUPS))}")
    parser.add_argument("--quick", action="store_true", help="prove that it works, on a small corpus")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "build" / "bench", help="where corpora and indexes stay"
    )
    asked = parser.parse_args()
    asked.sizes = (asked.sizes or (_QUICK_SIZES if asked.quick else _SIZES)).split(",")
    asked.only = {one for name in asked.only.split(",") for one in _GROUPS.get(name, (name,))}
    asked.work = asked.work.resolve()
    if unknown := asked.only - {*measures}:
        parser.error(f"unknown measures: {', '.join(sorted(unknown))}")
    if not (folder() / "cctv_news").is_dir():
        parser.error(
            f"the texts are not in {folder()}: set XUNWEN_SHARED to the folder that holds collections/"
        )
    return asked


main()
