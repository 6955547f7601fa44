"""Answers of a search that a client has already, recognized before anything is searched.

The tag of an answer names what it is made of: the state of the index, aliases, dictionary and links, the
address, the language, and the minute, since a query may name a relative time. It is weak, as the time that an
answer took is not in it.
"""

from __future__ import annotations

import secrets
import time
from hashlib import blake2b
from typing import Final

from flask import Flask, Response, g, request

from web.request.searching import searcher

__all__ = ["recognize"]

#: The endpoints whose answers are made from the index and the address alone.
_ENDPOINTS: Final = frozenset({"pages.search", "figures.page", "figures.api", "api.search"})
#: Headers that choose a language.
_HEADERS: Final = ("Accept-Language", "Cookie", "Host")


def recognize(app: Flask) -> None:
    """Answer 304 to clients of an application that name the tag of an unchanged answer."""
    # Another start may be of another version of the program.
    start = secrets.token_hex(8)

    def not_modified() -> Response | None:
        if request.endpoint not in _ENDPOINTS or request.method not in ("GET", "HEAD"):
            return None
        g.tag = _tag(start)
        if not request.if_none_match.contains_weak(g.tag):
            return None
        response = Response(status=304)
        response.vary.update(("Accept-Encoding", "Accept-Language", "Cookie"))
        return response

    app.before_request(not_modified)
    app.after_request(_set_tag)


def _set_tag(response: Response) -> Response:
    if "tag" in g and response.status_code in (200, 304):
        response.set_etag(g.tag, weak=True)
    return response


def _tag(start: str) -> str:
    """Return what distinguishes the answer to the current request; raises NoIndex and DamagedIndex."""
    parts = [
        start,
        searcher().state_id(),
        request.script_root,
        request.full_path,
        str(int(time.time()) // 60),
    ]
    parts += [request.headers.get(name, "") for name in _HEADERS]
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
