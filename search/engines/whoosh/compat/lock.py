"""The write lock of an index, which the operating system releases when a process dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whoosh.util.filelock import FileLock

from search.engines.whoosh.storage.os_errors import translate_os_errors
from search.engines.whoosh.storage.segment import INDEX_NAME
from search.errors import IndexLocked

__all__ = ["locked"]


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the write lock of an index; raises IndexLocked immediately if another process holds it."""
    with translate_os_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(str(folder / f"{INDEX_NAME}_WRITELOCK"))
        if not lock.acquire():
            raise IndexLocked(folder)
    try:
        yield
    finally:
        lock.release()
