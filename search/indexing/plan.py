"""What a reindex has to do: the data files compared with the manifest and with the indexed entries.

Works on files and values alone and calls no engine.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from search.errors import Problem, UnreadableFile
from search.home import Home
from search.indexing.manifest import READERS_VERSION, FileFingerprint, FileRecord, Manifest, fingerprint_file
from search.readers.files import list_files

__all__ = ["Plan", "basis_of"]


def basis_of(home: Home) -> str:
    """Return what entries depend on besides the files: the version of the readers and the zone."""
    return f"{READERS_VERSION} {home.zone.key}"


@dataclass
class Plan:
    """The data files of a home, compared with the files that the index was built from.

    `indexed` holds the records of the manifest if it describes the published index, else nothing. `done`
    holds the records of this reindex, `others` the problems of files that are not read.
    """

    paths: dict[str, Path] = field(default_factory=dict)
    fingerprints: dict[str, FileFingerprint] = field(default_factory=dict)
    failed: dict[str, Problem] = field(default_factory=dict)
    indexed: dict[str, FileRecord] = field(default_factory=dict)
    done: dict[str, FileRecord] = field(default_factory=dict)
    others: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, home: Home) -> Plan:
        """Read every data file of a home once; raises UnreadableFile for a folder that cannot be listed."""
        files = list_files(home.data)
        plan = cls(others=tuple(files.problems()))
        for path in files.paths:
            name = _name(path.relative_to(home.data))
            plan.paths[name] = path
            try:
                plan.fingerprints[name] = fingerprint_file(path, name)
            except UnreadableFile as error:
                plan.failed[name] = error.problem
        return plan

    def compare(self, manifest: Manifest | None, basis: str, state: tuple[int | None, str]) -> None:
        """Use the records of a manifest if it has this basis and describes this state of the index."""
        current = (
            manifest is not None
            and manifest.basis == basis
            and (manifest.generation, manifest.state) == state
        )
        self.indexed = manifest.files if manifest and current else {}

    @property
    def gone(self) -> set[str]:
        """The indexed files that are no longer in `data/`."""
        return self.indexed.keys() - self.paths.keys()

    @property
    def changed(self) -> bool:
        """Whether any file changed, came or went since the index was built."""
        return not self.indexed or bool(self.gone) or not all(map(self._unchanged, self.paths))

    def _unchanged(self, name: str) -> bool:
        record, fingerprint = self.indexed.get(name), self.fingerprints.get(name)
        if record is None:
            return False
        # A file that cannot be read now keeps the entries it had.
        return fingerprint is None or record.digest == fingerprint.digest

    def keep_unchanged(self) -> None:
        """Take over the records of unchanged files, except those that lost an id to another file."""
        for name in self.paths:
            record = self.indexed.get(name)
            if record and self._unchanged(name) and not (record.shadowed and name in self.fingerprints):
                self.done[name] = record

    @property
    def pending(self) -> list[str]:
        """The readable files without a record in `done`."""
        return [name for name in self.fingerprints if name not in self.done]

    @property
    def untouched_entries(self) -> int:
        """The number of entries in files that were not parsed."""
        return sum(record.entries for name, record in self.done.items() if self.indexed.get(name) is record)

    def records(self, kept: dict[str, int]) -> dict[str, FileRecord]:
        """Return the records for the manifest; `kept` counts the entries that unreadable files keep.

        An unreadable file gets no digest, so that the next reindex reads it again.
        """
        records = dict(self.done)
        for name in self.failed:
            record = records.get(name, FileRecord("", 0))
            entries = record.entries + kept.get(name, 0)
            records[name] = replace(record, digest="", entries=entries, problems=())
        return records


def _name(path: Path) -> str:
    """Return the name of a data file; bytes that are not UTF-8 become escapes."""
    return os.fsencode(path.as_posix()).decode("utf-8", "backslashreplace")
