"""Completion and spelling of the names in the file of aliases; a Latin one completes to the first name."""

from __future__ import annotations

from datetime import datetime

from search.analysis import Analyzer
from search.deadline import Deadline
from search.engines import Vocabulary
from search.settings.aliases import Names
from search.suggest.complete import Completions, Term
from search.suggest.spelling import SpellChecker

__all__ = ["AliasNames"]


class AliasNames:
    """The names of one state of the file; whether an entry has them is for the caller."""

    def __init__(self, names: Names, analyzer: Analyzer) -> None:
        self._shown: dict[str, str] = {}
        for group in names.groups:
            for name in group.names:
                shown = group.names[0] if name.text.isascii() else name
                self._shown.setdefault(analyzer.fold(name.text), shown.text)
        vocabulary = Vocabulary(0, dict.fromkeys(self._shown, 1), (), (), ())
        self._completions = Completions(vocabulary, analyzer)
        self.spell_checker = SpellChecker(vocabulary, analyzer)

    def complete(self, typed: str, limit: int, asof: datetime | None, deadline: Deadline) -> list[Term]:
        """Return the names with a beginning in characters or pinyin; for Latin ones the first of a group."""
        found = self._completions.complete(typed, limit, None, deadline)
        names = dict.fromkeys(self._shown[term.text] for term in found)
        return [Term(name, "word", 1) for name in names]
