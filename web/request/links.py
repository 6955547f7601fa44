"""Addresses: the one helper for links to another state of a search, and the places of everything else.

A page has dozens of links that differ in one parameter. So what of an address stays the same within a
request is worked out once, by Flask, and only what differs is encoded, exactly as Flask encodes it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from functools import cached_property, lru_cache
from typing import Any, Final
from urllib.parse import quote, quote_plus

from flask import g, request, url_for

from search.entry import Role
from search.query.refine import Narrowing
from web.language.i18n import chosen
from web.request.params import STATE, Params, written

__all__ = ["address", "link", "narrowed", "stretches"]

#: What stays as it is in a query and in a path, as in `werkzeug.urls` and `werkzeug.routing.converters`.
_IN_QUERY: Final = "!$'()*,/:;?@"
_IN_PATH: Final = "!$&'()*+,/:;=@"
#: Where both ends of the time stand in the state of a search.
_ENDS: Final = STATE.index("from_")
#: Names and times come again in other requests; so many are remembered, none longer than this.
_REMEMBERED, _SHORT = 4096, 40
#: Endpoints have so few paths, at each place that the application may be mounted at.
_PLACES: Final = 256


def link(
    params: Params,
    endpoint: str = "pages.search",
    *,
    entry: str | None = None,
    hit: int = 0,
    context: int = 0,
    **changes: Any,
) -> str:
    """Return the URL of a search with some of its state changed; any change but `page` goes to page 1.

    With `entry`, the URL of that entry, which still knows the search it was found by; `hit` says as which hit
    of it, from 1, and `context` how much of its stream is shown.
    """
    known = _known()
    query = known.of(params).query(changes)
    path = known.place(endpoint) if entry is None else known.before_entry + quote(entry, safe=_IN_PATH)
    for name, value in (("hit", hit), ("context", context)):
        if value:
            query = f"{query}{'&' if query else '?'}{name}={value}"
    return path + query if entry is None and not _is_page(endpoint) else known.spoken(path + query)


def stretches(params: Params, ends: Iterable[tuple[str, str]]) -> list[str]:
    """Return the URL of a search within each of many stretches of time, from their first and last moments."""
    known = _known()
    state = [*(known.of(params).state | {"page": ""}).values(), known.language]
    before, after = state[:_ENDS], state[_ENDS + 2 :]
    place, head = known.place("pages.search"), "".join(f"{part}&" for part in before if part)
    tail = "".join(f"&{part}" for part in after if part)
    return [f"{place}?{head}{_pair('from_', first)}&{_pair('to', last)}{tail}" for first, last in ends]


def narrowed(params: Params, role: Role, agency: str, *, alone: bool = False) -> str:
    """Return the URL of a search for that in which an agency had a part as well; `alone`, for only that."""
    if alone:
        asked = Narrowing("").by(role, agency)
        return link(params, q=asked, agency=(), stream=(), from_="", to="", asof="")
    return link(params, q=_known().of(params).narrowing.by(role, agency))


def address(endpoint: str) -> str:
    """Return the address of an endpoint that takes no parameters."""
    known = _known()
    return known.spoken(known.place(endpoint)) if _is_page(endpoint) else known.place(endpoint)


def _is_page(endpoint: str) -> bool:
    """Tell whether an address leads to something in the reader's language."""
    return endpoint.startswith("pages.") or endpoint == "figures.page"


class _Known:
    """What was worked out in a request: what every address says, and what is said of each search."""

    def __init__(self) -> None:
        self.root = request.script_root
        self.searches: dict[int, _Search] = {}
        said = chosen()
        self.language = f"lang={said.tag}" if said else ""

    def spoken(self, url: str) -> str:
        """Keep the language that the address of this page names."""
        return f"{url}{'&' if '?' in url else '?'}{self.language}" if self.language else url

    def place(self, endpoint: str) -> str:
        return _place(self.root, endpoint)

    def of(self, params: Params) -> _Search:
        found = self.searches.get(id(params))
        if found is None:
            # It keeps the parameters, so that no others get their id while it is remembered.
            found = self.searches[id(params)] = _Search(params)
        return found

    @cached_property
    def before_entry(self) -> str:
        return _place(self.root, "pages.entry", id="-").removesuffix("-")


class _Search:
    """One search as addresses say it: field by field, changed in one way or another, and narrowed."""

    def __init__(self, params: Params) -> None:
        self.params = params
        self.state = {field: _pair(field, getattr(params, field)) for field in STATE}
        self.queries: dict[tuple[Hashable, ...], str] = {}

    @cached_property
    def narrowing(self) -> Narrowing:
        return Narrowing(self.params.q)

    def query(self, changes: dict[str, Any]) -> str:
        key = tuple(changes.items())
        try:
            found = self.queries.get(key)
        except TypeError:  # a list among the changes
            return self._changed(changes)
        if found is None:
            found = self.queries[key] = self._changed(changes)
        return found

    def _changed(self, changes: dict[str, Any]) -> str:
        differ = {field: _pair(field, value) for field, value in changes.items()}
        if differ:
            differ.setdefault("page", "")
        # What differs takes the place, in the order, of what it replaces.
        said = "&".join(filter(None, (self.state | differ).values()))
        return f"?{said}" if said else ""


@lru_cache(maxsize=_PLACES)
def _place(root: str, endpoint: str, **parts: Any) -> str:
    """Return the path of an endpoint, which differs only with the place where the application is mounted."""
    return url_for(endpoint, **parts)


def _pair(field: str, value: Any) -> str:
    """Return a field as it stands in a query, "" where nothing need be said."""
    name, said = written(field, value)
    if isinstance(said, list):
        return "&".join([f"{name}={_encoded(one)}" for one in said])
    return f"{name}={_encoded(str(said))}" if said else ""


def _encoded(text: str) -> str:
    return _encoded_short(text) if len(text) <= _SHORT else quote_plus(text, safe=_IN_QUERY)


@lru_cache(maxsize=_REMEMBERED)
def _encoded_short(text: str) -> str:
    return quote_plus(text, safe=_IN_QUERY)


def _known() -> _Known:
    known: _Known | None = g.get("known_addresses")
    if known is None:
        known = g.known_addresses = _Known()
    return known
