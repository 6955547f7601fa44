"""Export: every match of a search, as JSON lines or as a table.

The lines are the pages of the same search, concatenated, of one generation. Each format includes the request:
JSON lines as a first record, which the readers of `data/` skip; a table in the name of its last, empty
column. So every row is an entry, and a saved export records its query.
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
from search.jsonable import jsonable
from search.language.catalogue import CHINESE, translate_values
from search.results import DuplicateOf, Sort

__all__ = ["MANIFEST", "MEDIA_TYPES", "WRITERS", "Export", "Format", "as_csv", "as_jsonl"]

Format = Literal["csv", "jsonl"]

#: Key of the request in an export.
MANIFEST: Final = "xunwen_export"
_COLUMNS: Final = (
    *("id", "time", "headline", "body", "captions", "agencies", "credit", "stream", "url"),
    *("score", "partial"),
)
#: Separators of several values in one cell; the reader of tables splits at them.
_SEPARATORS: Final = {"captions": "\n", "agencies": "、"}
#: First characters of a cell that some spreadsheet evaluates as a formula.
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_C1: Final = re.compile("[\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Export:
    """A request made at `time`, and its matches, which can be iterated once.

    `hits` yields each entry with its near-duplicates, None without folding; `folded` is their number.
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
        """Return request, generation and totals as plain JSON values."""
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
            "problems": jsonable(logical.problems),
        }

    def _filters(self) -> dict[str, Any]:
        """Return the resolved filters; `before` is the exclusive end of the period."""
        filters = self.request.filters
        resolved: dict[str, Any] = jsonable(
            {
                "agency": filters.agencies,
                "stream": filters.streams,
                "from": filters.start,
                "before": filters.end,
                "asof": filters.asof,
                "corrected": filters.ids is not None,
            }
        )
        return resolved

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield each entry as plain JSON values, with its score."""
        for scored, copies in self.hits:
            row = {**jsonable(scored.entry), "score": jsonable(scored.score), "partial": scored.partial}
            if copies is not None:
                row["copies"] = jsonable(copies)
            yield row


def as_jsonl(export: Export, language: str = CHINESE) -> Iterator[bytes]:
    """Yield the lines of a .jsonl file, in UTF-8: the request, then one entry each."""
    yield _line({MANIFEST: translate_values(export.manifest(), language)})
    for row in export.rows():
        yield _line(row)


def as_csv(export: Export, language: str = CHINESE) -> Iterator[bytes]:
    """Yield the rows of a .csv file, in UTF-8 with a byte order mark; no cell is a formula."""
    request = json.dumps(translate_values(export.manifest(), language), ensure_ascii=False)
    yield "\ufeff".encode() + _row([*_COLUMNS, f"{MANIFEST}:{request}"])
    for row in export.rows():
        yield _row([*(_cell(name, row) for name in _COLUMNS), ""])


#: Writer of each format; the second argument is the language of the messages in the request.
WRITERS: Final[dict[Format, Callable[..., Iterator[bytes]]]] = {"csv": as_csv, "jsonl": as_jsonl}
MEDIA_TYPES: Final[dict[Format, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "jsonl": "application/x-ndjson; charset=utf-8",
}


#: One encoder for all values; `json.dumps` with options would make one for each.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode


def _line(value: Any) -> bytes:
    text = _ENCODE(value)
    # C1 controls are escaped because some terminals interpret them; lone surrogates have no UTF-8.
    text = _C1.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def _row(cells: list[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode("utf-8", "replace")


def _cell(name: str, row: Mapping[str, Any]) -> str:
    match row[name]:
        case None:
            return ""
        case bool() as value:
            return "1" if value else "0"
        case list() as values:
            return _safe(_SEPARATORS[name].join(values))
        case str() as value:
            return _safe(value)
        case value:
            return str(value)


def _safe(text: str) -> str:
    """Return text that spreadsheets do not evaluate.

    >>> _safe("=1+1"), _safe("阿拉木图")
    ("'=1+1", '阿拉木图')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
