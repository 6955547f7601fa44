"""The JSON API: strict about what it is asked, and silent about nothing.

Every answer is the `as_dict()` of the same object that the page shows; every error has the one shape.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from search.errors import UsageError
from web.answers import answer, reading, searcher

__all__ = ["api"]

api = Blueprint("api", __name__)

#: Nobody types more than this with an eye on suggestions.
MAX_SUGGEST = 100


@api.get("/api/v1/search")
def search() -> Response:
    """Answer a search."""
    return jsonify(answer(reading().checked()).as_dict())


@api.get("/api/v1/suggest")
def suggest() -> Response:
    """Answer with ways to go on from what is typed."""
    params = reading().checked()
    if len(params.q) > MAX_SUGGEST:
        raise UsageError(f"参数 q：最多 {MAX_SUGGEST} 个字符，给了 {len(params.q)} 个")
    found = searcher().suggest(params.q, asof=params.asof or None) if params.q.strip() else []
    return jsonify({"query": params.q, "suggestions": [one.as_dict() for one in found]})


@api.get("/api/v1/entries/<entry_id:id>")
def entry(id: str) -> Response:
    """Answer with one whole entry."""
    return jsonify(searcher().entry(id).as_dict())


@api.get("/healthz")
def health() -> Response:
    """Tell what is being served; 503 when there is no index to answer from."""
    state = searcher().status().state
    return jsonify({"ok": True, "entries": state.entries, "generation": state.generation})
