"""Run a command beside processes that keep every core busy, as other work on the machine would.

    python -m tests.support.busy python -m pytest -q

The processes end with the command, and by themselves if this process is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

__all__ = ["busy", "main"]

_PROCESSES_PER_CORE: Final = 2


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep processes computing for the length of the block."""
    context = multiprocessing.get_context("spawn")
    load = [context.Process(target=_compute, args=(os.getpid(),), daemon=True) for _ in range(processes)]
    try:
        for process in load:
            process.start()
        yield
    finally:
        for process in load:
            process.kill()
            process.join()


def _compute(parent: int) -> None:
    while os.getppid() == parent:
        sum(range(1_000_000))


def main(command: Sequence[str]) -> int:
    """Return the exit code of a command that ran beside two busy processes for each core."""
    with busy(_PROCESSES_PER_CORE * (os.cpu_count() or 1)):
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
