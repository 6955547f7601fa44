"""The folder of a server's metrics, and the removal of abandoned folders.

A server holds a lock on its folder. Its processes inherit the lock, and the system releases it when the last
of them has ended, also when it was killed. So a folder without a lock is abandoned.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

__all__ = ["PREFIX", "shared_folder"]

PREFIX: Final = "xunwen-metrics-"
#: Age in seconds from which a folder without a lock is abandoned.
_NEW_SECONDS: Final = 60


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Make a folder, locked for this process and its forks.

    It is removed when this process leaves the block, or a fork does after this process has ended.
    """
    owner = os.getpid()
    _remove_abandoned(Path(tempfile.gettempdir()))
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    lock = os.open(folder, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    try:
        yield folder
    finally:
        if owner == os.getpid() or owner != os.getppid():
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Return whether a folder belongs to this user and no process holds its lock."""
    status = folder.lstat()
    if status.st_uid != os.getuid() or time.time() - status.st_mtime < _NEW_SECONDS:
        return False
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True
