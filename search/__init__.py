"""Xunwen 寻闻: full-text search for Chinese rolling news. The public Python interface.

    >>> from search import Home, Searcher, reindex              # doctest: +SKIP
    >>> reindex(Home("/srv/news"))                              # doctest: +SKIP
    >>> Searcher(Home("/srv/news")).search("阿拉木图 机场").total    # doctest: +SKIP

Packages from the bottom up; docs/architecture.md has the exact layers:

    entry, errors, home, times     value types, errors, paths, time ranges
    readers, analysis              files to entries; text to terms
    settings                       aliases and the user dictionary
    query, ranking                 query text to logical query; the scoring formula
    results, highlight             result types; spans and snippets
    figures, corrections           casualty figures in entries; corrected reports
    engines                        index storage and retrieval, Whoosh and OpenSearch
    suggest                        completion and spelling correction
    searcher, indexing, evaluate   search, reindex, relevance measures
    output, cli, web               export, command line, web pages and API

The modules of these names are imported when a name is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from search.entry import Attribution, Entry
    from search.errors import XunwenError
    from search.home import Home
    from search.indexing.reindex import Report, reindex
    from search.results import Hit, Results
    from search.searcher.searcher import Searcher

__all__ = [
    "Attribution",
    "Entry",
    "Hit",
    "Home",
    "Report",
    "Results",
    "Searcher",
    "XunwenError",
    "__version__",
    "reindex",
]

__version__ = "0.1.0"

_MODULES: Final = {
    "Attribution": "search.entry",
    "Entry": "search.entry",
    "Hit": "search.results",
    "Home": "search.home",
    "Report": "search.indexing.reindex",
    "Results": "search.results",
    "Searcher": "search.searcher.searcher",
    "XunwenError": "search.errors",
    "reindex": "search.indexing.reindex",
}


def __getattr__(name: str) -> Any:
    """Return a public name, importing its module; raises AttributeError."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
