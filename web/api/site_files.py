"""Files that browsers and crawlers request by fixed names: the icon, and what may be crawled."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, current_app, request

__all__ = ["site_files"]

site_files = Blueprint("site_files", __name__)

#: Addresses that only repeat what the pages of entries have.
_CLOSED: Final = ("api/", "cite/", "export.", "feed.", "figures", "language", "metrics")


@site_files.get("/favicon.ico")
def icon() -> Response:
    """Answer with the icon, for browsers that do not read the links of a page."""
    return current_app.send_static_file("favicon.ico")


@site_files.get("/robots.txt")
def robots() -> Response:
    """Answer with the addresses that crawlers should leave out."""
    rules = "".join(f"Disallow: {request.script_root}/{path}\n" for path in _CLOSED)
    return Response(f"User-agent: *\n{rules}", mimetype="text/plain")
