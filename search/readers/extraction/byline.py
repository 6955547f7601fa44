"""The credit of a report: `(总台记者 王斌)` at its end, moved out of the body, or behind its dateline.

Only brackets at the very end that hold a word for the trade and names, and nothing else, are taken; a
missed credit stays readable in the body, while text taken for one would be torn from its report.
"""

from __future__ import annotations

import re

__all__ = ["split_credit"]

_PERSON = r"(?:[一-鿿]+(?:[·•・][一-鿿]+)+|[一-鿿]{2,4}|[A-Za-z][A-Za-z.'\-]*)"
_TRADE = (
    r"(?:记者|記者|编辑|編輯|编译|編譯|责编|責編|通讯员|通訊員|特派员|特派員|摄影|攝影|撰稿)"
    r"(?!会|會|们|們|站|证|證|节|節|团|團|组织|組織|协会|協會|无国界|無國界|招待|见面|部|室|器"
    r"|采访|採訪|获|獲|从|從|注意|了解|发现|發現|问|說|说|称|稱)"
)
#: What may stand before the trade: the house, as in 总台记者; no preposition.
_HOUSE = r"[^\W\d_据據由经經有对對向与與和的无無]{0,10}?"
_BYLINE = rf"{_HOUSE}{_TRADE}\s*+[:：]?\s*+{_PERSON}(?:[\s、,，/]+{_PERSON}){{0,5}}"
_CREDIT = re.compile(
    rf"[（(]\s*(?P<credit>{_BYLINE}(?:[\s;；,，、]+{_BYLINE}){{0,3}})\s*[)）]\s*+[。.]?\s*+\Z"
)
_MAX_CREDIT = 60
# 新华社东京3月5日电（记者 林小夏）, 本报讯（记者 陈放）; it stays where it is, as a part of its sentence.
_DATELINE = re.compile(
    rf"\A[^。！？\n（(]{{0,30}}?(?:\d日?[电電讯訊]|本[报報台臺網网][讯訊])\s*[（(]\s*(?P<credit>{_BYLINE}(?:[\s;；,，、]+{_BYLINE}){{0,3}})\s*[)）]"
)


def split_credit(body: str) -> tuple[str, str]:
    """Return a body without its closing credit, and the credit without its brackets, or nothing.

    >>> split_credit("已派遣维和力量。(总台记者 王斌)")
    ('已派遣维和力量。', '总台记者 王斌')
    >>> split_credit("详情待发布(记者会将于明日举行)")
    ('详情待发布(记者会将于明日举行)', '')

    A credit behind a dateline counts where there is none at the end; it stays in the body.

    >>> split_credit("新华社东京3月5日电（记者 林小夏）股市收窄。")[1]
    '记者 林小夏'
    """
    # Looked for in the tail alone: brackets without end must not cost more than their length.
    start = max(0, len(body) - _MAX_CREDIT)
    match = _CREDIT.search(body, start)
    if match is None:
        opening = _DATELINE.match(body)
        return body, opening["credit"].strip() if opening else ""
    return body[: match.start()].rstrip(), match["credit"].strip()
