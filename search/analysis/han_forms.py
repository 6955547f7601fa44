"""One form of each Han character: simplified, of the mainland, without variants.

The data are those of OpenCC (simplified and traditional, Taiwan, Hong Kong, Japan) and of `han_variants.txt`.
Where OpenCC keeps characters apart that the standards of two regions use for one word (著 and 着, 藉 and 借),
`_SAME` has the form. Characters are converted alone, never in phrases, so that lengths stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import opencc

__all__ = ["form_of", "merged"]

#: A form, then the characters that news of some region writes instead.
_SAME: Final = (
    "着著 借藉 夫伕 了瞭暸 苏甦 它牠 你妳 炮砲 背揹 檐簷 痹痺 熏薰 睾睪 昵暱 台枱檯 浚濬 仿彷 澄澂 余馀 钟锺"
    " 径迳 咨谘 巨钜 沈渖 旋镟 曲麹 潀潨 卫衞 叙敍 腭颚 鲇鲶"
)
#: CJK Radicals Supplement, U+2E80–2EF3, that look like a character: the radical and the character.
#: Source: EquivalentUnifiedIdeograph of the Unicode Character Database.
_RADICALS: Final = (
    "⺁厂 ⺄乙 ⺅亻 ⺆冂 ⺇几 ⺈刀 ⺉刂 ⺊卜 ⺋卩 ⺌小 ⺍小 ⺎兀 ⺏尣 ⺐尢 ⺒巳 ⺓幺 ⺔彑 ⺕彐 ⺖忄 ⺘扌"
    " ⺙攵 ⺛旡 ⺜日 ⺝月 ⺞歺 ⺟母 ⺠民 ⺡氵 ⺢氺 ⺣灬 ⺤爫 ⺥爫 ⺦丬 ⺧牛 ⺨犭 ⺩王 ⺪疋 ⺫目 ⺬示 ⺭礻"
    " ⺮竹 ⺯糸 ⺰纟 ⺱罓 ⺲罒 ⺳网 ⺴网 ⺵网 ⺶羊 ⺷羊 ⺸羊 ⺹老 ⺺肀 ⺻聿 ⺼月 ⺽臼 ⺾艹 ⺿艹 ⻀艹 ⻁虎"
    " ⻂衤 ⻃西 ⻄西 ⻅见 ⻆角 ⻇角 ⻈讠 ⻉贝 ⻊足 ⻋车 ⻌辶 ⻍辶 ⻎辶 ⻏阝 ⻐钅 ⻑长 ⻒长 ⻓长 ⻔门 ⻕阜"
    " ⻖阝 ⻗雨 ⻘青 ⻙韦 ⻚页 ⻛风 ⻜飞 ⻝食 ⻞食 ⻟食 ⻠饣 ⻡首 ⻢马 ⻣骨 ⻤鬼 ⻥鱼 ⻦鸟 ⻧卤 ⻨麦 ⻩黄"
    " ⻪黾 ⻫齐 ⻬齐 ⻭齿 ⻮齿 ⻯龙 ⻰龙 ⻱龟 ⻲龟 ⻳龟"
)
_VARIANTS: Final = Path(__file__).with_name("han_variants.txt")
_UNIFIED: Final = [chr(code) for code in range(0x4E00, 0xA000)]


def form_of(chars: list[str]) -> list[str]:
    """Return the form of each character.

    >>> form_of(list("機場衞著⻓戱広"))
    ['机', '场', '卫', '着', '长', '戏', '广']
    """
    before = [_before().get(char, char) for char in chars]
    regional = _convert(_convert(before, "tw2t"), "hk2t")
    # Of a character of GB 2312, such as 么, the standard of a region may be the traditional form of another.
    standard = [
        old if old == new or old.encode("gb2312", "ignore") else new
        for old, new in zip(before, regional, strict=True)
    ]
    simplified, after = _convert(standard, "t2s"), merged()
    return [after.get(char, char) for char in simplified]


@cache
def merged() -> Mapping[str, str]:
    """Return the simplified characters that have the form of another one, with that form."""
    return {char: group[0] for group in _SAME.split() for char in group[1:]}


@cache
def _before() -> dict[str, str]:
    """Return characters whose form is found before conversion: radicals, variants, Japanese forms."""
    table = {pair[0]: pair[1] for pair in _RADICALS.split()}
    for line in _VARIANTS.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            form, variants = line.split()
            table.update(dict.fromkeys(variants, form))
    for new, old in zip(_UNIFIED, _convert(_UNIFIED, "jp2t"), strict=True):
        if new == old:
            continue
        if not _is_chinese(new):
            table[new] = table.get(old, old)  # 広 is 廣
        elif not _is_chinese(old):
            table[old] = new  # 緖 is 緒
    return table


def _is_chinese(char: str) -> bool:
    """Return whether an encoding of Chinese has the character: GB 2312 or Big5."""
    return bool(char.encode("gb2312", "ignore") or char.encode("big5", "ignore"))


def _convert(chars: list[str], config: str) -> list[str]:
    """Convert characters alone; line breaks keep OpenCC from converting phrases."""
    converted = opencc.OpenCC(config).convert("\n".join(chars)).split("\n")
    return [new if len(new) == 1 else old for old, new in zip(chars, converted, strict=True)]
