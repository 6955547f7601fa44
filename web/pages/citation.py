"""Citations of an entry: on its page, and to take away as a file."""

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

#: Form, ending and type of what can be taken away.
_FORMS: Final = {
    "gbt": ("txt", "text/plain"),
    "ris": ("ris", "application/x-research-info-systems"),
    "csl": ("json", "application/vnd.citationstyles.csl+json"),
}


def citation_of(entry: Entry) -> Citation:
    """Return the citation of an entry as read here and today."""
    zone = home().zone
    address = url_for("pages.entry", id=entry.id, _external=True)
    return cite(entry, address=address, today=datetime.now(zone).date(), zone=zone)


@citations.get("/cite/<entry_id:id>")
def take(id: str) -> Response:
    """Answer with the citation of an entry as a file, in the form that `format` names."""
    form = request.args.get("format", "gbt")
    if form not in _FORMS:
        raise UsageError(f"参数 format：须为 {'、'.join(_FORMS)} 之一")
    own = citation_of(searcher().entry(id))
    ending, kind = _FORMS[form]
    text = {"gbt": own.gbt, "ris": own.ris, "csl": own.csl}[form]()
    response = Response(text if form == "ris" else f"{text}\n", content_type=f"{kind}; charset=utf-8")
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", id).strip(".-") or "entry"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response
