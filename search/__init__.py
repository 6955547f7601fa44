"""Xunwen 寻闻: full-text search for Chinese rolling news. This is all that a program needs.

    >>> from search import Home, Searcher, reindex              # doctest: +SKIP
    >>> reindex(Home("/srv/news"))                              # doctest: +SKIP
    >>> Searcher(Home("/srv/news")).search("阿拉木图 机场").total    # doctest: +SKIP

Where things are, from the bottom up; imports only point up this list:

    entry, errors, clock, home     the nouns
    readers, analysis              files to entries; text to terms
    query, results, ranking        what was typed to what is meant; what comes back; the formula
    highlight                      which characters matched
    engines                        who keeps the entries and finds them
    dictionary                     the user's words, and the analyzer that knows them
    reindex, searcher, evaluate    the verbs
    cli, web                       the edges
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
