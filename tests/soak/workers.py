"""What the workers of a running server use: memory and descriptors, from /proc (Linux)."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Usage", "measure", "workers_of"]

_SETTLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over the workers. `stale_files` are open or mapped files of the index that were deleted."""

    workers: int
    rss: int
    pss: int
    other_descriptors: int
    index_files: int
    stale_files: int

    def __str__(self) -> str:
        memory = f"RSS {self.rss >> 20} MiB, PSS {self.pss >> 20} MiB"
        files = f"{self.index_files} open index files, {self.stale_files} deleted ones"
        return f"{self.workers} workers, {memory}, {self.other_descriptors} other descriptors, {files}"


def workers_of(master: int) -> tuple[int, ...]:
    """Return the processes that a server's first process has started, or that process where it has none."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text()
    return tuple(sorted(map(int, children.split()))) or (master,)


def measure(master: int, index: Path) -> Usage:
    """Measure the workers when the number of their descriptors has not changed for a second."""
    last, deadline = _measure(master, index), time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(1)
        now = _measure(master, index)
        if (now.other_descriptors, now.index_files) == (last.other_descriptors, last.index_files):
            return now
        last = now
    return last


def _measure(master: int, index: Path) -> Usage:
    pids = workers_of(master)
    rss = pss = 0
    targets: list[str] = []
    for pid in pids:
        memory = _memory(pid)
        rss, pss = rss + memory["Rss"], pss + memory["Pss"]
        targets += _descriptors(pid)
    own = [target for target in targets if target.startswith(f"{index}/")]
    stale = sum(target.endswith(" (deleted)") for target in own)
    return Usage(len(pids), rss, pss, len(targets) - len(own), len(own) - stale, stale)


def _memory(pid: int) -> dict[str, int]:
    """Return resident and proportional memory in bytes."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value, *_ = line.split()
        found[name.rstrip(":")] = int(value) * 1024
    return found


def _descriptors(pid: int) -> list[str]:
    """Return what the descriptors of a process lead to."""
    targets = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            targets.append(os.readlink(path))
    return targets
