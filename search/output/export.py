"""Export: everything that a search finds, as JSON lines or as a table, entry by entry.

The lines are what the pages of the same search show, laid end to end, of one state of the index. Either form
says first what was asked: JSON lines in a line of its own, which readers of `data/` pass over; a table in the
name of its last column, which is empty otherwise. So no row means anything but an entry, and an export that
was saved still tells where it came from.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from search.engines import Request, Scan, ScoredEntry
from search.results import DuplicateOf, Sort

__all__ = ["MANIFEST", "MEDIA_TYPES", "WRITERS", "Export", "Format", "as_csv", "as_jsonl"]

Format = Literal["csv", "jsonl"]

#: The name under which an export says what was asked.
MANIFEST: Final = "xunwen_export"
_COLUMNS: Final = (
    *("id", "time", "headline", "body", "captions", "agencies", "credit", "stream", "url"),
    *("score", "partial"),
)
#: What parts several values in one cell, as the reader of tables takes them apart.
_JOINED: Final = {"captions": "\n", "agencies": "、"}
#: A cell that begins so is a formula to one spreadsheet or another, in full width too.
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_C1: Final = re.compile("[\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Export:
    """What was asked, at `time`, and everything that was found, to be taken once.

    `hits` gives each entry with its near-copies, which are None where none were looked for; `folded` counts
    those as in `Results`.
    """

    query: str
    sort: Sort
    exact: bool
    time: datetime
    request: Request
    listing: Scan
    hits: Iterator[tuple[ScoredEntry, tuple[DuplicateOf, ...] | None]]
    folded: int | None = None

    def manifest(self) -> dict[str, Any]:
        """Return what was asked, of which generation, and how much it found, as plain JSON values."""
        logical, counts = self.request.query, self.listing
        return {
            "query": self.query,
            "filters": self._filters(),
            "sort": self.sort,
            "exact": self.exact,
            "total": counts.total,
            "partial_total": counts.partial_total,
            **({} if self.folded is None else {"folded": self.folded}),
            "generation": counts.generation,
            "time": self.time.isoformat(),
            "also_searched": list(logical.also_searched),
            "problems": [{"position": p.position, "message": p.message} for p in logical.problems],
        }

    def _filters(self) -> dict[str, Any]:
        """Return the filters as moments; `before` is the first one that does not count any more."""
        filters = self.request.filters
        start, end, asof = (_iso(time) for time in (filters.start, filters.end, filters.asof))
        agencies, streams = list(filters.agencies), list(filters.streams)
        times = {"from": start, "before": end, "asof": asof}
        return {"agency": agencies, "stream": streams, **times, "corrected": filters.ids is not None}

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each entry as plain JSON values: all that `data/` can hold, and how it was found."""
        for found, copies in self.hits:
            row = {**found.entry.as_dict(), "score": round(found.score, 6), "partial": found.partial}
            if copies is not None:
                row["copies"] = [copy.as_dict() for copy in copies]
            yield row


def as_jsonl(export: Export) -> Iterator[bytes]:
    """Yield the lines of a .jsonl file, in UTF-8: what was asked, then one entry each."""
    yield _line({MANIFEST: export.manifest()})
    for row in export.rows():
        yield _line(row)


def as_csv(export: Export) -> Iterator[bytes]:
    """Yield the rows of a .csv file, in UTF-8 with its mark, no cell of which runs as a formula."""
    asked = json.dumps(export.manifest(), ensure_ascii=False)
    yield "\ufeff".encode() + _row([*_COLUMNS, f"{MANIFEST}:{asked}"])
    for row in export.rows():
        yield _row([*(_cell(name, row) for name in _COLUMNS), ""])


#: How each format is written, and its media type.
WRITERS: Final[dict[Format, Callable[[Export], Iterator[bytes]]]] = {"csv": as_csv, "jsonl": as_jsonl}
MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson; charset=utf-8",
}


#: Made once, as `json.dumps` with options makes an encoder for each value.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


def _line(value: Any) -> bytes:
    text = _ENCODE(value)
    # JSON leaves these as they are, and some terminals obey them; half a pair has no bytes in UTF-8.
    text = _C1.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _row(cells: list[str]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerow(cells)
    return held.getvalue().encode("utf-8", "replace")


def _cell(name: str, row: Mapping[str, Any]) -> str:
    match row[name]:
        case None:
            return ""
        case bool() as value:
            return "1" if value else "0"
        case list() as values:
            return _safe(_JOINED[name].join(values))
        case str() as value:
            return _safe(value)
        case value:
            return str(value)


def _safe(text: str) -> str:
    """Return text that a spreadsheet takes as text.

    >>> _safe("=1+1"), _safe("阿拉木图")
    ("'=1+1", '阿拉木图')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
