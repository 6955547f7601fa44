"""How Han text sounds: pinyin without tones, with the readings that a word really has.

The phrases of pypinyin decide where they know a word (重庆 is chongqing); elsewhere each character brings
its two most usual readings. Its tables take a third of a second to load, so they wait for the first question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import islice, product

__all__ = ["Reading", "blur", "initials", "letters", "readings"]

#: Syllables of a text, one for each Han character; a stretch of anything else counts as one.
Reading = tuple[str, ...]

_LONGEST_PHRASE = 4
_USUAL = 2
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
    """Load the tables of readings, which otherwise happens with the first text that is read."""
    _phrases()
    _characters()


@cache
def _plain(syllable: str) -> str:
    """Return a syllable without its tone; ü is v, as it is typed.

    >>> _plain("lǜ"), _plain("é"), _plain("zhòng")
    ('lv', 'e', 'zhong')
    """
    apart = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return _NOT_LETTER.sub("", apart)


@cache
def _sounds(char: str) -> Reading:
    """Return the usual readings of one character, most usual first; its own text where it has none."""
    known = _characters().get(ord(char), "") if len(char) == 1 else ""
    sounds = dict.fromkeys(filter(None, map(_plain, known.split(","))))
    return tuple(sounds)[:_USUAL] or (char,)


def readings(text: str, most: int = 4) -> list[Reading]:
    """Return the ways in which folded text may be read, the most usual first.

    >>> readings("重庆"), readings("俄罗斯f16")
    ([('chong', 'qing')], [('e', 'luo', 'si', 'f16'), ('e', 'luo', 'shi', 'f16')])
    """
    choices: list[Reading] = []
    for piece in _PIECE.findall(text):
        choices.extend([(piece,)] if piece.isascii() else _spoken(piece))
    # The last choice turns fastest, so the first reading of all comes first.
    return list(islice(product(*choices), most))


def _spoken(text: str) -> Iterator[Reading]:
    """Yield the readings of each character: the one that a phrase gives it, or the usual ones."""
    phrases = _phrases()
    place, last = 0, len(text) - 1
    while place <= last:
        for end in range(min(place + _LONGEST_PHRASE, last + 1), place + 1, -1):
            if (phrase := phrases.get(text[place:end])) and len(phrase) == end - place:
                yield from ((_plain(syllable[0]),) for syllable in phrase)
                place = end
                break
        else:
            yield _sounds(text[place])
            place += 1


def initials(reading: Reading) -> str:
    """Return the first letters of a reading.

    >>> initials(("e", "luo", "si"))
    'els'
    """
    return "".join(syllable[:1] for syllable in reading)


@cache
def blur(syllable: str) -> str:
    """Return what a syllable sounds like to those who do not tell zh from z, l from n, or -ng from -n.

    >>> blur("zhang"), blur("lin"), blur("shi")
    ('zan', 'nin', 'si')
    """
    if syllable[:2] in ("zh", "ch", "sh"):
        syllable = syllable[0] + syllable[2:]
    elif syllable.startswith("l"):
        syllable = "n" + syllable[1:]
    return syllable[:-1] if syllable.endswith("ng") else syllable


def letters(typed: str) -> str:
    """Return pinyin as typed without blanks, tones and apostrophes; "" where it is anything else.

    >>> letters("é luó sī"), letters("e2luo2si1"), letters("Xi'an"), letters("nǚ")
    ('eluosi', 'eluosi', 'xian', 'nv')
    >>> letters("机场"), letters("f16")
    ('', '')
    """
    apart = unicodedata.normalize("NFD", typed.strip().lower()).replace("u\u0308", "v")
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    return _NOT_LETTER.sub("", plain) if _TYPED.fullmatch(plain) else ""
