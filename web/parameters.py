"""The parameters of a search, in one table that reading and describing them go by.

A name that is not here means nothing to Xunwen, and one that is here is read, checked and described.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from search.results import Sort
from search.searcher.searcher import MAX_PAGE, MAX_QUERY

__all__ = ["DEFAULT_LIMIT", "MAX_LIMIT", "MAX_VALUES", "ON_PAGES", "PARAMETERS", "Kind", "Parameter"]

MAX_LIMIT = 100
#: How many agencies, and how many streams, one request may choose.
MAX_VALUES = 100
DEFAULT_LIMIT = 10

#: How the value is written: a query, any number of names, a day or time, a moment, one of a few words, a
#: whole number from 1, or yes and no.
Kind = Literal["query", "names", "range", "moment", "choice", "number", "switch"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name in a URL, how it is written, and what it is for.

    `default` is what holds where nothing is said, None where that depends on the address.
    """

    name: str
    kind: Kind
    about: str
    default: Any = ""
    choices: tuple[str, ...] = ()
    most: int = 0

    @property
    def field(self) -> str:
        """The name of its field in `Params`."""
        return "from_" if self.name == "from" else self.name

    def schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        schema = self._bounds()
        # An empty list or text is the same as nothing said.
        return schema if self.default in ("", (), None) else {**schema, "default": _said(self.default)}

    def _bounds(self) -> dict[str, Any]:
        match self.kind:
            case "query":
                return {"type": "string", "maxLength": self.most}
            case "names":
                return {"type": "array", "items": {"type": "string"}, "maxItems": self.most}
            case "choice":
                return {"type": "string", "enum": list(self.choices)}
            case "number":
                return {"type": "integer", "minimum": 1, "maximum": self.most}
            case "switch":
                return {"type": "string", "enum": ["1", "0"]}
            case _:
                return {"type": "string", "examples": ["2022-01-05", "2022-01-05T23:39+08:00", "1月5日13时"]}


def _said(default: Any) -> Any:
    return "01"[default] if isinstance(default, bool) else default


PARAMETERS: Final = (
    Parameter("q", "query", "The query; empty finds everything, newest first.", most=MAX_QUERY),
    Parameter("agency", "names", "Only entries that credit any of these agencies.", (), most=MAX_VALUES),
    Parameter("stream", "names", "Only entries of any of these streams.", (), most=MAX_VALUES),
    Parameter("from", "range", "Nothing earlier than this day or time."),
    Parameter("to", "range", "Nothing later than this day or time, which itself still counts."),
    Parameter("time", "range", "A stretch of time: what `from` and `to` say where they say nothing."),
    Parameter("asof", "moment", "As of this moment: nothing later counts, in hits, counts or weights."),
    Parameter("sort", "choice", "The order of the hits.", "relevance", choices=get_args(Sort)),
    Parameter("page", "number", "Which page, from 1.", 1, most=MAX_PAGE),
    Parameter("limit", "number", "How many hits on a page.", DEFAULT_LIMIT, most=MAX_LIMIT),
    Parameter("exact", "switch", "As typed: no aliases, other ways to write numbers, or spellings.", False),
    Parameter("strict", "switch", "Refuse a query that is not understood in full.", False),
    Parameter("fold", "switch", "Show near-copies as one hit.", None),
    Parameter("explain", "switch", "Say where the score of each hit comes from.", False),
    Parameter("corrected", "switch", "Only entries that a later one corrects or denies.", False),
    Parameter("partial", "switch", "Let entries that match in part follow those that match in full.", True),
)

#: What the pages of entries read besides: how the reader came there, and how much stands around.
ON_PAGES: Final = (
    Parameter("hit", "number", "As which hit of the search the entry was reached.", 0, most=MAX_PAGE),
    Parameter("context", "number", "How many entries of the stream are shown on either side.", 3, most=20),
)
