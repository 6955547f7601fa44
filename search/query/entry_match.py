"""Whether one entry matches a node of plain text; engines answer the same for all entries at once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from search.analysis import FIELD_BREAK, Analyzer, Units
from search.entry import Entry
from search.query.logical import AllOf, AnyOf, Everything, Node, Not, Part, Phrase, TimeIn

__all__ = ["EntryText", "missing_parts"]


class EntryText:
    """The units of the text of an entry, read when they are first needed."""

    def __init__(self, entry: Entry, analyzer: Analyzer) -> None:
        self._entry, self._analyzer = entry, analyzer

    @cached_property
    def _text(self) -> dict[str, list[int]]:
        parts = (self._entry.headline, self._entry.body, *self._entry.captions)
        named = (*self._entry.agencies, self._entry.credit)
        return _places(self._analyzer.units(FIELD_BREAK.join(filter(None, (*parts, *named)))))

    @cached_property
    def _headline(self) -> dict[str, list[int]]:
        return _places(self._analyzer.units(self._entry.headline))

    def matches(self, node: Node) -> bool:
        """Return whether the entry matches a node of phrases and times; other nodes are not of plain text."""
        match node:
            case Phrase():
                return self._has(node)
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

    def _has(self, phrase: Phrase) -> bool:
        places = self._headline if phrase.where == "headline" else self._text
        starts = set(places.get(phrase.units[0], ()))
        for unit, offset in zip(phrase.units[1:], phrase.offsets[1:], strict=True):
            starts &= {place - offset for place in places.get(unit, ())}
        return bool(starts)


def _places(units: Units) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for unit, position in zip(units.texts, units.positions, strict=True):
        places.setdefault(unit, []).append(position)
    return places


def missing_parts(entry: Entry, parts: Iterable[Part], analyzer: Analyzer) -> tuple[str, ...]:
    """Return the texts of the parts that an entry does not have, each once, in their order."""
    text = EntryText(entry, analyzer)
    return tuple(dict.fromkeys(part.text for part in parts if not text.matches(part.node)))
