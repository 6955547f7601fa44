"""The analyzer pool changes only the time that indexing takes, and its processes may die."""

from __future__ import annotations

import multiprocessing
import random
import signal
import subprocess
import sys
import threading
from dataclasses import fields, is_dataclass
from pathlib import Path

import numpy as np
import pytest

from search import Home, Searcher, reindex
from search.analysis import default_analyzer
from search.analysis.batch import join_texts
from search.engines.whoosh.storage.array_file import open_arrays
from search.engines.whoosh.writing import analyzer_pool, segment_builder
from search.engines.whoosh.writing.analyzer_pool import AnalyzerPool
from search.engines.whoosh.writing.invert import batch_rows
from tests.support.homes import ROOT, row, write_rows
from tests.support.waiting import wait_until

WORDS = [
    "阿拉木图机场",
    "托卡耶夫",
    "F-16",
    "战机",
    "7.8级",
    "地震",
    "广场",
    "ﬁ",
    "½",
    "é́",
    "\u200b",
    "俄羅斯",
    "集安组织",
    "、。：\n",
]
needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux only")


def news(count: int) -> list[dict[str, object]]:
    """Return entries of words in any order, rare characters among them."""
    dice = random.Random(4)
    return [
        row(f"e{n}", "".join(dice.choices(WORDS, k=40)), headline="".join(dice.choices(WORDS, k=4)))
        for n in range(count)
    ]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of a few entries, and two processes on any machine."""
    monkeypatch.setattr(segment_builder, "_BATCH_CHARACTERS", 2_000)
    monkeypatch.setattr(analyzer_pool, "_size", lambda: 2)


def indexed(path: Path, monkeypatch: pytest.MonkeyPatch, helpers: int) -> dict[str, dict[str, bytes]]:
    """Index the same news with a number of processes; return the arrays of every file."""
    monkeypatch.setattr(analyzer_pool, "_size", lambda: helpers)
    home = Home(path)
    write_rows(home, "news.jsonl", news(400))
    assert reindex(home).added == 400
    assert Searcher(home).check() == []
    return {
        file.suffix: {name: array.tobytes() for name, array in open_arrays(file).arrays.items()}
        for file in home.index.glob("MAIN_*.*")
        if file.suffix != ".toc"
    }


@needs_fork
@pytest.mark.usefixtures("small_batches")
def test_an_index_is_the_same_with_helpers_and_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All arrays of all files are equal, byte for byte, and no process remains."""
    alone = indexed(tmp_path / "alone", monkeypatch, 0)
    helped = indexed(tmp_path / "helped", monkeypatch, 2)
    assert set(alone) == {".words", ".units", ".pairs", ".docs"}
    assert helped == alone
    assert multiprocessing.active_children() == []


@needs_fork
@pytest.mark.usefixtures("small_batches")
def test_a_helper_that_dies_costs_no_entry() -> None:
    """The batches of a killed process are analyzed by the caller."""
    segmenter = default_analyzer().segmenter
    batches = [join_texts([f"阿拉木图机场第{n}次通报"] * 50) for n in range(6)]
    with AnalyzerPool(segmenter) as helpers:
        futures = [helpers.submit(batch) for batch in batches[:2]]
        processes = multiprocessing.active_children()
        for process in processes:
            process.kill()
            process.join()
        futures += [helpers.submit(batch) for batch in batches[2:]]
        results = [future.result() if future else None for future in futures]
    assert [process.exitcode for process in processes] == [-signal.SIGKILL] * 2
    # The pool accepts four batches before it refuses one; two of them came after the end of the helpers.
    assert None not in results[:4]
    for rows, batch in zip(results, batches, strict=True):
        assert rows is None or contents(rows) == contents(batch_rows(batch, segmenter))


def contents(rows: object) -> object:
    """Return rows as values that can be compared."""
    if isinstance(rows, np.ndarray):
        return rows.dtype, rows.tobytes()
    if isinstance(rows, dict):
        return {name: contents(value) for name, value in rows.items()}
    if isinstance(rows, tuple | list):
        return [contents(value) for value in rows]
    if is_dataclass(rows):
        return [contents(getattr(rows, field.name)) for field in fields(rows)]
    return rows


@needs_fork
def test_helpers_end_with_the_process_that_is_killed(tmp_path: Path) -> None:
    """A killed reindex leaves no process and no lock, so the next one can start."""
    home = Home(tmp_path)
    write_rows(home, "news.jsonl", news(20_000))
    script = (
        "import sys\nfrom search import Home, reindex\n"
        "from search.engines.whoosh.writing import analyzer_pool, segment_builder\n"
        "segment_builder._BATCH_CHARACTERS = 2000\nanalyzer_pool._size = lambda: 2\n"
        "reindex(Home(sys.argv[1]))\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(home.path)], cwd=ROOT) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        helpers = wait_until(lambda: two(children.read_text().split()), "second helper")
        process.kill()
    assert reindex(home).added == 20_000
    wait_until(lambda: not any(map(alive, helpers)), "end of the helpers")


def two(pids: list[str]) -> list[str]:
    """Return the processes if there are two, else none."""
    return pids if len(pids) == 2 else []


def alive(pid: str) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_nothing_is_forked_beside_other_threads() -> None:
    """A fork of a process with threads may inherit a held lock."""
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with AnalyzerPool(default_analyzer().segmenter) as helpers:
            assert helpers.submit(join_texts(["机场"])) is None
    finally:
        done.set()
        thread.join()
