"""The names of columns and keys: which field of an entry each of them gives.

Names are compared without regard to capitals, full width, traditional characters, blanks and the signs
between words, so `publish_time`, `publishTime` and `Publish-Time` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.analysis.fold import fold

__all__ = ["FIELDS", "Columns", "columns_of", "field_of"]

#: The names of each field, in the order in which they count: the first one with a value is used.
FIELDS: Mapping[str, tuple[str, ...]] = {
    field: tuple(names.split())
    for field, names in {
        "id": "id 编号 guid uuid",
        "time": """
            time 时间 发布时间 发表时间 发稿时间 刊发时间 刊登时间 发布日期 发表日期 日期 date
            pubdate pubtime publishtime publishedtime publishedat publishedon publishat publishdate
            publisheddate datepublished published publicationdate releasetime releasedate postedat
            posttime datetime timestamp ctime createdat createtime createdtime datecreated created 创建时间
            ts unixtime newstime addtime inputtime displaytime
            更新时间 updatedat updatetime updated datemodified modified mtime""",
        "headline": "headline title 标题 题目 题名 subject 事件 event",
        "body": """
            body text 正文 内容 全文 内文 content fulltext maintext contenttext contenthtml article
            articlebody markdowncontent contentmarkdown markdown rawcontent fullcontent cleancontent
            plaintext cleantext rawtext
            summary 摘要 description 描述 abstract 简介 导语 excerpt digest intro lead desc""",
        "captions": "captions caption 图注 图片说明",
        "agencies": """
            agencies 来源 source infosource 信息来源 媒体 media fromname agency publisher 稿源 出处
            site 网站""",
        "attributions": "attributions",
        "credit": "credit 记者 作者 author authors byline reporter 编辑 责任编辑 editor creator",
        "stream": "stream 专题 topic 栏目 频道 channel",
        "url": """
            url 链接 网址 link 连结 sourceurl permalink href externalurl weburl pageurl shareurl""",
    }.items()
}

#: Each name has an even rank; with other words before or behind it, it has the next one.
_RANKS = {name: (field, 2 * rank) for field, names in FIELDS.items() for rank, name in enumerate(names)}
#: Words before and behind a name that do not change it: 新闻标题, news_title, source_name, content_html.
_BEFORE = ("news", "article", "post", "item", "entry", "doc", "新闻", "文章", "稿件", "资讯", "报道", "原文")
_BEHIND = ("name", "名称", "html", "markdown", "md", "zh", "cn", "中文")
#: Longest name that is looked up, in characters.
_MAX_NAME = 60
#: Longest list of names that is remembered, in characters.
_MAX_REMEMBERED = 5000
_SIGNS = re.compile(r"[\W_]+")
_IN_BRACKETS = re.compile(r"[（(\[【][^（(\[【）)\]】]*+[)）\]】]")
#: In brackets behind a name, these change the meaning of its values.
_ZONES = re.compile("UTC|GMT|时区|時區|当地|當地|local|zone", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of one table or object, and the positions of those of each field, the preferred one first."""

    names: tuple[str, ...]
    fields: Mapping[str, tuple[int, ...]]
    unknown: tuple[int, ...]

    @property
    def has_text(self) -> bool:
        """Whether there is a headline or a body."""
        return "headline" in self.fields or "body" in self.fields


def columns_of(names: Sequence[str]) -> Columns:
    """Assign the columns of a table, or the keys of an object, to fields.

    >>> columns_of(["發布時間", "News_Title", "阅读数"]).fields
    {'time': (0,), 'headline': (1,)}
    """
    if sum(map(len, names)) > _MAX_REMEMBERED:
        return _assign(tuple(names))
    return _remembered(tuple(names))


def field_of(name: str) -> tuple[str, int] | None:
    """Return the field of a name and its rank among the names of this field; None for any other name."""
    if len(name) > _MAX_NAME:
        return None
    folded = fold(name).text
    bare = _SIGNS.sub("", folded)
    if bare in _RANKS:
        return _RANKS[bare]
    for variant in _variants(bare, folded):
        if variant in _RANKS:
            field, rank = _RANKS[variant]
            return field, rank + 1
    return None


def _variants(bare: str, folded: str) -> list[str]:
    variants = [bare.removeprefix(word) for word in _BEFORE if bare.startswith(word)]
    variants += [bare.removesuffix(word) for word in _BEHIND if bare.endswith(word)]
    if not _ZONES.search(folded):
        variants.append(_SIGNS.sub("", _IN_BRACKETS.sub("", folded)))
    return variants


@lru_cache(maxsize=256)
def _remembered(names: tuple[str, ...]) -> Columns:
    return _assign(names)


def _assign(names: tuple[str, ...]) -> Columns:
    ranked: dict[str, list[tuple[int, int]]] = {}
    unknown = []
    for position, name in enumerate(names):
        match field_of(name):
            case (field, rank):
                ranked.setdefault(field, []).append((rank, position))
            case _:
                unknown.append(position)
    fields = {field: tuple(position for _, position in sorted(pairs)) for field, pairs in ranked.items()}
    return Columns(names, fields, tuple(unknown))
