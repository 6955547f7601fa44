"""A pool of forked processes that analyze batches in parallel.

The processes are forked when the first batch is submitted, so they share the dictionary in memory and start
in milliseconds. They hold no file and no lock, and they end with this process, even when it is killed. The
pool is empty where forking is not safe (other threads, other systems); the caller then analyzes itself.
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

#: Maximum number of processes; more would wait for the one that reads the data.
_MAX_PROCESSES: Final = 3
#: Maximum number of unfinished batches for each process; beyond it the caller analyzes itself.
_MAX_BATCHES_PER_PROCESS: Final = 2


class AnalyzerPool:
    """Analyzes batches in other processes. Use it as a context manager."""

    def __init__(self, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._size = _size()
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._connections: list[Connection] = []
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None
        self._unfinished: list[Future[BatchRows]] = []

    def __enter__(self) -> AnalyzerPool:
        return self

    def __exit__(self, *_: object) -> None:
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.join()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    def submit(self, texts: Texts) -> Future[BatchRows] | None:
        """Analyze a batch in another process; return None if the pool is empty or busy."""
        if not self._size:
            return None
        if self._threads is None:
            self._threads = self._start()
        self._unfinished = [future for future in self._unfinished if not future.done()]
        if len(self._unfinished) >= _MAX_BATCHES_PER_PROCESS * self._size:
            return None
        future = self._threads.submit(self._call, texts)
        self._unfinished.append(future)
        return future

    def _start(self) -> ThreadPoolExecutor:
        context = multiprocessing.get_context("fork")
        for _ in range(self._size):
            parent_end, child_end = context.Pipe()
            process = context.Process(target=_analyze, args=(child_end, self._segmenter), daemon=True)
            with warnings.catch_warnings():
                # Newer Pythons warn of threads of libraries, which are idle here.
                warnings.simplefilter("ignore", DeprecationWarning)
                process.start()
            child_end.close()
            self._processes.append(process)
            self._connections.append(parent_end)
            self._idle.put(parent_end)
        # Threads start only after the last fork; each waits for one process.
        return ThreadPoolExecutor(self._size)

    def _call(self, texts: Texts) -> BatchRows:
        connection = self._idle.get()
        try:
            connection.send(texts)
            rows: BatchRows = connection.recv()
        except (OSError, EOFError):
            # The process was killed, perhaps for lack of memory.
            return batch_rows(texts, self._segmenter)
        finally:
            self._idle.put(connection)
        return rows


def _size() -> int:
    """Return the number of processes to fork."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return 0
    return min(_MAX_PROCESSES, len(os.sched_getaffinity(0)) - 1)


def _analyze(connection: Connection, segmenter: Segmenter) -> None:
    """Analyze batches until the connection is closed."""
    # The parent handles Ctrl-C. Inherited files are closed: a lock or pipe would outlive the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.closerange(3, connection.fileno())
    os.closerange(connection.fileno() + 1, os.sysconf("SC_OPEN_MAX"))
    while True:
        try:
            texts: Texts = connection.recv()
            connection.send(batch_rows(texts, segmenter))
        except (EOFError, OSError):
            return
