"""Readings of Han text in pinyin without tones.

Words in the phrase table of pypinyin have the reading given there (重庆 is chongqing); any other character
has its two most common readings. The tables take a third of a second to load and are loaded at first use.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice, product

__all__ = ["Reading", "blur", "initials", "letters", "readings"]

#: Syllables of a text, one for each Han character or run of other characters.
Reading = tuple[str, ...]

#: Characters of the longest phrases that are looked up.
_MAX_PHRASE_CHARACTERS = 4
_READINGS_PER_CHARACTER = 2
_PIECE = re.compile(r"[a-z0-9]+|[^a-z0-9]+")
_TYPED = re.compile(r"\A[a-z]+(?:(?:[1-5]['’\s-]*|['’\s-]+)[a-z]+)*[1-5]?")
_NOT_LETTER = re.compile(r"[^a-z]")


@cache
def _phrases() -> dict[str, list[list[str]]]:
    from pypinyin.constants import PHRASES_DICT

    return PHRASES_DICT


@cache
def _characters() -> dict[int, str]:
    from pypinyin.constants import PINYIN_DICT

    return PINYIN_DICT


def load() -> None:
    """Load the tables of readings ahead of their first use."""
    _phrases()
    _characters()


@cache
def _plain(syllable: str) -> str:
    """Return a syllable without its tone; ü is written v, but üe is ue.

    >>> _plain("lǜ"), _plain("lüè"), _plain("zhòng")
    ('lv', 'lue', 'zhong')
    """
    decomposed = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return _NOT_LETTER.sub("", decomposed).replace("ve", "ue")


@cache
def _sounds(char: str) -> Reading:
    """Return the common readings of a character, most common first; the character itself if it has none."""
    listed = _characters().get(ord(char), "") if len(char) == 1 else ""
    sounds = dict.fromkeys(filter(None, map(_plain, listed.split(","))))
    return tuple(sounds)[:_READINGS_PER_CHARACTER] or (char,)


def readings(text: str, limit: int = 4) -> list[Reading]:
    """Return up to `limit` readings of folded text, the most common first.

    >>> readings("重庆"), readings("俄罗斯f16")
    ([('chong', 'qing')], [('e', 'luo', 'si', 'f16'), ('e', 'luo', 'shi', 'f16')])
    """
    choices: list[Reading] = []
    for piece in _PIECE.findall(text):
        choices.extend([(piece,)] if piece.isascii() else _syllables(piece))
    return list(islice(product(*choices), limit))


def _syllables(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the alternative syllables of each character: that of a phrase, or its common readings."""
    phrases = _phrases()
    i = 0
    while i < len(text):
        for end in range(min(i + _MAX_PHRASE_CHARACTERS, len(text)), i + 1, -1):
            if (phrase := phrases.get(text[i:end])) and len(phrase) == end - i:
                yield from ((_plain(syllable[0]),) for syllable in phrase)
                i = end
                break
        else:
            yield _sounds(text[i])
            i += 1


def initials(reading: Reading) -> str:
    """Return the first letters of a reading.

    >>> initials(("e", "luo", "si"))
    'els'
    """
    return "".join(syllable[:1] for syllable in reading)


@cache
def blur(syllable: str) -> str:
    """Return a syllable in which zh and z, l and n, -ng and -n and similar pairs are the same.

    >>> blur("zhang"), blur("lin"), blur("shi")
    ('zan', 'nin', 'si')
    """
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    elif syllable.startswith("l"):
        syllable = "n" + syllable[1:]
    return syllable[:-1] if syllable.endswith("ng") else syllable


def letters(typed: str) -> str:
    """Return typed pinyin without blanks, tones and apostrophes; "" for any other text.

    >>> letters("é luó sī"), letters("e2luo2si1"), letters("Xi'an"), letters("lve")
    ('eluosi', 'eluosi', 'xian', 'lue')
    >>> letters("机场"), letters("f16")
    ('', '')
    """
    decomposed = unicodedata.normalize("NFD", typed.strip().lower()).replace("u\u0308", "v")
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _NOT_LETTER.sub("", plain).replace("ve", "ue") if _TYPED.fullmatch(plain) else ""
