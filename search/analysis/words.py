"""Word segmentation of Han text with jieba, for ranking and suggestions. Matching does not depend on it.

`rjieba` is the same algorithm and dictionary in Rust and about fifteen times faster; pure `jieba` is used
where no wheel exists. Both segment Han characters only, on which they agree, with and without user words.

Texts are segmented in folded form, so the words of the dictionary that have a merged character (著名) are in
it in folded form (着名), with their weights.

User words change the segmentation only of texts that contain one of them. Words of two or more characters
that jieba alone finds inside a user word are still terms.
"""

from __future__ import annotations

import importlib.util
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any, Final, Protocol

from search.analysis.dictionary import NO_WORDS, Dictionary
from search.analysis.han_forms import merged

__all__ = ["Segmenter", "pure_segmenter", "rust_segmenter", "segmenter"]

_SEPARATOR = "\n"
#: Characters of the longest parts of words that jieba's search mode returns.
_MAX_PART: Final = 3
#: Occurrences of all words in jieba's corpus, the sum of its dictionary.
_TOTAL: Final = 60_101_967
#: Words of jieba's dictionary that no folded text contains (traditional characters and mojibake), with their
#: weights. The weights of user words are taken from them, so that the size of the corpus, and with it the
#: segmentation of every other text, stays exactly the same.
_RESERVE: Final = {
    **{"紝": 11651, "鐨": 5901, "簡": 3221, "鏈": 2960, "鈥": 2416, "鍚": 2323, "鍒": 2309, "鏉": 2105},
    **{"購": 1875, "鏃": 1660, "諲": 1607, "乾": 1551, "鎵": 1510, "鐪": 1326, "篘": 1320, "備": 1305},
    **{"堝": 1284, "滄": 1241, "後": 1209, "細": 1194, "鍔": 1192, "閲": 1174, "魦": 1147, "鍥": 1141},
}


class _Cutter(Protocol):
    def __call__(self, text: str, /) -> Iterable[str]: ...


class _Backend(Protocol):
    """An implementation of jieba, with its own dictionary or with words added."""

    name: str

    def cut(self, text: str, /) -> Iterable[str]:
        """Cut a text, including words that are not in the dictionary."""

    def search(self, text: str, /) -> Iterable[str]:
        """Cut a text in search mode: long words are also returned in parts."""

    def known(self, text: str, /) -> Iterable[str]:
        """Cut a text into words of the dictionary only."""

    def is_listed(self, word: str, /) -> bool:
        """Return whether the dictionary has a word."""

    def extended(self, weights: Mapping[str, int], growth: int) -> _Backend:
        """Return a backend with these words, which enlarge the corpus by `growth`."""


class Segmenter:
    """Cuts many stretches of Han characters in one call."""

    def __init__(self, backend: _Backend) -> None:
        self.name = backend.name
        self.dictionary = NO_WORDS
        #: The segmenter without user words.
        self.plain = self
        self._backend = backend
        self._cut: _Cutter = backend.cut
        self._search: _Cutter = backend.search

    def extended(self, words: Mapping[str, int | None]) -> Segmenter:
        """Return a segmenter with user words: folded Han characters, each with a weight.

        None stands for the smallest weight at which the word is not cut into dictionary words (jieba's rule).

        >>> segmenter().extended({"乌克兰总统": None}).cut(["乌克兰总统表示"])
        [['乌克兰总统', '表示']]
        """
        if not words:
            return self.plain
        base = self.plain._backend
        pieces = {word: list(base.known(word)) for word in words}
        guessed = dict(zip(words, self.plain.cut(list(words)), strict=True))
        parts = {part for lists in (pieces, guessed) for parts in lists.values() for part in parts}
        jieba_weights = _jieba_weights(parts | set(words))
        weights = {
            word: weight or max(_suggested(pieces[word], jieba_weights), jieba_weights.get(word, 1))
            for word, weight in words.items()
        }
        growth = sum(weight - jieba_weights.get(word, 0) for word, weight in weights.items())
        extended = Segmenter(_Lazy(partial(base.extended, weights, growth), self.name))
        extended.plain = self.plain
        extended.dictionary = Dictionary(weights, max(0, growth - sum(_RESERVE.values())))
        if missing := _missing_parts(guessed, weights, jieba_weights):
            extended._search = partial(_search_with_parts, extended._backend.search, missing)
        return extended

    def cut(self, stretches: list[str]) -> list[list[str]]:
        """Return the words of each stretch, which joined are the stretch.

        >>> segmenter().cut(["阿拉木图机场"])
        [['阿拉木图', '机场']]
        """
        return _split(self._cut, stretches)

    def is_listed(self, word: str) -> bool:
        """Return whether a folded word is in the dictionary, and not guessed.

        >>> segmenter().is_listed("机场"), segmenter().is_listed("场机")
        (True, False)
        """
        return self._backend.is_listed(word)

    def search(self, stretches: list[str]) -> list[list[str]]:
        """Return the words of each stretch in search mode: long words are also returned in parts."""
        return _split(self._search, stretches)

    def search_joined(self, text: str) -> list[str]:
        """Cut stretches, each after a line break, in search mode; the line breaks are returned as tokens."""
        return list(self._search(text)) if text else []


def rust_segmenter() -> Segmenter:
    """Return the segmenter in Rust; raises ImportError if it is not installed."""
    import rjieba

    return Segmenter(_Rust(_with_folded_words(rjieba)))


def pure_segmenter() -> Segmenter:
    """Return the segmenter in Python."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    # jieba caches its dictionary in a file that all users of the machine share and reads it with marshal.
    # Reading the dictionary itself takes half a second more and runs no foreign data.
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    for word, weight in folded_words().items():
        tokenizer.FREQ[word] = weight
        for end in range(1, len(word)):
            tokenizer.FREQ.setdefault(word[:end], 0)
    tokenizer.initialized = True
    return Segmenter(_Pure(tokenizer))


@cache
def segmenter() -> Segmenter:
    """Return the fastest available segmenter, without user words."""
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
        self.is_listed: Callable[[str], bool] = jieba.has_word

    def extended(self, weights: Mapping[str, int], growth: int) -> _Rust:
        import rjieba

        jieba = _with_folded_words(rjieba.Jieba())
        for word, weight in (*weights.items(), *_reserve_after(growth).items()):
            jieba.add_word(word, weight, "")
        return _Rust(jieba)


class _Pure:
    name = "jieba"

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self.cut: _Cutter = tokenizer.cut
        self.search: _Cutter = tokenizer.cut_for_search
        self.known: _Cutter = partial(tokenizer.cut, HMM=False)

    def is_listed(self, word: str, /) -> bool:
        return bool(self._tokenizer.FREQ.get(word))

    def extended(self, weights: Mapping[str, int], growth: int) -> _Pure:
        tokenizer = type(self._tokenizer)()
        tokenizer.FREQ = {**self._tokenizer.FREQ, **weights, **_reserve_after(growth)}
        for word in weights:
            for end in range(1, len(word)):
                tokenizer.FREQ.setdefault(word[:end], 0)
        tokenizer.total = self._tokenizer.total + max(0, growth - sum(_RESERVE.values()))
        tokenizer.initialized = True
        return _Pure(tokenizer)


class _Lazy:
    """A backend that is created at its first cut, so that fingerprints need not wait for it."""

    def __init__(self, make: Callable[[], _Backend], name: str) -> None:
        self.name = name
        self._backend = cache(make)

    def cut(self, text: str, /) -> Iterable[str]:
        return self._backend().cut(text)

    def search(self, text: str, /) -> Iterable[str]:
        return self._backend().search(text)

    def known(self, text: str, /) -> Iterable[str]:
        return self._backend().known(text)

    def is_listed(self, word: str, /) -> bool:
        return self._backend().is_listed(word)

    def extended(self, weights: Mapping[str, int], growth: int) -> _Backend:
        return self._backend().extended(weights, growth)


@cache
def folded_words() -> Mapping[str, int]:
    """Return the words of jieba's dictionary that folding changes: 0 as they were, their weight as folded.

    A folded word that the dictionary has as well gets both weights, so the weight of all words stays.
    """
    chars, forms = frozenset(merged()), str.maketrans(dict(merged()))
    weights: dict[str, int] = {}
    for line in _dictionary_file().read_text(encoding="utf-8").splitlines():
        if chars.isdisjoint(line):
            continue
        word, weight = line.split(" ")[0], int(line.split(" ")[1])
        folded = word.translate(forms)
        weights[word] = 0
        weights[folded] = weights.get(folded, 0) + weight
    known = _file_weights({word for word, weight in weights.items() if weight})
    return {word: weight + known.get(word, 0) if weight else 0 for word, weight in weights.items()}


def _with_folded_words(jieba: Any) -> Any:
    for word, weight in folded_words().items():
        jieba.add_word(word, weight, "")
    return jieba


# -- helpers ----------------------------------------------------------------------------------------------


def _split(cutter: _Cutter, stretches: list[str]) -> list[list[str]]:
    """Cut all stretches at once, separated by line breaks, which end a word."""
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


def _missing_parts(
    guessed: Mapping[str, list[str]], weights: Mapping[str, int], jieba_weights: Mapping[str, int]
) -> dict[str, list[str]]:
    """Return, by user word, the words inside it that jieba's search mode does not return.

    That mode returns dictionary words of two and three characters, but neither longer words nor words that
    are not in the dictionary.
    """
    missing: dict[str, list[str]] = {}
    for word, pieces in guessed.items():
        shorter = [part for part in pieces if 2 <= len(part) < len(word)]
        inside = [word[i:j] for i in range(len(word)) for j in range(i + _MAX_PART + 1, len(word) + 1)]
        longer = [part for part in inside if part != word and part in weights]
        parts = [
            part
            for part in dict.fromkeys((*shorter, *longer))
            if len(part) > _MAX_PART or not (part in jieba_weights or part in weights)
        ]
        if parts:
            missing[word] = parts
    return missing


def _suggested(pieces: list[str], jieba_weights: Mapping[str, int]) -> int:
    """Return the weight at which a word is more probable than its pieces (jieba's suggest_freq)."""
    log_probability = sum(math.log(jieba_weights.get(piece, 1) / _TOTAL) for piece in pieces)
    return int(math.exp(log_probability) * _TOTAL) + 1


def _reserve_after(growth: int) -> dict[str, int]:
    """Return the weights of the reserve after a growth of the corpus, which may be negative."""
    weights = {}
    for word, weight in _RESERVE.items():
        taken = min(weight, growth)
        weights[word] = weight - taken
        growth -= taken
    return weights


def _jieba_weights(words: set[str]) -> dict[str, int]:
    """Return the weights of words in the folded dictionary of jieba; those without one are left out."""
    folded = folded_words()
    weights = _file_weights(words - folded.keys())
    return weights | {word: weight for word, weight in folded.items() if weight and word in words}


def _dictionary_file() -> Path:
    spec = importlib.util.find_spec("jieba")
    folders = spec.submodule_search_locations if spec else None
    return Path((folders or [""])[0], "dict.txt")


def _file_weights(words: set[str]) -> dict[str, int]:
    """Return the weights of words in jieba's dictionary file; the implementation in Rust has no lookup."""
    encoded = {word.encode() for word in words}
    weights: dict[str, int] = {}
    with _dictionary_file().open("rb") as lines:
        for line in lines:
            word, _, rest = line.partition(b" ")
            if word in encoded:
                weights[word.decode()] = int(rest.split(b" ")[0])
    return weights
