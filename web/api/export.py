"""Exports: all hits of a search as a file, streamed.

The request is checked and all hits are found and sorted before the first byte is sent, so an error is an
error page with its status, not a truncated file.

An export occupies a thread until the client has read it, so the number of exports in each process is limited.
A few further requests wait a moment for the end of one; the others are answered 503 with Retry-After.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import BoundedSemaphore
from typing import Final
from urllib.parse import quote
from weakref import finalize

from flask import Blueprint, Response, request, url_for

from search.deadline import Deadline
from search.errors import TooBusy, UsageError
from search.language.message import Message
from search.output.export import COLUMNS, MEDIA_TYPES, PERMALINK, WRITERS, Export, Format, TableForm, as_csv
from web.language.i18n import api_language, chosen, gettext
from web.request.params import MAX_VALUES
from web.request.searching import home, read_params, searcher

__all__ = ["export"]

export = Blueprint("export", __name__)

#: Least bytes of a chunk of lines.
_CHUNK_BYTES = 1 << 16
#: Exports that run at once in each process; the other threads answer queries.
MAX_EXPORTS: Final = 2
#: Further exports that wait for the end of one, and the seconds that they wait.
MAX_WAITING: Final = 2
WAITING_SECONDS: Final = 2.0
#: Maximal duration of an export in seconds.
MAX_EXPORT_SECONDS: Final = 1800
#: Characters of the query in the name of a file.
_NAME_CHARACTERS: Final = 40
_slots = BoundedSemaphore(MAX_EXPORTS)
_waiting = BoundedSemaphore(MAX_WAITING)


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


def _acquired() -> bool:
    """Return whether an export may run, after waiting for the end of another if few wait already."""
    if _slots.acquire(blocking=False):
        return True
    if not _waiting.acquire(blocking=False):
        return False
    try:
        return _slots.acquire(timeout=WAITING_SECONDS)
    finally:
        _waiting.release()


class _Slot:
    """One of the exports that run at once. Raises TooBusy where all are taken.

    Released once: after the last byte, when the client has disconnected, or when the response is collected,
    whichever comes first. A client in the same process may neither read nor close its response.
    """

    def __init__(self) -> None:
        if not _acquired():
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
    if (ids := _ids()) is not None:
        hits = hits.only(ids)
    # Without the context of the request: several exports may be open in one thread.
    chunks = slot.held(_chunks(_lines_of(hits, format)))
    response = Response(chunks, content_type=MEDIA_TYPES[format])
    response.call_on_close(slot.release)
    time = hits.time.astimezone(home().zone)
    response.headers["Content-Disposition"] = _disposition(params.q, f"{time:%Y%m%d-%H%M%S}.{format}")
    return response


def _ids() -> frozenset[str] | None:
    """Return the ids of the request, None if it names none; an empty one names no entry."""
    if "id" not in request.args:
        return None
    ids = frozenset(filter(None, request.args.getlist("id")))
    if len(ids) > MAX_VALUES:
        reason = Message("一次最多选 {max} 个，给了 {count} 个", max=MAX_VALUES, count=len(ids))
        raise UsageError("参数 {name}：{reason}", name="id", reason=reason)
    return ids


def _lines_of(hits: Export, format: Format) -> Iterator[bytes]:
    """Return the lines of the file; a table is for people if the address says their language."""
    if format == "csv" and chosen():
        return as_csv(hits, api_language(), _table_form())
    return WRITERS[format](hits, api_language())


def _table_form() -> TableForm:
    base = url_for("pages.entry", id="-", _external=True).removesuffix("-")
    texts = (
        *(gettext("编号"), gettext("时间"), gettext("标题"), gettext("正文"), gettext("图片说明")),
        *(gettext("来源"), gettext("记者"), gettext("专题"), gettext("原文链接"), gettext("相关度")),
        *(gettext("部分匹配"), gettext("本站链接")),
    )
    names = dict(zip((*COLUMNS, PERMALINK), texts, strict=True))
    return TableForm(names, home().zone, lambda id: base + quote(id, safe="/:@"))


def _disposition(query: str, ending: str) -> str:
    """Return the header that names the file by its query and time, for old clients by its time only."""
    words = "-".join(re.findall(r"\w+", query))[:_NAME_CHARACTERS]
    name = quote("-".join(filter(None, ("xunwen", words, ending))))
    return f"attachment; filename=\"xunwen-{ending}\"; filename*=UTF-8''{name}"


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
