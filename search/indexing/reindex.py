"""Reindex: bring `index/` up to `data/`, changing only what differs.

Files are compared by digest, the entries of changed files one by one with the indexed ones. All changes are
published in one step at the end: a kill before it leaves the old index, a kill after it the new one. The
result equals that of a full rebuild. Where two files have one id, the first file by name keeps it.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import ClassVar, Protocol

from search.analysis import default_analyzer
from search.corrections.links import refresh_links
from search.engines import Batch, Engine, IndexedEntry, Snapshot, open_engine
from search.entry import Entry
from search.errors import DataError, IndexProblem, NoIndex, Problem, UnreadableFile
from search.home import Home
from search.indexing.changed_lines import Lines, read_lines
from search.indexing.manifest import FileRecord, Manifest
from search.indexing.plan import Plan, basis_of
from search.indexing.same_ids import renamed, taken
from search.jsonable import JsonObject
from search.readers.base import Record
from search.readers.problems import condensed
from search.readers.registry import read
from search.settings.aliases import read_aliases
from search.settings.words import home_analyzer, read_words

__all__ = ["Progress", "Report", "reindex"]


class Progress(Protocol):
    """Callbacks of a reindex; counts are lines of data files, about one step for each entry."""

    def start(self, lines: int) -> None:
        """Parsing begins, of this number of lines."""

    def step(self, lines: int, entries: int) -> None:
        """This number of lines has been parsed, and has given this number of entries."""

    def publishing(self) -> None:
        """Parsing has ended; the new state is being written."""


class _Silent:
    def start(self, lines: int) -> None: ...

    def step(self, lines: int, entries: int) -> None: ...

    def publishing(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Report(JsonObject):
    """The outcome of a reindex.

    `unreadable` counts files; they kept the entries they had in the index. `reanalyzed` entries are among
    the unchanged ones; they were cut into words again because the dictionary changed.
    """

    JSON_KEYS: ClassVar = {
        **{key: key for key in ("added", "changed", "removed", "unchanged", "entries", "seconds")},
        "problems": "problems",
        "renewed": "reanalyzed",
    }

    added: int
    changed: int
    removed: int
    unchanged: int
    entries: int
    seconds: float
    problems: tuple[Problem, ...] = ()
    unreadable: int = 0
    reanalyzed: int = 0


def reindex(home: Home, *, full: bool = False, progress: Progress | None = None) -> Report:
    """Bring the index of a home up to its data; with `full`, build it from nothing.

    Raises DataError when there is no `data/`, and IndexLocked, DamagedIndex, OtherVersion or CannotWrite
    when the index cannot be changed; nothing is lost then.
    """
    started = perf_counter()
    if not os.path.isdir(home.data):
        raise DataError(
            "{folder} 不存在；请新建这个文件夹并放入数据文件，或用 --home 指定另一处", folder=home.data
        )
    words, analyzer = read_words(home), home_analyzer(home)
    engine = open_engine(home.engine_location, analyzer, home.zone)
    if home.engine:
        _make(home.state_dir)
    run = ReindexRun(home, engine, full, progress or _Silent(), Plan.of(home))
    run.compare()
    if not run.anything_to_do():
        run.plan.done = dict(run.plan.indexed)
        refresh_links(home.state_dir, engine, analyzer)
        return run.report(words.problems, perf_counter() - started)
    with engine.rebuild() if full else engine.update() as batch:
        # Again under the write lock: another reindex may have published in between.
        run.compare()
        run.run(batch)
        run.progress.publishing()
    if refresh_links(home.state_dir, engine, analyzer, afresh=full):
        run.remember()
    run.free()
    return run.report(words.problems, perf_counter() - started)


@dataclass
class _Tally:
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    reanalyzed: int = 0


@dataclass
class ReindexRun:
    """The state of one reindex."""

    home: Home
    engine: Engine
    full: bool
    progress: Progress
    plan: Plan
    tally: _Tally = field(default_factory=_Tally)
    # Indexed entries of the changed files: id → (digest, file).
    indexed: dict[str, tuple[str, str]] = field(default_factory=dict)
    # For each changed file, the ids of its indexed entries by the hash of their line.
    ids_by_hash: dict[str, dict[int, str]] = field(default_factory=dict)
    # Entries read so far: id → file.
    seen: dict[str, str] = field(default_factory=dict)
    # Ids that the batch replaces or removes because of the data.
    touched: set[str] = field(default_factory=set)
    # The number of indexed entries that each unreadable file keeps.
    kept: dict[str, int] = field(default_factory=dict)
    # The generation that the batch changes; None if there is none, or a full rebuild cannot read it.
    base: Snapshot | None = None
    # Lines of the files parsed so far.
    lines: int = 0

    def compare(self) -> None:
        """Read the manifest; its records count only if it describes the published index."""
        manifest = None if self.full else Manifest.read(self.home.state_dir)
        state = (self._published() if manifest else None) or (None, "")
        self.plan.compare(manifest, basis_of(self.home), state)

    def _published(self) -> tuple[int, str] | None:
        """Return generation and state of the index; None if it cannot be read."""
        try:
            snapshot = self.engine.snapshot()
            return snapshot.generation, snapshot.state_id
        except IndexProblem:
            return None

    def anything_to_do(self) -> bool:
        """Return whether any file or the dictionary changed since the index was built."""
        return self.full or self.plan.changed or bool(self.engine.snapshot().stats().stale)

    def run(self, batch: Batch) -> None:
        """Put every change into the batch."""
        self.base = self._open_base()
        self.plan.keep_unchanged()
        pending = self.plan.pending
        self._load_indexed({*pending, *self.plan.gone})
        self.progress.start(sum(self.plan.fingerprints[name].lines for name in pending))
        heapq.heapify(pending)
        while pending:
            for other in self._parse(heapq.heappop(pending), batch):
                heapq.heappush(pending, other)
        self._remove(batch)
        self._reanalyze(batch)

    def _load_indexed(self, files: set[str]) -> None:
        """Load the ids and digests of the indexed entries: of these files, or of all without a manifest."""
        for entry in self._indexed_entries(files if self.plan.indexed else None):
            self.indexed[entry.id] = (entry.digest, entry.file)
            if entry.source and entry.digest and self.plan.indexed:
                ids = self.ids_by_hash.setdefault(entry.file, {})
                # Two entries with one hash: the hash identifies neither.
                ids[entry.source] = "" if entry.source in ids else entry.id

    def _open_base(self) -> Snapshot | None:
        try:
            return self.engine.snapshot()
        except NoIndex:
            return None
        except IndexProblem:
            if not self.full:
                raise
            return None

    def _indexed_entries(self, files: set[str] | None) -> Iterator[IndexedEntry]:
        """Yield the indexed entries of some files; nothing if a full rebuild replaces a damaged index."""
        try:
            yield from self.base.indexed_entries(files) if self.base else ()
        except IndexProblem:
            if not self.full:
                raise

    def _parse(self, name: str, batch: Batch) -> list[str]:
        """Read one file; return other files that must be parsed again because of it."""
        problems: list[Problem] = []
        count, shadowed, again = 0, False, []
        done = self.lines
        lines = read_lines(self.plan.paths[name])
        try:
            items, count = self._items(name, lines)
            for item in items:
                if isinstance(item, Problem):
                    problems.append(item)
                    continue
                self.progress.step(done + item.line, len(self.seen))
                owner = self._owner(item.entry.id, name)
                if owner is not None and owner < name and item.other_id:
                    item, shadowed = renamed(item), True
                    owner = self._owner(item.entry.id, name)
                if owner is not None and owner < name:
                    problems.append(taken(item, name, owner))
                    shadowed = True
                    continue
                if owner is not None and owner in self.plan.done:
                    self._reopen(owner)
                    again += [owner] if owner in self.plan.fingerprints else []
                # Some problems are reported once per file: lines after one are read again next time.
                self._take(item.entry, name, batch, 0 if problems else _source(lines, item))
                count += 1
        except UnreadableFile as error:
            self.plan.failed[name] = error.problem
            problems.append(error.problem)
        fingerprint = self.plan.fingerprints[name]
        self.lines = done + fingerprint.lines
        self.plan.done[name] = FileRecord(fingerprint.digest, count, condensed(problems), shadowed)
        return again

    def _items(self, name: str, lines: Lines | None) -> tuple[Iterable[Record | Problem], int]:
        """Return the items to take from a file, and the number of entries that need not be parsed."""
        path, zone = self.plan.paths[name], self.home.zone
        hashes = {key: value for key, value in self.ids_by_hash.get(name, {}).items() if value}
        known = lines.known(hashes) if lines and self._may_read_lines(name) else {}
        ids = set(known.values())
        if lines and ids and ids.isdisjoint(self.seen):
            fresh = list(read(path, name=name, zone=zone, data=lines.without(known)))
            if _tells_of_whole(fresh, ids):
                self.seen.update(dict.fromkeys(ids, name))
                self.tally.unchanged += len(ids)
                return fresh, len(ids)
        return read(path, name=name, zone=zone), 0

    def _may_read_lines(self, name: str) -> bool:
        """Return whether the other lines of a file add nothing to the problems of the file as a whole."""
        record = self.plan.indexed.get(name)
        return not self.full and record is not None and all(problem.line for problem in record.problems)

    def _owner(self, entry_id: str, name: str) -> str | None:
        """Return the other file that has this id, if it stays in the index."""
        if entry_id in self.seen:
            return self.seen[entry_id]
        if entry_id in self.indexed or not self.plan.indexed or self.base is None:
            return None
        owner = self.base.file_of(entry_id)
        return owner if owner != name else None

    def _reopen(self, name: str) -> None:
        """Compare the entries of an unchanged file, too."""
        del self.plan.done[name]
        for entry in self._indexed_entries({name}):
            self.indexed[entry.id] = (entry.digest, entry.file)

    def _take(self, entry: Entry, name: str, batch: Batch, source: int) -> None:
        self.seen[entry.id] = name
        before = self.indexed.get(entry.id)
        same = before is not None and before == (entry.digest(), name)
        if before is None:
            self.tally.added += 1
        elif same:
            self.tally.unchanged += 1
        else:
            self.tally.changed += 1
        if self.full or not same:
            batch.add(entry, name, source)
            if before is not None:
                self.touched.add(entry.id)

    def _remove(self, batch: Batch) -> None:
        """Remove the entries that no file has any more; those of an unreadable file stay."""
        for entry_id, (_, file) in self.indexed.items():
            if entry_id in self.seen:
                continue
            if file not in self.plan.failed:
                self.tally.removed += 1
                batch.remove((entry_id,))
                self.touched.add(entry_id)
            else:
                self.tally.unchanged += 1
                self.kept[file] = self.kept.get(file, 0) + 1
                if self.full and self.base:
                    batch.add(self.base.entry(entry_id), file)

    def _reanalyze(self, batch: Batch) -> None:
        """Add again, from the index, the entries with a word that changed in the dictionary."""
        if self.full or self.base is None:
            return
        for entry in self.base.stale_entries():
            if entry.id not in self.touched:
                batch.add(self.base.entry(entry.id), entry.file, entry.source)
                self.tally.reanalyzed += 1

    def remember(self) -> None:
        """Write the manifest of the new state; without it the next reindex is slower, not wrong."""
        generation, state = self._published() or (0, "")
        tally = self.tally
        written = self.full or tally.added or tally.changed or tally.removed or tally.reanalyzed
        if self.base is not None and generation != self.base.generation + bool(written):
            return  # Another reindex has published since; its manifest stays.
        manifest = Manifest(generation, basis_of(self.home), self.plan.records(self.kept), state)
        if manifest != Manifest.read(self.home.state_dir):
            with suppress(OSError):
                manifest.write(self.home.state_dir)

    def free(self) -> None:
        """Free the memory of single entries, of which there may be a million; the report needs none."""
        self.seen, self.indexed, self.ids_by_hash, self.touched, self.base = {}, {}, {}, set(), None

    def report(self, settings: Iterable[Problem], seconds: float) -> Report:
        """Return the outcome; `settings` are the problems of the dictionary."""
        problems = {problem for record in self.plan.done.values() for problem in record.problems}
        problems |= {*self.plan.failed.values(), *self.plan.others, *settings}
        problems |= set(read_aliases(self.home.aliases, default_analyzer(), self.home.zone).problems)
        return Report(
            added=self.tally.added,
            changed=self.tally.changed,
            removed=self.tally.removed,
            unchanged=self.tally.unchanged + self.plan.untouched_entries,
            entries=self.engine.snapshot().stats().entries,
            seconds=round(seconds, 3),
            problems=tuple(sorted(problems)),
            unreadable=len(self.plan.failed),
            reanalyzed=self.tally.reanalyzed,
        )


def _make(folder: Path) -> None:
    """Make the folder of the manifest; without it, the next reindex is slower, not wrong."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)


def _tells_of_whole(fresh: Iterable[Record | Problem], ids: set[str]) -> bool:
    """Return whether new lines give the problems of the whole file: one has a time, and their ids are new."""
    records = [item for item in fresh if isinstance(item, Record)]
    timed = any(record.entry.time for record in records)
    return timed and all(record.entry.id not in ids for record in records)


def _source(lines: Lines | None, item: Record) -> int:
    return lines.hash_of(item.line, item.own_id) if lines else 0
