"""Help with the query: completion while it is typed, and other spellings when it finds next to nothing.

    engine ── vocabulary ─┬─ complete   what a beginning may become: characters, pinyin, initials
                          └─ correct    what was meant by a word that is not there ── mend, a whole query

Promises: only what is in this index is ever suggested; nothing is ever replaced silently; a query of Han
characters never matches by sound, sound only leads to suggestions.
"""

from search.suggest.rewrite import DID_YOU_MEAN_BELOW
from search.suggest.suggester import Suggester, Suggestion

__all__ = ["DID_YOU_MEAN_BELOW", "Suggester", "Suggestion"]
