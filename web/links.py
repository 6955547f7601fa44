"""Addresses: the one helper for links to another state of a search, and the places of everything else.

A page has dozens of links that differ in one parameter. So what of an address stays the same within a
request is worked out once, by Flask, and only what differs is encoded, exactly as Flask encodes it.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import g, url_for

from web.params import Params

__all__ = ["address", "link"]

#: What stays as it is in a query and in a path, as in `werkzeug.urls` and `werkzeug.routing.converters`.
_IN_QUERY: Final = "!$'()*,/:;?@"
_IN_PATH: Final = "!$&'()*+,/:;=@"


def link(params: Params, endpoint: str = "pages.search", *, entry: str | None = None, **changes: Any) -> str:
    """Return the URL of a search with some of its state changed; any change but `page` goes to page 1.

    With `entry`, the URL of that entry, which still knows the search it was found by.
    """
    if changes and "page" not in changes:
        changes["page"] = 1
    known = _known()
    pairs = []
    for name, value in params.state(**changes).items():
        if isinstance(value, list):
            pairs.append(urlencode({name: value}, doseq=True, safe=_IN_QUERY))
            continue
        pair = known.get((name, value))
        if pair is None:
            pair = known[name, value] = urlencode({name: value}, safe=_IN_QUERY)
        pairs.append(pair)
    path = address(endpoint) if entry is None else _entry(entry)
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def address(endpoint: str) -> str:
    """Return the address of an endpoint that takes no parameters."""
    known = _known()
    found = known.get(endpoint)
    if found is None:
        found = known[endpoint] = url_for(endpoint)
    return found


def _entry(entry: str) -> str:
    known = _known()
    before = known.get("pages.entry")
    if before is None:
        before = known["pages.entry"] = url_for("pages.entry", id="-").removesuffix("-")
    return before + quote(entry, safe=_IN_PATH)


def _known() -> dict[Any, str]:
    """Return what was worked out in this request."""
    known: dict[Any, str] = g.setdefault("addresses", {})
    return known
