"""Sources that a field or a line 来源：… names outright, which need no phrase and no ending of a name.

Such a field also has rubrics of a programme or a paper (国内联播快讯, 体育新闻), which credit nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from search.readers.extraction.comparable import comparable
from search.readers.extraction.names import KIND_OF_TITLE, has_ending, is_specific

__all__ = ["is_rubric", "names_of_source_line"]

#: Longest name in a line 来源：…, in characters.
_MAX_NAME = 20

# Parts of a newspaper or a programme, which credit nobody: 国内联播快讯, 体育新闻, 今日要闻.
_TOPICS = (
    "今日|昨日|最新|突发|国内|国际|国外|全球|地方|本地|本市|本省|港澳|台海|社会|体育|财经|经济|科技|娱乐|文化|教育|军事|时政|政治|热点|独家"
    "|滚动|图片|视频|早间|午间|晚间|重要|一周|健康|汽车|房产|旅游|法治|民生|两会|疫情|生活|即时|实时|重大|权威|头版|综合"
)
_RUBRICS = (
    "新闻|快讯|要闻|简讯|短讯|联播|资讯|速递|速览|快报|播报|直播|动态|焦点|聚焦|专题|专栏|栏目|特稿|综述|评论|社论|观察|图集"
    "|视频|通知|更正|提示|预告|消息|导语|编者按|摘要|一览|回顾|集锦|头条|热榜"
)
_RUBRIC = re.compile(rf"(?:{_TOPICS}|{_RUBRICS})++(?<!今日头条)")
_ROUND_RUBRIC = " \t[]【】()《》“”#|:·-—"

# A line 来源：… that names nobody.
_NO_SOURCE = re.compile(
    "网络|互联网|网上|综合|整理|综合整理|网络综合|网络整理|公开资料|资料|本站|本网|原创|转载|未知|不详|无|其他|其它|多方|编辑部|各方"
)
_LISTED = re.compile(r"[一-鿿A-Za-z0-9·&.\-+@“”][一-鿿A-Za-z0-9·&.\-+“” ]+")
_BETWEEN_LISTED = re.compile(r"[、,;/|&]|(?<=[一-鿿])[ \t]{1,3}|[ \t]{1,3}(?=[一-鿿])|(?<=》)(?=《)")
# What ends a list: people, and other fields of the same line.
_AFTER_LIST = re.compile(
    r"(?:总台|本报)?记者(?!协会|网|站|观察)|(?:编辑|责编|责任编辑|作者|审核|监制|校对|撰稿)[ \t]{0,3}:"
    r"|(?:文|图|时间|日期|原标题|链接)[ \t]{0,3}:|(?:编辑|责编|作者)[ \t]|https?:"
)
_AROUND_LISTED = re.compile(
    r"\A(?:综合|转自|转载自|据)|(?:官方)?(?:微信|微博)?(?:公众号|视频号|账号)|[《》@“”]|等\Z"
)


def is_rubric(name: str) -> bool:
    """Whether a name in a field of sources is a rubric of a programme or a paper, which credits nobody.

    >>> is_rubric("国内联播快讯"), is_rubric("]體育新聞"), is_rubric("澎湃新闻")
    (True, True, False)
    """
    return _RUBRIC.fullmatch(comparable(name).strip(_ROUND_RUBRIC)) is not None


def names_of_source_line(text: str) -> Iterator[str]:
    """Yield the names in a line 来源：…; they need no ending of a name, but may not be vague or a rubric.

    >>> list(names_of_source_line("澎湃、新华社 编辑：林小夏"))
    ['澎湃', '新华社']
    """
    if end := _AFTER_LIST.search(text):
        text = text[: end.start()]
    for part in _BETWEEN_LISTED.split(KIND_OF_TITLE.sub(r"《\1\2》", text)):
        name = _AROUND_LISTED.sub("", part.strip()).strip()
        reported = name.removesuffix("报道")
        name = reported if has_ending(reported) or reported.isascii() else name
        if not 2 <= len(name) <= _MAX_NAME or not _LISTED.fullmatch(name):
            continue
        if is_specific(reported.removesuffix("发布")) and not (_NO_SOURCE.fullmatch(name) or is_rubric(name)):
            yield name
