"""Names of agencies: what a name may look like, and what only looks like one.

Every text here is comparable (see `comparable.py`): simplified, with half-width punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = [
    "AGENCY_END",
    "KIND_OF_TITLE",
    "clean_name",
    "has_ending",
    "is_medium",
    "is_specific",
    "names_of_list",
]

#: Longest name of an agency, in characters.
_MAX_NAME = 30

# Endings of the names of media, and of offices and companies that inform the press.
_MEDIA = (
    "社|网|网站|官网|官微|报|台|卫视|电视|媒|媒体|传媒|新闻|客户端|刊|杂志|财经|央视|央广|公视|之声|频道|微博|微信|公众号|视频号|路透|彭博|美联|法新|今日俄罗斯|今日美国|今日头条"
    "|RT|BBC|CNN|NHK|VOA|CNBC|ABC|NBC|CBS|DW|CGTN|TVBS|App|APP|app"
)
_OFFICES = (
    "部|委|委员会|常委会|管委会|组委会|局|署|厅|司|司令部|办|办公室|警方|军方|检方|当局|政府|议会|国会|杜马|法院|检察院|研究院|科学院|中科院|社科院|工程院|参议院|众议院|国务院"
    "|总统府|总理府|首相府|白宫|内阁府|克里姆林宫|五角大楼|欧盟|北约|东盟|非盟|欧佩克|世卫|疾控|指挥部|本部|总部|领导小组|专班|部门|公司|集团|医院|大学|学院|研究所|交易所|事务所|派出所"
    "|检验所|检测所|监督所|防所|球所|物所|海关|使馆|领馆|领事馆|红十字会|红新月会|商会|学会|协会|联合会|基金会|理事会|安理会|工会|监会|残联|妇联|文联|侨联|科协|足协|消协|作协"
    "|工商联|足联|篮联|田联|贸促会|交警|公安|消防|联盟|组织|中心|银行|央行|兵团|军区|战区|国防军|空军|海军|陆军|解放军|海警|武警|自卫队|警卫队|总队|支队|气象台|联合国|博物馆"
    "|图书馆|档案馆|国家电网|南方电网|车站|机场|管理站|监测站|工作站|气象站|台网|港交所|厚生劳动省|防卫省|外务省|财务省|总务省|法务省|环境省|文部科学省|经济产业省|国土交通省|农林水产省|论坛|哈马斯|塔利班|胡塞武装|真主党|民主党|共和党|自民党|工党|保守党|抵抗运动"
    "|机构"
)
_MEDIA_ENDINGS: Final = tuple(_MEDIA.split("|"))
_ENDINGS: Final = (*_MEDIA_ENDINGS, *_OFFICES.split("|"))


#: Character class of the last character of a name; of a title, an account and a quotation.
AGENCY_END: Final = (
    f"[A-Za-z{''.join(sorted({ending[-1] for ending in _ENDINGS if not ending.isascii()}))}》”)]"
)

# Ordinary words with such an ending.
_NO_NAME = re.compile(
    r"(?:[东西南北中内外各大干腹头局分]部|(?<!安)全[部局]|俱乐部|部委|部署|省部|央地"
    r"|互联网|(?<!国家)(?<!南方)电网|[路水管渔天上]网|全国联网|旅行社|合作社|新社会|[平后前舞阳站灶看擂]台|分台|出台|月台|电视机|微电视"
    r"|[情警海通举预简捷战填上汇回]报(?<!文汇报)|[年季财]报|别报|公报|[格结大僵战时布破骗定残]局|(?<![邮民财行路市])政局|[最快好坏]新闻|上司|官司|[主承协举开兴重停]办"
    r"|[签部联]署|收银台|[进出]站|对外部|子公司|各机场"
    r"|(?:第[一二三四五六七八九十]+|多|各|三级|定点|方舱)医院)$"
)
# Responsibilities, which do not identify an office: 卫生部门 is vague, 韩国卫生部门 is not.
_TRADES = (
    "卫生|疾控|公安|警务|教育|铁路|交通|交警|民航|航空|气象|应急|消防|执法|安全|情报|民防|海事|环保|农业|商务|外交|民政|水利"
    "|防疫|主管|职能|监管|司法|宣传|公共|石油|能源|电力|电网|保险|物流|旅游|地铁|公交|医药|制药|网络|科技|定点|多|各级|州|省|市|县|区"
    "|文旅|文化|体育|财政|税务|金融|人社|林业|自然资源|市场监管|管理|救援|研究|监测|检测|评级|统计|国家|医疗|培训|调查|投资|慈善"
    "|人权|民间|独立|第三方|专业|国际|民调|咨询|分支|政府|服务|调度|急救|极端|武装|恐怖|媒体|新闻"
    "|商业|财经|综合|跨"
)
# Names too vague to identify an agency.
_VAGUE = re.compile(
    r"\A(?:多家|多间|多个|多名|有关|相关|有|一些|部分|各|该|其|此|这|那|本|某(?!某)|另|多国|国内外|一家|两家|数家|各家|众多|不少)*"
    r"(?:当地|此间|地方|国际|外国|西方|海外(?!网)|境外|主流|官方|社交|网络|大(?!学|使馆)|国家|本国|全球|本地|外部|国内|权威|内部|公共|公开)*+"
    r"(?:媒体|传媒|外媒|官媒|党媒|央媒|自媒体|新媒体|纸媒|融媒体|媒|警方|军方|检方|政府|当局|网站|官网|网|报|台|电视台|电视|通讯社"
    r"|社|新闻|新闻网站?|部|局|委|委员会|法院|检察院|议会|银行|组织|中心|协会|使馆|大使馆|客户端|杂志|办公室|官微|微博|微信|公众号"
    r"|指挥部|领导小组|集团|大学|学院|学会|商会|研究所|总部|频道|周刊|期刊|机场|车站|工会|联盟|论坛|所|公司|省?市?疾控"
    rf"|红十字会|红新月会|交警|公安|消防|(?:{_TRADES})*+(?:部门|机构|频道|站)"
    rf"|(?<!国际)(?<!国家)(?:{_TRADES})*+(?:组织|公司|医院|中心|办公室|工会|协会))"
)

# Parts that no name contains: verbs, particles, words of time, spokespeople. But 也门, 成都, 犹他,
# 《消息报》 and 总理府 are names, and 感染的肺炎 is part of the names of some staffs.
_NOT_IN_NAME = re.compile(
    r"[了在是向将已被把称说并仍曾我她它你据从]|的(?!里雅斯特|肺炎)|也(?!门)|就(?!业)|(?<![首成京])都(?!市)|(?<!犹)他"
    r"|多[家个间]|多国|有媒|与此|表示|指出|宣布|援引|引述|报道|报导|发布|显示|根据|通过|接受|举行|召开|介绍"
    r"|综合(?!频道|新闻|行政|执法)|(?<!参考)消息(?!报|网)|记者(?!协会)|发言人|人士|外长|代表(?!处|团|大会)"
    r"|要求|呼吁|敦促|督促|责令|认为|决定|按照|关于|提供|导致|造成|成为|走进|位于|签署|超过|远超|过对|(?<!应)对(?!外|策|口)|各(?!国议)"
    r"|[这给]|到(?!付)|(?<!自)由|需(?!求)|[一两][名家个份]|等[国地]|^(?:当地|此间|该|其|某(?!某))"
    r"|时间|凌晨|早晨|下午|晚间|今天|目前|之前|以来"
    r"|(?:总统|总理|主席)(?!府|网|官网|办公)"
)
_LEADING = re.compile(
    r"^(?:此前|另外|此外|同时|随后|稍早前?|其中|当天|当日|今天|昨天|昨日|近日|日前|今早|今晚|上午|下午|晚间|凌晨|当晚|同日|最近"
    r"|今日(?!俄罗斯|美国|头条)|来自|对于|针对|对此|综合|汇总|以及|多家|不过|另|又|而|但|及|与|经(?!济|贸)|由(?!于)|和(?![平田])|有(?![线限关]))+"
)
# 俄罗斯卫星网等媒体 credits 俄罗斯卫星网.
_AND_OTHERS = re.compile(
    r"(?:等(?:多家|[一-鿿]{0,4})外媒|等?[二两三四五六七八九十]{1,3}个?部门"
    r"|(?<![高平初])等[一-鿿]{0,12}(?:媒体|机构|部门|组织|单位|企业|公司)"
    r"|(?:以及|和|及|与)(?:其他|其它|其余|多家|当地|一些|各)[^《》、]{0,30})$"
)
_AND = re.compile("以及|和|及|与")
_AND_BEFORE_TITLE = re.compile("(?:以及|和|及|与)$")
# A clause and a blank may precede a name; a name has no blank unless it is Latin.
_BEFORE_BLANK = re.compile(r"^.*[一-鿿] +")
# A country before a Latin name adds nothing: 哈萨克斯坦KazTag通讯社 is KazTag通讯社.
_BEFORE_LATIN = re.compile(r"^[一-鿿]+(?=[A-Za-z][A-Za-z0-9.&\- ]+[一-鿿]*$)")
# A medium that reports may have Latin letters only: Business Insider.
_LATIN = re.compile(
    r"(?:[一-鿿]{0,8}(?:媒体|网站|博客|杂志))?([A-Za-z][A-Za-z0-9.&\-]+(?: [A-Za-z0-9.&\-]+){0,3})"
)
# An office before its own, and what a body is before its name: 卫生部下属的卫生总署, 评级机构穆迪公司.
_UNDER = re.compile(
    r"^[一-鿿]+(?:下属|所属|旗下)(?:的|机构)?"
    r"|^[一-鿿]{2,12}(?:机构|巨头|智库|媒体|企业) ?(?=[一-鿿A-Za-z·]{3})"
)

# 德国《明镜》周刊 is 明镜周刊, 台湾“中央社” is 中央社, “健康中国”微信公众号 is 健康中国.
KIND_OF_TITLE = re.compile("《([^《》]+)》(周刊|杂志|新闻网站|新闻网|网站|网|官网|客户端|电视台|日报)")
_IN_QUOTES = re.compile(
    r"\A[^“”]*“([^“”]+)”(?:(?:官方)?(?:微信|微博)?(?:公众号|视频号|账号|帐号|微信|微博))?"
)
_ACCOUNT = re.compile("@([一-鿿A-Za-z]{2,12})")
# Accounts of offices by their usual names: 健康南京, 平安北京, 荆州发布.
_OFFICIAL_ACCOUNT = re.compile(
    "(?:健康|平安|网信|文明|法治)[一-鿿]{2,3}|首都健康|[一-鿿]{2,3}(?<!官员)(?<!方面)(?<!市长)(?<!部门)发布"
)


def is_specific(name: str) -> bool:
    """Whether a name has only parts that names have, and is not vague; its ending does not matter."""
    return not (_NOT_IN_NAME.search(name) or _VAGUE.fullmatch(name))


def has_ending(name: str) -> bool:
    """Whether a name ends like the name of an agency."""
    return name.endswith(_ENDINGS)


def is_medium(name: str) -> bool:
    """Whether a name has the ending of a medium, such as 社 or 新闻."""
    return name.endswith(_MEDIA_ENDINGS)


def names_of_list(text: str, *, reported: bool = False) -> Iterator[str]:
    """Yield the names of a list such as 法新社、《纽约时报》和新华社.

    `reported` says that a word such as 报道 follows, so that a title in 《》 is a paper.
    """
    text = _AND_OTHERS.sub("", KIND_OF_TITLE.sub(r"《\1\2》", text.strip()))
    for part in re.split("(?=《)|(?<=》)|、", text):
        if part.startswith("《"):
            yield from filter(None, [clean_name(part.strip("《》"), titled=True, reported=reported)])
            continue
        part = _AND_BEFORE_TITLE.sub("", part)
        several = [clean_name(piece, reported=reported) for piece in _AND.split(part)]
        yield from several if all(several) else filter(None, [clean_name(part, reported=reported)])


def clean_name(text: str, *, titled: bool = False, reported: bool = False) -> str:
    """Return the name in a match, or "" if it does not look like a name.

    A title in 《》 is the name of a paper, even a vague one: 《国家报》.
    """
    name = _AND_OTHERS.sub("", text.strip())
    if account := _ACCOUNT.fullmatch(name):
        return account[1]
    if quoted := _IN_QUOTES.fullmatch(name):
        name = quoted[1]
        if quoted[0].endswith(("号", "微信", "微博")):
            return name
    name = _LEADING.sub("", _UNDER.sub("", _BEFORE_BLANK.sub("", name)))
    if reported and (latin := _LATIN.fullmatch(name)):
        return latin[1]
    stem = name.removesuffix("发布")
    if _OFFICIAL_ACCOUNT.fullmatch(name) and not _NOT_IN_NAME.search(stem):
        return clean_name(stem) or name if stem != name else name
    if not ((titled and reported) or has_ending(name)):
        return ""
    if _NO_NAME.search(name) or _NOT_IN_NAME.search(name) or name.count("“") != name.count("”"):
        return ""
    if not titled and _VAGUE.fullmatch(name):
        return ""
    name = _BEFORE_LATIN.sub("", name).strip()
    return name if 2 <= len(name) <= _MAX_NAME else ""
