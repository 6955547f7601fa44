"""Settings and field mappings of an index on the cluster.

Text is analyzed by the analyzer of the embedded engine, not by the cluster, and stored as tokens joined by
blanks, which the cluster only splits again. So it needs no plugin and matches what the embedded engine does.

    entry      the entry as one line of JSON; the only field of `_source`
    id, digest, file, source      what a reindex compares; `cut` is the fingerprint of the dictionary
    born, died generations: a document is visible from `born` until before `died`
    time       microseconds since 1970 UTC
    agency, stream        names; `agency_is`, `origin_is`, `via_is`, `stream_is` are folded
    units      the whole text, unit by unit, with a token for punctuation; the headline is repeated behind a
               token of its own, so that it counts twice
    headline   the units of the headline alone
    words, bigrams        scoring terms; those of the headline twice
    lead       the units at the start of the entry
    term       each word once, for counting; `len_…` field lengths, for explanations
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

#: Increase when documents are written differently.
FORMAT: Final = 1
#: Keys of the index metadata: format, chain of the analyzer, dictionaries by fingerprint.
VERSION, CHAIN, DICTIONARIES = "xunwen", "chain", "dictionaries"
#: Largest offset + limit of one request.
MAX_RESULT: Final = 10_000
#: Most ids in one request.
MAX_TERMS: Final = 1_000_000
#: Longest prefix in characters that is indexed as a term, so that no prefix expands to too many terms.
_PREFIX: Final = 19
#: Longest token in characters, more than `documents.token` produces.
_TOKEN: Final = 4000

_TOKENS: Final = {"type": "text", "analyzer": "tokens", "similarity": "weighted"}
_KEYWORD: Final = {"type": "keyword"}
_COLUMN: Final = {"type": "keyword", "index": False}
_PREFIXES: Final = {"min_chars": 1, "max_chars": _PREFIX}


def settings(shards: int, replicas: int | None) -> dict[str, Any]:
    """Return the settings of an index; by default it has one replica if there is a second node."""
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
                # The score is the idf of the term.
                "plain": {"type": "BM25", "k1": 0, "b": 0},
            },
            "analysis": {
                "tokenizer": {"blanks": {"type": "whitespace", "max_token_length": _TOKEN}},
                "analyzer": {"tokens": {"type": "custom", "tokenizer": "blanks"}},
            },
        }
    }


def mapping(meta: dict[str, Any]) -> dict[str, Any]:
    """Return the field mappings with the metadata of the index."""
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
