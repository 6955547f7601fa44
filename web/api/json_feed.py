"""JSON Feeds of searches (version 1.1): the entries of the Atom feed, with its ids and in its order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urljoin

from flask import Blueprint, Response, current_app, request

from search.results import Hit
from web.api.feeds import content_html, feed_params, feed_title, own_address, source_address, tag, title_of
from web.language.i18n import SIMPLIFIED, chosen, sentence_in
from web.request.links import link
from web.request.params import Params
from web.request.searching import read_params, search

__all__ = ["MEDIA_TYPE", "json_feed"]

json_feed = Blueprint("json_feed", __name__)

MEDIA_TYPE: Final = "application/feed+json"
_VERSION: Final = "https://jsonfeed.org/version/1.1"


@json_feed.get("/feed.json")
def feed() -> Response:
    """Answer with the feed of a search."""
    params = feed_params(read_params().checked())
    document = current_app.json.dumps(_document(params, search(params, fold=False).hits))
    response = Response(document + "\n", content_type=MEDIA_TYPE)
    response.add_etag()
    response.make_conditional(request)
    return response


def _document(params: Params, hits: tuple[Hit, ...]) -> dict[str, Any]:
    spoken = chosen() or SIMPLIFIED
    page = link(replace(params, partial=True), page=params.page)
    return {
        "version": _VERSION,
        "title": feed_title(params, spoken),
        "home_page_url": urljoin(request.host_url, page),
        "feed_url": urljoin(request.host_url, own_address(params, "json_feed.feed")),
        "language": "zh-CN",
        "authors": [{"name": sentence_in(spoken, "寻闻")}],
        "items": [_item(hit, sentence_in(spoken, "部分匹配")) for hit in hits],
    }


def _item(hit: Hit, partial_label: str) -> dict[str, Any]:
    """Return one entry; an entry without a time has no date."""
    authors = [{"name": name} for name in (*hit.agencies, hit.credit) if name.strip()]
    return {
        "id": tag(f"entries/{hit.id}"),
        "url": urljoin(request.host_url, link(Params(), entry=hit.id)),
        **({"external_url": address} if (address := source_address(hit.url)) else {}),
        "title": title_of(hit),
        "content_html": content_html((*hit.body.split("\n"), *hit.captions)),
        **({"date_published": hit.time.isoformat()} if hit.time else {}),
        **({"authors": authors} if authors else {}),
        "tags": [hit.stream, partial_label] if hit.partial else [hit.stream],
    }
