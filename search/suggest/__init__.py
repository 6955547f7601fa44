"""Suggestions: completion of a query while it is typed, and correction of a query with almost no matches.

    engine ── vocabulary ─┬─ complete   completions of a prefix: characters, pinyin, initials
                          └─ spelling   corrections of a word ── rewrite, corrections of a whole query

Every suggestion matches entries of the index, and none replaces the query. A query of Han characters never
matches by sound; sound leads to suggestions only.
"""

from search.suggest.rewrite import FEW_MATCHES
from search.suggest.suggester import Suggester, Suggestion

__all__ = ["FEW_MATCHES", "Suggester", "Suggestion"]
