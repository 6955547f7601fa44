"""Hits: the entries of a result page with their highlights, explanations and links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from search.analysis import Analyzer
from search.corrections.links import LinkView
from search.deadline import check
from search.engines import ScoredEntry
from search.entry import Entry
from search.highlight import Highlighted, Marker
from search.query.entry_match import missing_parts
from search.query.logical import LogicalQuery, Phrase, Where
from search.results import DuplicateOf, Hit, MatchedPhrase

__all__ = ["HighlightedEntry", "HitBuilder", "highlight_entry", "matched_phrases"]

#: Parts of a query that are looked for in a partial match; of a long text, the first ones.
_MAX_PIECES = 60


@dataclass(frozen=True, slots=True)
class HighlightedEntry:
    """The whole texts of an entry with their spans."""

    headline: Highlighted
    body: Highlighted
    captions: tuple[Highlighted, ...]


class HitBuilder:
    """Builds the hits of one answer."""

    def __init__(
        self, query: LogicalQuery, analyzer: Analyzer, links: LinkView, asof: datetime | None
    ) -> None:
        self._analyzer = analyzer
        self._pieces = query.pieces[:_MAX_PIECES]
        self._full = Marker(query.highlights, analyzer)
        self._partial = Marker(query.partial_highlights, analyzer)
        self._links, self._asof = links, asof

    def build(self, scored: ScoredEntry, copies: Sequence[DuplicateOf] | None) -> Hit:
        """Return the hit of an entry, with its near-duplicates where the answer is folded."""
        marker = self._partial if scored.partial else self._full
        entry, explanation = scored.entry, scored.explanation
        return Hit(
            entry,
            scored.score,
            scored.partial,
            title=marker.highlighted(entry.headline, "headline"),
            snippet=_snippet(entry, marker),
            copies=None if copies is None else tuple(map(self._linked, copies)),
            explanation=explanation and explanation.abridged(matched_phrases(entry, marker)),
            missing=missing_parts(entry, self._pieces, self._analyzer) if scored.partial else (),
            ties=self._links.ties(entry.id, self._asof),
        )

    def _linked(self, copy: DuplicateOf) -> DuplicateOf:
        """Return a copy with its correction links: they apply to the report, and so to the hit."""
        return replace(copy, ties=self._links.ties(copy.id, self._asof))


def highlight_entry(entry: Entry, marker: Marker) -> HighlightedEntry:
    """Return headline, body and captions with the spans that match."""
    return HighlightedEntry(
        marker.highlighted(entry.headline, "headline"),
        marker.highlighted(entry.body),
        tuple(map(marker.highlighted, entry.captions)),
    )


def matched_phrases(entry: Entry, marker: Marker) -> tuple[MatchedPhrase, ...]:
    """Return the phrases that an entry contains, each with the fields that contain it."""
    texts: dict[str, Sequence[str]] = {
        "headline": [entry.headline],
        "body": [entry.body],
        "captions": entry.captions,
        "agencies": entry.agencies,
        "credit": [entry.credit],
    }
    fields: dict[Phrase, list[str]] = {}
    for name in texts:
        check()
        where: Where = "headline" if name == "headline" else "text"
        for phrase in set[Phrase]().union(*(marker.matching(text, where) for text in texts[name])):
            fields.setdefault(phrase, []).append(name)
    return tuple(
        MatchedPhrase(str(phrase).removeprefix("headline:")[1:-1], phrase.where, tuple(fields[phrase]))
        for phrase in marker.phrases
        if phrase in fields
    )


def _snippet(entry: Entry, marker: Marker) -> Highlighted:
    """Return a slice of the body, or of the first other text that matches when the body does not."""
    body = marker.highlighted(entry.body)
    if not body.spans:
        for text in (*entry.captions, "、".join(entry.agencies), entry.credit):
            if (other := marker.highlighted(text)).spans:
                return other.snippet()
    return body.snippet()
