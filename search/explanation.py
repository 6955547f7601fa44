"""Why an entry stands where it does: what each term gave to its score, and which rows of the query it holds.

Promise: the shares of the terms add up to the first stage of the score, where there are at most
`MAX_TERMS` of them; otherwise the largest are named, and the answer says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

__all__ = ["MAX_TERMS", "Explanation", "MatchedRow", "TermShare"]

#: Terms of one entry that are named, those with the largest shares; a pasted page has up to 3,000.
MAX_TERMS: Final = 200


@dataclass(frozen=True, slots=True)
class TermShare:
    """What one term gave to one entry.

    `qtf` is how often the query has it, `df` how many entries, `tf` how often this one; the headline counts
    twice.
    """

    stream: str
    term: str
    qtf: int
    df: int
    tf: int
    weight: float

    def as_dict(self) -> dict[str, Any]:
        """Return the share as plain JSON values."""
        return {
            "stream": self.stream,
            "term": self.term,
            "qtf": self.qtf,
            "df": self.df,
            "tf": self.tf,
            "weight": round(self.weight, 6),
        }


@dataclass(frozen=True, slots=True)
class MatchedRow:
    """A row of the query that the entry holds, `_` for a mark within it, and the fields that hold it."""

    row: str
    where: str
    fields: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {"row": self.row, "where": self.where, "fields": list(self.fields)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The score of one entry, taken apart: `terms` by falling weight, `stages` by name in order."""

    score: float
    terms: tuple[TermShare, ...] = ()
    stages: dict[str, float] = field(default_factory=dict)
    matched: tuple[MatchedRow, ...] = ()

    def abridged(self, matched: tuple[MatchedRow, ...]) -> Explanation:
        """Return the explanation with its largest shares only, and the rows that the entry holds."""
        return replace(self, terms=self.terms[:MAX_TERMS], matched=matched)

    def as_dict(self) -> dict[str, Any]:
        """Return the explanation as plain JSON values."""
        return {
            "score": round(self.score, 6),
            "stages": {name: round(value, 6) for name, value in self.stages.items()},
            "terms": [share.as_dict() for share in self.terms],
            "matched": [row.as_dict() for row in self.matched],
        }
