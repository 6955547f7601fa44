"""Links: URLs of searches with some of their state changed, and of everything else.

A page has dozens of links that differ in one parameter. Paths and unchanged parameters are built once per
request, by Flask; the changed parameters are encoded as Flask encodes them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property, lru_cache
from typing import Any, Final
from urllib.parse import quote, quote_plus

from flask import g, request, url_for

from web.language.i18n import chosen
from web.request.params import STATE, Params, written

__all__ = ["address", "link", "stretches"]

#: Characters that are not escaped in a query string and in a path, as in `werkzeug`.
_SAFE_IN_QUERY: Final = "!$'()*,/:;?@"
_SAFE_IN_PATH: Final = "!$&'()*+,/:;=@"
#: Index of `from` in the state; `to` follows.
_FROM: Final = STATE.index("from_")
#: Encoded values that are cached across requests, and their maximum length in characters.
_CACHED_VALUES, _MAX_CACHED_LENGTH = 4096, 40
#: Cached paths: the endpoints, at each mount point of the application.
_CACHED_PATHS: Final = 256


def link(
    params: Params,
    endpoint: str = "pages.search",
    *,
    entry: str | None = None,
    hit: int = 0,
    context: int = 0,
    **changes: Any,
) -> str:
    """Return the URL of a search with some of its state changed; a change other than `page` resets the page.

    With `entry`, the URL of that entry with the search as its parameters; `hit` is its rank, from 1, and
    `context` the number of neighbours.
    """
    links = _links()
    query = links.search(params).query(changes)
    path = links.path(endpoint) if entry is None else links.entry_path + quote(entry, safe=_SAFE_IN_PATH)
    for name, value in (("hit", hit), ("context", context)):
        if value:
            query = f"{query}{'&' if query else '?'}{name}={value}"
    is_page = entry is not None or _is_page(endpoint)
    return links.with_language(path + query) if is_page else path + query


def stretches(params: Params, ends: Iterable[tuple[str, str]]) -> list[str]:
    """Return the URL of a search for each of many periods, given as `from` and `to`."""
    links = _links()
    state = [*(links.search(params).state | {"page": ""}).values(), links.language]
    head = "".join(f"{part}&" for part in state[:_FROM] if part)
    tail = "".join(f"&{part}" for part in state[_FROM + 2 :] if part)
    path = links.path("pages.search")
    return [f"{path}?{head}{_pair('from_', first)}&{_pair('to', last)}{tail}" for first, last in ends]


def address(endpoint: str) -> str:
    """Return the URL of an endpoint without parameters."""
    links = _links()
    path = links.path(endpoint)
    return links.with_language(path) if _is_page(endpoint) else path


def _is_page(endpoint: str) -> bool:
    """Return whether an endpoint is in the language of the reader."""
    return endpoint.startswith("pages.") or endpoint in ("figures.page", "feeds.atom", "json_feed.feed")


class _Links:
    """URL parts shared by the links of a request."""

    def __init__(self) -> None:
        self.root = request.script_root
        self.searches: dict[int, _SearchLinks] = {}
        language = chosen()
        self.language = f"lang={language.tag}" if language else ""

    def with_language(self, url: str) -> str:
        """Add the language of this page's URL, if it has one."""
        return f"{url}{'&' if '?' in url else '?'}{self.language}" if self.language else url

    def path(self, endpoint: str) -> str:
        return _path(self.root, endpoint)

    def search(self, params: Params) -> _SearchLinks:
        links = self.searches.get(id(params))
        if links is None:
            # It holds the parameters, so their id is not reused.
            links = self.searches[id(params)] = _SearchLinks(params)
        return links

    @cached_property
    def entry_path(self) -> str:
        return _path(self.root, "pages.entry", id="-").removesuffix("-")


class _SearchLinks:
    """The encoded parameters of one search, and its changes."""

    def __init__(self, params: Params) -> None:
        self.params = params
        self.state = {field: _pair(field, getattr(params, field)) for field in STATE}
        self.queries: dict[tuple[Hashable, ...], str] = {}

    def query(self, changes: dict[str, Any]) -> str:
        """Return the query string with some changes."""
        key = tuple(changes.items())
        try:
            query = self.queries.get(key)
        except TypeError:  # a list among the changes
            return self._changed(changes)
        if query is None:
            query = self.queries[key] = self._changed(changes)
        return query

    def _changed(self, changes: dict[str, Any]) -> str:
        changed = {field: _pair(field, value) for field, value in changes.items()}
        if changed:
            changed.setdefault("page", "")
        # A changed parameter keeps its position.
        parameters = "&".join(filter(None, (self.state | changed).values()))
        return f"?{parameters}" if parameters else ""


@lru_cache(maxsize=_CACHED_PATHS)
def _path(root: str, endpoint: str, **parts: Any) -> str:
    """Return the path of an endpoint; `root`, the mount point, is part of the cache key."""
    return url_for(endpoint, **parts)


def _pair(field: str, value: Any) -> str:
    """Return a field as encoded parameters, "" for a default."""
    name, text = written(field, value)
    if isinstance(text, list):
        return "&".join([f"{name}={_encoded(item)}" for item in text])
    return f"{name}={_encoded(str(text))}" if text else ""


def _encoded(text: str) -> str:
    return _encoded_short(text) if len(text) <= _MAX_CACHED_LENGTH else quote_plus(text, safe=_SAFE_IN_QUERY)


@lru_cache(maxsize=_CACHED_VALUES)
def _encoded_short(text: str) -> str:
    return quote_plus(text, safe=_SAFE_IN_QUERY)


def _links() -> _Links:
    links: _Links | None = g.get("links")
    if links is None:
        links = g.links = _Links()
    return links
