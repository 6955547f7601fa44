"""Folding: original text to comparable text, with offsets into the original.

NFKC, lower case, no accents, and one form of each Han character (`han_forms.py`), character by character, so
nearly every text keeps its length. Where a character becomes several or none (℃, ½, æ, a letter with a
combining accent, a zero-width space), an offset map is kept. Every folded character has a slice of the
original text.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from search import compiled
from search.analysis.characters import WITHOUT_POSITION
from search.analysis.han_forms import form_of

__all__ = ["RARE", "TABLE", "Folded", "expand", "fold", "without_silent"]

#: Signs with another form than that of NFKC: it would merge marks that differ between digits.
_EXCEPTIONS = {"．": "∙", "，": "、", "･": "·", "…": "…", "‥": "…", "∶": ":", "丨": "|", "○": "〇"}
_EXCEPTIONS |= dict.fromkeys("×✕✖╳⨯", "x") | dict.fromkeys("・•‧", "·")
#: Letters that have no decomposition into a letter and an accent.
_LATIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŋ": "n", "ŧ": "t"}
    | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
_ACCENTS = re.compile("[\u0300-\u036f\u20d0-\u20ff\ufe20-\ufe2f]+")
_SILENT: Final = re.compile(rf"[{re.escape(WITHOUT_POSITION)}]|(?<=\w)[-\n](?=\w)")
_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_INVISIBLE_RANGES = (
    (0x00AD, 0x00AD),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xE0000, 0xE0FFF),
)


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; `starts[i]:ends[i]` is the slice of the original text of `text[i]`.

    Both are None when each character has the offset of its original.
    """

    text: str
    starts: tuple[int, ...] | None = None
    ends: tuple[int, ...] | None = None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the slice of the original text of `text[start:end]`, which must not be empty."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


def _fold_alone(char: str) -> str:
    if char in _EXCEPTIONS:
        return _EXCEPTIONS[char]
    if char in _HYPHENS:
        return "-"
    return _folded_letters(char)


def _folded_letters(text: str) -> str:
    """Return a character or a cluster in lower case, without accents that are no part of a character.

    Latin letters lose the accents that are part of them as well.

    >>> [_folded_letters(letter) for letter in ("Ğ", "ü", "Ł", "が", "й", "场\u0301")]
    ['g', 'u', 'l', 'が', 'й', '场']
    """
    lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", lower))
    return (bare if bare.isascii() else _ACCENTS.sub("", lower)).translate(_LATIN)


def _is_itself(char: str) -> bool:
    """Return quickly whether a character certainly folds to itself."""
    return (
        not unicodedata.decomposition(char)
        and char.lower() == char
        and char not in _EXCEPTIONS
        and char not in _HYPHENS
        and ord(char) not in _LATIN
        and not _ACCENTS.match(char)
    )


def _build() -> tuple[dict[int, str], str]:
    """Return the folded form of each character that changes, and the characters that change length."""
    table: dict[int, str] = {}
    rare: list[str] = []
    for code in (*range(0x80), *range(0xA0, 0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20)):
        char = chr(code)
        if _is_itself(char):
            continue
        folded = _fold_alone(char)
        if len(folded) != 1:
            rare.append(char)
        elif folded != char:
            table[code] = folded
    han = [chr(code) for code in (*range(0x2E80, 0xA000), *range(0xF900, 0xFB00), *range(0x20000, 0x32000))]
    forms = form_of([table.get(ord(char), char) for char in han])
    table.update({ord(char): form for char, form in zip(han, forms, strict=True) if form != char})
    return table, "".join(rare)


@cache
def _combining() -> str:
    codes = (*range(0x0300, 0x20000),)
    marks = "".join(
        char for char in map(chr, codes) if unicodedata.combining(char) or unicodedata.category(char) == "Me"
    )
    return marks + "\uff9e\uff9f"


class _Changes(dict[int, str]):
    """Folded forms by code point. Unchanged characters are added at first lookup, as a miss is slower."""

    def __missing__(self, code: int) -> str:
        char = self[code] = chr(code)
        return char


_CHANGED, _RARE_CHARS = _build()
_CHANGES = _Changes(_CHANGED)
_INVISIBLE = "".join(f"{chr(low)}-{chr(high)}" for low, high in _INVISIBLE_RANGES)
_MARKS = re.escape(_combining())
#: Rare clusters; a text without any is folded character by character.
_RARE: Final = re.compile(
    f"[{_INVISIBLE}]+|[\u1100-\u11ff]+|[^{_INVISIBLE}\n][{_MARKS}]+|[{re.escape(_RARE_CHARS)}]"
)


#: Every character that may be part of a rare cluster.
_RARE_SET: Final = frozenset(
    [*_RARE_CHARS, *_combining(), *map(chr, range(0x1100, 0x1200))]
    + [chr(code) for low, high in _INVISIBLE_RANGES for code in range(low, high + 1)]
)


def _array() -> npt.NDArray[np.uint32]:
    table = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    for code, folded in _CHANGED.items():
        table[code] = ord(folded)
    return table


def _rare_array() -> npt.NDArray[np.bool_]:
    rare = np.zeros(sys.maxunicode + 1, dtype=np.bool_)
    rare[[ord(char) for char in _RARE_SET]] = True
    return rare


#: Whether each code point may be part of a rare cluster, shape (0x110000,).
RARE: Final = _rare_array()
#: The folded form of each code point outside rare clusters, uint32, shape (0x110000,).
TABLE: Final = _array()


def _guarded() -> npt.NDArray[np.uint32]:
    table = TABLE.astype("<u4")
    table[[ord(char) for char in _RARE_SET]] = 0xFFFFFFFF
    return table


#: TABLE with characters of rare clusters mapped to a number that cannot be decoded.
_GUARDED: Final = _guarded()
#: The same for the compiled loops; None without them.
_LOOPS: Final = compiled.text and compiled.text.CharTable(_GUARDED, WITHOUT_POSITION)
#: Characters from which on array operations are faster.
_USE_ARRAYS_FROM: Final = 24


def fold(text: str) -> Folded:
    """Fold a text.

    >>> fold("Ｆ－１６ 俄羅斯").text
    'f-16 俄罗斯'
    """
    if _LOOPS is not None:
        folded = _LOOPS.fold(text)
        return _fold_rare(text) if folded is None else Folded(folded)
    if len(text) >= _USE_ARRAYS_FROM:
        try:
            codes = np.frombuffer(text.encode("utf-32-le"), dtype="<u4")
            return Folded(_GUARDED[codes].tobytes().decode("utf-32-le"))
        except UnicodeError:
            pass  # a rare cluster or a surrogate
    if _RARE_SET.isdisjoint(text):
        return Folded(text.translate(_CHANGES))
    return _fold_rare(text)


def without_silent(text: str) -> tuple[str, list[int]]:
    """Return a folded text without what takes no position, and the offsets of what was removed.

    A hyphen and a line break take none between two letters, digits or characters. Each offset is less the
    number of those before it.

    >>> without_silent("机 场-恢·复")
    ('机场恢复', [1, 2, 3])
    """
    if _LOOPS is not None:
        stripped: tuple[str, list[int]] = _LOOPS.without_silent(text)
        return stripped
    offsets = [match.start() for match in _SILENT.finditer(text)]
    if not offsets:
        return text, offsets
    return _SILENT.sub("", text), [offset - count for count, offset in enumerate(offsets)]


def expand(text: str) -> str:
    """Return `text` with its rare clusters folded; the rest is left for TABLE."""
    if _RARE_SET.isdisjoint(text):
        return text
    return _RARE.sub(lambda match: _fold_match(match.group()), text)


def _fold_match(cluster: str) -> str:
    visible = re.sub(f"[{_INVISIBLE}]", "", cluster)
    return _folded_letters(visible).translate(_CHANGES)


def _fold_rare(text: str) -> Folded:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    done = 0
    for match in (*_RARE.finditer(text), None):
        stop = match.start() if match else len(text)
        pieces.append(text[done:stop].translate(_CHANGES))
        starts.extend(range(done, stop))
        ends.extend(range(done + 1, stop + 1))
        if match is None:
            break
        folded = _fold_match(match.group())
        pieces.append(folded)
        starts.extend([match.start()] * len(folded))
        ends.extend([match.end()] * len(folded))
        done = match.end()
    return Folded("".join(pieces), tuple(starts), tuple(ends))
