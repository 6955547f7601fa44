"""A crew: processes beside this one that analyze batches, where there is a second core and enough to do.

The processes are forked when the first batch is handed over, so they share the dictionary in memory and
start in milliseconds. They own nothing: no file, no lock, and they end when this process does, however that
happens. Where forking is not safe (other threads, other systems) there is no crew, and the work is done here.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Final

from search.analysis.batch import Texts
from search.analysis.words import Segmenter
from search.engines.whoosh.writing.invert import BatchRows, batch_rows

__all__ = ["AnalyzerPool"]

#: More processes than this would wait for the one that reads the data.
_MOST: Final = 3
#: Batches that wait for each process; beyond that this process is the slower one and does its own.
_QUEUED: Final = 2


class AnalyzerPool:
    """Analyzes batches in other processes. Use it as a context."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._size = _size()
        self._members: list[multiprocessing.process.BaseProcess] = []
        self._lines: list[Connection] = []
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._callers: ThreadPoolExecutor | None = None
        self._out: list[Future[BatchRows]] = []

    def __enter__(self) -> AnalyzerPool:
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._lines:
            line.close()
        for member in self._members:
            member.join()
        if self._callers is not None:
            self._callers.shutdown(cancel_futures=True)

    def submit(self, texts: Texts) -> Future[BatchRows] | None:
        """Have a batch analyzed; None where it is better done here."""
        if not self._size:
            return None
        if self._callers is None:
            self._start()
        assert self._callers is not None
        self._out = [work for work in self._out if not work.done()]
        if len(self._out) >= _QUEUED * self._size:
            return None
        work = self._callers.submit(self._call, texts)
        self._out.append(work)
        return work

    def _start(self) -> None:
        context = multiprocessing.get_context("fork")
        for _ in range(self._size):
            here, there = context.Pipe()
            member = context.Process(target=_analyze, args=(there, self._segmenter), daemon=True)
            with warnings.catch_warnings():
                # Newer Pythons warn of libraries' threads, which sleep here and take no part.
                warnings.simplefilter("ignore", DeprecationWarning)
                member.start()
            there.close()
            self._members.append(member)
            self._lines.append(here)
            self._idle.put(here)
        # Threads only after the last fork; each waits for one process.
        self._callers = ThreadPoolExecutor(self._size)

    def _call(self, texts: Texts) -> BatchRows:
        line = self._idle.get()
        try:
            line.send(texts)
            rows: BatchRows = line.recv()
        except (OSError, EOFError):
            # The process is gone, killed by hand or for want of memory; the work is not.
            return batch_rows(texts, self._segmenter)
        finally:
            self._idle.put(line)
        return rows


def _size() -> int:
    """Return how many processes to have beside this one."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 0
    return min(_MOST, len(os.sched_getaffinity(0)) - 1)


def _analyze(line: Connection, segmenter: Segmenter) -> None:
    """Answer batches with rows until there is nobody to ask."""
    # Ctrl-C is for the one that asks. What was inherited is not ours: an open lock or pipe would outlive it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.closerange(3, line.fileno())
    os.closerange(line.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    while True:
        try:
            texts: Texts = line.recv()
            line.send(batch_rows(texts, segmenter))
        except (EOFError, OSError):
            return
