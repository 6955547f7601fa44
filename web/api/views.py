"""The JSON API: strict about what it is asked, and silent about nothing.

Every answer is the `as_dict()` of the same object that the page shows; every error has the one shape.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, jsonify, request

from search.errors import EntryNotFound, UsageError
from web.api.browser_search import completions
from web.request.searching import SIMILAR, answer, reading, searcher

__all__ = ["api"]

api = Blueprint("api", __name__)

#: Nobody types more than this with an eye on suggestions.
MAX_SUGGEST = 100


@api.get("/api/v1/search")
def search() -> Response:
    """Answer a search."""
    return jsonify(answer(reading().checked(), fold=False).as_dict())


@api.get("/api/v1/suggest")
def suggest() -> Response:
    """Answer with ways to go on from what is typed."""
    params = reading().checked()
    if len(params.q) > MAX_SUGGEST:
        raise UsageError(f"参数 q：最多 {MAX_SUGGEST} 个字符，给了 {len(params.q)} 个")
    form = request.args.get("format", "").strip() or "json"
    if form not in ("json", "opensearch"):
        raise UsageError("参数 format：须为 json、opensearch 之一")
    found = searcher().suggest(params.q, asof=params.asof or None) if params.q.strip() else []
    if form == "opensearch":
        return completions(params.q, [one.text for one in found])
    return jsonify({"query": params.q, "suggestions": [one.as_dict() for one in found]})


@api.get("/api/v1/entries/<entry_id:id>")
def entry(id: str) -> Response:
    """Answer with one whole entry."""
    found = searcher().entry(id)
    ties = searcher().ties(id, reading().checked().asof or None)
    return jsonify({**found.as_dict(), **ties.as_dict()})


@api.get("/api/v1/entries/<entry_id:id>/similar")
def similar(id: str) -> Response:
    """Answer with the entries most like one."""
    with suppress(EntryNotFound):
        # An id may hold slashes, and end like this address: then the entry is meant.
        return entry(f"{id}/similar")
    params = reading().checked()
    n = params.limit if request.args.get("limit", "").strip() else SIMILAR
    found = searcher().similar(id, n, params.asof or None)
    ties = [searcher().ties(one.entry.id, params.asof or None).as_dict() for one in found]
    hits = [{**one.as_dict(), **own} for one, own in zip(found, ties, strict=True)]
    return jsonify({"id": id, "hits": hits})


@api.get("/healthz")
def health() -> Response:
    """Tell what is being served; 503 when there is no index to answer from."""
    state = searcher().status().state
    return jsonify({"ok": True, "entries": state.entries, "generation": state.generation})
