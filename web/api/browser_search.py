"""OpenSearch: Xunwen as a search engine of browsers, with suggestions.

The description follows OpenSearch 1.1, the suggestions its Suggestions extension.
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
    """Answer with the OpenSearch description; its addresses have the host of the request."""
    urls = {name: url_for(name, _external=True) for name in _ENDPOINTS}
    host = request.host_url.rstrip("/")
    document = render("opensearch.xml", urls=urls, host=host)
    return Response(document, content_type=f"{MEDIA_TYPE}; charset=utf-8")


_ENDPOINTS: Final = ("pages.search", "api.suggest", "feeds.atom", "opensearch.description")


def completions(query: str, texts: Sequence[str]) -> Response:
    """Answer with suggestions in the form of OpenSearch."""
    document = current_app.json.dumps([query, list(texts)])
    return Response(document, content_type=SUGGESTIONS)
