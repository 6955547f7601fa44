"""Addresses: the one helper for links to another state of a search, and the places of everything else.

A page has dozens of links that differ in one parameter. So what of an address stays the same within a
request is worked out once, by Flask, and only what differs is encoded, exactly as Flask encodes it.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import g, url_for

from web.i18n import chosen
from web.params import Params

__all__ = ["address", "link"]

#: What stays as it is in a query and in a path, as in `werkzeug.urls` and `werkzeug.routing.converters`.
_IN_QUERY: Final = "!$'()*,/:;?@"
_IN_PATH: Final = "!$&'()*+,/:;=@"


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
    key: tuple[Hashable, ...] = (id(params), *changes.items())
    try:
        of, query = known.queries.get(key, (None, ""))
    except TypeError:  # a list among the changes
        of, query = params, known.query(params, changes)
    if of is not params:
        query = known.query(params, changes)
        known.queries[key] = params, query
    path = known.place(endpoint) if entry is None else known.before_entry + quote(entry, safe=_IN_PATH)
    for name, value in (("hit", hit), ("context", context)):
        if value:
            query = f"{query}{'&' if query else '?'}{name}={value}"
    return path + query if entry is None and not _is_page(endpoint) else known.spoken(path + query)


def address(endpoint: str) -> str:
    """Return the address of an endpoint that takes no parameters."""
    known = _known()
    return known.spoken(known.place(endpoint)) if _is_page(endpoint) else known.place(endpoint)


def _is_page(endpoint: str) -> bool:
    """Tell whether an address leads to something in the reader's language."""
    return endpoint.startswith("pages.") or endpoint == "figures.page"


class _Known:
    """What was worked out in a request: places of endpoints, and queries with the parameters they are of."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}
        self.pairs: dict[tuple[str, str | int], str] = {}
        self.queries: dict[tuple[Hashable, ...], tuple[Params, str]] = {}
        said = chosen()
        self.language = f"lang={said.tag}" if said else ""

    def spoken(self, url: str) -> str:
        """Keep the language that the address of this page names."""
        return f"{url}{'&' if '?' in url else '?'}{self.language}" if self.language else url

    def place(self, endpoint: str) -> str:
        found = self.places.get(endpoint)
        if found is None:
            found = self.places[endpoint] = url_for(endpoint)
        return found

    def query(self, params: Params, changes: dict[str, Any]) -> str:
        if changes and "page" not in changes:
            changes["page"] = 1
        said = [self.pair(name, value) for name, value in params.state(**changes).items()]
        return f"?{'&'.join(said)}" if said else ""

    def pair(self, name: str, value: str | int | list[str]) -> str:
        if isinstance(value, list):
            return urlencode({name: value}, doseq=True, safe=_IN_QUERY)
        found = self.pairs.get((name, value))
        if found is None:
            found = self.pairs[name, value] = urlencode({name: value}, safe=_IN_QUERY)
        return found

    @cached_property
    def before_entry(self) -> str:
        return url_for("pages.entry", id="-").removesuffix("-")


def _known() -> _Known:
    known: _Known | None = g.get("known_addresses")
    if known is None:
        known = g.known_addresses = _Known()
    return known
