"""Feeds: every search as an Atom feed, newest first, so that whoever asked once hears what comes next.

Promise: a valid feed (RFC 4287) whatever is in the entries; an entry keeps its id in every feed, and the same
answer gives the same bytes, so that a reader who has it is told so (304).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, urljoin
from xml.etree.ElementTree import Element as _Element
from xml.etree.ElementTree import SubElement, indent, tostring

from flask import Blueprint, Response, request
from markupsafe import escape

from search import __version__
from search.results import Hit
from web.pages.format import web_url
from web.request.links import link
from web.request.params import Params
from web.request.searching import answer, reading

__all__ = ["LENGTH", "MEDIA_TYPE", "feeds", "written"]

feeds = Blueprint("feeds", __name__)

MEDIA_TYPE: Final = "application/atom+xml"
#: How many entries a feed has where nothing is said.
LENGTH: Final = 50
#: Stands for a time that is not known, as a feed must have one.
_UNKNOWN: Final = datetime(1970, 1, 1, tzinfo=UTC)
#: What XML 1.0 cannot hold.
_FORBIDDEN: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: What stays as it is in a tag; what a link has encoded stays encoded.
_IN_TAG: Final = "/?=&%:@!$'()*+,;~"
_HOST: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*")
_HEAD: Final = 40


@feeds.get("/feed.atom")
def atom() -> Response:
    """Answer a search as a feed."""
    params = feed_params(reading().checked())
    response = Response(
        written(params, answer(params, fold=False).hits), content_type=f"{MEDIA_TYPE}; charset=utf-8"
    )
    response.add_etag()
    response.make_conditional(request)
    return response


def feed_params(params: Params) -> Params:
    """Return what a feed is asked for: the same, but newest first and longer where nothing is said."""
    said = {name for name, value in request.args.items() if value.strip()}
    sort = params.sort if "sort" in said else "newest"
    return replace(params, sort=sort, limit=params.limit if "limit" in said else LENGTH)


def written(params: Params, hits: Sequence[Hit]) -> bytes:
    """Return the document of one search; needs a request, whose host the addresses in it name."""
    feed = _Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "zh-CN"})
    page = link(params, page=params.page)
    _say(feed, "id", _tag(f"feed{page}"))
    _say(feed, "title", f"寻闻：{params.q.strip() or '最新条目'}")
    _say(feed, "updated", max((_time(hit) for hit in hits), default=_UNKNOWN).isoformat())
    _say(feed, "link", rel="alternate", type="text/html", href=urljoin(request.host_url, page))
    _say(feed, "link", rel="self", type=MEDIA_TYPE, href=urljoin(request.host_url, _here(params)))
    _say(_say(feed, "author"), "name", "寻闻")
    _say(feed, "generator", "Xunwen", version=__version__)
    for hit in hits:
        _add(_say(feed, "entry"), hit)
    indent(feed)
    document: bytes = tostring(feed, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _here(params: Params) -> str:
    """Return the address of the feed itself, with what a link to a page does not say."""
    place = link(params, "feeds.atom", page=params.page)
    return place if params.limit == LENGTH else f"{place}{'&' if '?' in place else '?'}limit={params.limit}"


def _add(entry: _Element, hit: Hit) -> None:
    """Say everything of one entry."""
    _say(entry, "id", _tag(f"entries/{hit.id}"))
    _say(entry, "title", _clean(hit.headline or hit.body[:_HEAD]).strip() or hit.id)
    _say(entry, "updated", _time(hit).isoformat())
    if hit.time:
        _say(entry, "published", hit.time.isoformat())
    place = urljoin(request.host_url, link(Params(), entry=hit.id))
    _say(entry, "link", rel="alternate", type="text/html", href=place)
    if web_url(hit.url):
        _say(entry, "link", rel="via", href=_address(hit.url))
    for name in filter(None, (_clean(name).strip() for name in (*hit.agencies, hit.credit))):
        _say(_say(entry, "author"), "name", name)
    _say(entry, "category", term=hit.stream, label=hit.stream)
    if hit.partial:
        _say(entry, "category", term="partial", scheme=_tag("match"), label="部分匹配")
    _say(entry, "content", _html((*hit.body.split("\n"), *hit.captions)), type="html")


def _say(parent: _Element, name: str, text: str = "", **attributes: str) -> _Element:
    """Add an element, with nothing in it that XML cannot hold."""
    said = SubElement(parent, name, {key: _clean(value) for key, value in attributes.items()})
    said.text = _clean(text) or None
    return said


def _html(paragraphs: Sequence[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in paragraphs if text.strip())


def _time(hit: Hit) -> datetime:
    return hit.time or _UNKNOWN


def _tag(specific: str) -> str:
    """Return a name for a thing of this site (RFC 4151), the same wherever the site is mounted."""
    name = _HOST.match(request.host)
    site = name[0].lower() if name else "localhost"
    return f"tag:{site},2022:{quote(specific, safe=_IN_TAG)}"


def _address(url: str) -> str:
    """Return an address with everything escaped that no address may hold."""
    return quote(_clean(url), safe="/?#[]@!$&'()*+,;=:%~")


def _clean(text: str) -> str:
    """Drop what XML cannot hold.

    >>> _clean("机\\x00场\\ufffe")
    '机场'
    """
    return _FORBIDDEN.sub("", text)
