"""The encoding of a file: from its mark, its XML declaration, and the characters that its bytes would be.

Valid UTF-8 is UTF-8. For any other bytes, each encoding in question is tried, and the one counts whose
characters are the most probable in Chinese text: Big5 and GB18030 both decode nearly any bytes, but read as
the other encoding a text consists of rare characters. Bytes that are improbable in every encoding are not
read as any.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path

__all__ = ["NAMES", "PRIVATE", "Encoding", "UnknownEncoding", "detect", "log_probability"]

#: The names of codecs in messages.
NAMES = {"utf-8": "UTF-8", "gb18030": "GB18030", "big5hkscs": "Big5", "utf-16-le": "UTF-16",
         "utf-16-be": "UTF-16", "utf-32-le": "UTF-32", "utf-32-be": "UTF-32"}  # fmt: skip

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARATION = re.compile(rb"""\A\s*+<\?xml[^>]*?\sencoding\s*+=\s*+["']([A-Za-z0-9._:-]{1,40})["']""")
#: Codecs of declarations, by a part of their name; a superset stands for its parts.
_DECLARED = {
    "gb": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs", "shift_jis": "cp932",
    "sjis": "cp932", "euc-jp": "euc_jp", "euc-kr": "cp949", "ks_c": "cp949",
}  # fmt: skip
_SINGLE_BYTE = re.compile(r"(?:iso-8859-(?:[1-9]|1[0-6])|windows-125[0-8]|koi8-[ru])\Z", re.IGNORECASE)

#: Characters that no standard defines. In Chinese text they are the sign of shifted pairs of bytes.
PRIVATE = re.compile("[\ue000-\uf8ff]")
_PAIRED = ("gb18030", "big5hkscs")
_HIGH = re.compile(rb"[\x80-\xff]+")

#: Bytes with characters beyond ASCII that decide on the encoding.
_SAMPLE_BYTES = 1 << 18
#: Characters beyond ASCII that are valid UTF-8 by no accident.
_CERTAIN_CHARACTERS = 64

#: Logarithms of the probability of a character: of each line of the list (its first line has
#: punctuation), of Greek and Cyrillic letters, and of any other one.
_LINES = (-5.0, -5.6, -7.0, -8.7, -11.0)
_LETTER = -9.5
_OTHER = -13.0
#: What a declaration counts for each character.
_DECLARED_BONUS = 2.0
#: Mean below which this many characters or more are not Chinese text.
_MIN_MEAN, _FEW_CHARACTERS = -9.6, 12
#: The same of a character of ASCII, where UTF-16 is in question: any byte may be half a character of it.
_ASCII = -4.0

#: A text with more faults than this, in more than a quarter of its characters beyond ASCII and in more than
#: one of a thousand bytes, is not the text of its encoding.
_FEW_FAULTS = 3


class UnknownEncoding(Exception):
    """The bytes are not text in a known encoding; `name` is the likeliest one, empty if none is likely."""

    def __init__(self, name: str, faults: int) -> None:
        super().__init__(name, faults)
        self.name, self.faults = name, faults


@dataclass(frozen=True, slots=True)
class Encoding:
    """A codec, the length in bytes of the mark before the text, and whether some bytes may be broken."""

    codec: str
    mark: int
    damaged: bool


class _Reading:
    """The bytes so far, read by one codec."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self.faults = self.size = self._characters = 0
        self.private = False
        self._decoder = codecs.getincrementaldecoder(codec)("replace")

    def add(self, data: bytes, *, final: bool = False) -> str:
        """Decode the next bytes, and return their text."""
        text = self._decoder.decode(data, final)
        self.faults += text.count("\ufffd")
        self.size += len(data)
        self._characters += len(text)
        if not self.private and self.codec in _PAIRED:
            self.private = PRIVATE.search(text) is not None
        return text

    @property
    def others(self) -> int:
        """About the number of characters beyond ASCII."""
        if self.codec.startswith("utf-") and self.codec != "utf-8":
            return self._characters
        more = self.size - self._characters
        return more // 2 if self.codec == "utf-8" else more

    @property
    def mostly_broken(self) -> bool:
        """Whether the faults are too many for a text with some damage."""
        return self.faults > _FEW_FAULTS and 4 * self.faults > self.others and 1000 * self.faults > self.size


def detect(chunks: Iterable[bytes]) -> Encoding:
    """Return the encoding of a file from its bytes, in pieces; raises UnknownEncoding."""
    chunks = iter(chunks)
    head = next(chunks, b"")
    codec, mark = next(((name, len(bom)) for bom, name in _MARKS if head.startswith(bom)), ("", 0))
    stream = chain((head[mark:],), chunks)
    if codec in ("", "utf-8"):
        reading = _unmarked(stream, _declared(head[mark:]))
    else:
        reading = _Reading(codec)
        for chunk in stream:
            reading.add(chunk)
        reading.add(b"", final=True)
    if reading.mostly_broken:
        raise UnknownEncoding(NAMES.get(reading.codec, reading.codec), reading.faults)
    return Encoding(reading.codec, mark, reading.faults > 0 or reading.private)


def log_probability(text: Mapping[str, int]) -> float:
    """Return the logarithm of the probability of a text, given as the counts of its characters, ASCII aside.

    >>> log_probability(Counter("港口")) > log_probability(Counter("뾞훐"))
    True
    """
    known = _known()
    return sum(count * known.get(char, _OTHER) for char, count in text.items())


# -- helpers ----------------------------------------------------------------------------------------------


def _unmarked(stream: Iterable[bytes], declared: str) -> _Reading:
    """Read a stream as UTF-8 until a sample is large enough to decide, then as the encoding decided on."""
    reading, sample, decided = _Reading("utf-8"), bytearray(), False
    for chunk in stream:
        reading.add(chunk)
        if decided or not (sample or b"\0" in chunk or not chunk.isascii()):
            continue
        sample += chunk
        certain = not reading.faults and reading.others >= _CERTAIN_CHARACTERS and b"\0" not in sample
        if certain or len(sample) >= _SAMPLE_BYTES:
            reading, decided = reading if certain else _likeliest(reading, bytes(sample), declared), True
    reading.add(b"", final=True)
    if not decided and (reading.faults or b"\0" in sample):
        reading = _likeliest(reading, bytes(sample), declared, final=True)
    return reading


def _likeliest(utf8: _Reading, sample: bytes, declared: str, *, final: bool = False) -> _Reading:
    """Return the reading of a sample that is the most probable text; raises UnknownEncoding."""
    wide = ("utf-16-le", "utf-16-be") if b"\0" in sample else ()
    if not wide and not utf8.faults:
        return utf8
    best, reading, mean = float("-inf"), utf8, 0.0
    narrow = (declared, *_paired(sample)) if utf8.faults else ()
    for codec in dict.fromkeys(filter(None, ("utf-8", *narrow, *wide))):
        tried = _Reading(codec)
        counts = Counter(tried.add(sample, final=final))
        if codec in wide and "\0" in counts:  # NUL in a text of another encoding
            continue
        others = sum(count for char, count in counts.items() if char not in _FREE)
        logarithm = log_probability(counts)
        score = logarithm + (_DECLARED_BONUS * others if codec == declared else 0)
        score += _ASCII * (counts.total() - others) if wide else 0
        if score > best:
            best, reading, mean = score, tried, logarithm / max(others, _FEW_CHARACTERS)
    if mean < _MIN_MEAN and reading.codec not in ("utf-8", declared):
        raise UnknownEncoding("", reading.faults)
    return reading


def _paired(sample: bytes) -> tuple[str, ...]:
    """Return the encodings of two bytes, unless most bytes beyond ASCII stand alone, as in café."""
    lengths = [len(run) for run in _HIGH.findall(sample)]
    return _PAIRED if 4 * sum(length > 1 for length in lengths) >= len(lengths) else ()


def _declared(head: bytes) -> str:
    """Return the codec that the XML declaration names; empty if there is none, or none of the known ones."""
    match = _DECLARATION.match(head[:1000])
    if match is None:
        return ""
    name = match[1].decode("ascii").lower()
    if _SINGLE_BYTE.match(name):
        return codecs.lookup(name).name
    return next((codec for part, codec in _DECLARED.items() if part in name), "")


_FREE = frozenset(chr(code) for code in (9, 10, 13, *range(32, 127)))


@lru_cache(maxsize=1)
def _known() -> Mapping[str, float]:
    """Return the logarithm of the probability of each common character; ASCII decides nothing."""
    listed = Path(__file__).with_name("common_characters.txt").read_text(encoding="utf-8").split()
    known = {char: weight for line, weight in zip(listed, _LINES, strict=True) for char in line}
    letters = dict.fromkeys(map(chr, range(0x370, 0x460)), _LETTER)
    return letters | known | dict.fromkeys(_FREE, 0.0)
