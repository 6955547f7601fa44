"""The Whoosh schema of an index.

The field types have no analyzer and no column object, so a pickled schema needs only `TermField` and classes
of Whoosh. Whoosh's query parser still works: it analyzes a text with our analyzer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from whoosh import fields, formats

from search.analysis import default_analyzer

__all__ = ["GRAMS", "ID", "PICKLED_AS", "WORDS", "TermField", "make_schema"]

#: The module name of our classes in pickles, independent of the files that define them.
PICKLED_AS = "search.engines.whoosh.compat"
ID, WORDS, GRAMS = "id", "words", "grams"
_STORED = ("time", "headline", "body", "captions", "agencies", "credit", "stream", "url", "attributions")


class TermField(fields.FieldType):
    """A field with terms of our analyzer; `kind` is `id`, `words` or `grams`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.format = formats.Positions() if kind == GRAMS else formats.Frequency()
        self.stored = kind == ID
        self.unique = kind == ID
        self.scorable = kind != ID
        self.indexed = True
        self.vector = None
        self.analyzer = None
        self.multitoken_query = "and"

    def index(self, value: Any, **kwargs: Any) -> Any:
        """Refuse: only `xunwen reindex` changes an index."""
        raise NotImplementedError("这个索引只由 xunwen reindex 修改")

    def process_text(self, qstring: str, mode: str = "", **kwargs: Any) -> Iterator[str]:
        """Return the terms of a text in this field."""
        if self.kind == ID:
            return iter((qstring,))
        terms = default_analyzer().terms(qstring)
        return iter(terms.words if self.kind == WORDS else terms.unigrams)


TermField.__module__ = PICKLED_AS


def make_schema() -> Any:
    """Return the schema of every index of this version."""
    stored = {name: fields.STORED() for name in _STORED}
    terms = {kind: TermField(kind) for kind in (ID, WORDS, GRAMS)}
    return fields.Schema(**terms, **stored)
