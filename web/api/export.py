"""Exports: all hits of a search as a file, streamed.

The request is checked and all hits are found and sorted before the first byte is sent, so an error is an
error page with its status, not a truncated file.

An export occupies a thread until the client has read it, so the number of exports in each process is limited;
further requests are answered 503 with Retry-After.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Final
from weakref import finalize

from flask import Blueprint, Response, request

from search.deadline import Deadline
from search.errors import TooBusy
from search.output.export import MEDIA_TYPES, WRITERS, Format
from web.language.i18n import api_language
from web.request.searching import home, read_params, searcher

__all__ = ["export"]

export = Blueprint("export", __name__)

#: Least bytes of a chunk of lines.
_CHUNK_BYTES = 1 << 16
#: Exports that run at once in each process; the other threads answer queries.
MAX_EXPORTS: Final = 2
#: Maximal duration of an export in seconds.
MAX_EXPORT_SECONDS: Final = 1800
_slots = BoundedSemaphore(MAX_EXPORTS)


@export.get("/export.csv")
def table() -> Response:
    """Send all hits of a search as a table."""
    return _export("csv")


@export.get("/export.jsonl")
def lines() -> Response:
    """Send all hits of a search as JSON lines."""
    return _export("jsonl")


def _export(format: Format) -> Response:
    slot = _Slot()
    try:
        return _stream(format, slot)
    except BaseException:
        slot.release()
        raise


class _Slot:
    """One of the exports that run at once. Raises TooBusy where all are taken.

    Released once: after the last byte, when the client has disconnected, or when the response is collected,
    whichever comes first. A client in the same process may neither read nor close its response.
    """

    def __init__(self) -> None:
        if not _slots.acquire(blocking=False):
            raise TooBusy
        self.release = finalize(self, _slots.release)
        self.release.atexit = False

    def held(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the chunks, then release."""
        yield from chunks
        self.release()


def _stream(format: Format, slot: _Slot) -> Response:
    params = read_params().checked()
    wanted = params.partial and bool(request.args.get("partial", "").strip())
    options = replace(params.options(fold=False), partial=wanted)
    hits = searcher().export(params.q, options)
    # Without the context of the request: several exports may be open in one thread.
    chunks = slot.held(_chunks(WRITERS[format](hits, api_language())))
    response = Response(chunks, content_type=MEDIA_TYPES[format])
    response.call_on_close(slot.release)
    time = hits.time.astimezone(home().zone)
    response.headers["Content-Disposition"] = f'attachment; filename="xunwen-{time:%Y%m%d-%H%M%S}.{format}"'
    return response


def _chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines to chunks; raises DeadlineExceeded after the maximal duration."""
    deadline = Deadline(MAX_EXPORT_SECONDS)
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line)
        if size >= _CHUNK_BYTES:
            deadline.check()
            yield b"".join(chunk)
            chunk, size = [], 0
    yield b"".join(chunk)
