"""Exports: the whole answer of a search as a file, sent while it is being read.

What is asked is checked, and everything found and put in order, before the first byte goes out; so an error
is an error page with its status, and never the end of a file.

An export keeps a thread for as long as it is being read, so only some run at once in each process; who asks
for another one is answered 503 with the time to come back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from threading import BoundedSemaphore
from typing import Final

from flask import Blueprint, Response, stream_with_context

from search.deadline import Deadline
from search.errors import TooBusy
from search.output.export import MEDIA_TYPES, WRITERS, Format
from web.request.searching import home, question, reading, searcher

__all__ = ["export"]

export = Blueprint("export", __name__)

#: Bytes of a piece in which lines are sent.
_PIECE = 1 << 16
#: Exports that run at once in each process; the other threads answer queries.
MAX_EXPORTS: Final = 2
#: Seconds after which an export is cut off, however slowly it is read.
MAX_EXPORT_SECONDS: Final = 1800
_slots = BoundedSemaphore(MAX_EXPORTS)


@export.get("/export.csv")
def table() -> Response:
    """Send everything that a search finds as a table."""
    return _sent("csv")


@export.get("/export.jsonl")
def lines() -> Response:
    """Send everything that a search finds as JSON lines."""
    return _sent("jsonl")


def _sent(form: Format) -> Response:
    if not _slots.acquire(blocking=False):
        raise TooBusy
    try:
        response = _begun(form)
    except BaseException:
        _slots.release()
        raise
    # Called once, whether all was sent or the client left.
    response.call_on_close(_slots.release)
    return response


def _begun(form: Format) -> Response:
    params = reading().checked()
    found = searcher().export(params.q, **question(params, fold=False))
    pieces = stream_with_context(_pieces(WRITERS[form](found)))
    response = Response(pieces, content_type=MEDIA_TYPES[form])
    moment = found.time.astimezone(home().zone)
    response.headers["Content-Disposition"] = f'attachment; filename="xunwen-{moment:%Y%m%d-%H%M%S}.{form}"'
    return response


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines, so that not each is sent alone; raises DeadlineExceeded when that takes too long."""
    deadline = Deadline(MAX_EXPORT_SECONDS)
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _PIECE:
            deadline.check()
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
