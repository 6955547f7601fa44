"""Gzip for HTML pages, where the client accepts it.

JSON is not compressed, nor are static files, which are small and cached by the browser, nor responses with
a strong ETag, which names the bytes of the body.
"""

from __future__ import annotations

import gzip
from typing import Final

from flask import Flask, Response, request

__all__ = ["compress"]

#: Least size of a compressed page in bytes; a smaller one fits into one packet anyway.
_MIN_BYTES: Final = 1400
#: Level of gzip: a page shrinks to a fifth in 0.25 ms; higher levels save a few per cent more.
_LEVEL: Final = 2


def compress(app: Flask) -> None:
    """Compress the pages of an application for clients that accept gzip."""
    app.after_request(_compress_page)


def _compress_page(response: Response) -> Response:
    if response.mimetype != "text/html":
        return response
    response.vary.add("Accept-Encoding")
    if response.is_streamed or response.direct_passthrough or response.content_encoding:
        return response
    tag, is_weak = response.get_etag()
    if (tag and not is_weak) or request.accept_encodings.quality("gzip") <= 0:
        return response
    page = response.get_data()
    if len(page) >= _MIN_BYTES:
        response.set_data(gzip.compress(page, _LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response
