"""The form of a text that the patterns of extraction match: simplified, half-width, of the same length.

Unlike the folded text of the index it keeps case, and the mark , apart from 、.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from search.analysis.fold import TABLE

__all__ = ["as_written", "comparable"]

#: Marks around parts of a name: 《明镜》周刊.
_MARKS: Final = "《》“”"


def _comparable_table() -> npt.NDArray[np.uint16]:
    """Return the comparable form of each code unit: as folded, but with case, and , and 、 apart."""
    table = np.arange(0x10000, dtype=np.uint16)
    folded = TABLE[:0x10000]
    table[folded < 0x10000] = folded[folded < 0x10000]
    for code in range(ord("A"), ord("Z") + 1):
        table[code] = table[code + 0xFEE0] = code
    for char, other in zip("，「」『』〈〉•・瞭", ",“”“”《》··了", strict=True):
        table[ord(char)] = ord(other)
    return table.astype("<u2")


#: By code unit of UTF-16; the halves of surrogate pairs stay, and with them characters beyond U+FFFF.
_COMPARABLE: Final = _comparable_table()


def comparable(text: str) -> str:
    """Return a text of the same length in simplified characters and half-width punctuation.

    >>> comparable("據「聯合報」報導，（ＮＨＫ）")
    '据“联合报”报导,(NHK)'
    """
    units = np.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    return _COMPARABLE.take(units).tobytes().decode("utf-16-le", "surrogatepass")


def as_written(name: str, text: str) -> str:
    """Return the characters of a text that a name was made of: all, or all but the marks between them.

    >>> as_written("中央社", "據「中央社」"), as_written("联合报网站", "《聯合報》網站")
    ('中央社', '聯合報網站')
    """
    if name in text:
        return name
    plain = comparable(text)
    if (start := plain.find(name)) >= 0:
        return text[start : start + len(name)]
    kept = [offset for offset, char in enumerate(plain) if char not in _MARKS]
    start = "".join(plain[offset] for offset in kept).find(name)
    return "".join(text[offset] for offset in kept[start : start + len(name)]) if start >= 0 else name
