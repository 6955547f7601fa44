"""Correction links: which entry corrects which, computed by each reindex, in `index/corrections.json`.

A link depends only on a correction and on the earlier entries of its stream. So it is valid at every time
from the correction on, updates give the same links as a rebuild, and only those whose history has another
checksum are computed again.

The file is a cache. It names the state of the index that it describes and is replaced atomically after the
generation is published and before the manifest is written; if it is missing or damaged, the next reindex
computes it anew. For another state of the index, readers use only links of which both entries are unchanged.
A damaged file, a missing one of an index with a manifest, or one of an earlier state than the manifest's
raises DamagedLinks.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, get_args

from search.analysis import Analyzer
from search.checksummed import read_checksummed, write_checksummed
from search.corrections.detect import CUES, correction_in
from search.corrections.target import corrected_by
from search.engines import Engine, History, Snapshot
from search.entry import Entry
from search.errors import DamagedLinks, EntryNotFound, IndexProblem
from search.home import MANIFEST_NAME
from search.language.message import Message, reason_of
from search.query.logical import Node, any_of, phrase
from search.results import CorrectionKind, CorrectionLinks, EntryRef

__all__ = ["NAME", "LinkFile", "LinkView", "check_links", "refresh_links"]

#: Increase when the rules find other corrections or other links.
RULES_VERSION: Final = 1
NAME: Final = "corrections.json"
#: The beginning of a manifest, and how much of it is read.
_MANIFEST_HEAD: Final = re.compile(
    rb'\{"digest": "[0-9a-f]+", "generation": [0-9]+,\s*"state": "(?P<state>[^"]*)"'
)
_HEAD_BYTES: Final = 4096
#: The earlier entries that a correction may refer to: at most this many of its stream, and no older.
MAX_ENTRIES: Final = 200
WINDOW: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class _EntryState:
    """One end of a link: the id, digest and time of an entry."""

    id: str
    digest: str
    time: datetime

    @classmethod
    def of(cls, entry: Entry) -> _EntryState:
        assert entry.time
        return cls(entry.id, entry.digest(), entry.time)

    @classmethod
    def from_list(cls, values: list[Any]) -> _EntryState:
        """Return the state of plain JSON values; raises ValueError or TypeError."""
        key, digest, time = map(str, values)
        state = cls(key, digest, datetime.fromisoformat(time))
        if state.time.utcoffset() is None:
            raise ValueError("时间没有时区")
        return state

    def as_list(self) -> list[str]:
        """Return the state as plain JSON values."""
        return [self.id, self.digest, self.time.isoformat()]

    def is_current(self, snapshot: Snapshot) -> bool:
        """Return whether the entry is indexed unchanged."""
        try:
            return snapshot.entry(self.id).digest() == self.digest
        except EntryNotFound:
            return False


@dataclass(frozen=True, slots=True)
class _Link:
    """A correction and the entry that it corrects."""

    kind: CorrectionKind
    by: _EntryState
    of: _EntryState


@dataclass(frozen=True, slots=True)
class _Outcome:
    """The result for an entry with cues; without a checksum it is no correction, whatever its history."""

    checksum: str = ""
    link: _Link | None = None

    @classmethod
    def from_list(cls, values: list[Any]) -> _Outcome:
        """Return the outcome of plain JSON values; raises ValueError or TypeError."""
        if len(values) < 2:
            return cls(str(values[0]) if values else "")
        checksum, kind, by, of = values
        if kind not in get_args(CorrectionKind):
            raise ValueError(Message("没有这种更正：{kind}", kind=kind))
        return cls(str(checksum), _Link(kind, _EntryState.from_list(by), _EntryState.from_list(of)))

    def as_list(self) -> list[Any]:
        """Return the outcome as plain JSON values."""
        if self.link:
            return [self.checksum, self.link.kind, self.link.by.as_list(), self.link.of.as_list()]
        return [self.checksum] if self.checksum else []


#: Outcomes by the digests of their entries.
_Outcomes = Mapping[str, _Outcome]


@dataclass(frozen=True, slots=True)
class _LinkTable:
    """The outcomes of one generation; `state` is its `Snapshot.state_id`."""

    generation: int
    outcomes: _Outcomes
    state: str

    @classmethod
    def read(cls, folder: Path) -> _LinkTable | None:
        """Return the table in a folder; None if it is of other rules, or the index is not complete yet.

        Raises DamagedLinks, or IndexProblem if it cannot be read.
        """
        try:
            content = read_checksummed(folder / NAME)
            if content["rules"] != RULES_VERSION:
                return None
            outcomes = {str(key): _Outcome.from_list(values) for key, values in content["findings"].items()}
            return cls(int(content["generation"]), outcomes, str(content["state"]))
        except FileNotFoundError as error:
            if (folder / MANIFEST_NAME).exists():
                raise DamagedLinks(NAME) from error
            return None
        except OSError as error:
            raise IndexProblem(
                "无法读取 {file}（{reason}）；请检查权限后再试", file=NAME, reason=reason_of(error)
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise DamagedLinks(NAME) from error

    def write(self, folder: Path) -> None:
        """Replace the file atomically; raises OSError."""
        content = {
            "rules": RULES_VERSION,
            "generation": self.generation,
            "state": self.state,
            "findings": {digest: outcome.as_list() for digest, outcome in sorted(self.outcomes.items())},
        }
        write_checksummed(folder / NAME, content)

    def describes(self, snapshot: Snapshot) -> bool:
        """Return whether the table was computed from this state of the index."""
        return (self.generation, self.state) == (snapshot.generation, snapshot.state_id)

    def is_misplaced(self, folder: Path, snapshot: Snapshot) -> bool:
        """Return whether the table is of another index, or was put back from an earlier generation.

        The manifest of a state is written after the table of that state, so a table of an earlier one cannot
        be there any more. A table of a later one can: the next reindex has not written its manifest yet.
        """
        if self.describes(snapshot) or self.generation > snapshot.generation:
            return False
        return _manifest_state(folder) == snapshot.state_id


def _manifest_state(folder: Path) -> str:
    """Return the state that the manifest names, which is at its beginning; "" if there is none."""
    try:
        with (folder / MANIFEST_NAME).open("rb") as file:
            head = _MANIFEST_HEAD.match(file.read(_HEAD_BYTES))
    except OSError:
        return ""
    return head["state"].decode() if head else ""


def refresh_links(folder: Path, engine: Engine, analyzer: Analyzer, *, afresh: bool = False) -> bool:
    """Compute the links of the published generation; return whether the file has them.

    On failure, readers use fewer links, or none. `afresh` takes over nothing from the file.
    """
    table = None
    with suppress(IndexProblem):
        table = _LinkTable.read(folder)
    with suppress(IndexProblem, OSError):
        snapshot = engine.snapshot()
        if table is None or not table.describes(snapshot):
            _compute(snapshot, analyzer, {} if afresh or not table else table.outcomes).write(folder)
        return True
    return False


def check_links(folder: Path, snapshot: Snapshot, analyzer: Analyzer) -> list[str]:
    """Compute all links and return the problems of the file."""
    try:
        table = _LinkTable.read(folder)
    except IndexProblem as error:
        return [error.message]
    if table is None:
        exists = (folder / NAME).exists()
        return [Message("{file} 出自另一版本；请运行 xunwen reindex", file=NAME)] if exists else []
    misplaced = table.is_misplaced(folder, snapshot)
    if misplaced or (table.describes(snapshot) and table != _compute(snapshot, analyzer, {})):
        return [Message("{file} 与条目不符；请运行 xunwen reindex --full", file=NAME)]
    return []


def _compute(snapshot: Snapshot, analyzer: Analyzer, earlier: _Outcomes) -> _LinkTable:
    histories = snapshot.histories(_cues(analyzer), MAX_ENTRIES, WINDOW)
    outcomes = {history.digest: _outcome(history, earlier, analyzer) for history in histories}
    return _LinkTable(snapshot.generation, outcomes, snapshot.state_id)


def _cues(analyzer: Analyzer) -> Node:
    """Return a node that matches every entry that may be a correction."""
    cues = [analyzer.units(cue) for cue in CUES]
    return any_of(phrase(units, 0, len(units)) for units in cues)


def _outcome(history: History, earlier: _Outcomes, analyzer: Analyzer) -> _Outcome:
    outcome, checksum = earlier.get(history.digest), history.checksum()
    if outcome is not None and outcome.checksum in ("", checksum):
        return outcome
    entry = history.entry()
    correction = correction_in(entry)
    if correction is None:
        return _Outcome()
    target = corrected_by(entry, correction, history.earlier(), analyzer)
    if target is None:
        return _Outcome(checksum)
    return _Outcome(checksum, _Link(correction.kind, _EntryState.of(entry), _EntryState.of(target)))


class LinkView:
    """The links of one generation in both directions; immutable."""

    def __init__(self, links: Iterable[_Link] = ()) -> None:
        self._by = {link.by.id: link for link in links}
        self._of: dict[str, list[_Link]] = {}
        for link in sorted(self._by.values(), key=lambda link: (link.by.time, link.by.id)):
            self._of.setdefault(link.of.id, []).append(link)
        self._corrected = frozenset(self._of)

    def ties(self, entry_id: str, asof: datetime | None) -> CorrectionLinks:
        """Return the links of an entry as of a time."""
        corrects = self._by.get(entry_id)
        return CorrectionLinks(
            tuple(
                EntryRef(link.by.id, link.by.time, link.kind)
                for link in self._of.get(entry_id, ())
                if asof is None or link.by.time <= asof
            ),
            EntryRef(corrects.of.id, corrects.of.time, corrects.kind) if corrects else None,
        )

    def corrected(self, asof: datetime | None) -> frozenset[str]:
        """Return the ids of all entries that are corrected as of a time."""
        if asof is None:
            return self._corrected
        return frozenset(key for key, links in self._of.items() if links[0].by.time <= asof)


class LinkFile:
    """Reads the links of an index for one snapshot after another; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cached: tuple[tuple[object, ...], LinkView] = ((), LinkView())

    def view(self, snapshot: Snapshot) -> LinkView:
        """Return the links between entries of a snapshot; raises IndexProblem."""
        stamp = (snapshot.state_id, *self.stamp())
        cached = self._cached
        if cached[0] != stamp:
            cached = self._cached = stamp, self._read(snapshot)
        return cached[1]

    def stamp(self) -> tuple[int, ...]:
        """Return what changes with the file, () without one; costs one `os.stat`."""
        try:
            status = os.stat(self._folder / NAME)
        except OSError:
            return ()
        return status.st_mtime_ns, status.st_ino, status.st_size

    def _read(self, snapshot: Snapshot) -> LinkView:
        table = _LinkTable.read(self._folder)
        if table is None:
            return LinkView()
        if table.is_misplaced(self._folder, snapshot):
            raise DamagedLinks(NAME)
        links = [outcome.link for outcome in table.outcomes.values() if outcome.link]
        if not table.describes(snapshot):
            links = [link for link in links if link.by.is_current(snapshot) and link.of.is_current(snapshot)]
        return LinkView(links)
