"""Lists of indexed entries for a reindex, and the check of every document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

from search.engines.base import IndexedEntry
from search.engines.opensearch.documents import entry_of, token
from search.engines.opensearch.reading.generation import Generation
from search.engines.opensearch.reading.scan import columns
from search.engines.opensearch.reading.translate import Clause
from search.errors import DamagedIndex
from search.language.message import Message

__all__ = ["find_problems", "read_indexed"]

_FIELDS: Final = ("id", "digest", "file", "source")
#: Most problems that are reported; all of them need the same rebuild.
_MAX_PROBLEMS: Final = 20


def read_indexed(generation: Generation, clauses: Sequence[Clause]) -> list[IndexedEntry]:
    """Return the live entries that match all clauses."""
    hits = map(columns, generation.scan_live(clauses, _FIELDS))
    return [IndexedEntry(hit["id"], hit["digest"], hit["file"], hit["source"]) for hit in hits]


def find_problems(generation: Generation) -> list[str]:
    """Return problems of documents: each must hold the entry that its fields describe, and only once."""
    return list(islice(_problems(generation), _MAX_PROBLEMS))


def _problems(generation: Generation) -> Iterator[str]:
    last = None
    for hit in generation.scan_live([], _FIELDS, source=True):
        fields = columns(hit)
        problem = _problem(hit, fields, last)
        last = fields.get("id")
        if problem:
            yield problem


def _problem(hit: dict[str, Any], fields: dict[str, Any], last: str | None) -> str | None:
    if fields.get("id") == last:
        return Message("编号 {id} 出现两次；请运行 xunwen reindex --full", id=last)
    try:
        entry = entry_of(hit["_source"])
    except DamagedIndex as error:
        return error.message
    if token(entry.id) != fields.get("id") or entry.digest() != fields.get("digest"):
        return Message("条目 {id} 与其摘要不符；请运行 xunwen reindex --full", id=fields.get("id"))
    return None
