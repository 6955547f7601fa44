"""What the engine room says, in English: it speaks Chinese, and knows nothing of pages and their languages.

Its sentences about queries, times and parameters are known here by their form; what is filled in is taken
out of them and put into the English. A sentence that is not known stays Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

__all__ = ["in_english"]


def N_(sentence: str) -> str:
    """Mark a sentence for the catalogue."""
    return sentence


_PLACE: Final = re.compile(r"%\((\w+)\)s")
#: Where several fit, the first does.
_SENTENCES: Final = (
    N_("查询超过 %(most)s 个字符，只用了前 %(used)s 个"),
    N_("左括号没有配对，已当作在末尾关闭"),
    N_("右括号没有配对，已忽略"),
    N_("括号里没有检索词，已忽略"),
    N_("括号超过 %(most)s 层，多出的已忽略"),
    N_("引号没有配对，后面的内容按普通文字检索"),
    N_("引号里没有检索词，已忽略"),
    N_("NOT 后面要有排除的词，已忽略"),
    N_("「-」后面要紧跟排除的词，已忽略"),
    N_("「*」只能紧跟在词的后面，已忽略"),
    N_("「截至」不能排除，已忽略"),
    N_("「%(word)s」两边都要有检索词，已忽略"),
    N_("「%(word)s」后面要紧跟检索的内容，已忽略"),
    N_("查询里没有可以检索的文字，已列出全部条目"),
    N_("%(why)s（已忽略）"),
    N_("%(why)s；请写成 2022-01-05、1月5日 13:35、昨天、近7天 或 2022-01-05..2022-01-06 这样"),
    N_(
        "「%(text)s」没有终点；"
        "截至时间请写成 2022-01-05、1月5日 13:35、昨天、近7天 或 2022-01-05..2022-01-06 这样"
    ),
    N_("看不懂时间「%(text)s」"),
    N_("时间「%(text)s」超出了日历"),
    N_("时间范围两端都是空的"),
    N_("时间范围的终点早于起点；请对调两端"),
    N_("有时刻却没有日期"),
    N_("只有一天中的时段，没有日期"),
    N_("时间长度不能为零"),
    N_("没有 %(day)s 这一天"),
    N_("没有 %(time)s 这个时刻"),
    N_("一次最多选 %(most)s 个，给了 %(given)s 个"),
    N_("须为 1 到 %(most)s 的整数"),
    N_("须为 %(choices)s 之一"),
    N_("须为 1 或 0"),
)


def in_english(sentence: str, catalogue: dict[str, str]) -> str | None:
    """Return a sentence of the engine room in English, None where it is not known."""
    for form, msgid in _forms():
        if found := form.fullmatch(sentence):
            told = {name: _filled(name, text, catalogue) for name, text in found.groupdict().items()}
            return catalogue[msgid] % told
    return None


def _filled(name: str, text: str, catalogue: dict[str, str]) -> str:
    """Return what is filled in: a reason is a sentence itself, choices are a list."""
    if name == "why":
        return in_english(text, catalogue) or text
    return text.replace("、", ", ") if name == "choices" else text


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[re.Pattern[str], str]]:
    for sentence in sorted(_SENTENCES, key=lambda one: one.startswith("%(why)s")):
        pieces = _PLACE.split(sentence)
        # Names and texts alternate; two places in one sentence are numbers, which keeps the pattern linear.
        value = ".+?" if len(pieces) == 3 else r"\S+"
        written = [f"(?P<{one}>{value})" if place % 2 else re.escape(one) for place, one in enumerate(pieces)]
        yield re.compile("".join([r"\A", *written]), re.S), sentence
