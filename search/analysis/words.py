"""Words: jieba's cut of Han text, for ranking and suggestions. Matching never depends on it.

`rjieba` is the same algorithm and dictionary in Rust and about fifteen times faster; pure `jieba` serves
where no wheel exists. Only Han characters are ever given to either, and on those they agree.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Protocol

__all__ = ["Segmenter", "pure_segmenter", "rust_segmenter", "segmenter"]

_SEPARATOR = "\n"


class _Cutter(Protocol):
    def __call__(self, text: str, /) -> Iterable[str]: ...


class Segmenter:
    """Cut many stretches of Han characters in one call."""

    def __init__(self, name: str, cut: _Cutter, search: _Cutter) -> None:
        self.name = name
        self._cut = cut
        self._search = search

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


def rust_segmenter() -> Segmenter:
    """Return the segmenter in Rust; raises ImportError where it is not installed."""
    import rjieba

    return Segmenter("rjieba", rjieba.cut, rjieba.cut_for_search)


def pure_segmenter() -> Segmenter:
    """Return the segmenter in Python."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    cut: Callable[[str], Iterable[str]] = tokenizer.cut
    search: Callable[[str], Iterable[str]] = tokenizer.cut_for_search
    return Segmenter("jieba", cut, search)


@lru_cache(maxsize=1)
def segmenter() -> Segmenter:
    """Return the fastest segmenter of this machine."""
    try:
        return rust_segmenter()
    except ImportError:
        return pure_segmenter()
