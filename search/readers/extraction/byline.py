"""The credit of a report: `(总台记者 王斌)` at its end (removed from the body) or after its dateline.

Only brackets at the very end with a word for the profession and names, and nothing else, are taken. A missed
credit stays readable in the body; text wrongly taken for a credit would be lost from it.
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
#: Optional before the profession: the agency, as in 总台记者; no preposition.
_HOUSE = r"[^\W\d_据據由经經有对對向与與和的无無]{0,10}?"
_BYLINE = rf"{_HOUSE}{_TRADE}\s*+[:：]?\s*+{_PERSON}(?:[\s、,，/]+{_PERSON}){{0,5}}"
_CREDIT = re.compile(
    rf"[（(]\s*(?P<credit>{_BYLINE}(?:[\s;；,，、]+{_BYLINE}){{0,3}})\s*[)）]\s*+[。.]?\s*+\Z"
)
#: Longest credit, in characters.
_MAX_CREDIT = 60
# 新华社东京3月5日电（记者 林小夏）, 本报讯（记者 陈放）; it stays in the body, as part of a sentence.
_DATELINE = re.compile(
    rf"\A[^。！？\n（(]{{0,30}}?(?:\d日?[电電讯訊]|本[报報台臺網网][讯訊])\s*[（(]\s*(?P<credit>{_BYLINE}(?:[\s;；,，、]+{_BYLINE}){{0,3}})\s*[)）]"
)


def split_credit(body: str) -> tuple[str, str]:
    """Return a body without its closing credit, and the credit without its brackets ("" if none).

    >>> split_credit("已派遣维和力量。(总台记者 王斌)")
    ('已派遣维和力量。', '总台记者 王斌')
    >>> split_credit("详情待发布(记者会将于明日举行)")
    ('详情待发布(记者会将于明日举行)', '')

    Without a credit at the end, one after a dateline counts; it stays in the body.

    >>> split_credit("新华社东京3月5日电（记者 林小夏）股市收窄。")[1]
    '记者 林小夏'
    """
    # Only the tail is searched, so that unclosed brackets cost linear time.
    start = max(0, len(body) - _MAX_CREDIT)
    match = _CREDIT.search(body, start)
    if match is None:
        opening = _DATELINE.match(body)
        return body, opening["credit"].strip() if opening else ""
    return body[: match.start()].rstrip(), match["credit"].strip()
