"""OpenSearch: how a browser puts Xunwen among its search engines, and asks what may be meant while one types.

The description is version 1.1 of the format; the completions are its Suggestions extension.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, Response, current_app, request, url_for

from web.language.templates import render

__all__ = ["MEDIA_TYPE", "SUGGESTIONS", "completions", "opensearch"]

opensearch = Blueprint("opensearch", __name__)

MEDIA_TYPE: Final = "application/opensearchdescription+xml"
SUGGESTIONS: Final = "application/x-suggestions+json"


@opensearch.get("/opensearch.xml")
def description() -> Response:
    """Tell a browser where to ask, in addresses that hold for the name it asked by."""
    places = {name: url_for(name, _external=True) for name in _PLACES}
    host = request.host_url.rstrip("/")
    written = render("opensearch.xml", places=places, host=host)
    return Response(written, content_type=f"{MEDIA_TYPE}; charset=utf-8")


_PLACES: Final = ("pages.search", "api.suggest", "feeds.atom", "opensearch.description")


def completions(query: str, texts: Sequence[str]) -> Response:
    """Answer with completions in the one form that browsers read."""
    written = current_app.json.dumps([query, list(texts)])
    return Response(written, content_type=SUGGESTIONS)
