"""Replay: the search of an export again, and how its entries differ from those of the export.

The first line of an export of JSON lines has the request. It is made again as of the moment of the export, so
that 昨天 is the same day, with the filters as they were resolved then.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, ClassVar, Final, Literal

from search.entry import Entry
from search.errors import UsageError
from search.jsonable import JsonObject, jsonable
from search.output.export import MANIFEST

__all__ = ["Difference", "Reason", "Replay", "SavedExport", "compare", "read_export"]

#: Why an entry came, went or changed.
Reason = Literal["later", "added", "removed", "edited", "aliases", "dictionary"]

#: What an export has of an entry beside the entry itself.
_RANKING: Final = frozenset({"score", "partial", "copies"})


@dataclass(frozen=True, slots=True)
class Difference(JsonObject):
    """One entry that differs: `time` and `headline` are those of now, or of the export if it is gone."""

    id: str
    time: str | None
    headline: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Replay(JsonObject):
    """The entries of an export and of the same search now: equal ones, and those that differ."""

    JSON_KEYS: ClassVar = ("query", "exported", "time", "same", "came", "went", "changed")

    query: str
    #: The number of entries of the export, and the moment when it was made.
    exported: int
    time: str
    same: int
    came: tuple[Difference, ...]
    went: tuple[Difference, ...]
    changed: tuple[Difference, ...]

    @property
    def is_same(self) -> bool:
        """Whether the search has the same entries with the same contents."""
        return not (self.came or self.went or self.changed)


@dataclass(frozen=True, slots=True)
class SavedRow:
    """One entry of an export: its time and headline, and a digest of its content."""

    id: str
    time: str | None
    headline: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class SavedExport:
    """An export that was read again: its request, and its rows by id, in their order."""

    query: str
    time: datetime
    #: The options of the search that was exported.
    options: Mapping[str, Any]
    #: The alias names that widened the query.
    also_searched: frozenset[str]
    rows: Mapping[str, SavedRow]


def read_export(lines: Iterable[bytes]) -> SavedExport:
    """Read the lines of a .jsonl export; raises UsageError for other files and for folded or chosen ones."""
    iterator = iter(lines)
    try:
        manifest = json.loads(next(iterator, b""))[MANIFEST]
        rows: dict[str, SavedRow] = {}
        partial = False
        for row in map(json.loads, filter(bytes.strip, iterator)):
            rows[row["id"]] = SavedRow(row["id"], row["time"], row["headline"], _digest(row))
            partial = partial or row["partial"]
        saved = SavedExport(
            manifest["query"],
            datetime.fromisoformat(manifest["time"]),
            _options(manifest, partial),
            frozenset(manifest["also_searched"]),
            rows,
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise UsageError(
            "这不是寻闻导出的 JSON 行文件；请用 xunwen export … --format jsonl 的结果"
        ) from error
    if "ids" in manifest or "folded" in manifest:
        raise UsageError("这份导出只有选出的或合并的条目，不能重查；请导出全部条目")
    return saved


def _options(manifest: Mapping[str, Any], partial: bool) -> dict[str, Any]:
    filters = manifest["filters"]
    return {
        "agency": tuple(filters["agency"]),
        "stream": tuple(filters["stream"]),
        "from_": _moment(filters["from"]),
        "to": _moment(filters["before"]),
        "asof": _moment(filters["asof"]),
        "corrected": filters["corrected"],
        "exact": manifest["exact"],
        "sort": manifest["sort"],
        "partial": partial,
    }


def compare(
    saved: SavedExport,
    found: Iterable[Entry],
    lookup: Callable[[str], Entry | None],
    also_searched: frozenset[str],
) -> Replay:
    """Compare an export with the entries that the same search finds now.

    `lookup` returns an entry of the index by its id; `also_searched` are the alias names that widen the query
    now. Entries are read as they are taken.
    """
    came: list[Difference] = []
    changed: list[Difference] = []
    left = dict(saved.rows)
    for entry in found:
        row = left.pop(entry.id, None)
        if row is None:
            came.append(_difference(entry, _why_it_came(entry, saved, also_searched)))
        elif row.digest != _digest(jsonable(entry)):
            changed.append(_difference(entry, "edited"))
    return Replay(
        query=saved.query,
        exported=len(saved.rows),
        time=saved.time.isoformat(),
        same=len(saved.rows) - len(left) - len(changed),
        came=tuple(came),
        went=tuple(
            Difference(
                row.id, row.time, row.headline, _why_it_went(row, lookup(row.id), saved, also_searched)
            )
            for row in left.values()
        ),
        changed=tuple(changed),
    )


def _why_it_came(entry: Entry, saved: SavedExport, also_searched: frozenset[str]) -> Reason:
    if entry.time is not None and entry.time > saved.time:
        return "later"
    return "aliases" if _has_any(entry, also_searched - saved.also_searched) else "added"


def _why_it_went(
    row: SavedRow, entry: Entry | None, saved: SavedExport, also_searched: frozenset[str]
) -> Reason:
    if entry is None:
        return "removed"
    if row.digest != _digest(jsonable(entry)):
        return "edited"
    return "aliases" if _has_any(entry, saved.also_searched - also_searched) else "dictionary"


def _has_any(entry: Entry, names: frozenset[str]) -> bool:
    return any(name in entry.text for name in names)


def _difference(entry: Entry, reason: Reason) -> Difference:
    return Difference(entry.id, entry.time.isoformat() if entry.time else None, entry.headline, reason)


def _digest(row: Mapping[str, Any]) -> bytes:
    """Return a digest of the content of an entry as plain JSON values."""
    content = {name: value for name, value in row.items() if name not in _RANKING}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
