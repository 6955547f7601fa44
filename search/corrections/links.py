"""Ties: which entry corrects which, worked out by each reindex and kept in `index/corrections.json`.

Each tie is told from a correction and from what stood before it in its stream, and from nothing else. So it
holds at every moment from the correction on, a hundred updates give what one rebuild gives, and only those
need be worked out again of which something before them changed: their mark says so.

The file is a shortcut like the manifest. It names the generation that it speaks of and is replaced by one
rename, after the generation is published. Killed in between, or damaged, it is made anew by the next
reindex, whether or not anything else changed. Until then a reader believes of a file of another state only
those ties of which both entries are still, word for word, those that it speaks of; and of a damaged one
nothing: it raises DamagedLinks.
"""

from __future__ import annotations

import os
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
from search.engines import Engine, History
from search.entry import Entry
from search.errors import DamagedLinks, EntryNotFound, IndexProblem
from search.query.logical import Node, any_of, phrase
from search.results import CorrectionKind, CorrectionLinks, EntryRef

__all__ = ["NAME", "LinkFile", "LinkView", "check_links", "refresh_links"]

#: Raise whenever the rules find other corrections or other ties.
RULES_VERSION: Final = 1
NAME: Final = "corrections.json"
#: Largest file that is read, in bytes: that of some millions of entries.
#: How far back a correction may reach: so many entries of its stream, and so long.
MOST: Final = 200
REACH: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class _EntryState:
    """One end of a tie: an entry by its id, word for word (the digest), and its time."""

    id: str
    digest: str
    time: datetime

    @classmethod
    def of(cls, entry: Entry) -> _EntryState:
        assert entry.time
        return cls(entry.id, entry.digest(), entry.time)

    @classmethod
    def from_list(cls, values: list[Any]) -> _EntryState:
        """Rebuild an end; raises ValueError or TypeError."""
        key, digest, time = map(str, values)
        end = cls(key, digest, datetime.fromisoformat(time))
        if end.time.utcoffset() is None:
            raise ValueError("时间没有时区")
        return end

    def as_list(self) -> list[str]:
        """Return the end as plain JSON values."""
        return [self.id, self.digest, self.time.isoformat()]

    def stands(self, engine: Engine) -> bool:
        """Return whether the entry is still as it was."""
        try:
            return engine.entry(self.id).digest() == self.digest
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
    """What is known of an entry with cues. One that corrects nothing has no mark, and that cannot change."""

    mark: str = ""
    tie: _Link | None = None

    @classmethod
    def from_list(cls, values: list[Any]) -> _Outcome:
        """Rebuild a finding; raises ValueError or TypeError."""
        if len(values) < 2:
            return cls(str(values[0]) if values else "")
        mark, kind, by, of = values
        if kind not in get_args(CorrectionKind):
            raise ValueError(f"没有这种更正：{kind}")
        return cls(str(mark), _Link(kind, _EntryState.from_list(by), _EntryState.from_list(of)))

    def as_list(self) -> list[Any]:
        """Return the finding as plain JSON values."""
        if self.tie:
            return [self.mark, self.tie.kind, self.tie.by.as_list(), self.tie.of.as_list()]
        return [self.mark] if self.mark else []


#: Findings by the digests of their entries.
_Outcomes = Mapping[str, _Outcome]


@dataclass(frozen=True, slots=True)
class _LinkTable:
    """What is known of one generation; `state` is its `Engine.state_id`."""

    generation: int
    findings: _Outcomes
    state: str

    @classmethod
    def read(cls, folder: Path) -> _LinkTable | None:
        """Return what an index folder holds, None where there is none of these rules.

        Raises DamagedLinks, or IndexProblem where it may not be read.
        """
        try:
            content = read_checksummed(folder / NAME)
            if content["rules"] != RULES_VERSION:
                return None
            rows = {str(digest): _Outcome.from_list(row) for digest, row in content["findings"].items()}
            return cls(int(content["generation"]), rows, str(content["state"]))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise IndexProblem(f"无法读取 {NAME}（{error.strerror}）；请检查权限后再试") from error
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise DamagedLinks(NAME) from error

    def write(self, folder: Path) -> None:
        """Replace the file in one step; raises OSError."""
        rows = {digest: finding.as_list() for digest, finding in sorted(self.findings.items())}
        content = {
            "rules": RULES_VERSION,
            "generation": self.generation,
            "state": self.state,
            "findings": rows,
        }
        write_checksummed(folder / NAME, content)

    def describes(self, engine: Engine) -> bool:
        """Return whether this is about the published state; raises NoIndex."""
        return (self.generation, self.state) == (engine.generation(), engine.state_id())


def refresh_links(folder: Path, engine: Engine, analyzer: Analyzer, *, afresh: bool = False) -> None:
    """Bring the ties of an index up to its published generation; without them a reader knows fewer, or none.

    `afresh` takes nothing over from what was known.
    """
    kept = None
    with suppress(IndexProblem):
        kept = _LinkTable.read(folder)
    with suppress(IndexProblem, OSError):
        if kept is None or not kept.describes(engine):
            _work_out(engine, analyzer, {} if afresh or not kept else kept.findings).write(folder)


def check_links(folder: Path, engine: Engine, analyzer: Analyzer) -> list[str]:
    """Work all ties out and return what is wrong with those that are kept; none kept is no fault."""
    try:
        kept = _LinkTable.read(folder)
    except IndexProblem as error:
        return [str(error)]
    if kept is None:
        there = (folder / NAME).exists()
        return [f"{NAME} 出自另一版本；请运行 xunwen reindex"] if there else []
    if kept.describes(engine) and kept != _work_out(engine, analyzer, {}):
        return [f"{NAME} 与条目不符；请运行 xunwen reindex --full"]
    return []


def _work_out(engine: Engine, analyzer: Analyzer, known: _Outcomes) -> _LinkTable:
    generation, behind = engine.histories(_cues(analyzer), MOST, REACH)
    findings = {one.digest: _finding(one, known, analyzer) for one in behind}
    # Where another reindex has published meanwhile, generation and state do not fit and describe nothing.
    return _LinkTable(generation, findings, engine.state_id())


def _cues(analyzer: Analyzer) -> Node:
    """Return what finds every entry that may correct something."""
    read = [analyzer.units(cue) for cue in CUES]
    return any_of(phrase(units, 0, len(units)) for units in read)


def _finding(one: History, known: _Outcomes, analyzer: Analyzer) -> _Outcome:
    found = known.get(one.digest)
    if found is not None and found.mark in ("", one.mark):
        return found
    entry = one.entry()
    correction = correction_in(entry)
    if correction is None:
        return _Outcome()
    target = corrected_by(entry, correction, one.behind(), analyzer)
    return _Outcome(
        one.mark, _Link(correction.kind, _EntryState.of(entry), _EntryState.of(target)) if target else None
    )


class LinkView:
    """The ties of one generation from both ends; never changes."""

    def __init__(self, ties: Iterable[_Link] = ()) -> None:
        self._by = {tie.by.id: tie for tie in ties}
        self._of: dict[str, list[_Link]] = {}
        for tie in sorted(self._by.values(), key=lambda tie: (tie.by.time, tie.by.id)):
            self._of.setdefault(tie.of.id, []).append(tie)
        self._all = frozenset(self._of)

    def ties(self, entry_id: str, asof: datetime | None) -> CorrectionLinks:
        """Return what ties an entry to others at a moment."""
        own = self._by.get(entry_id)
        return CorrectionLinks(
            tuple(
                EntryRef(tie.by.id, tie.by.time, tie.kind)
                for tie in self._of.get(entry_id, ())
                if asof is None or tie.by.time <= asof
            ),
            EntryRef(own.of.id, own.of.time, own.kind) if own else None,
        )

    def corrected(self, asof: datetime | None) -> frozenset[str]:
        """Return the ids of all entries that are corrected by a moment."""
        if asof is None:
            return self._all
        return frozenset(key for key, ties in self._of.items() if ties[0].by.time <= asof)


class LinkFile:
    """The ties of an index as readers see them. Sees a new file by itself; safe to share between threads."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self._folder = folder
        self._engine = engine
        self._known: tuple[tuple[int, ...], LinkView] = ((), LinkView())

    def ties(self, entry_id: str, asof: datetime | None = None) -> CorrectionLinks:
        """Return what ties an entry to others, as far as a moment knows; raises IndexProblem."""
        return self.view().ties(entry_id, asof)

    def corrected(self, asof: datetime | None = None) -> frozenset[str]:
        """Return the ids of all entries that are corrected by then; raises IndexProblem."""
        return self.view().corrected(asof)

    def view(self) -> LinkView:
        """Return the ties as they are now, to ask of many entries; raises IndexProblem."""
        stamp = (self._engine.generation(), *self._stamp())
        known = self._known
        if known[0] != stamp:
            known = self._known = stamp, self._read()
        return known[1]

    def _stamp(self) -> tuple[int, ...]:
        try:
            found = os.stat(self._folder / NAME)
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_ino, found.st_size

    def _read(self) -> LinkView:
        kept = _LinkTable.read(self._folder)
        if kept is None:
            return LinkView()
        ties = [finding.tie for finding in kept.findings.values() if finding.tie]
        if not kept.describes(self._engine):
            ties = [tie for tie in ties if tie.by.stands(self._engine) and tie.of.stands(self._engine)]
        return LinkView(ties)
