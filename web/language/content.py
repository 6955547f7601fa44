"""Entries in the other script: simplified ones in traditional characters, and the reverse, by OpenCC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from search.analysis.script import is_traditional, to_script
from search.highlight import Highlighted
from search.searcher.hits import HighlightedEntry

__all__ = ["SCRIPTS", "ScriptSwitch", "convert"]

#: Values of the parameter `script`: simplified and traditional characters.
SCRIPTS: Final = ("hans", "hant")


@dataclass(frozen=True, slots=True)
class ScriptSwitch:
    """The script of an entry, and the one in which it is shown."""

    own: str
    shown: str

    @property
    def other(self) -> str:
        """The script to which the switch leads; "" for the own script of the entry."""
        return "" if self.is_converted else SCRIPTS[self.own == SCRIPTS[0]]

    @property
    def is_converted(self) -> bool:
        """Whether the shown text is not the original."""
        return self.own != self.shown


def convert(entry: HighlightedEntry, script: str) -> tuple[HighlightedEntry, ScriptSwitch]:
    """Return an entry in a script; in its own for any other text than those of SCRIPTS."""
    own = SCRIPTS[is_traditional(f"{entry.headline.text}{entry.body.text}")]
    switch = ScriptSwitch(own, script if script in SCRIPTS else own)
    if not switch.is_converted:
        return entry, switch
    texts = [_converted(text, script) for text in (entry.headline, entry.body, *entry.captions)]
    return HighlightedEntry(texts[0], texts[1], tuple(texts[2:])), switch


def _converted(text: Highlighted, script: str) -> Highlighted:
    """Convert a text, and keep its spans, unless the length changes."""
    converted = to_script(text.text, script)
    return Highlighted(converted, text.spans if len(converted) == len(text.text) else ())
