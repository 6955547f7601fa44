"""Exports: the whole answer of a search as a file, sent while it is being read.

What is asked is checked, and everything found and put in order, before the first byte goes out; so an error
is an error page with its status, and never the end of a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, stream_with_context

from search.export import MEDIA_TYPES, WRITERS, Format
from web.answers import home, question, reading, searcher

__all__ = ["export"]

export = Blueprint("export", __name__)

#: Lines are sent in pieces of about so many bytes.
_PIECE = 1 << 16


@export.get("/export.csv")
def table() -> Response:
    """Send everything that a search finds as a table."""
    return _sent("csv")


@export.get("/export.jsonl")
def lines() -> Response:
    """Send everything that a search finds as JSON lines."""
    return _sent("jsonl")


def _sent(form: Format) -> Response:
    params = reading().checked()
    found = searcher().export(params.q, **question(params, fold=False))
    pieces = stream_with_context(_pieces(WRITERS[form](found)))
    response = Response(pieces, content_type=MEDIA_TYPES[form])
    moment = found.time.astimezone(home().zone)
    response.headers["Content-Disposition"] = f'attachment; filename="xunwen-{moment:%Y%m%d-%H%M%S}.{form}"'
    return response


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines, so that not each is sent alone."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        held.append(line)
        size += len(line)
        if size >= _PIECE:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
