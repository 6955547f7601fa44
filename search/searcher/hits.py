"""From an entry that was found to what the reader gets to see of it, marked where it matched."""

from __future__ import annotations

from typing import Any

from search.engines import ScoredEntry
from search.entry import Entry
from search.highlight import Marker, matched_rows, snippet, to_html, within
from search.query.logical import Where
from search.results import NO_LINKS, CorrectionLinks, DuplicateOf, Hit

__all__ = ["as_hit", "marked_entry"]


def as_hit(
    found: ScoredEntry,
    marker: Marker,
    ties: CorrectionLinks = NO_LINKS,
    copies: tuple[DuplicateOf, ...] | None = None,
) -> Hit:
    """Return a hit with its headline and the best slice of its body, marked."""
    entry = found.entry
    headline = marker.spans(entry.headline, "headline")
    return Hit(
        id=entry.id,
        time=entry.time,
        headline=entry.headline,
        body=entry.body,
        captions=entry.captions,
        agencies=entry.agencies,
        attributions=entry.credited,
        credit=entry.credit,
        stream=entry.stream,
        url=entry.url,
        score=found.score,
        partial=found.partial,
        highlights={
            "headline": to_html(entry.headline, headline),
            "body": _snippet(entry, marker),
        },
        explanation=found.explanation and found.explanation.abridged(matched_rows(entry, marker)),
        ties=ties,
        copies=copies,
    )


def marked_entry(entry: Entry, marker: Marker) -> dict[str, Any]:
    """Return headline, body and captions (a list) of an entry, whole, as HTML."""

    def html(text: str, where: Where = "text") -> str:
        return to_html(text, marker.spans(text, where))

    return {
        "headline": html(entry.headline, "headline"),
        "body": html(entry.body),
        "captions": [html(caption) for caption in entry.captions],
    }


def _snippet(entry: Entry, marker: Marker) -> str:
    """Return the best slice of the body, or of what stands below it when only that matched."""
    spans = marker.spans(entry.body, "text")
    text = entry.body
    if not spans:
        for below in (*entry.captions, "、".join(entry.agencies), entry.credit):
            if found := marker.spans(below, "text"):
                text, spans = below, found
                break
    start, end = snippet(text, spans)
    return to_html(text[start:end], within(spans, start, end))
