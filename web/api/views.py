"""The JSON API. It refuses parameters that it cannot use.

Answers are made from the same objects as the pages; every error has the shape of `web.serving.errors`.
"""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, jsonify, request

from search.errors import EntryNotFound, UsageError
from search.language.catalogue import translate_values
from web.api.browser_search import completions
from web.language.i18n import api_language
from web.request import searching
from web.request.searching import SIMILAR, read_params, searcher

__all__ = ["api"]

api = Blueprint("api", __name__)

#: Characters of a query that is completed.
MAX_SUGGEST = 100


@api.get("/api/v1/search")
def search() -> Response:
    """Answer with the hits of a search."""
    response = searching.search(read_params().checked(), fold=False)
    return jsonify(translate_values(response.as_dict(), api_language()))


@api.get("/api/v1/suggest")
def suggest() -> Response:
    """Answer with suggestions for a typed text."""
    params = read_params().checked()
    if len(params.q) > MAX_SUGGEST:
        raise UsageError("参数 q：最多 {max} 个字符，给了 {length} 个", max=MAX_SUGGEST, length=len(params.q))
    format = request.args.get("format", "").strip() or "json"
    if format not in ("json", "opensearch"):
        raise UsageError("参数 format：须为 json、opensearch 之一")
    suggestions = searcher().suggest(params.q, asof=params.asof or None) if params.q.strip() else []
    if format == "opensearch":
        return completions(params.q, [suggestion.text for suggestion in suggestions])
    return jsonify({"query": params.q, "suggestions": [suggestion.as_dict() for suggestion in suggestions]})


@api.get("/api/v1/entries/<entry_id:id>")
def entry(id: str) -> Response:
    """Answer with one entry."""
    entry = searcher().entry(id)
    ties = searcher().ties(id, read_params().checked().asof or None)
    return jsonify({**entry.as_dict(), **ties.as_dict()})


@api.get("/api/v1/entries/<entry_id:id>/similar")
def similar(id: str) -> Response:
    """Answer with the entries most similar to one."""
    with suppress(EntryNotFound):
        # An id may end in /similar itself; then the request is for that entry.
        return entry(f"{id}/similar")
    params = read_params().checked()
    n = params.limit if request.args.get("limit", "").strip() else SIMILAR
    similar = searcher().similar(id, n, params.asof or None)
    return jsonify({"id": id, "hits": [entry.as_dict() for entry in similar]})


@api.get("/healthz")
def health() -> Response:
    """Answer with the state of the index; 503 without one."""
    state = searcher().status().state
    return jsonify({"ok": True, "entries": state.entries, "generation": state.generation})
