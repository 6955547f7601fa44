"""What an index on the cluster looks like: its fields, and how it is set up.

Everything is analyzed here, by the analyzer of the embedded engine, and stored as streams of tokens joined by
blanks, which the cluster only splits again. So it needs no plugin, and finds what the embedded engine finds.

    entry      the entry, one line of JSON; all that comes back of a document
    id         and what a reindex compares: `digest`, `file`, `source`; `cut`, which dictionary cut it
    born, died generations: an entry is there from the one to before the other
    time       microseconds since 1970 UTC
    agency, stream        names; `agency_is`, `origin_is`, `via_is`, `stream_is` are folded
    units      all that can be read, unit by unit, with a token for a mark; the headline comes once more
               behind a token of its own, so that what stands in it counts twice
    headline   the units of the headline alone
    words, bigrams        terms that score; those of the headline twice
    lead       the units at the head of the entry
    term       each word once, for counting; `len_…` lengths, for explaining a score
"""

from __future__ import annotations

from typing import Any, Final

from search.ranking import K1, B

__all__ = [
    "CHAIN",
    "DICTIONARIES",
    "FORMAT",
    "MAX_RESULT",
    "MAX_TERMS",
    "VERSION",
    "mapping",
    "settings",
    "visible_clause",
]

#: Raise whenever documents are written otherwise.
FORMAT: Final = 1
#: Keys of what an index says of itself: its format, the analyzer's chain, dictionaries by fingerprint.
VERSION, CHAIN, DICTIONARIES = "xunwen", "chain", "dictionaries"
#: So far down an answer goes in one request.
MAX_RESULT: Final = 10_000
#: So many ids may be asked for at once.
MAX_TERMS: Final = 1_000_000
#: Prefixes up to this length are terms of their own, so that no prefix means too many terms.
_PREFIX: Final = 19
#: Longer than any token (`documents.token`).
_TOKEN: Final = 4000

_TOKENS: Final = {"type": "text", "analyzer": "tokens", "similarity": "weighted"}
_KEYWORD: Final = {"type": "keyword"}
_COLUMN: Final = {"type": "keyword", "index": False}
_PREFIXES: Final = {"min_chars": 1, "max_chars": _PREFIX}


def settings(shards: int, replicas: int | None) -> dict[str, Any]:
    """Return how an index is set up; without a number of replicas there is one wherever it has room."""
    copies = {"auto_expand_replicas": "0-1"} if replicas is None else {"number_of_replicas": replicas}
    return {
        "index": {
            "number_of_shards": shards,
            **copies,
            "refresh_interval": "-1",
            "max_result_window": MAX_RESULT,
            "max_terms_count": MAX_TERMS,
            "similarity": {
                "weighted": {"type": "BM25", "k1": K1, "b": B},
                # Every entry that has the term gets its idf.
                "plain": {"type": "BM25", "k1": 0, "b": 0},
            },
            "analysis": {
                "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": _TOKEN}},
                "analyzer": {"tokens": {"type": "custom", "tokenizer": "blanks"}},
            },
        }
    }


def mapping(meta: dict[str, Any]) -> dict[str, Any]:
    """Return the fields; `meta` is what the index says of itself."""
    return {
        "dynamic": "strict",
        "_meta": meta,
        "_source": {"includes": ["entry"]},
        "properties": {
            "entry": {"type": "keyword", "index": False, "doc_values": False},
            "id": _KEYWORD,
            "digest": _COLUMN,
            "file": _KEYWORD,
            "source": {"type": "long", "index": False},
            "cut": _KEYWORD,
            "born": {"type": "long"},
            "died": {"type": "long"},
            "time": {"type": "long"},
            "agency": _KEYWORD,
            "stream": _KEYWORD,
            "agency_is": _KEYWORD,
            "origin_is": _KEYWORD,
            "via_is": _KEYWORD,
            "stream_is": _KEYWORD,
            "units": {**_TOKENS, "index_options": "positions", "index_prefixes": _PREFIXES},
            "headline": {
                **_TOKENS,
                "index_options": "positions",
                "norms": False,
                "index_prefixes": _PREFIXES,
            },
            "words": {**_TOKENS, "index_options": "freqs"},
            "bigrams": {**_TOKENS, "index_options": "freqs"},
            "lead": {**_TOKENS, "index_options": "docs", "norms": False, "similarity": "plain"},
            "term": _COLUMN,
            "len_words": {"type": "integer", "index": False},
            "len_unigrams": {"type": "integer", "index": False},
            "len_bigrams": {"type": "integer", "index": False},
        },
    }


def visible_clause(generation: int) -> dict[str, Any]:
    """Return the query clause that selects the documents of a generation."""
    added: dict[str, Any] = {"range": {"born": {"lte": generation}}}
    return {"bool": {"filter": [added], "must_not": [{"range": {"died": {"lte": generation}}}]}}
