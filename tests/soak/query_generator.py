"""Queries that nobody types: by the grammar, of random characters, and real text that was mutated."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable

from tests.soak.corpus import AGENCIES, PLACES, STREAMS, News, sample_text

__all__ = ["QueryGenerator"]

_FIELDS = (
    "标题",
    "headline",
    "来源",
    "agency",
    "专题",
    "stream",
    "时间",
    "time",
    "截至",
    "asof",
    "正文",
    "https",
)
_TIMES = (
    "2022-01-05",
    "1月5日",
    "昨天",
    "2022-01-05..2022-01-06",
    ">2022",
    "<1月",
    "5时48分",
    "2月30日",
    "今年",
)
_SIGNS = "\"'“”「」『』()（）|｜-－:：*＊~^\\/.，。、！？…—·\u3000\t\n\r\0\x1b%&+#@=<>[]{}"
_MARKS = "\u0301\u200b\u200d\u202e\ufe0f\ufeff\u3099\u20e3"
_OTHER = "ａＦ１６İıßſﬀﬁ㍿㈱①Ⅷ½٣१०〇零億兆♥🇨🇳👨‍👩‍👧𠮷𡃁ꙮ\ud800\udfff"
_LATIN = (
    "COVID-19",
    "F-16",
    "wifi",
    "Wi-Fi",
    "alamutu",
    "jichang",
    "a" * 26 + "#",
    "O'Brien",
    "3.2%",
    "23,876",
)
_LONGEST = 1_200


class QueryGenerator:
    """Draws queries and parameters; the same number gives the same query."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._text = sample_text() + "".join(row["body"] for row in News(seed, 60).entries())
        self._kinds: tuple[Callable[[random.Random], str], ...] = (
            self._by_grammar,
            self._by_grammar,
            self._mutated,
            self._mutated,
            self._random_characters,
            self._repeated,
        )

    def query(self, number: int) -> str:
        """Return one query."""
        drawn = random.Random(f"{self._seed} query {number}")
        return drawn.choice(self._kinds)(drawn)[:_LONGEST]

    def _by_grammar(self, drawn: random.Random, depth: int = 0) -> str:
        """Return an expression, most often a sound one."""
        if depth > 4 or drawn.random() < 0.3:
            return self._atom(drawn)
        parts = [self._by_grammar(drawn, depth + 1) for _ in range(drawn.choice((1, 2, 2, 3, 6)))]
        text = drawn.choice((" ", " ", " OR ", " | ", " NOT ", " -", " AND ", "")).join(parts)
        return drawn.choice(
            (text, f"({text})", f"（{text}", f"-({text})", f"{drawn.choice(_FIELDS)}:({text})")
        )

    def _atom(self, drawn: random.Random) -> str:
        word = drawn.choice((*PLACES, *AGENCIES, *_LATIN, self._piece(drawn, 6), self._piece(drawn, 2)))
        match drawn.randrange(9):
            case 0:
                return f'"{word}{drawn.choice(("", self._piece(drawn, 9)))}"'
            case 1:
                return f"{word[: drawn.randrange(1, 4)]}*"
            case 2:
                return (
                    f"{drawn.choice(_FIELDS)}{drawn.choice(':：')}{drawn.choice((word, *_TIMES, *STREAMS))}"
                )
            case 3:
                return drawn.choice(("-", "NOT ", "－", "--")) + word
            case 4:
                number = drawn.randrange(10 ** drawn.randrange(1, 12))
                return f"{number:,}{drawn.choice(('例', '人', '万', '%', '.5级', ''))}"
        return word

    def _piece(self, drawn: random.Random, length: int) -> str:
        start = drawn.randrange(len(self._text) - length)
        return self._text[start : start + length]

    def _mutated(self, drawn: random.Random) -> str:
        """Return a piece of real text with characters changed, moved, doubled and left out."""
        piece = list(self._piece(drawn, drawn.choice((3, 8, 20, 60, 200, 1000))))
        for _ in range(drawn.choice((0, 1, 2, 5, len(piece) // 3))):
            place = drawn.randrange(len(piece))
            piece[place] = drawn.choice((*_SIGNS, *_MARKS, *_OTHER, "", piece[place] * 2, piece[place - 1]))
        text = "".join(piece)
        return drawn.choice((text, text, unicodedata.normalize("NFKD", text), text.upper(), text[::-1]))

    def _random_characters(self, drawn: random.Random) -> str:
        ranges = (
            (0x20, 0x7F),
            (0xA0, 0x2FF),
            (0x2000, 0x2FFF),
            (0x3000, 0x30FF),
            (0x4E00, 0x9FFF),
            (0x20, 0x10FFFF),
        )
        length = drawn.choice((1, 2, 5, 15, 60, 300))
        return "".join(chr(drawn.randrange(*drawn.choice(ranges))) for _ in range(length))

    def _repeated(self, drawn: random.Random) -> str:
        """Return one piece again and again, which is what nested loops are slow on."""
        piece = drawn.choice(
            (*_SIGNS, *_OTHER, *_LATIN, "a", "9", "的", "标题:", "(", "-", "a OR ", self._atom(drawn))
        )
        return piece * drawn.choice((2, 10, 100, 1000)) + drawn.choice(("", "#", "!", "机场", '"', ")"))
