"""Highlighting: the spans of a text that match a query, the snippet to show, and its forms.

Spans are half-open ranges of the original text; HTML and terminal output are made from them last. Exactly
the matched characters are highlighted, and a snippet begins and ends at sentence boundaries.

A query is prepared once and applied to every text of a page. Phrases of Han characters are searched for as
strings; a text is split into units only where it may hold another phrase.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from html import escape
from itertools import chain
from operator import itemgetter
from typing import Final

from search.analysis import Analyzer, Units
from search.analysis.char_search import CharSearch, is_alone
from search.deadline import check
from search.language.terminal import printable
from search.query.logical import Phrase, Where

__all__ = ["Highlighted", "Marker", "Span", "mark", "snippet", "to_html", "to_terminal", "within"]

#: Range of a text, end exclusive.
Span = tuple[int, int]
#: Analyzed texts of a Marker's cache: those of one entry, which spans and matched phrases share.
_CACHED_TEXTS: Final = 8
_FIELDS: Final[tuple[Where, ...]] = ("text", "headline")

_SENTENCE_END = re.compile(r"(?:[。！？；…]+|[!?;]+(?![0-9A-Za-z=&])|\.(?=\s)|\n)[”’」』》】）)\"']*\s*")
_PAUSE = re.compile(r"(?<=[，、,:：\s])")
_JOINED = re.compile(r"[0-9A-Za-zÀ-ʯͰ-ϿЀ-ӿ０-９Ａ-Ｚａ-ｚ.,·\-+%/]+")
_BLANKS = re.compile(r"\s*")
_BOLD, _PLAIN = "\x1b[33m\x1b[1m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Highlighted:
    """A text and its spans, sorted and disjoint."""

    text: str = ""
    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text)

    def __html__(self) -> str:
        """Return the text as escaped HTML with `<mark>`; templates insert it as it is."""
        return to_html(self.text, self.spans)

    def lines(self) -> Iterator[Highlighted]:
        """Yield the lines of the text; a span over several lines is divided.

        >>> list(Highlighted("一二\\n三四", ((1, 4),)).lines())
        [Highlighted(text='一二', spans=((1, 2),)), Highlighted(text='三四', spans=((0, 1),))]
        """
        start = 0
        for line in self.text.split("\n"):
            end = start + len(line)
            yield Highlighted(line, tuple(within(self.spans, start, end)))
            start = end + 1

    def snippet(self) -> Highlighted:
        """Return the slice that `snippet` chooses."""
        start, end = snippet(self.text, self.spans)
        return Highlighted(self.text[start:end], tuple(within(self.spans, start, end)))


class Marker:
    """Finds the phrases of one query in texts."""

    def __init__(self, phrases: Sequence[Phrase], analyzer: Analyzer) -> None:
        self.phrases = phrases
        self._analyzer = analyzer
        self._groups = {
            where: _PhraseGroup(phrase for phrase in phrases if phrase.where in ("text", where))
            for where in _FIELDS
        }
        self._analyzed = lru_cache(maxsize=_CACHED_TEXTS)(partial(_Text, analyzer))

    def spans(self, text: str, where: Where) -> list[Span]:
        """Return the spans of all phrases: sorted, disjoint, adjacent spans joined.

        A phrase is highlighted from its first unit to its last, including any characters between.
        """
        group = self._groups[where]
        if not text or not group:
            return []
        check()
        analyzed = self._analyzed(text)
        spans = [span for string in analyzed.strings(group) for span in analyzed.characters.find(string)]
        if candidates := analyzed.candidates(group):
            units = analyzed.units
            spans += [(units.starts[i], units.ends[j]) for i, j, _ in _matches(units, candidates)]
        return _join(spans)

    def highlighted(self, text: str, where: Where = "text") -> Highlighted:
        """Return the text with its spans."""
        return Highlighted(text, tuple(self.spans(text, where)))

    def matching(self, text: str, where: Where) -> set[Phrase]:
        """Return the phrases that a text contains."""
        group = self._groups[where]
        if not text or not group:
            return set()
        analyzed = self._analyzed(text)
        phrases = {phrase for string in analyzed.strings(group) for phrase in group.strings[string]}
        if candidates := analyzed.candidates(group):
            phrases.update(phrase for *_, phrase in _matches(analyzed.units, candidates))
        return phrases


def mark(text: str, phrases: Sequence[Phrase], analyzer: Analyzer, *, where: Where) -> list[Span]:
    """Return the spans of phrases in one text; for many texts, use one `Marker`."""
    return Marker(phrases, analyzer).spans(text, where)


class _PhraseGroup:
    """The phrases to find in one kind of text: those findable as strings, and the others."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.strings: dict[str, list[Phrase]] = {}
        self.others: list[tuple[Phrase, frozenset[str]]] = []
        for phrase in phrases:
            contiguous = phrase.offsets[-1] == len(phrase.units) - 1
            if not phrase.prefix and contiguous and all(map(is_alone, phrase.units)):
                self.strings.setdefault("".join(phrase.units), []).append(phrase)
            else:
                # Punctuation may be written within a unit; its letters and digits are always present.
                self.others.append((phrase, frozenset("".join(phrase.units)) - {"."}))

    def __bool__(self) -> bool:
        return bool(self.strings or self.others)


class _Text:
    """A text, folded once, and split into units at most once."""

    def __init__(self, analyzer: Analyzer, text: str) -> None:
        self._analyzer, self._text = analyzer, text
        self.characters = CharSearch(text)

    @cached_property
    def units(self) -> Units:
        return self._analyzer.units(self._text)

    def strings(self, group: _PhraseGroup) -> list[str]:
        """Return the strings of the group that the text contains."""
        return [string for string in self.characters.among(group.strings) if string in self.characters]

    def candidates(self, group: _PhraseGroup) -> list[Phrase]:
        """Return the other phrases of which the text contains every character."""
        return [phrase for phrase, characters in group.others if self.characters.holds(characters)]


def _matches(units: Units, phrases: Iterable[Phrase]) -> Iterator[tuple[int, int, Phrase]]:
    """Yield first unit, last unit and phrase of every match."""
    by_first_unit: dict[str, list[Phrase]] = {}
    prefixes: list[Phrase] = []
    for phrase in phrases:
        if phrase.prefix and len(phrase.units) == 1:
            prefixes.append(phrase)
        else:
            by_first_unit.setdefault(phrase.units[0], []).append(phrase)
    for i in [i for i, text in enumerate(units.texts) if text in by_first_unit]:
        for phrase in by_first_unit[units.texts[i]]:
            if _matches_at(units, phrase, i):
                yield i, i + len(phrase.units) - 1, phrase
    for phrase in prefixes:
        yield from ((i, i, phrase) for i, text in enumerate(units.texts) if text.startswith(phrase.units[0]))


def _matches_at(units: Units, phrase: Phrase, i: int) -> bool:
    """Return whether a phrase matches from unit i on; its units are adjacent units of the text."""
    end = i + len(phrase.units)
    texts = units.texts[i:end]
    if phrase.prefix:
        if len(texts) < len(phrase.units) or not texts[-1].startswith(phrase.units[-1]):
            return False
        texts[-1] = phrase.units[-1]
    if tuple(texts) != phrase.units:
        return False
    start = units.positions[i]
    return all(
        position - start == offset
        for position, offset in zip(units.positions[i:end], phrase.offsets, strict=True)
    )


def _join(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def within(spans: Sequence[Span], start: int, end: int) -> list[Span]:
    """Return the parts of sorted, disjoint spans that lie in a slice, relative to its start.

    >>> within([(0, 2), (4, 9)], 4, 6)
    [(0, 2)]
    """
    first = bisect_right(spans, start, key=itemgetter(1))
    last = bisect_left(spans, end, key=itemgetter(0))
    return [(max(i, start) - start, min(j, end) - start) for i, j in spans[first:last]]


def to_html(text: str, spans: Iterable[Span]) -> str:
    """Return the text escaped, with its spans in `<mark>`.

    >>> to_html("<机场>恢复", [(1, 3)])
    '&lt;<mark>机场</mark>&gt;恢复'
    """
    return "".join(
        f"<mark>{escape(piece)}</mark>" if marked else escape(piece) for piece, marked in _pieces(text, spans)
    )


def to_terminal(text: str, spans: Iterable[Span] = ()) -> str:
    """Return the text for a terminal, spans in bold yellow; unprintable characters become blanks."""
    pieces = ((printable(piece), marked) for piece, marked in _pieces(text, spans))
    return "".join(f"{_BOLD}{piece}{_PLAIN}" if marked else piece for piece, marked in pieces)


def _pieces(text: str, spans: Iterable[Span]) -> Iterator[tuple[str, bool]]:
    position = 0
    for start, end in spans:
        yield text[position:start], False
        yield text[start:end], True
        position = end
    yield text[position:], False


def snippet(text: str, spans: Sequence[Span], *, length: int = 140) -> Span:
    """Return the slice of whole sentences with the most distinct highlighted text; the first of equals.

    Its maximum is `length` characters, or twice that for one long sentence. A longer sentence is cut at a
    pause if possible, never inside a span or a run of letters and digits (unless the run itself is longer).
    """
    if len(stripped := text.strip()) <= length:
        start = text.index(stripped)
        return start, start + len(stripped)
    sentences = [
        piece for sentence in _sentences(text, spans) for piece in _cut(text, sentence, spans, length)
    ]
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
    """Yield the sentences without surrounding blanks; no boundary lies inside a span."""
    start = 0
    for match in [*_SENTENCE_END.finditer(text), None]:
        end = match.end() if match else len(text)
        if match and spans and _inside(spans, end):
            continue
        if sentence := text[start:end].lstrip():
            yield end - len(sentence), end - len(sentence) + len(sentence.rstrip())
        start = end


def _cut(text: str, sentence: Span, spans: Sequence[Span], length: int) -> Iterator[Span]:
    """Yield a sentence; one longer than `2 * length` in pieces of at most `length`."""
    start, end = sentence
    if end - start <= 2 * length:
        yield sentence
        return
    pauses = [match.start() for match in _PAUSE.finditer(text, start, end)]
    while end - start > length:
        cut = _best_cut(text, start, start + length, pauses, spans)
        yield start, start + len(text[start:cut].rstrip())
        blanks = _BLANKS.match(text, cut, end)
        start = blanks.end() if blanks else cut
    if start < end:
        yield start, end


def _best_cut(text: str, start: int, limit: int, pauses: Sequence[int], spans: Sequence[Span]) -> int:
    """Return the last pause in the second half of a piece, else the last position that may be cut."""
    middle = (start + limit) // 2
    late = pauses[bisect_right(pauses, middle) : bisect_right(pauses, limit)]
    beyond = range(limit + 1, min(limit + 3 * (limit - start), len(text)))
    for cut in chain(reversed(late), range(limit, start, -1), beyond):
        if _may_cut(text, cut, spans):
            return cut
    return limit


def _may_cut(text: str, position: int, spans: Sequence[Span]) -> bool:
    return not _inside(spans, position) and not _JOINED.fullmatch(text, position - 1, position + 1)


def _inside(spans: Sequence[Span], position: int) -> bool:
    """Return whether a position is inside a span, not at its boundary."""
    k = bisect_right(spans, (position, -1)) - 1
    return k >= 0 and spans[k][0] < position < spans[k][1]
