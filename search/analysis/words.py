"""Words: jieba's cut of Han text, for ranking and suggestions. Matching never depends on it.

`rjieba` is the same algorithm and dictionary in Rust and about fifteen times faster; pure `jieba` serves
where no wheel exists. Only Han characters are ever given to either, and on those they agree, with and
without words of the user's.

Promise: words of the user's change the cut of those texts only that hold one of them, and what jieba alone
would have found inside such a word (two characters or more) stays findable as a word.
"""

from __future__ import annotations

import importlib.util
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, Protocol

from search.analysis.dictionary import NO_WORDS, Dictionary

__all__ = ["Segmenter", "pure_segmenter", "rust_segmenter", "segmenter"]

_SEPARATOR = "\n"
#: Parts of a long word up to this length jieba's search mode gives by itself.
_GRAM: Final = 3
#: Occurrences in all of jieba's corpus: the sum of its dictionary.
_TOTAL: Final = 60_101_967
#: Words of jieba's dictionary that no folded text has (traditional characters, or what mojibake made), and
#: their weights. What a word of the user's adds to the corpus is taken from them, so that its size and with
#: it the cut of every other text stays exactly as it is.
_RESERVE: Final = {
    **{"紝": 11651, "鐨": 5901, "簡": 3221, "鏈": 2960, "鈥": 2416, "鍚": 2323, "鍒": 2309, "鏉": 2105},
    **{"購": 1875, "鏃": 1660, "諲": 1607, "乾": 1551, "鎵": 1510, "鐪": 1326, "篘": 1320, "備": 1305},
    **{"堝": 1284, "滄": 1241, "後": 1209, "細": 1194, "鍔": 1192, "閲": 1174, "魦": 1147, "鍥": 1141},
}


class _Cutter(Protocol):
    def __call__(self, text: str, /) -> Iterable[str]: ...


class _Backend(Protocol):
    """One implementation of jieba, under its own dictionary or with words added."""

    name: str

    def cut(self, text: str, /) -> Iterable[str]:
        """Cut a text, new words guessed."""

    def search(self, text: str, /) -> Iterable[str]:
        """Cut a text, long words also in parts."""

    def known(self, text: str, /) -> Iterable[str]:
        """Cut a text into words of the dictionary only."""

    def extended(self, weights: Mapping[str, int], growth: int) -> _Backend:
        """Return one with these words; they make the corpus so much larger."""


class Segmenter:
    """Cut many stretches of Han characters in one call."""

    def __init__(self, backend: _Backend) -> None:
        self.name = backend.name
        self.dictionary = NO_WORDS
        #: The same without the user's words.
        self.plain = self
        self._backend = backend
        self._cut: _Cutter = backend.cut
        self._search: _Cutter = backend.search

    def extended(self, words: Mapping[str, int | None]) -> Segmenter:
        """Return a segmenter that knows these words, too: folded Han characters, each with a weight.

        Without a weight a word gets the one at which it is just not cut into known words (jieba's rule).

        >>> segmenter().extended({"乌克兰总统": None}).cut(["乌克兰总统表示"])
        [['乌克兰总统', '表示']]
        """
        if not words:
            return self.plain
        base = self.plain._backend
        pieces = {word: list(base.known(word)) for word in words}
        guessed = dict(zip(words, self.plain.cut(list(words)), strict=True))
        wanted = {part for lists in (pieces, guessed) for parts in lists.values() for part in parts}
        own = _jieba_weights(wanted | set(words))
        weights = {
            word: weight or max(_suggested(pieces[word], own), own.get(word, 1))
            for word, weight in words.items()
        }
        growth = sum(weight - own.get(word, 0) for word, weight in weights.items())
        found = Segmenter(_Lazy(partial(base.extended, weights, growth), self.name))
        found.plain = self.plain
        found.dictionary = Dictionary(weights, max(0, growth - sum(_RESERVE.values())))
        parts = _parts(guessed, weights, own)
        found._search = partial(_search_with_parts, found._backend.search, parts) if parts else found._search
        return found

    def cut(self, stretches: list[str]) -> list[list[str]]:
        """Return the words of each stretch; joined they give the stretch back.

        >>> segmenter().cut(["阿拉木图机场"])
        [['阿拉木图', '机场']]
        """
        return _split(self._cut, stretches)

    def search(self, stretches: list[str]) -> list[list[str]]:
        """Return the words of each stretch in jieba's search mode: long words also give their parts."""
        return _split(self._search, stretches)

    def search_joined(self, text: str) -> list[str]:
        """Cut many stretches, each behind a line break, in search mode; the breaks come back as tokens."""
        return list(self._search(text)) if text else []


def rust_segmenter() -> Segmenter:
    """Return the segmenter in Rust; raises ImportError where it is not installed."""
    import rjieba

    return Segmenter(_Rust(rjieba))


def pure_segmenter() -> Segmenter:
    """Return the segmenter in Python."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba would keep what it has read in a file that all users of the machine share, and run what it finds
    # there through marshal; reading the dictionary takes half a second more and trusts nobody.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return Segmenter(_Pure(tokenizer))


@lru_cache(maxsize=1)
def segmenter() -> Segmenter:
    """Return the fastest segmenter of this machine, without words of the user's."""
    try:
        return rust_segmenter()
    except ImportError:
        return pure_segmenter()


# -- the two implementations ------------------------------------------------------------------------------


class _Rust:
    name = "rjieba"

    def __init__(self, jieba: Any) -> None:
        self.cut: _Cutter = jieba.cut
        self.search: _Cutter = jieba.cut_for_search
        self.known: _Cutter = partial(jieba.cut, hmm=False)

    def extended(self, weights: Mapping[str, int], growth: int) -> _Rust:
        import rjieba

        jieba = rjieba.Jieba()
        for word, weight in (*weights.items(), *_taken(growth).items()):
            jieba.add_word(word, weight, "")
        return _Rust(jieba)


class _Pure:
    name = "jieba"

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.cut: _Cutter = tokenizer.cut
        self.search: _Cutter = tokenizer.cut_for_search
        self.known: _Cutter = partial(tokenizer.cut, HMM=False)

    def extended(self, weights: Mapping[str, int], growth: int) -> _Pure:
        tokenizer = type(self._tokenizer)()
        tokenizer.FREQ = {**self._tokenizer.FREQ, **weights, **_taken(growth)}
        for word in weights:
            for end in range(1, len(word)):
                tokenizer.FREQ.setdefault(word[:end], 0)
        tokenizer.total = self._tokenizer.total + max(0, growth - sum(_RESERVE.values()))
        tokenizer.initialized = True
        return _Pure(tokenizer)


class _Lazy:
    """A backend that is made when it first has to cut: who only asks for a fingerprint need not wait."""

    def __init__(self, make: Callable[[], _Backend], name: str) -> None:
        self.name = name
        self._made = lru_cache(maxsize=1)(make)

    def cut(self, text: str, /) -> Iterable[str]:
        return self._made().cut(text)

    def search(self, text: str, /) -> Iterable[str]:
        return self._made().search(text)

    def known(self, text: str, /) -> Iterable[str]:
        return self._made().known(text)

    def extended(self, weights: Mapping[str, int], growth: int) -> _Backend:
        return self._made().extended(weights, growth)


# -- helpers ----------------------------------------------------------------------------------------------


def _split(cutter: _Cutter, stretches: list[str]) -> list[list[str]]:
    """Cut all stretches at once: a line break ends a word, so the lists can be told apart again."""
    if not stretches:
        return []
    lists: list[list[str]] = [[]]
    for token in cutter(_SEPARATOR.join(stretches)):
        if token == _SEPARATOR:
            lists.append([])
        else:
            lists[-1].append(token)
    return lists


def _search_with_parts(search: _Cutter, parts: Mapping[str, list[str]], text: str) -> Iterable[str]:
    for token in search(text):
        if token in parts:
            yield from parts[token]
        yield token


def _parts(
    guessed: Mapping[str, list[str]], weights: Mapping[str, int], own: Mapping[str, int]
) -> dict[str, list[str]]:
    """Return for each word the words inside it that jieba's search mode would not give.

    That mode gives known words of two and three characters; it leaves out longer ones, and words that jieba
    itself only guesses.
    """
    found: dict[str, list[str]] = {}
    for word, pieces in guessed.items():
        given = [part for part in pieces if 2 <= len(part) < len(word)]
        inside = [word[i:j] for i in range(len(word)) for j in range(i + _GRAM + 1, len(word) + 1)]
        longer = [part for part in inside if part != word and part in weights]
        parts = [
            part
            for part in dict.fromkeys((*given, *longer))
            if len(part) > _GRAM or not (part in own or part in weights)
        ]
        if parts:
            found[word] = parts
    return found


def _suggested(pieces: list[str], own: Mapping[str, int]) -> int:
    """Return the weight above which a word is likelier than its pieces (jieba's suggest_freq)."""
    chance = sum(math.log(own.get(piece, 1) / _TOTAL) for piece in pieces)
    return int(math.exp(chance) * _TOTAL) + 1


def _taken(growth: int) -> dict[str, int]:
    """Return what is left of the reserve when the corpus grew by so much, or shrank."""
    left = {}
    for word, weight in _RESERVE.items():
        taken = min(weight, growth)
        left[word] = weight - taken
        growth -= taken
    return left


def _jieba_weights(words: set[str]) -> dict[str, int]:
    """Look words up in jieba's dictionary, as text, for the implementation in Rust cannot tell."""
    wanted = {word.encode() for word in words}
    found = importlib.util.find_spec("jieba")
    places = found.submodule_search_locations if found else None
    weights: dict[str, int] = {}
    with Path((places or [""])[0], "dict.txt").open("rb") as lines:
        for line in lines:
            word, _, rest = line.partition(b" ")
            if word in wanted:
                weights[word.decode()] = int(rest.split(b" ")[0])
    return weights
