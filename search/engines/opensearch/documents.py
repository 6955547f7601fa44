"""Conversion of an entry to a document of the cluster, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final

from search.analysis import FIELD_BREAK, Analyzer, Units
from search.engines.timestamps import microseconds
from search.entry import Entry
from search.errors import DamagedIndex
from search.query.logical import Phrase
from search.ranking import LEAD

__all__ = [
    "GAP",
    "bigram_token",
    "document",
    "document_id",
    "entry_of",
    "phrase_tokens",
    "readable",
    "token",
]

#: Tokens for punctuation between two units, and for the start of the repeated headline; not units.
GAP: Final = "¦"
_HEADLINE_MARK: Final = "‖"
#: Joins the units of a bigram that are runs of letters or digits, where a term has a blank.
_JOINT: Final = "‿"
#: Longest unit in characters that is a token as it is, and the length of the prefix of longer ones.
_MAX_UNIT, _PREFIX = 1200, 1000


def document_id(entry_id: str, from_generation: int) -> str:
    """Return the key of the version of an entry that a generation added."""
    digest = blake2b(entry_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{digest}-{from_generation}"


def token(unit: str) -> str:
    """Return the token of a unit or word: of limited length, without lone surrogates."""
    if unit.isascii() and len(unit) <= _MAX_UNIT:
        return unit
    raw = unit.encode("utf-8", "surrogatepass")
    clean = unit.encode("utf-8", "replace").decode()
    if len(unit) <= _MAX_UNIT and clean == unit:
        return unit
    return f"{clean[:_PREFIX]}~{blake2b(raw, digest_size=12).hexdigest()}"


def bigram_token(term: str) -> str:
    """Return the token of a bigram."""
    return token(term.replace(" ", _JOINT))


def phrase_tokens(phrase: Phrase) -> list[str]:
    """Return the adjacent tokens of a phrase, with a GAP for punctuation."""
    return _with_gaps(phrase.units, phrase.offsets)


def _with_gaps(units: Sequence[str], positions: Sequence[int]) -> list[str]:
    """Return the tokens of units, with a GAP for punctuation between them."""
    tokens: list[str] = []
    expected = positions[0] if positions else 0
    for unit, position in zip(_tokens(units), positions, strict=True):
        if position != expected:
            tokens += [GAP] * (position - expected)
        tokens.append(unit)
        expected = position + 1
    return tokens


def _tokens(units: Sequence[str]) -> Sequence[str]:
    """Return the tokens of units or words; almost all of them are tokens already."""
    if len(max(units, key=len, default="")) <= _MAX_UNIT and _is_encodable("".join(units)):
        return units
    return list(map(token, units))


def _is_encodable(text: str) -> bool:
    """Return whether a text has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def readable(entry: Entry) -> str:
    """Return the whole text of an entry in the order of its analysis, the headline first."""
    parts = (entry.headline, entry.body, *entry.captions, *entry.agencies, entry.credit)
    return FIELD_BREAK.join(filter(None, parts))


def document(
    entry: Entry,
    file: str,
    source: int,
    analyzer: Analyzer,
    from_generation: int,
    until_generation: int | None = None,
) -> dict[str, Any]:
    """Return the fields of a document; `mapping.py` describes them."""
    fields = {
        "entry": _packed(entry),
        "id": token(entry.id),
        "digest": entry.digest(),
        "file": token(file),
        "source": source,
        "cut": analyzer.fingerprint,
        "born": from_generation,
        "died": until_generation,
        "time": None if entry.time is None else microseconds(entry.time),
        **_names(entry, analyzer),
        **_text_fields(entry, analyzer),
    }
    return {name: value for name, value in fields.items() if value not in (None, "", [])}


def _packed(entry: Entry) -> str:
    try:
        return entry.packed().decode()
    except UnicodeDecodeError:
        # Lone surrogates, which JSON can hold and UTF-8 cannot.
        return json.dumps(entry.as_dict())


def _names(entry: Entry, analyzer: Analyzer) -> dict[str, Any]:
    def folded(names: Iterable[str]) -> list[str]:
        return [token(analyzer.fold(name)) for name in names]

    by_role = {
        role: [credit.agency for credit in entry.credited if credit.role == role]
        for role in ("origin", "via")
    }
    return {
        "agency": [token(name) for name in entry.agencies],
        "agency_is": folded(entry.agencies),
        "origin_is": folded(by_role["origin"]),
        "via_is": folded(by_role["via"]),
        "stream": token(entry.stream),
        "stream_is": token(analyzer.fold(entry.stream)),
    }


def _text_fields(entry: Entry, analyzer: Analyzer) -> dict[str, Any]:
    text = readable(entry)
    units = analyzer.units(text)
    head = sum(1 for start in units.starts if start < len(entry.headline))
    tokens = _with_gaps(units.texts, units.positions)
    headline = _with_gaps(units.texts[:head], units.positions[:head])
    title, terms = analyzer.terms(entry.headline), analyzer.terms(text)
    words = _tokens([*terms.words, *title.words])
    bigrams = _tokens([pair.replace(" ", _JOINT) for pair in (*terms.bigrams, *title.bigrams)])
    return {
        "units": " ".join([*tokens, _HEADLINE_MARK, *headline] if headline else tokens),
        "headline": " ".join(headline),
        "words": " ".join(words),
        "bigrams": " ".join(bigrams),
        "lead": " ".join(dict.fromkeys(_lead(units))),
        "term": list(dict.fromkeys(words)),
        "len_words": len(words),
        "len_unigrams": len(units) + head,
        "len_bigrams": len(bigrams),
    }


def _lead(units: Units) -> list[str]:
    pairs = zip(units.texts, units.positions, strict=True)
    return list(_tokens([unit for unit, position in pairs if position < LEAD]))


def entry_of(source: Mapping[str, Any]) -> Entry:
    """Return the entry of a document; raises DamagedIndex."""
    try:
        return Entry.from_dict(json.loads(source["entry"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedIndex("集群上的一份文档无法解读") from error
