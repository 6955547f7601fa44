"""Reindex: bring `index/` up to `data/`, touching only what changed.

Files are compared by digest, and the entries of changed files one by one with what is indexed. All changes
are published in one step at the end; a kill before it leaves the old index, after it the new one. The
result is the same as that of a full rebuild: where two files claim one id, the first by name has it.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

from search.analysis import default_analyzer
from search.corrections.links import refresh_links
from search.engines import Batch, Engine, open_engine
from search.entry import Entry
from search.errors import DataError, IndexProblem, Problem, UnreadableFile
from search.home import Home
from search.indexing.changed_lines import Lines, read_lines
from search.indexing.manifest import READERS_VERSION, FileFingerprint, FileRecord, Manifest, fingerprint_file
from search.readers import Record, data_files, read
from search.settings.aliases import read_aliases
from search.settings.words import home_analyzer, read_words

__all__ = ["Progress", "Report", "reindex"]


class Progress(Protocol):
    """Told how a reindex goes on; counts are lines of data files, about one step for each entry."""

    def start(self, lines: int) -> None:
        """Parsing begins; so many lines are expected."""

    def step(self, lines: int, entries: int) -> None:
        """So many lines are behind us, and so many entries came from them."""

    def publishing(self) -> None:
        """Everything is parsed; the new state is being written."""


class _Silent:
    def start(self, lines: int) -> None: ...

    def step(self, lines: int, entries: int) -> None: ...

    def publishing(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Report:
    """What a reindex did.

    `unreadable` files kept the entries they had in the index. `reanalyzed` entries are among the unchanged ones;
    they were cut into words again because the dictionary changed.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    entries: int
    seconds: float
    problems: tuple[Problem, ...] = ()
    unreadable: int = 0
    reanalyzed: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return {
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
            "unchanged": self.unchanged,
            "entries": self.entries,
            "seconds": round(self.seconds, 3),
            "problems": [
                {"file": problem.file, "line": problem.line, "message": problem.message}
                for problem in self.problems
            ],
            "renewed": self.reanalyzed,
        }


def reindex(home: Home, *, full: bool = False, progress: Progress | None = None) -> Report:
    """Bring the index of a home up to its data; with `full`, build it from nothing.

    Raises DataError when there is no `data/`, and IndexLocked, DamagedIndex, OtherVersion or CannotWrite
    when the index cannot be changed; nothing is lost then.
    """
    started = perf_counter()
    if not os.path.isdir(home.data):
        raise DataError(f"{home.data} 不存在；请新建这个文件夹并放入数据文件，或用 --home 指定另一处")
    words, analyzer = read_words(home), home_analyzer(home)
    engine = open_engine(home.engine_location, analyzer)
    if home.engine:
        _make(home.state_dir)
    work = _ReindexRun(home, engine, full, progress or _Silent(), words.problems)
    work.survey()
    work.compare()
    if not work.anything_to_do():
        work.done = dict(work.known)
        refresh_links(home.state_dir, engine, analyzer)
        return work.report(perf_counter() - started)
    with engine.rebuild() if full else engine.update() as batch:
        # Once more, now that nobody else can write: another reindex may have published in between.
        work.compare()
        work.run(batch)
        work.progress.publishing()
    work.remember()
    work.forget()
    refresh_links(home.state_dir, engine, analyzer, afresh=full)
    return work.report(perf_counter() - started)


@dataclass
class _Tally:
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    reanalyzed: int = 0


@dataclass
class _ReindexRun:
    """One reindex on its way."""

    home: Home
    engine: Engine
    full: bool
    progress: Progress
    # What is wrong with the user dictionary.
    words: tuple[Problem, ...] = ()
    tally: _Tally = field(default_factory=_Tally)
    prints: dict[str, FileFingerprint] = field(default_factory=dict)
    paths: dict[str, Path] = field(default_factory=dict)
    failed: dict[str, Problem] = field(default_factory=dict)
    known: dict[str, FileRecord] = field(default_factory=dict)
    done: dict[str, FileRecord] = field(default_factory=dict)
    # What is indexed now of the files at hand: id → (digest, file).
    old: dict[str, tuple[str, str]] = field(default_factory=dict)
    # Of each file at hand, the ids of entries by the hash of the line they came from.
    sources: dict[str, dict[int, str]] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    # What the batch replaces or removes because of the data.
    touched: set[str] = field(default_factory=set)
    # How many entries a file that cannot be read keeps.
    kept: dict[str, int] = field(default_factory=dict)
    generation: int | None = None
    lines: int = 0

    def survey(self) -> None:
        """Look at every data file."""
        for path in data_files(self.home.data):
            name = _name(path.relative_to(self.home.data))
            self.paths[name] = path
            try:
                self.prints[name] = fingerprint_file(path, name)
            except UnreadableFile as error:
                self.failed[name] = error.problem

    def compare(self) -> None:
        """Look up what the index was built from, where the manifest speaks of the index as it is."""
        manifest = Manifest.read(self.home.state_dir)
        current = manifest is not None and manifest.basis == self._basis() and self._is_current(manifest)
        self.known = manifest.files if manifest and current and not self.full else {}

    def _basis(self) -> str:
        return f"{READERS_VERSION} {self.home.zone.key}"

    def _is_current(self, manifest: Manifest) -> bool:
        return (self._generation(), self._state_id()) == (manifest.generation, manifest.state)

    def _generation(self) -> int | None:
        """Return the published generation; None where it cannot be told."""
        try:
            return self.engine.generation()
        except IndexProblem:
            return None

    def _state_id(self) -> str:
        return "" if self._generation() is None else self.engine.state_id()

    def _unchanged(self, name: str) -> bool:
        record, now = self.known.get(name), self.prints.get(name)
        if record is not None and now is None:
            return True  # It cannot be read now: what it gave before stays.
        return record is not None and now is not None and record.digest == now.digest

    def anything_to_do(self) -> bool:
        """Return whether any file changed, came or went, or the dictionary, since the index was built."""
        if self.full or not self.known:
            return True
        gone = self.known.keys() - self.paths.keys()
        same = not gone and all(self._unchanged(name) for name in self.paths)
        return not same or bool(self.engine.state().stale)

    def run(self, batch: Batch) -> None:
        """Put every change into the batch."""
        self.generation = self._generation()
        for name in self.paths:
            record = self.known.get(name)
            # A file whose entry was shadowed by another file's must be looked at whenever anything changes.
            if record and self._unchanged(name) and not (record.shadowed and name in self.prints):
                self.done[name] = record
        pending = [name for name in self.prints if name not in self.done]
        gone = self.known.keys() - self.paths.keys()
        wanted = None if not self.known else {*pending, *gone}
        for row in self.engine_stored(wanted):
            self.old[row.id] = (row.digest, row.file)
            if row.source and row.digest and self.known:
                known = self.sources.setdefault(row.file, {})
                # Of two entries with one line behind them, neither is known by it.
                known[row.source] = "" if row.source in known else row.id
        self.progress.start(sum(self.prints[name].lines for name in pending))
        heapq.heapify(pending)
        while pending:
            for other in self._parse(heapq.heappop(pending), batch):
                heapq.heappush(pending, other)
        self._remove(batch)
        self._renew(batch)

    def engine_stored(self, files: set[str] | None) -> Iterator[Any]:
        """Yield what is indexed of some files; nothing when a full rebuild replaces a broken index."""
        try:
            yield from self.engine.stored(files)
        except IndexProblem:
            if not self.full:
                raise

    def _parse(self, name: str, batch: Batch) -> list[str]:
        """Take one file in; return other files that must be parsed again because of it."""
        problems: list[Problem] = []
        count, shadowed, again = 0, False, []
        behind = self.lines
        lines = read_lines(self.paths[name])
        try:
            items, count = self._items(name, lines)
            for item in items:
                if isinstance(item, Problem):
                    problems.append(item)
                    continue
                self.progress.step(behind + item.line, len(self.seen))
                owner = self._owner(item.entry.id, name)
                if owner is not None and owner < name:
                    problems.append(_taken(item, name, owner))
                    shadowed = True
                    continue
                if owner is not None and owner in self.done:
                    self._reopen(owner)
                    again += [owner] if owner in self.prints else []
                # Some things are told once in a file: whatever follows a problem is read again next time.
                self._take(item.entry, name, batch, 0 if problems else _source(lines, item))
                count += 1
        except UnreadableFile as error:
            self.failed[name] = error.problem
            problems.append(error.problem)
        self.lines = behind + self.prints[name].lines
        self.done[name] = FileRecord(self.prints[name].digest, count, tuple(problems), shadowed)
        return again

    def _items(self, name: str, lines: Lines | None) -> tuple[Iterable[Record | Problem], int]:
        """Return what to take from a file, and how many entries stay without being looked at."""
        path, zone = self.paths[name], self.home.zone
        known = (
            lines.known({k: v for k, v in self.sources.get(name, {}).items() if v})
            if lines and not self.full
            else {}
        )
        ids = set(known.values())
        if lines and ids and ids.isdisjoint(self.seen):
            fresh = list(read(path, name=name, zone=zone, data=lines.without(known)))
            if all(isinstance(item, Problem) or item.entry.id not in ids for item in fresh):
                self.seen.update(dict.fromkeys(ids, name))
                self.tally.unchanged += len(ids)
                return fresh, len(ids)
        return read(path, name=name, zone=zone), 0

    def _owner(self, entry_id: str, name: str) -> str | None:
        """Return the other file that has this id, as far as it stays in the index."""
        if entry_id in self.seen:
            return self.seen[entry_id]
        if entry_id in self.old or not self.known:
            return None
        owner = self.engine.owner(entry_id)
        return owner if owner != name else None

    def _reopen(self, name: str) -> None:
        """Look at an unchanged file again, entry by entry."""
        del self.done[name]
        for row in self.engine_stored({name}):
            self.old[row.id] = (row.digest, row.file)

    def _take(self, entry: Entry, name: str, batch: Batch, source: int) -> None:
        self.seen[entry.id] = name
        before = self.old.get(entry.id)
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
        """Take out what no file has any more; what an unreadable file gave before stays."""
        left = {entry_id: row for entry_id, row in self.old.items() if entry_id not in self.seen}
        for entry_id, (_, file) in left.items():
            if file not in self.failed:
                self.tally.removed += 1
                batch.remove((entry_id,))
                self.touched.add(entry_id)
            else:
                self.tally.unchanged += 1
                self.kept[file] = self.kept.get(file, 0) + 1
                if self.full:
                    batch.add(self.engine.entry(entry_id), file)

    def _renew(self, batch: Batch) -> None:
        """Cut again, from the index itself, the entries that hold a word in which the dictionary changed."""
        for row in () if self.full else self.engine.stale():
            if row.id not in self.touched:
                batch.add(self.engine.entry(row.id), row.file, row.source)
                self.tally.reanalyzed += 1

    def remember(self) -> None:
        """Write the manifest of the new state; without it the next reindex is slower, not wrong."""
        generation = self._generation()
        tally = self.tally
        written = self.full or tally.added or tally.changed or tally.removed or tally.reanalyzed
        if self.generation is not None and generation != self.generation + bool(written):
            return  # Another reindex has published since: its manifest is the one that counts.
        manifest = Manifest(generation or 0, self._basis(), self._records(), self._state_id())
        if manifest != Manifest.read(self.home.state_dir):
            try:
                manifest.write(self.home.state_dir)
            except OSError:
                return

    def forget(self) -> None:
        """Give back the memory of single entries, of which there may be a million; the report needs none."""
        self.seen, self.old, self.sources, self.touched = {}, {}, {}, set()

    def _records(self) -> dict[str, FileRecord]:
        """Return what to remember of each file; one that could not be read is looked at next time, too."""
        records = dict(self.done)
        for name in self.failed:
            record = records.get(name, FileRecord("", 0))
            entries = record.entries + self.kept.get(name, 0)
            records[name] = replace(record, digest="", entries=entries, problems=())
        return records

    def report(self, seconds: float) -> Report:
        """Return what was done."""
        problems = {problem for record in self.done.values() for problem in record.problems}
        problems |= {*self.failed.values(), *self.words}
        problems |= set(read_aliases(self.home.aliases, default_analyzer(), self.home.zone).problems)
        untouched = sum(one.entries for name, one in self.done.items() if self.known.get(name) is one)
        return Report(
            added=self.tally.added,
            changed=self.tally.changed,
            removed=self.tally.removed,
            unchanged=self.tally.unchanged + untouched,
            entries=self.engine.state().entries,
            seconds=seconds,
            problems=tuple(sorted(problems)),
            unreadable=len(self.failed),
            reanalyzed=self.tally.reanalyzed,
        )


def _make(folder: Path) -> None:
    """Make the folder for notes; without it, the next reindex is slower, not wrong."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)


def _source(lines: Lines | None, item: Record) -> int:
    return lines.hash_of(item.line, item.entry.id) if lines else 0


def _taken(item: Record, name: str, owner: str) -> Problem:
    where = "本文件" if owner == name else owner
    message = f"编号「{item.entry.id}」已被 {where} 使用，这一条未收录；请改用另一个编号"
    return Problem(name, item.line, message)


def _name(path: Path) -> str:
    """Return what a data file is called; bytes that are no text are spelt out."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
