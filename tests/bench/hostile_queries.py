"""Requests that a server should survive: ordinary ones from a corpus, and hostile ones of every kind.

All are drawn with a seed, so that a slow one can be asked again.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Final
from urllib.parse import quote, urlencode

from search.entry import Entry

__all__ = ["Attack", "Material", "attacks"]

#: Characters of a query that are used; some queries are longer.
_LENGTH: Final = 1_000
_COMMON: Final = 1_500
_SENTENCES: Final = 5_000
_FIELDS: Final = ("标题", "来源", "专题", "时间", "截至", "首发", "转引", "headline", "agency", "stream")
_TIMES: Final = (
    "2022-01-05",
    "1月5日",
    "昨天",
    "近7天",
    "2013..2020",
    ">2015-02",
    "<2021",
    "13:35",
    "13月45日",
    "",
)
_ODD: Final = "\x00\x07\x1b\u200b\u202e\u0301\ufeff\ufffe😀👩‍👩‍👧‍👦🇨🇳🧨Ａ９ß\u0130ﬀ㌀\U0001f9ff\U00020000"
_PINYIN: Final = ("zhongguo", "xinguan", "shiwei", "jingji", "wuhan", "xi'an", "lvyou", "nvhai", "zhang1")
_NUMERALS: Final = "一二三四五六七八九十百千万亿两零〇几余"


@dataclass(frozen=True, slots=True)
class Attack:
    """One request: the kind of its query, its route, and its path."""

    kind: str
    route: str
    path: str


@dataclass(frozen=True, slots=True)
class Material:
    """What queries are made of: frequent characters first, sentences, ids of entries."""

    characters: Sequence[str]
    sentences: Sequence[str]
    ids: Sequence[str]

    @classmethod
    def of(cls, entries: Sequence[Entry], seed: int) -> Material:
        """Return what some entries offer."""
        rng = random.Random(seed)
        some = rng.sample(entries, min(_SENTENCES, len(entries)))
        counts = Counter(char for entry in some for char in entry.body if "\u4e00" <= char <= "\u9fff")
        sentences = [one for entry in some for one in entry.body.split("。")[:3] if one.strip()]
        characters = [char for char, _ in counts.most_common(_COMMON)]
        return cls(characters, sentences, [entry.id for entry in some])


@dataclass(frozen=True, slots=True)
class _Draw:
    """Draws queries from the material."""

    rng: random.Random
    material: Material

    def char(self) -> str:
        """Return a frequent character."""
        return self.material.characters[int(len(self.material.characters) * self.rng.random() ** 2)]

    def word(self) -> str:
        """Return 2 to 5 neighbouring characters of the corpus."""
        sentence = self.rng.choice(self.material.sentences)
        start = self.rng.randrange(len(sentence))
        return "".join(sentence[start : start + self.rng.randint(2, 5)].split()) or "中国"

    def ordinary(self) -> str:
        """Return a few words."""
        return " ".join(self.word() for _ in range(self.rng.randint(1, 4)))

    def sentence(self) -> str:
        """Return a sentence as it is written."""
        return self.rng.choice(self.material.sentences)

    def pasted(self) -> str:
        """Return sentences up to the length of a query."""
        return self.full(self.sentence, "。")

    def full(self, part: Callable[[], str], between: str = " ", length: int = _LENGTH) -> str:
        """Return parts up to a length."""
        text = part()
        while len(text) < length:
            text += between + (part() or " ")
        return text[:length]

    def characters(self) -> str:
        """Return a thousand different characters, the frequent ones."""
        return "".join(self.rng.sample(self.material.characters[: 2 * _LENGTH], _LENGTH))

    def repeated(self) -> str:
        """Return one thing a thousand times."""
        part = self.rng.choice([self.char(), self.word(), "9", "的", "a", "0.", "1,", "一", "-", "·", "z1'"])
        return (part * _LENGTH)[: self.rng.choice((_LENGTH, 3 * _LENGTH))]

    def digits(self) -> str:
        """Return numbers, written in digits and in characters."""
        number = [
            lambda: str(self.rng.randint(0, 10 ** self.rng.randint(1, 12))),
            lambda: f"{self.rng.random() * 1000:.2f}%",
            lambda: f"{self.rng.randint(1, 99)}{self.rng.choice(('人', '例', '万', '月', '时30分', '岁'))}",
            lambda: (
                "".join(self.rng.choices(_NUMERALS, k=self.rng.randint(1, 6))) + self.rng.choice("人个月年")
            ),
        ]
        return self.full(lambda: self.rng.choice(number)(), self.rng.choice(("", " ", " OR ", "|", "、")))

    def alternatives(self) -> str:
        """Return alternatives of one kind."""
        names = [f"{self.rng.choice(_FIELDS)}:", f"{self.rng.choice(_FIELDS)}:", "", "", "-", '"']
        name = self.rng.choice(names)
        part = self.rng.choice((self.char, self.word))
        end = '"' if name == '"' else ""
        return self.full(lambda: f"{name}{part()}{end}", self.rng.choice((" OR ", "|", " | ")))

    def fields(self) -> str:
        """Return many fields."""
        return self.full(lambda: f"{self.rng.choice(_FIELDS)}:{self.rng.choice((self.char, self.word))()}")

    def times(self) -> str:
        """Return many stretches of time."""
        between = self.rng.choice((" ", " OR ", " -"))
        return self.full(lambda: f"{self.rng.choice(('时间', '截至'))}:{self.rng.choice(_TIMES)}", between)

    def prefixes(self) -> str:
        """Return beginnings of words and numbers, alone, behind a character, and in headlines."""
        starts = [
            lambda: self.rng.choice("abcdefghijklmnopqrstuvwxyz0123456789"),
            lambda: self.char() + self.rng.choice("0123456789"),
            lambda: self.char(),
            lambda: "标题:" + self.rng.choice("123456789"),
        ]
        start = self.rng.choice(starts)
        return self.full(lambda: f"{start()}*", self.rng.choice((" ", " OR ", "|", " -")))

    def negations(self) -> str:
        """Return exclusions, and exclusions of exclusions."""
        return self.full(lambda: f"{self.rng.choice(('NOT ', '-', 'NOT NOT ', '-('))}{self.char()}")

    def brackets(self) -> str:
        """Return brackets in brackets."""
        depth = self.rng.choice((10, 20, 200, 490))
        inside = self.rng.choice((self.char, self.word))()
        opening = self.rng.choice(("(", "（", "(中 OR ", "标题:(", "-("))
        return (opening * depth + inside + ")" * depth)[:_LENGTH]

    def quotes(self) -> str:
        """Return quoted pieces, some of which never end."""
        quotes = [('"', '"'), ("「", "」"), ('"', ""), ("『", '"'), ("“", "”")]
        part = self.rng.choice((self.char, self.word, self.sentence))
        return self.full(lambda: part().join(self.rng.choice(quotes)), self.rng.choice(("", " ")))

    def latin(self) -> str:
        """Return letters with Han characters between them."""
        letters = "abcdefghijklmnopqrstuvwxyzABC123-'./"
        part = [
            lambda: "".join(self.rng.choices(letters, k=self.rng.randint(1, 30))),
            lambda: self.word() + "".join(self.rng.choices(letters, k=self.rng.randint(1, 8))),
        ]
        return self.full(lambda: self.rng.choice(part)(), " ", self.rng.choice((20, 60, _LENGTH)))

    def odd(self) -> str:
        """Return control characters, emoji and what folds in odd ways."""
        return self.full(lambda: self.rng.choice([self.rng.choice(_ODD), self.word()]), "")

    def anything(self) -> str:
        """Return characters from all over Unicode."""
        return (
            "".join(chr(self.rng.randrange(1, 0x30000)) for _ in range(_LENGTH))
            .encode("utf-8", "replace")
            .decode("utf-8")
        )

    def pinyin(self) -> str:
        """Return what may be typed as it sounds."""
        if self.rng.random() < 0.5:
            return self.rng.choice(_PINYIN) + self.rng.choice(("", "a" * 26 + "#", "1 2 3", "'"))
        return self.full(lambda: self.rng.choice(_PINYIN), "", self.rng.choice((12, 80, _LENGTH)))

    def typo(self) -> str:
        """Return a piece of the corpus with one character replaced, which may find nothing."""
        text = "".join(self.sentence().split())[: self.rng.randint(3, 16)]
        place = self.rng.randrange(max(1, len(text)))
        return text[:place] + self.char() + text[place + 1 :]

    def mixed_typo(self) -> str:
        """Return a typo beside letters and digits."""
        letters = self.rng.choice(("COVID-19", "F16", "aaaaaaaaaaaaaaaaaaaaaaaaaa#", "G20 ", "xin"))
        return self.typo() + letters


_HOSTILE: Final[tuple[Callable[[_Draw], str], ...]] = (
    _Draw.pasted,
    _Draw.characters,
    _Draw.repeated,
    _Draw.digits,
    _Draw.alternatives,
    _Draw.fields,
    _Draw.times,
    _Draw.prefixes,
    _Draw.negations,
    _Draw.brackets,
    _Draw.quotes,
    _Draw.latin,
    _Draw.odd,
    _Draw.anything,
    _Draw.pinyin,
    _Draw.typo,
    _Draw.mixed_typo,
)
_ORDINARY: Final = (_Draw.ordinary, _Draw.sentence, _Draw.char, _Draw.word)
#: Routes, those that search most often.
_ROUTES: Final = (
    *("/api/v1/search",) * 8,
    *("/",) * 6,
    *("/api/v1/suggest",) * 3,
    *("/figures", "/figures.csv", "/api/v1/figures", "/feed.atom", "/export.csv", "/export.jsonl"),
    *("/entries/", "/api/v1/entries/", "/similar", "/cite/"),
    *("/help", "/api/v1/openapi.json", "/opensearch.xml", "/healthz", "/metrics", "/nowhere/"),
)


def attacks(material: Material, count: int, seed: int) -> Iterator[Attack]:
    """Yield requests: every third query an ordinary one, the others of each hostile kind in turn."""
    rng = random.Random(seed)
    draw = _Draw(rng, material)
    hostile = cycle(_HOSTILE)
    for number in range(count):
        make = rng.choice(_ORDINARY) if number % 3 == 0 else next(hostile)
        route = rng.choice(_ROUTES)
        query = make(draw)
        if route == "/api/v1/suggest" and rng.random() < 0.8:
            query = query[: rng.choice((1, 3, 8, 100))]
        yield Attack(make.__name__, route, _path(route, query, rng, material))


def _path(route: str, query: str, rng: random.Random, material: Material) -> str:
    arguments = urlencode([("q", query), *_arguments(rng, material)])
    entry = quote(rng.choice(material.ids))
    match route:
        case "/cite/":
            return f"/cite/{entry}?format={rng.choice(('gbt', 'ris', 'csl'))}"
        case "/entries/" | "/api/v1/entries/":
            return f"{route}{entry}?{arguments}"
        case "/similar":
            return f"/api/v1/entries/{entry}/similar?{arguments}"
        case "/nowhere/":
            return f"/nowhere/{quote(query[:300])}?{arguments}"
    return f"{route}?{arguments}"


def _arguments(rng: random.Random, material: Material) -> Iterator[tuple[str, str]]:
    """Yield parameters, each in some requests only."""
    choices = {
        "explain": ("1",),
        "limit": ("100", "100", "1"),
        "page": ("2", "7", "100000"),
        "sort": ("newest", "oldest", "relevance"),
        "asof": ("2015-01-01", "2099", "昨天"),
        "fold": ("1", "0"),
        "from": ("2012", "2020-01"),
        "to": ("2016", "2022-06"),
        "exact": ("1",),
        "strict": ("1",),
        "partial": ("0", "1"),
        "corrected": ("1",),
        "agency": ("新华社", rng.choice(material.characters)),
        "stream": ("cctv", "没有的专题"),
        "kind": ("deaths", "x"),
        "hit": ("1", "99"),
        "context": ("20",),
        "said": ("0-20", "x"),
    }
    likely = {"explain": 0.4, "limit": 0.4, "fold": 0.3, "strict": 0.03}
    for name, values in choices.items():
        if rng.random() < likely.get(name, 0.08):
            yield name, rng.choice(values)
