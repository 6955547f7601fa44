"""Verification of index files: each file's checksums are compared once in the life of a process.

A small index is verified when it is opened. In a server, a large one is verified in the background after a
generation was opened; a fault while reading verifies the files that the background has not reached. Files
are known by their identity, so those that a new generation takes over are not verified again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ContextDecorator
from typing import Final

from search.engines.whoosh.storage.array_file import ArrayFile, Identity
from search.engines.whoosh.storage.reader import SegmentReader
from search.errors import DamagedIndex, XunwenError
from search.language.message import Message

__all__ = ["DamageGuard", "Verifier"]

#: Bytes of unverified files that are verified after a fault before it is reported: about half a second.
_CHECKSUM_BYTES: Final = 512 << 20
#: Bytes of unverified files that are verified before the first answer: about 16 ms from memory.
_OPENING_BYTES: Final = 32 << 20
#: Bytes of an index whose arrays are also checked for consistency after a fault.
_CONSISTENCY_BYTES: Final = 16 << 20
#: Share of one core that background verification takes.
_DUTY: Final = 0.25
#: Longest pause of the background in seconds, however long the system suspended the thread before it.
_MAX_PAUSE_SECONDS: Final = 0.1


class DamageGuard(ContextDecorator):
    """A reentrant context, or a decorator, that turns a fault into DamagedIndex if files are damaged.

    Files beyond the limits above are not verified: then the fault is raised unchanged, and the background
    finds the damage later.
    """

    def __init__(self, readers: Sequence[SegmentReader], verifier: Verifier) -> None:
        self.readers = tuple(readers)
        self.files = [file for reader in self.readers for file in reader.files]
        #: A sentence about the first damage found, and whether a fault has caused a search for it.
        self.damage: str | None = None
        self.examined = False
        self._verifier = verifier

    def __enter__(self) -> None:
        if self.damage:
            raise DamagedIndex(self.damage)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, XunwenError):
            return
        self._verifier.examine(self)
        if self.damage:
            raise DamagedIndex(self.damage) from error


class Verifier:
    """Verifies files and caches the results by identity; safe to share between threads."""

    def __init__(self) -> None:
        self._results: dict[Identity, str | None] = {}
        self._reading = threading.Lock()
        self._examining = threading.Lock()
        self._hurry = threading.Event()
        self._current: DamageGuard | None = None
        self._ended = threading.Event()

    def start(self, guard: DamageGuard) -> None:
        """Verify a generation in a new thread; the verification of an earlier one ends."""
        kept = {file.identity for file in guard.files}
        self._results = {key: result for key, result in self._results.copy().items() if key in kept}
        ended = self._ended = threading.Event()
        self._current = guard
        self._hurry.clear()
        work = threading.Thread(target=self._run, args=(guard, ended), name="xunwen-verify", daemon=True)
        work.start()

    def verify_small(self, guard: DamageGuard) -> None:
        """Verify a small generation now, before it answers anything."""
        if self._unverified_bytes(guard) <= _OPENING_BYTES:
            guard.damage = guard.damage or self._damage(guard)

    def _unverified_bytes(self, guard: DamageGuard) -> int:
        return sum(file.size for file in guard.files if file.identity not in self._results)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the verification that was started last has ended; return whether it has."""
        return self._ended.wait(timeout)

    def _run(self, guard: DamageGuard, ended: threading.Event) -> None:
        try:
            pause = _Pause(lambda: self._current is guard, self._hurry)
            guard.damage = guard.damage or self._damage(guard, pause)
        except _Superseded:
            pass
        finally:
            ended.set()

    def examine(self, guard: DamageGuard) -> None:
        """Look for damage after a fault, once per generation and within the limits above."""
        with self._examining:
            if not (guard.examined or guard.damage):
                guard.examined = True
                guard.damage = self._problem(guard)

    def _problem(self, guard: DamageGuard) -> str | None:
        if self._unverified_bytes(guard) > _CHECKSUM_BYTES:
            return None
        damage = self._damage(guard)
        if damage or sum(file.size for file in guard.files) > _CONSISTENCY_BYTES:
            return damage
        return next((problem for reader in guard.readers for problem in reader.unsound()), None)

    def _damage(self, guard: DamageGuard, pause: Callable[[], None] | None = None) -> str | None:
        """Return a sentence about the first damaged file; None if all checksums are right."""
        if pause is None:
            self._hurry.set()
        return next(filter(None, (self._result(file, pause) for file in guard.files)), None)

    def _result(self, file: ArrayFile, pause: Callable[[], None] | None) -> str | None:
        with self._reading:
            if file.identity not in self._results:
                try:
                    self._results[file.identity] = next(iter(file.verify(pause=pause)), None)
                except FileNotFoundError:
                    return None  # A newer generation has replaced it.
                except OSError:
                    self._results[file.identity] = Message("{file} 无法读取", file=file.path.name)
            return self._results[file.identity]


class _Superseded(Exception):
    """A newer generation is verified instead."""


class _Pause:
    """Sleeps between chunks, in proportion to the time that they took, unless `hurry` is set."""

    def __init__(self, is_current: Callable[[], bool], hurry: threading.Event) -> None:
        self._is_current = is_current
        self._hurry = hurry
        self._since = time.perf_counter()

    def __call__(self) -> None:
        if not self._is_current():
            raise _Superseded
        spent = time.perf_counter() - self._since
        self._hurry.wait(min(spent * (1 / _DUTY - 1), _MAX_PAUSE_SECONDS))
        self._since = time.perf_counter()
