"""Checksums of the files of an index, compared once for each file in the life of a process.

Those of a small index are compared when it is opened. A server compares those of a large one in the
background after it has opened a generation; a fault while reading compares
those of the files that the background has not reached. A file is known by its identity, so that segments
which a new generation takes over are not read again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from search.engines.whoosh.reading.snapshot import Snapshot
from search.engines.whoosh.storage.array_file import ArrayFile, Identity
from search.errors import DamagedIndex, XunwenError

__all__ = ["Blaming", "Verifier"]

#: Bytes of unverified files that a fault may read before it is reported: about half a second from memory.
_CHECKSUM_BYTES: Final = 512 << 20
#: Bytes of unverified files that are compared before the first answer: about 16 ms from memory.
_OPENING_BYTES: Final = 32 << 20
#: Bytes of an index of which a fault may also examine whether the numbers make sense.
_SOUNDNESS_BYTES: Final = 16 << 20
#: Share of one core that the background takes.
_DUTY: Final = 0.25
#: Seconds of one pause at most, however long the system kept the thread waiting before it.
_MAX_PAUSE_SECONDS: Final = 0.1


class Verifier:
    """Knows which files have right checksums; safe to share between threads."""

    def __init__(self) -> None:
        self._results: dict[Identity, str | None] = {}
        self._reading = threading.Lock()
        self._examining = threading.Lock()
        self._hurry = threading.Event()
        self._wanted: Snapshot | None = None
        self._ended = threading.Event()

    def start(self, snapshot: Snapshot) -> None:
        """Verify a snapshot in a thread of its own, which ends a verification of an earlier one."""
        kept = {file.identity for file in _files(snapshot)}
        self._results = {key: result for key, result in self._results.copy().items() if key in kept}
        ended = self._ended = threading.Event()
        self._wanted = snapshot
        self._hurry.clear()
        work = threading.Thread(target=self._run, args=(snapshot, ended), name="xunwen-verify", daemon=True)
        work.start()

    def verify_small(self, snapshot: Snapshot) -> None:
        """Compare the files of a small snapshot now, so that no answer precedes the check."""
        if self._unverified_bytes(snapshot) <= _OPENING_BYTES:
            snapshot.damage = snapshot.damage or self._damage(snapshot)

    def _unverified_bytes(self, snapshot: Snapshot) -> int:
        return sum(file.size for file in _files(snapshot) if file.identity not in self._results)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the verification that was started last has ended; return whether it has."""
        return self._ended.wait(timeout)

    def _run(self, snapshot: Snapshot, ended: threading.Event) -> None:
        try:
            pause = _Pause(lambda: self._wanted is snapshot, self._hurry)
            snapshot.damage = snapshot.damage or self._damage(snapshot, pause)
        except _Superseded:
            pass
        finally:
            ended.set()

    def examine(self, snapshot: Snapshot) -> None:
        """Find out after a fault whether the files of a snapshot are to blame, once and within bounds."""
        with self._examining:
            if not (snapshot.examined or snapshot.damage):
                snapshot.examined = True
                snapshot.damage = self._problem(snapshot)

    def _problem(self, snapshot: Snapshot) -> str | None:
        files = _files(snapshot)
        if self._unverified_bytes(snapshot) > _CHECKSUM_BYTES:
            return None
        damage = self._damage(snapshot)
        if damage or sum(file.size for file in files) > _SOUNDNESS_BYTES:
            return damage
        return next((problem for leaf in snapshot.leaves for problem in leaf.unsound()), None)

    def _damage(self, snapshot: Snapshot, pause: Callable[[], None] | None = None) -> str | None:
        """Return a sentence about the first damaged file, None where all checksums are right."""
        if pause is None:
            self._hurry.set()
        return next(filter(None, (self._result(file, pause) for file in _files(snapshot))), None)

    def _result(self, file: ArrayFile, pause: Callable[[], None] | None) -> str | None:
        with self._reading:
            if file.identity not in self._results:
                try:
                    self._results[file.identity] = next(iter(file.verify(pause=pause)), None)
                except FileNotFoundError:
                    return None  # A newer generation has replaced it.
                except OSError:
                    self._results[file.identity] = f"{file.path.name} 无法读取"
            return self._results[file.identity]


class _Superseded(Exception):
    """A newer generation is verified instead."""


class _Pause:
    """Sleeps between chunks, in proportion to the time that they took, unless there is hurry."""

    def __init__(self, wanted: Callable[[], bool], hurry: threading.Event) -> None:
        self._wanted = wanted
        self._hurry = hurry
        self._since = time.perf_counter()

    def __call__(self) -> None:
        if not self._wanted():
            raise _Superseded
        spent = time.perf_counter() - self._since
        self._hurry.wait(min(spent * (1 / _DUTY - 1), _MAX_PAUSE_SECONDS))
        self._since = time.perf_counter()


class Blaming:
    """A context in which a fault becomes DamagedIndex where the files of a snapshot are to blame.

    May be entered any number of times. Files beyond the bounds above are not examined: the fault stays what
    it is, and the background finds the damage.
    """

    __slots__ = ("_snapshot", "_verifier")

    def __init__(self, snapshot: Snapshot, verifier: Verifier) -> None:
        self._snapshot = snapshot
        self._verifier = verifier

    def __enter__(self) -> Snapshot:
        return self._snapshot

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, XunwenError):
            return
        self._verifier.examine(self._snapshot)
        if self._snapshot.damage:
            raise DamagedIndex(self._snapshot.damage) from error


def _files(snapshot: Snapshot) -> list[ArrayFile]:
    return [file for leaf in snapshot.leaves for file in leaf.files]
