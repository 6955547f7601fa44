"""How much memory a process and those that it starts hold, from the outside, while they are at work.

The kernel's mark of the most that a process ever held counts pages twice that a parent and its child share.
Proportional set sizes (`smaps_rollup`) do not, and can be added up; they are read ten times a second.
"""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

__all__ = ["watched"]

_PAUSE: Final = 0.1


def watched(command: list[str], folder: Path) -> tuple[str, int]:
    """Run a command and return what it printed, and the most bytes it held; 0 where that cannot be seen.

    Raises CalledProcessError.
    """
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
    done, most = threading.Event(), [0]

    def watch() -> None:
        while not done.wait(_PAUSE):
            most[0] = max(most[0], sum(map(_held, _family(process.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        printed = process.communicate()[0]
    finally:
        done.set()
        watcher.join()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, printed)
    return printed, most[0]


def _family(process: int) -> Iterator[int]:
    """Yield a process and all that it started."""
    yield process
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        return
    for child in children:
        yield from _family(int(child))


def _held(process: int) -> int:
    """Return the bytes that a process holds, its part of what it shares included."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
