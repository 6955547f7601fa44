"""Whether one entry matches a node of plain text; engines answer the same for all entries at once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from search.analysis import FIELD_BREAK, Analyzer, Units
from search.analysis.char_search import CharSearch, is_alone
from search.entry import Entry
from search.query.logical import AllOf, AnyOf, Everything, Node, Not, Part, Phrase, TimeIn

__all__ = ["EntryText", "missing_parts"]


class EntryText:
    """The texts of an entry, folded or split into units when a phrase first needs it."""

    def __init__(self, entry: Entry, analyzer: Analyzer) -> None:
        self._entry, self._analyzer = entry, analyzer

    @cached_property
    def _text(self) -> _Text:
        parts = (self._entry.headline, self._entry.body, *self._entry.captions)
        named = (*self._entry.agencies, self._entry.credit)
        return _Text(FIELD_BREAK.join(filter(None, (*parts, *named))), self._analyzer)

    @cached_property
    def _headline(self) -> _Text:
        return _Text(self._entry.headline, self._analyzer)

    def matches(self, node: Node) -> bool:
        """Return whether the entry matches a node of phrases and times; other nodes are not of plain text."""
        match node:
            case Phrase():
                return (self._headline if node.where == "headline" else self._text).has(node)
            case AllOf(children):
                return all(map(self.matches, children))
            case AnyOf(children):
                return any(map(self.matches, children))
            case Not(child):
                return not self.matches(child)
            case TimeIn(start, end):
                time = self._entry.time
                return time is not None and (not start or start <= time) and (not end or time < end)
            case _:
                return isinstance(node, Everything)


class _Text:
    """One text in which phrases are looked for."""

    def __init__(self, text: str, analyzer: Analyzer) -> None:
        self._text, self._analyzer = text, analyzer
        self._characters = CharSearch(text)

    @cached_property
    def _units(self) -> Units:
        return self._analyzer.units(self._text)

    def has(self, phrase: Phrase) -> bool:
        """Return whether the text contains a phrase, a prefix as a whole unit."""
        if phrase.offsets[-1] == len(phrase.units) - 1 and all(map(is_alone, phrase.units)):
            return "".join(phrase.units) in self._characters
        first = phrase.units[0]
        return any(self._has_at(phrase, i) for i, text in enumerate(self._units.texts) if text == first)

    def _has_at(self, phrase: Phrase, start: int) -> bool:
        end = start + len(phrase.units)
        units, first = self._units, self._units.positions[start]
        offsets = tuple(position - first for position in units.positions[start:end])
        return tuple(units.texts[start:end]) == phrase.units and offsets == phrase.offsets


def missing_parts(entry: Entry, parts: Iterable[Part], analyzer: Analyzer) -> tuple[str, ...]:
    """Return the texts of the parts that an entry does not have, each once, in their order."""
    text = EntryText(entry, analyzer)
    return tuple(dict.fromkeys(part.text for part in parts if not text.matches(part.node)))
