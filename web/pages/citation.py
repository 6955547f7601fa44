"""Citations of an entry, on its page and as files."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request, url_for

from search.entry import Entry
from search.errors import UsageError
from search.output.citation import Citation, cite
from web.request.searching import home, searcher

__all__ = ["citation_of", "citations"]

citations = Blueprint("citations", __name__)

#: File extension and media type of each format; the first is the default.
_FORMATS: Final = {
    "gbt": ("txt", "text/plain"),
    "ris": ("ris", "application/x-research-info-systems"),
    "csl": ("json", "application/vnd.citationstyles.csl+json"),
}


def citation_of(entry: Entry) -> Citation:
    """Return the citation of an entry, with its address here and today as the day of access."""
    zone = home().zone
    address = url_for("pages.entry", id=entry.id, _external=True)
    return cite(entry, address=address, today=datetime.now(zone).date(), zone=zone)


@citations.get("/cite/<entry_id:id>")
def take(id: str) -> Response:
    """Answer with the citation of an entry as a file, in the format that `format` names."""
    name = request.args.get("format", "").strip() or next(iter(_FORMATS))
    if name not in _FORMATS:
        raise UsageError("参数 format：须为 {choices} 之一", choices=tuple(_FORMATS))
    citation = citation_of(searcher().entry(id))
    extension, media_type = _FORMATS[name]
    text = {"gbt": citation.gbt, "ris": citation.ris, "csl": citation.csl}[name]()
    response = Response(text if name == "ris" else f"{text}\n", content_type=f"{media_type}; charset=utf-8")
    stem = re.sub(r"[^A-Za-z0-9.-]+", "-", id).strip(".-") or "entry"
    response.headers["Content-Disposition"] = f'attachment; filename="{stem}.{extension}"'
    return response
