"""Highlighting: which characters of a text a query matched, and which slice of it to show.

Spans come first and belong to the original text; HTML or terminal codes come last. Promise: exactly the
matched characters are marked, everything else is the text as it was, and a snippet begins and ends where
sentences do.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import chain

from search.analysis import Analyzer
from search.deadline import check
from search.entry import Entry
from search.highlight_spans import Marker, Span
from search.query.logical import Phrase, Where
from search.results import MatchedPhrase

__all__ = ["Marker", "Span", "mark", "matched_rows", "snippet", "to_html", "to_terminal", "within"]

_SENTENCE = re.compile(r"(?:[。！？；…]+|[!?;]+(?![0-9A-Za-z=&])|\.(?=\s)|\n)[”’」』》】）)\"']*\s*")
_PAUSE = re.compile(r"(?<=[，、,:：\s])")
_JOINED = re.compile(r"[0-9A-Za-zÀ-ʯͰ-ϿЀ-ӿ０-９Ａ-Ｚａ-ｚ.,·\-+%/]+")
_BLANKS = re.compile(r"\s*")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_BOLD, _PLAIN = "\x1b[1;33m", "\x1b[0m"


def mark(text: str, rows: Sequence[Phrase], analyzer: Analyzer, *, where: Where) -> list[Span]:
    """Return what the rows match in a headline or in other text; for many texts, a `Marker` is quicker."""
    return Marker(rows, analyzer).spans(text, where)


def matched_rows(entry: Entry, marker: Marker) -> tuple[MatchedPhrase, ...]:
    """Return the rows that an entry holds, each with the fields that hold it."""
    fields: dict[str, Sequence[str]] = {
        "headline": [entry.headline],
        "body": [entry.body],
        "captions": entry.captions,
        "agencies": entry.agencies,
        "credit": [entry.credit],
    }
    inside: dict[Phrase, list[str]] = {}
    for name, texts in fields.items():
        check()
        where: Where = "headline" if name == "headline" else "text"
        for row in set[Phrase]().union(*(marker.held(text, where) for text in texts)):
            inside.setdefault(row, []).append(name)
    return tuple(
        MatchedPhrase(str(row).removeprefix("headline:")[1:-1], row.where, tuple(inside[row]))
        for row in marker.rows
        if row in inside
    )


def within(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """Return what lies in a slice of the text, as spans of that slice.

    >>> within([(0, 2), (4, 9)], 4, 6)
    [(0, 2)]
    """
    return [(max(i, start) - start, min(j, end) - start) for i, j in spans if i < end and j > start]


def to_html(text: str, spans: Sequence[Span]) -> str:
    """Return the text escaped, with its spans in `<mark>`.

    >>> to_html("<机场>恢复", [(1, 3)])
    '&lt;<mark>机场</mark>&gt;恢复'
    """
    return "".join(
        f"<mark>{escape(piece)}</mark>" if marked else escape(piece) for piece, marked in _pieces(text, spans)
    )


def to_terminal(text: str, spans: Sequence[Span]) -> str:
    """Return the text with its spans in bold; control characters become blanks, line breaks stay."""
    pieces = ((_CONTROL.sub(" ", piece), marked) for piece, marked in _pieces(text, spans))
    return "".join(f"{_BOLD}{piece}{_PLAIN}" if marked else piece for piece, marked in pieces)


def _pieces(text: str, spans: Sequence[Span]) -> Iterator[tuple[str, bool]]:
    place = 0
    for start, end in spans:
        yield text[place:start], False
        yield text[start:end], True
        place = end
    yield text[place:], False


def snippet(text: str, spans: Sequence[Span], *, length: int = 140) -> Span:
    """Return the slice of whole sentences that shows the most of what is marked, nearest the start.

    It is at most `length` long, or twice that for one long sentence. A longer sentence is cut at a pause,
    else anywhere, but never in a mark or a run of letters and digits (unless that is absurdly long itself).
    """
    if len(whole := text.strip()) <= length:
        start = text.index(whole)
        return start, start + len(whole)
    sentences = [piece for whole in _sentences(text, spans) for piece in _cut(text, whole, spans, length)]
    starts = [start for start, _ in spans]
    best, best_gain, last = (0, 0), -1, 0
    for i, (start, end) in enumerate(sentences):
        last = max(last, i)
        while last + 1 < len(sentences) and sentences[last + 1][1] - start <= length:
            last += 1
        end = max(end, sentences[last][1])
        shown = spans[bisect_left(starts, start) : bisect_left(starts, end)]
        gain = sum(map(len, {text[a:b].casefold() for a, b in shown})) if shown else 0
        if gain > best_gain:
            best, best_gain = (start, end), gain
    return best


def _sentences(text: str, spans: Sequence[Span]) -> Iterator[Span]:
    """Yield the sentences without the blanks around them; no border lies in a mark."""
    start = 0
    for found in [*_SENTENCE.finditer(text), None]:
        end = found.end() if found else len(text)
        if found and spans and _inside(spans, end):
            continue
        if sentence := text[start:end].lstrip():
            yield end - len(sentence), end - len(sentence) + len(sentence.rstrip())
        start = end


def _cut(text: str, sentence: Span, spans: Sequence[Span], length: int) -> Iterator[Span]:
    """Yield a sentence, in pieces of at most `length` where it is more than twice as long."""
    start, end = sentence
    if end - start <= 2 * length:
        yield sentence
        return
    pauses = [found.start() for found in _PAUSE.finditer(text, start, end)]
    while end - start > length:
        cut = _best_cut(text, start, start + length, pauses, spans)
        yield start, start + len(text[start:cut].rstrip())
        blanks = _BLANKS.match(text, cut, end)
        start = blanks.end() if blanks else cut
    if start < end:
        yield start, end


def _best_cut(text: str, start: int, limit: int, pauses: Sequence[int], spans: Sequence[Span]) -> int:
    """Return the last pause in the second half of a piece, else the last place that may be cut."""
    middle = (start + limit) // 2
    late = pauses[bisect_right(pauses, middle) : bisect_right(pauses, limit)]
    further = range(limit + 1, min(limit + 3 * (limit - start), len(text)))
    for cut in chain(reversed(late), range(limit, start, -1), further):
        if _may_cut(text, cut, spans):
            return cut
    return limit


def _may_cut(text: str, place: int, spans: Sequence[Span]) -> bool:
    return not _inside(spans, place) and not _JOINED.fullmatch(text, place - 1, place + 1)


def _inside(spans: Sequence[Span], place: int) -> bool:
    """Say whether a place is inside a span, not at its border."""
    k = bisect_right(spans, (place, -1)) - 1
    return k >= 0 and spans[k][0] < place < spans[k][1]
