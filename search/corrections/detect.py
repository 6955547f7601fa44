"""Detect corrections: entries that correct or deny an earlier report.

Detection uses the text of the entry alone, and a few phrases about reports: 更正：, 此前报道有误,
否认……的报道, 辟谣. The denial of a charge (否认指控, 否认有罪) is not the denial of a report, and a round-up
that mentions a denial is not a denial. In doubt, an entry is not a correction. `search.corrections.target`
finds the corrected entry.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from search.analysis.fold import fold
from search.entry import Entry
from search.results import CorrectionKind

__all__ = ["CUES", "Correction", "correction_in"]

Field = Literal["headline", "body"]

#: Every correction contains one of these in its folded text; most entries that do are not corrections.
CUES: Final = (
    *(
        "更正",
        "订正",
        "勘误",
        "有误",
        "错误",
        "误报",
        "误写",
        "误传",
        "误作",
        "误称",
        "写错",
        "报错",
        "不准",
        "撤回",
        "撤稿",
    ),
    *("否认", "辟谣", "不实", "失实", "属实", "谣言", "澄清", "不符", "虚假", "虚构", "子虚", "有出"),
)

_SAID: Final = "(?:报道|报导|消息|说法|传闻|传言|谣传|网传|流言|谣言|猜测|爆料|帖文|帖子|视频|信息|新闻)"
_OURS: Final = "(?:报道|报导|消息|条目|快讯|稿件|数字|数据|通报|说法|表述|标题|内容|信息|人数|文章|新闻)"
_BEFORE: Final = (
    "(?:此前|之前|先前|早前|早些时候|稍早|稍早前|较早前|日前|上述|前述|前文|本专题|本站|本台|本报|本网)"
)
#: 更正 and 订正, unless the characters are parts of other words: 更正常, 修订正在.
_MEND: Final = (
    "(?:更正(?![常确式面规当义派宗统直经视向好])|(?<![修签制预装])订正(?![在式常当确面])|(?<![校])勘误(?!表))"
)
#: Blanks before the first word of a line or bracket, without line ends.
_INDENT: Final = r"[^\S\n]*"

_CORRECTION: Final = re.compile(
    "|".join(
        (
            rf"(?:^|[\n【〖〔\[（(“\"]){_INDENT}(?:数据|重要|紧急|编辑)?{_MEND}(?:启事|说明|声明|公告|通知)?(?=[:：】〗〕\]）)，,\s])",
            rf"(?:特此|特作|现予|现作|现将?|予以|谨此|作出|做出|一并){_MEND}",
            rf"{_MEND}(?:如下|说明|启事|声明|公告|为\d|(?:了|一下)?{_BEFORE})",
            rf"{_BEFORE}[^。;；!！?？\n]{{0,30}}{_OURS}[^。;；!！?？，,\n]{{0,12}}"
            r"(?:有误(?![导差会])|存在错误|出现错误|系误报|误写|误作|写错|报错|不准确|有出入|需要更正|应予更正|已经?撤回|已经?撤稿)",
            rf"(?:将|把)?{_BEFORE}[^。;；!！?？\n]{{0,25}}(?:误写[为成]|误作|误报[为成]|误称)",
            rf"(?:撤回|撤稿)[:：]|撤回了?{_BEFORE}[^。;；!！?？\n]{{0,12}}{_OURS}",
            rf"(?:确诊|死亡|病例|伤亡|数据|人数|遇难者?)[^。;；!！?？，,\n]{{0,8}}{_MEND}为",
            rf"{_MEND}[^。;；!！?？，,\n]{{0,10}}(?:疫情|伤亡|病例)?数据",
        )
    )
)
_DENY: Final = r"(?<!承认或)(?<!证实或)(?<!证实也未)否认"
_FALSE: Final = (
    r"(?:不实(?![际行施用现践名体物])|失实|不属实|并不属实|有误(?![导差会])|不准确|系误传|是误传|为误传|属误传|纯属误传|"
    r"与事实不符|与事实严重不符|子虚乌有|纯属虚构|系虚假|为虚假|是虚假|属虚假|[系是为属]谣言)"
)
_DENIAL: Final = re.compile(
    "|".join(
        (
            rf"{_DENY}(?:了|过)?[^。;；!！?？，,:：\n]{{0,30}}?{_SAID}",
            rf"(?:对于?|针对|关于|就|有关)[^。;；!！?？\n]{{1,30}}{_SAID}[^。;；!！?？\n]{{0,25}}{_DENY}",
            rf"{_SAID}[^。;；!！?？\n]{{0,16}}{_FALSE}(?!(?:信息|内容|言论|宣传)?等)(?!信息、)",
            r"(?:不实|虚假)(?:的)?(?:报道|报导|消息|传闻|传言|信息)(?:[,，。]|$)",
            r"(?<![未没])(?:紧急|官方|回应|已经?|再次|连夜|出面|发文|公开)辟谣(?![平中机专栏])",
            rf"(?:^|[\n【〖\[]){_INDENT}(?:官方)?辟谣(?=[:：】〗\]|丨])",
            r"(?<![未没])辟谣(?=[:：,，称]|$|\n|网传|传[言闻]|不实)",
            rf"(?:澄清|回应)[^。;；!！?？，,\n]{{0,20}}{_SAID}[^。;；!！?？\n]{{0,10}}{_FALSE}",
            rf"澄清(?:此前|网传|有关|相关|外界|近日|媒体|上述)[^。;；!！?？，,\n]{{0,20}}{_SAID}",
            rf"发布(?:了)?澄清(?:公告|声明|说明)|(?:^|\n){_INDENT}澄清[:：]",
        )
    )
)
#: In the clause of a denial: a denial in court, or a medical history, not the denial of a report.
_PERSONAL: Final = re.compile(
    "指控|罪|检方|检察|公诉|庭|被告|律师|嫌疑|涉嫌|接触史|旅居史|旅行史|居住史|病史|过敏|患者|矢口否认参与"
)
#: Before a correction: a demanded, possible or negated one.
_UNDONE: Final = re.compile(
    r"(?:要求|呼吁|敦促|请求|希望|应当?|应该|必须|有待|需要?|拒绝|拒不|不予|尚未|仍未|并未|没有|未能|未|不|如何|及时|是否|可以?|可能|或)"
    r"[^。;；!！?？，,:：\n]{0,8}$"
)
#: Before a denial: the spreading of rumours, or measures against rumours in general.
_TALK: Final = re.compile(
    "(?:散布|传播|编造|散播|制造|转发|发布|打击|整治|治理|清理|谨防|警惕|举报|处罚|罚款|透露|泄露|获得|收到|封锁|处理)"
    "(?:[^。;；!！?？，,\n]{0,10})$"
)
#: A denial in a body counts only in these first characters.
_OPENING_CHARS: Final = 60
#: Words without content of their own: 否认了俄方这一说法 denies a report of the same entry.
_FILLER: Final = re.compile(f"{_SAID}|[了过的]|这[一种个些]|[该此]|上述|有关|相关|关于|方面?")
#: Least characters of the denied content in a body, without fillers.
_MIN_DENIED_CHARS: Final = 3
#: Characters before a denial in which words negate it.
_NEGATION_CHARS: Final = 9
_PATTERNS: Final[tuple[tuple[CorrectionKind, re.Pattern[str]], ...]] = (
    ("correction", _CORRECTION),
    ("denial", _DENIAL),
)
#: Longest part of a clause before a phrase, in characters.
_MAX_CLAUSE_CHARS: Final = 60
_CLAUSE_ENDS: Final = re.compile(r"[。;；!！?？\n]")


@dataclass(frozen=True, slots=True)
class Correction:
    """The kind of a correction, and its phrase: `text[start:end]` of a field."""

    kind: CorrectionKind
    field: Field
    start: int
    end: int


def correction_in(entry: Entry) -> Correction | None:
    """Return the first phrase of an entry that corrects or denies a report, or None.

    >>> correction_in(Entry(id="a/1", headline="更正：机场仍在运行"))
    Correction(kind='correction', field='headline', start=0, end=2)
    >>> correction_in(Entry(id="a/2", headline="被告当庭否认指控"))
    """
    return _find(entry.headline, "headline") or _find(entry.body, "body")


def _find(text: str, field: Field) -> Correction | None:
    folded = fold(text)
    if not any(cue in folded.text for cue in CUES):
        return None
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(folded.text):
            if _is_meant(folded.text, match, kind, field):
                return Correction(kind, field, *folded.original(match.start(), match.end()))
    return None


def _is_meant(text: str, match: re.Match[str], kind: CorrectionKind, field: Field) -> bool:
    """Return whether the context of a phrase leaves its sense unchanged."""
    before = text[_clause_start(text, match.start()) : match.start()]
    if kind == "correction":
        return not _UNDONE.search(before)
    if field == "body" and match.start() >= _OPENING_CHARS:
        return False
    if "否认" in match[0]:
        return _is_denied(text, match, before, _MIN_DENIED_CHARS if field == "body" else 1)
    return not (_UNDONE.search(before[-_NEGATION_CHARS:]) or _TALK.search(before))


def _is_denied(text: str, match: re.Match[str], before: str, min_chars: int) -> bool:
    """Return whether 否认 denies a report with at least `min_chars` characters of content."""
    ahead, denied = match[0].split("否认", 1)
    end = _CLAUSE_ENDS.search(text, match.end())
    clause = before + text[match.start() : end.start() if end else len(text)]
    if not ahead and len(_FILLER.sub("", denied)) < min_chars:
        return False
    undone = _UNDONE.search((before + ahead)[-_NEGATION_CHARS:])
    return not (undone or _TALK.search(denied[:-2]) or _PERSONAL.search(clause))


def _clause_start(text: str, offset: int) -> int:
    first = max(0, offset - _MAX_CLAUSE_CHARS)
    ends = [match.end() for match in _CLAUSE_ENDS.finditer(text, first, offset)]
    return ends[-1] if ends else first
