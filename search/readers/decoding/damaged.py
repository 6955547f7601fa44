"""Text with broken bytes: each broken character becomes one U+FFFD, and costs no other character.

In an encoding of two bytes, one broken byte would shift the pairs of all characters behind it, up to the next
ASCII character. There the reading counts whose characters are the most probable in Chinese text.
"""

from __future__ import annotations

import codecs
import re

from search.readers.decoding.encoding import PRIVATE, log_probability

__all__ = ["DamagedText"]

#: Bytes held while no line ends.
_MAX_HELD = 1 << 20
#: Bytes of one run that are read anew, and of all runs of a file; beyond, a fault may cost its neighbours.
_MAX_RUN, _MAX_RUNS = 4096, 1 << 18
#: Codecs in which a byte below 0x30 is a character of its own, so that the bytes before it can be decoded.
_BYTEWISE = frozenset(("utf-8", "gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"))
_PAIRED = frozenset(("gb18030", "big5hkscs"))
_SEPARATORS = (b"\n", b"\r", b" ", b'"', b",", b"<", b">")
#: Bytes that are never part of a longer character, and the runs between them.
_RUN = re.compile(rb"[^\x00-\x2f:;<=>?]+")
#: Placeholder of broken bytes until they are counted; no codec decodes to it.
_BROKEN = "\udcff"
_PLACES = re.compile(f"{_BROKEN}+")
_HANDLER = "xunwen-broken"
#: Logarithm of the probability of a broken byte, and of a character of ASCII between others: it may be the
#: second byte of one. Private and rarer characters are what the bytes of others make.
_BROKEN_BYTE, _ASCII, _RARE = -13.0, -5.0, -20.0


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _BROKEN, error.end


codecs.register_error(_HANDLER, _mark)


class DamagedText:
    """Decodes bytes in pieces, and counts the places of broken ones and the lines before the first."""

    def __init__(self, codec: str) -> None:
        self.places = 0
        self.first_line = 1
        self._codec = codec
        self._held = b""
        self._decoder = codecs.getincrementaldecoder(codec)(_HANDLER)
        self._broken_before = False
        self._return_before = False
        self._left = _MAX_RUNS

    def decode(self, data: bytes, final: bool = False) -> str:
        """Return the text of the next bytes."""
        if self._codec not in _BYTEWISE:
            return self._counted(self._decoder.decode(data, final))
        held = self._held + data
        cut = len(held) if final else max(map(held.rfind, _SEPARATORS)) + 1
        if not cut and len(held) > _MAX_HELD:
            cut = len(held)
        self._held = held[cut:]
        return self._counted(self._decoded(held[:cut]))

    def _decoded(self, data: bytes) -> str:
        if self._codec not in _PAIRED:
            return data.decode(self._codec, _HANDLER)
        if text := self._sound(data):
            return text
        pieces, offset = [], 0
        for run in _RUN.finditer(data):
            pieces += [data[offset : run.start()].decode("ascii"), self._run(run[0])]
            offset = run.end()
        return "".join([*pieces, data[offset:].decode("ascii")])

    def _sound(self, data: bytes) -> str:
        """Return the text of valid bytes without private characters; else an empty text."""
        try:
            text = data.decode(self._codec)
        except UnicodeDecodeError:
            return ""
        return "" if PRIVATE.search(text) else text

    def _run(self, run: bytes) -> str:
        if text := self._sound(run):
            return text
        if len(run) > min(_MAX_RUN, self._left):
            return run.decode(self._codec, _HANDLER)
        self._left -= len(run)
        return _likeliest(run, self._codec)

    def _counted(self, text: str) -> str:
        """Replace the broken places, count them, and count lines up to the first one."""
        if not text:
            return text
        if _BROKEN not in text:
            self._lines(text)
            self._broken_before = False
            return text
        if not self.places:
            self._lines(text[: text.index(_BROKEN)])
        shown, places = _PLACES.subn("\ufffd", text)
        if self._broken_before and text[0] == _BROKEN:
            shown, places = shown[1:], places - 1
        self._broken_before = text[-1] == _BROKEN
        self.places += places
        return shown

    def _lines(self, text: str) -> None:
        """Count line ends, as long as nothing broken was seen: LF, CRLF or CR."""
        if self.places or not text:
            return
        self.first_line += text.count("\n") + text.count("\r") - text.count("\r\n")
        self.first_line -= self._return_before and text[0] == "\n"
        self._return_before = text[-1] == "\r"


def _likeliest(run: bytes, codec: str) -> str:
    """Return the most probable reading of a run in which some bytes are broken.

    For each place from the end, the best reading of what follows it is known; the time is linear.
    """
    size = len(run)
    best: list[tuple[float, str, int]] = [(0.0, "", size)] * (size + 4)
    for place in range(size - 1, -1, -1):
        choices = [(best[place + 1][0] + _BROKEN_BYTE, _BROKEN, place + 1)]
        for length in (1,) if run[place] < 0x80 else (2, 4):
            char = _character(run[place : place + length], codec)
            if char and place + length <= size:
                score = _score(char)
                choices.append((best[place + length][0] + score, char, place + length))
        best[place] = max(choices)
    pieces, place = [], 0
    while place < size:
        _, char, place = best[place]
        pieces.append(char)
    return "".join(pieces)


def _score(char: str) -> float:
    if char < "\x80":
        return _ASCII
    return _RARE if PRIVATE.match(char) or char > "\uffff" else log_probability({char: 1})


def _character(data: bytes, codec: str) -> str:
    """Return the one character that these bytes are; empty if they are not one."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return ""
    return text if len(text) == 1 or (len(data) == 2 and len(text) == 2) else ""
