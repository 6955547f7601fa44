"""Atom feeds of searches, newest entries first.

Promise: any entry gives a valid feed (RFC 4287), an entry has the same id in every feed, and the same hits
give the same bytes, so that an unchanged feed is answered 304.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode, urljoin
from xml.etree.ElementTree import Element as _Element
from xml.etree.ElementTree import SubElement, indent, tostring

from flask import Blueprint, Response, request
from markupsafe import escape

from search import __version__
from search.results import Hit
from web.language.i18n import SIMPLIFIED, Language, chosen, sentence_in
from web.pages.format import web_url
from web.request.links import link
from web.request.params import Params
from web.request.searching import read_params, search

__all__ = [
    "LENGTH",
    "MEDIA_TYPE",
    "content_html",
    "feed_params",
    "feed_title",
    "feeds",
    "own_address",
    "source_address",
    "tag",
    "title_of",
    "written",
]

feeds = Blueprint("feeds", __name__)

MEDIA_TYPE: Final = "application/atom+xml"
#: Entries of a feed without `limit`.
LENGTH: Final = 50
#: The time of an entry without one, as Atom requires a time.
_UNKNOWN: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: Characters that XML 1.0 does not allow.
_FORBIDDEN: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Characters that are not escaped in a tag address; those that a link has escaped stay escaped.
_IN_TAG: Final = "/?=&%:@!$'()*+,;~"
_HOST: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")
#: Characters of the body that stand in for a missing headline.
_TITLE_CHARACTERS: Final = 40


@feeds.get("/feed.atom")
def atom() -> Response:
    """Answer with the feed of a search."""
    params = feed_params(read_params().checked())
    response = Response(
        written(params, search(params, fold=False).hits), content_type=f"{MEDIA_TYPE}; charset=utf-8"
    )
    response.add_etag()
    response.make_conditional(request)
    return response


def feed_params(params: Params) -> Params:
    """Return the parameters with the defaults of a feed: full matches, newest first, and more of them."""
    given = {name for name, value in request.args.items() if value.strip()}
    sort = params.sort if "sort" in given else "newest"
    limit = params.limit if "limit" in given else LENGTH
    return replace(params, sort=sort, limit=limit, partial=params.partial and "partial" in given)


def written(params: Params, hits: Sequence[Hit]) -> bytes:
    """Return the document of one search; its addresses have the host of the current request.

    Its words are Chinese unless `lang` in the address says otherwise, so that a feed does not depend on
    headers and cookies.
    """
    words = partial(sentence_in, chosen() or SIMPLIFIED)
    feed = _Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "zh-CN"})
    page = link(replace(params, partial=True), page=params.page)
    _add_element(feed, "id", tag(f"feed{page}"))
    _add_element(feed, "title", feed_title(params, chosen() or SIMPLIFIED))
    _add_element(feed, "updated", max((_time(hit) for hit in hits), default=_UNKNOWN).isoformat())
    _add_element(feed, "link", rel="alternate", type="text/html", href=urljoin(request.host_url, page))
    _add_element(
        feed, "link", rel="self", type=MEDIA_TYPE, href=urljoin(request.host_url, own_address(params))
    )
    _add_element(_add_element(feed, "author"), "name", words("寻闻"))
    _add_element(feed, "generator", "Xunwen", version=__version__)
    for hit in hits:
        _add(_add_element(feed, "entry"), hit, words("部分匹配"))
    indent(feed)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def own_address(params: Params, endpoint: str = "feeds.atom") -> str:
    """Return the address of the feed, with `limit` and `partial`, which links to pages do not have."""
    url = link(replace(params, partial=True), endpoint, page=params.page)
    own = {} if params.limit == LENGTH else {"limit": str(params.limit)}
    own |= {"partial": "1"} if params.partial else {}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(own)}" if own else url


def _add(entry: _Element, hit: Hit, partial_label: str) -> None:
    """Add the elements of one entry."""
    _add_element(entry, "id", tag(f"entries/{hit.id}"))
    _add_element(entry, "title", title_of(hit))
    _add_element(entry, "updated", _time(hit).isoformat())
    if hit.time:
        _add_element(entry, "published", hit.time.isoformat())
    page = urljoin(request.host_url, link(Params(), entry=hit.id))
    _add_element(entry, "link", rel="alternate", type="text/html", href=page)
    if address := source_address(hit.url):
        _add_element(entry, "link", rel="via", href=address)
    for name in filter(None, (_clean(name).strip() for name in (*hit.agencies, hit.credit))):
        _add_element(_add_element(entry, "author"), "name", name)
    _add_element(entry, "category", term=hit.stream, label=hit.stream)
    if hit.partial:
        _add_element(entry, "category", term="partial", scheme=tag("match"), label=partial_label)
    _add_element(entry, "content", content_html((*hit.body.split("\n"), *hit.captions)), type="html")


def _add_element(parent: _Element, name: str, text: str = "", **attributes: str) -> _Element:
    """Add an element, without characters that XML does not allow."""
    element = SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    element.text = _clean(text) or None
    return element


def feed_title(params: Params, spoken: Language) -> str:
    """Return the title of the feed of a search."""
    query = params.q.strip() or sentence_in(spoken, "最新条目")
    return sentence_in(spoken, "寻闻：%(q)s") % {"q": query}


def title_of(hit: Hit) -> str:
    """Return the headline of an entry, else the beginning of its body, else its id."""
    return _clean(hit.headline or hit.body[:_TITLE_CHARACTERS]).strip() or hit.id


def content_html(paragraphs: Sequence[str]) -> str:
    """Return paragraphs as HTML."""
    return "".join(f"<p>{escape(text)}</p>" for text in paragraphs if text.strip())


def _time(hit: Hit) -> datetime:
    return hit.time or _UNKNOWN


def tag(specific: str) -> str:
    """Return a tag URI of this host (RFC 4151), which does not depend on the mount point."""
    match = _HOST.match(request.host)
    host = match[0].lower() if match else "localhost"
    return f"tag:{host},2022:{quote(specific, safe=_IN_TAG)}"


def source_address(url: str) -> str:
    """Return the address of a source with all characters escaped that a URL does not allow, "" for none."""
    return quote(_clean(url), safe="/?#[]@!$&'()*+,;=:%~") if web_url(url) else ""


def _clean(text: str) -> str:
    """Drop characters that XML does not allow.

    >>> _clean("机\\x00场\\ufffe")
    '机场'
    """
    return _FORBIDDEN.sub("", text)
