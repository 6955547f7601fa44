"""The phrases with which Chinese news credits a source, as patterns of comparable text (see `comparable.py`).

A pattern is a head, a list of names and a tail. A name ends with a character that ends some name
(`AGENCY_END`), so that a tail is tried at few places.
"""

from __future__ import annotations

import re
from typing import Final

from search.readers.extraction.names import AGENCY_END

__all__ = [
    "ACCORDING",
    "ACCORDING_STARTS",
    "ACCORDING_TAILS",
    "ACCOUNT",
    "ADVERB_WORDS",
    "BEFORE_COLON",
    "CITED",
    "CITES",
    "CLAUSE",
    "CLAUSE_SAYS",
    "CLAUSE_STARTS",
    "CLAUSE_TAILS",
    "CLAUSE_WORDS",
    "DATE_STARTS",
    "DAYS",
    "FROM",
    "ISSUE_VERBS",
    "LEARNT",
    "LEARNT_STARTS",
    "LEARNT_TAILS",
    "LEARNT_WORDS",
    "MOMENTS",
    "NAMES_MAX",
    "NAMES_MIN",
    "NAME_RUN",
    "PLACE_OF_SPEECH",
    "REPORTER",
    "REPORT_WORDS",
    "SOURCE_LINE",
    "SOURCE_WORDS",
    "WIRE",
    "WIRE_STARTS",
    "WIRE_WORDS",
]

_NAME_CHARS = r"[一-鿿A-Za-z·&.\-、《》“” ]"
_NAMES = rf"[一-鿿A-Za-z《“]{_NAME_CHARS}{{1,40}}?"
#: Length of a list of names, in characters.
NAMES_MIN: Final = 2
NAMES_MAX: Final = 41
NAME_RUN: Final = re.compile(rf"{_NAME_CHARS}{{0,{NAMES_MAX}}}")

MOMENTS: Final = r"(?:凌晨|清晨|早晨|早间|早上|上午|中午|下午|傍晚|晚间|晚上?|早些时候)"
_BRACKETED_DAY = r"(?:\((?:\d{1,2}月)?\d{1,2}[日号]\))"
DAYS: Final = (
    r"(?:今[天日早晨晚]|昨[天日晚]|当[天日晚]|同一?[日天]|稍早前?|日前|近日|近期|最近|此前|本周|周[一二三四五六日]"
    r"|星期[一二三四五六日])"
)
_WHEN = (
    r"(?:(?:(?:当地|北京|莫斯科|美东|美国东部|欧洲中部|格林尼治)(?:标准)?时间)?[ \t]{0,3}"
    r"(?:\d{4}[ \t]?年[ \t]?)?(?:(?:\d{1,2}[ \t]?|本)月(?:份|[ \t])?)?"
    rf"(?:\d{{1,2}}[ \t]?[日号](?:、\d{{1,2}}[日号])?)?{DAYS}?{_BRACKETED_DAY}?{MOMENTS}?"
    rf"[ \t]{{0,3}}(?:\d{{1,2}}[时点:](?:\d{{1,2}}分?)?)?(?:许|左右)?{_BRACKETED_DAY}?)?"
)
#: A time before a name; 今日 may be part of the name.
_DATED = rf"(?:(?=\d|当地时间|北京时间){_WHEN})?"
# 31个省(自治区、直辖市)和新疆生产建设兵团
_PLACES = r"(?:\d{1,2}个[省国州市](?:\([^()\n]{1,20}\))?[和及、])?"
DATE_STARTS: Final = re.compile("\\d|当地时间|北京时间")
# Optional after a name: its abbreviation in brackets, adverbs, a time.
_ABBREVIATED = r"(?:[ \t]*+\([^(),。\n]{1,30}\))?"
ADVERB_WORDS: Final = (
    r"[于则也还亦]|截至|分别|联合|共同|再次|继续|首次|升级|正式|率先|独家|公开|对外|刚刚|紧急|专门"
    "|同时|已经?|先后|相继"
)
_ADVERBS = rf"(?:{ADVERB_WORDS}){{0,3}}+"
# 在社交媒体上, 在全国范围内
PLACE_OF_SPEECH: Final = r"在[一-鿿A-Za-z“”]{1,14}?[上内]"
_WHERE = rf"(?:{PLACE_OF_SPEECH})?"
_THEN = rf"{_ABBREVIATED}[ \t]?{_ADVERBS}{_WHEN}{_ADVERBS}{_WHERE}[ \t]{{0,3}}"

CITES: Final = "援引|转引|引述|引用|转述"
# 据…综合…的消息; elsewhere 综合 is part of other words.
_COMPILES = "综合(?!报道|报导|消息|外电|媒体|各|新闻|整理)"
_LEARNS = "获悉|了解到|得悉|得知"
REPORT_WORDS: Final = "报道|报导"
_REPORTS = rf"{REPORT_WORDS}|刊文|发文|撰文|刊登文章|发表文章|评论文章|最新消息|最新报道|消息(?!报(?!道|导))"
_SAYING = r"[称说,:]|指(?![挥导示定数标引])|显示|表明|表示|认为"
ISSUE_VERBS: Final = r"发布(?!会)|公布|发表|通报|披露|更新|发出|印发"
# What is published: information. A plan, a law or a product is content, not a source.
_INFORMATION = (
    r"消息|公告|声明|通报|数据|通告|公报|新闻稿|报告|统计|信息|情况|预警|警报|警告|提示|提醒|通知|预报|快报|月报|年报|财报|业绩"
    r"|结果|动态|白皮书|倡议|视频|照片|图片|影像|文章|简报|说明|伤亡|展望|指数|预测"
)
_POLICY = (
    r"条例|办法|规定|规划|方案|意见|政策|措施|法案|法律|标准|新规|细则|制度|决定|纲要|计划|指南|规范|目录|片单|法令|修正案|行动"
    r"|举措|规则|要求|命令|训令|任命|清单|产品|手机|新品|模型|系统|平台|版本"
)
_ISSUES = (
    rf"(?:{ISSUE_VERBS})(?:(?!的)[^,。;:!?\n《》()]{{0,30}}?(?:{_INFORMATION})"
    rf"|的[^,。;:!?\n《》()]{{0,30}}?(?:{_INFORMATION}|研究|调查|论文)(?={_SAYING})"
    rf"|[^,。;:!?\n《》()]{{0,20}}?《[^《》\n]{{1,40}}?(?:(?:{_INFORMATION})》|》[^,。;:!?\n《》()]{{0,10}}?(?:{_INFORMATION})(?:显示|称|指出|表明)))"
)
# What the public hears is information, unless it is a plan or a law.
_INFORMS = rf"(?:通报|公布|披露)(?![^,。;:!?\n]{{0,30}}(?:{_POLICY}))"

_MODIFIERS = (
    r"(?:的|最新|最近|一期|实时|每日|疫情|监测|正式|官方|新闻|统计|初步|年度|月度|季度|农情|大数据|提供"
    rf"|{ISSUE_VERBS}){{0,9}}"
)
_SPOKEN = r"(?:新闻)?发言人(?:[一-鿿]{2,4})?(?:介绍|透露|消息|通报|披露|证实|说明)"
# …最新一期疫情报告, …实时监测数据, …测定: the publication quoted after 据.
_ITS = (
    rf"{_MODIFIERS}"
    r"(?:消息(?!报(?!道|导))|通报|介绍|数据|报告|公告|声明|通告|透露|测定|预报|(?:公布|发布)(?!的?《)|估计|预测|测算|披露|证实"
    r"|(?:统计|监测|调查|研究|观测|评估)(?!机构|部门|人员|团队|[局所院员者]|中心)"
    rf"|记录|资料|信息|通知|提示|汇总|整理|反馈|调度|核实|推算|公报|简报|报(?=,)|{_SPOKEN})"
)
# …数据显示, …最新农情调度显示
_PUBLICATION = (
    r"数据|统计|监测|报告|调查|研究|调度|测算|分析|评估|资料|记录|公报|财报|年报|文件|影像|信息|消息|公告|声明|文章|结果|官网|网站"
    r"|预测|预报|通告|情况|月报|周报|季报|白皮书"
)
_SHOWS = (
    r"(?:(?:的|对|最新|最近|近期|今日|本周|统计|监测|(?:研究|调查|分析|评估)(?![院所局])|初步|实时|每日|年度|月度|季度|官方|疫情|提供)[一-鿿A-Za-z0-9]{0,8}?)?"
    rf"(?:{_PUBLICATION})(?:显示|表明|指出|认为|称)"
)

# 世界银行在最新报告中指出
_IN_WHICH = (
    r"(?:通报|报告|声明|公告|通告|公报|文章|简报|月报|新闻稿)中(?:称|说|指出|表示|写道|强调|显示|提到|警告)"
)

# 据…报道, 根据…发布的消息, 据…消息, 据…援引…; the 据 of 数据, 证据 … begins nothing.
_ACCORDING_HEAD = r"据(?<![数证占收凭论票依]据)[ \t]*+"
_OF_REPORTER = (
    r"(?:(?:驻[一-鿿]{2,6})?(?:总台)?记者"
    r"(?:[ \t]?(?:[一-鿿]{2,4}|[A-Za-z.]{2,20}(?:[ \t][A-Za-z.]{1,20}){0,2}))?)?"
)
_ACCORDING_TAIL = (
    rf"(?:(?<={AGENCY_END})|(?<=发布)(?=[,:]|消息|微信|微博|官微|公众号)){_ABBREVIATED}{_OF_REPORTER}{_THEN}"
    rf"(?:(?P<cites>(?:报道)?(?:{CITES})|{_COMPILES})|(?P<reports>{_REPORTS})|{_ISSUES}|{_ITS}|(?=[,:]))"
)
ACCORDING: Final = re.compile(rf"{_ACCORDING_HEAD}(?:{_PLACES}|{_DATED})(?P<name>{_NAMES}){_ACCORDING_TAIL}")
ACCORDING_STARTS: Final = re.compile(_ACCORDING_HEAD)
ACCORDING_TAILS: Final = re.compile(_ACCORDING_TAIL)
# 据@平安成都, 据健康南京,
ACCOUNT: Final = re.compile(
    r"据[ \t]{0,3}(?P<name>@[一-鿿A-Za-z]{2,12}?(?=[,:\s]|消息|通报|报道)"
    r"|(?:(?:健康|平安|网信)[一-鿿]{2,3}|首都健康)(?=[,:]|消息|通报|报道))"
)

# 来自国家铁路局的数据显示
FROM: Final = re.compile(
    rf"来自(?P<name>{_NAMES})(?<={AGENCY_END})(?:官网|网站)?的(?:最新|统计|监测|初步){{0,3}}"
    r"(?:数据|消息|统计|报告|通报)(?:显示|称|[,:])"
)

# …报道称, …发布消息称, …援引…, …数据显示 at the beginning of a clause.
_SAYS = (
    rf"(?:(?P<cites>(?:报道)?(?:{CITES}))"
    rf"|(?:(?P<reports>{_REPORTS})|公告|声明|通告|通报|测定)(?:\([^()\n]{{0,20}}\))?(?={_SAYING})"
    rf"|发布(?=[:,])|报道了|(?:最新)?{_ISSUES}|{_INFORMS}|{_SHOWS}|在[^,。;:!?\n]{{0,12}}?{_IN_WHICH})"
)
# 路透社称, 法新社3日说, 第一财经获悉: media that speak are a source.
_MEDIA_SAY = r"(?:(?:\d{1,2}月)?(?:\d{1,2}日)?[称说](?=[,:“一-鿿])|(?:独家)?获悉)"
_SPEAKERS = "社报网台视媒体闻端刊志经》TCNK"
_CLAUSE_TAIL = rf"(?<={AGENCY_END})(?:{_THEN}{_SAYS}|(?<=[{_SPEAKERS}]){_MEDIA_SAY})"
CLAUSE: Final = re.compile(rf"{_DATED}(?P<name>{_NAMES}){_CLAUSE_TAIL}")
CLAUSE_STARTS: Final = re.compile(
    r"(?:^|(?<=[。!?;,、:\s)】\]#—]))(?=[一-鿿A-Za-z《“]|\d{1,4}[年月日号])(?!根?据)", re.MULTILINE
)
CLAUSE_TAILS: Final = re.compile(_CLAUSE_TAIL)
# The words begin with different characters, so that `re` finds them quickly.
_MEDIA_SPEAKERS = "|".join(f"{char}(?={_MEDIA_SAY})" for char in _SPEAKERS)
CLAUSE_WORDS: Final = re.compile(
    rf"{CITES}|{_REPORTS}|{ISSUE_VERBS}|测定|公告|声明|通告|{_MEDIA_SPEAKERS}|"
    + "|".join(
        f"{noun}(?=中[称说指表写强显提警])" for noun in ("报告", "月报", "简报", "公报", "文章", "新闻稿")
    )
    + "|"
    + "|".join(f"{noun}(?=显示|表明|指出|认为|称)" for noun in _PUBLICATION.split("|"))
)
CLAUSE_SAYS: Final = re.compile(rf"{_SAYS}|{_IN_WHICH}|{_MEDIA_SPEAKERS}")

# 记者从…获悉, 人民日报记者 姜峰28日从…举行的发布会上获悉
_LEARNT_HEAD = r"[从向][ \t]*+"
_LEARNT_TAIL = (
    rf"(?<={AGENCY_END}){_ABBREVIATED}(?:方面|处|那里)?"
    rf"(?:{_WHEN}(?:举行|召开)的?[^,。\n]{{0,30}}会上)?{_WHEN}[ \t]*+(?:{_LEARNS})"
)
LEARNT: Final = re.compile(rf"{_LEARNT_HEAD}(?P<name>{_NAMES}){_LEARNT_TAIL}")
LEARNT_STARTS: Final = re.compile(_LEARNT_HEAD)
LEARNT_TAILS: Final = re.compile(_LEARNT_TAIL)
LEARNT_WORDS: Final = re.compile(_LEARNS)
REPORTER: Final = re.compile(
    rf"(?:^|[。,;:\s)】])(?:{_DATED})(?P<house>[一-鿿]{{2,8}}?)?"
    rf"(?P<person>记者[ \t]*+(?:[一-鿿]{{2,4}})?[ \t]*+)?{_WHEN}$"
)

# 俄媒:… and 哈萨克斯坦内务部:… in front of a headline.
BEFORE_COLON: Final = re.compile(r"(?P<name>[一-鿿A-Za-z“][一-鿿A-Za-z·&.\-“” ]{1,20}?)(?:快讯|消息|独家)?:")
# 新华社北京1月6日电, 中新网1月6日电
WIRE: Final = re.compile(
    r"(?P<name>[一-鿿]{1,6}?[社网]|路透|美联|法新|彭博)[一-鿿]{0,10}?(?:\d{1,2}月)?\d{1,2}日[电讯]"
)
WIRE_STARTS: Final = re.compile(r"(?:^|(?<=[(【\s据]))(?=[一-鿿])", re.MULTILINE)
WIRE_WORDS: Final = re.compile("日(?=[电讯])")
# A line, a bracket or the end of a paragraph: 来源:新华社、某某都市报
SOURCE_WORDS: Final = ("来源", "稿源", "信源", "出处")
SOURCE_LINE: Final = re.compile(
    r"(?:^|(?<=[\s(\[【。;|—-]))(?:(?:消息|新闻|信息|稿件|文章|数据|资料|内容)?来源|稿源|信源|出处)"
    r"[ \t]{0,3}[:|丨][ \t]{0,3}(?P<name>[^\n()\[\]【】。]{2,80})(?=[()\]】\n。]|\Z)",
    re.MULTILINE,
)
# The cited agencies: up to the words that follow such a name.
CITED: Final = re.compile(
    rf"(?<![ \t])[ \t]*+(?P<name>{_NAMES})(?<={AGENCY_END}){_THEN}的?[ \t]*+"
    rf"(?:{_REPORTS}|{_ISSUES}|{_ITS}|说法|发言人|新闻秘书|的话|称|表示|指(?![挥导示定数标引])|,)"
)
