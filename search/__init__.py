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
"""

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
