"""The place of a figure, from the place names of its entry; "" where it is doubtful.

Place names are recognized by their endings (省 市 州 …) or from a short list of countries and provinces. The
country of a speaker is used only when there is no other name, that of an actor never.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

__all__ = ["place_of"]

_KNOWN: Final = """
    北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南
    广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 武汉
    加沙地带 加沙 约旦河西岸 加沙城 中国 美国 俄罗斯 英国 法国 德国 日本 韩国 朝鲜 印度尼西亚 印度
    泰国 越南 缅甸 老挝 柬埔寨 马来西亚 新加坡 菲律宾 印尼 尼泊尔 不丹 孟加拉国 斯里兰卡 巴基斯坦
    阿富汗 伊朗 伊拉克 以色列 巴勒斯坦 黎巴嫩 叙利亚 约旦 沙特阿拉伯 沙特 也门 阿曼 科威特 卡塔尔
    阿联酋 巴林 土耳其 塞浦路斯 希腊 意大利 西班牙 葡萄牙 荷兰 比利时 卢森堡 瑞士 奥地利 瑞典 挪威
    芬兰 丹麦 冰岛 爱尔兰 波兰 捷克 斯洛伐克 匈牙利 罗马尼亚 保加利亚 塞尔维亚 克罗地亚 波黑 黑山
    北马其顿 阿尔巴尼亚 科索沃 乌克兰 白俄罗斯 摩尔多瓦 立陶宛 拉脱维亚 爱沙尼亚 格鲁吉亚 亚美尼亚
    阿塞拜疆 哈萨克斯坦 乌兹别克斯坦 吉尔吉斯斯坦 塔吉克斯坦 土库曼斯坦 蒙古国 埃及 利比亚 突尼斯
    阿尔及利亚 摩洛哥 苏丹 南苏丹 埃塞俄比亚 厄立特里亚 索马里 肯尼亚 乌干达 坦桑尼亚 卢旺达 布隆迪
    尼日利亚 尼日尔 马里 布基纳法索 加纳 塞内加尔 喀麦隆 乍得 刚果 安哥拉 赞比亚 津巴布韦 莫桑比克
    马拉维 马达加斯加 南非 加拿大 古巴 危地马拉 洪都拉斯 萨尔瓦多 尼加拉瓜 哥斯达黎加 巴拿马
    委内瑞拉 厄瓜多尔 秘鲁 玻利维亚 智利 阿根廷 巴西 巴拉圭 乌拉圭 澳大利亚 新西兰 斐济 瓦努阿图
    阿拉木图 基辅 莫斯科 大马士革 阿勒颇 贝鲁特 德黑兰 首尔 东京 巴黎 伦敦 纽约
""".split()  # noqa: SIM905  (a list of two hundred quoted words is hard to read)
#: Names that are also parts of other words.
_PARTS: Final = ("(?<!沿)海地(?!区)", "(?<!不列颠)哥伦比亚", "(?<!新)墨西哥")
_FAMILIAR: Final = re.compile("|".join([*sorted(_KNOWN, key=len, reverse=True), *_PARTS]))
_BARE: Final = frozenset({"省", "市", "自治区", "特区"})
_LONGER: Final = re.compile("[\u4e00-\u9fff]{0,4}?(?<![在和及与的发报])(?:省|市|州|自治区|县|特区)")
_NAME: Final = re.compile(
    f"(?P<known>{_FAMILIAR.pattern})|(?P<ending>[\u4e00-\u9fff]{{1,9}}?(?:省|市|州|县|镇|自治区|特区|群岛))"
)
#: Text before a name that is not part of it; the name begins after the last match.
_LEADS: Final = re.compile(
    r"\A.*(?:[在于和及与对从为至到由向据致称说日月年时点分起是的了后前以被有其中者将把让往离受级]|首府|宣布|截至|造成|导致|报告|发生|通报|袭击|目前|其中|包括|新增|"
    "累计|当地|附近|东部|西部|南部|北部|中部|东南部|西南部|东北部|西北部|境内)"
)
#: Not names: 全市, 我省, 各县, 城市, 都市.
_NOT: Final = re.compile(
    "^(?:[个全本该各我两多外某几数]|上述|有关|其他|其它|沿海|内陆|周边|邻近|附近|受灾|多个|十)|城市|城镇|小镇|都市|超市|股市|夜市|门市|"
    "新冠|乡镇|[一二三四五六七八九十]个|^.{0,2}[一二三四五六七八九十][省市州县]|地州|^.$|上市|神州|(?:劳动|务|防卫|文科|环境)省"
)
#: 该地区: refers to the country of the speaker before it.
_THAT: Final = re.compile("该[国地省市州县区]")
_JOINED: Final = re.compile("[和及与、]|以及")
_MANY: Final = re.compile("个省|生产建设兵团")
#: After a name: a speaker, who refers to the own country if no other is named.
_SPEAKER: Final = re.compile(
    "[^,、]{0,10}?(?:部长|大臣)|副?(?:总[统理]|首相|国家主席)|(?:外交|国防|卫生|公共卫生|内政|内务|紧急(?:情况|事务|状态)|应急管理|民防|灾害|公安|警|司法|检|疾控|政府|官[员方]|当局|发言|救援|消防|方面|州长|市长)"
)
#: After a name: an actor, traveller or reporter, who need not be at the place of the event.
_ACTOR: Final = re.compile(
    r"\A(?:[^,、]{0,8}?[对向]|的?(?:方面?|\d+日|[当今]天|凌晨|再[次度]?|又|继续)*(?:空袭|袭击|打击|炮击|轰炸)|输入|军|国防军|武装|士兵|媒|时间|使馆|大使|驻|议会|籍|公民|国民|人(?!民|死|受|遇|失|确|员)|男|女|游客|队|通讯|卫星|电视|报(?!告|道)|红十字|代表|总领事)"
)
#: Counts over several places.
_TOGETHER: Final = re.compile(
    "两国|两地|三国|多国|各国|全球|世界|各地|合计|国内外|全国|个省|自治区、|等地|等国|[二两三四五六七八九十多数]地|多[省市州县国]|[邮游]轮|号客?[船轮]|号上|包机|船上"
)


def place_of(before: str, earlier: str, headline: str, agencies: Sequence[str]) -> str:
    """Return the place of a figure; all texts are folded.

    `before` is its clause up to the number, `earlier` the sentence before that clause.
    """
    if _MANY.search(earlier):
        return ""
    weak: list[str] = []
    refers_to_speaker = _THAT.search(before) is not None
    for text in (before, earlier, headline):
        if _TOGETHER.search(text):
            return ""
        for agency in filter(None, agencies):
            text = text.replace(agency, "," * len(agency))
        names = [name for name in _names(text) if not _ACTOR.match(name[1])]
        strong = [name for name in names if refers_to_speaker or not _SPEAKER.match(name[1])]
        if strong:
            name, _, listed = strong[-1]
            return "" if listed else name
        weak += [name for name, *_ in names]
    return weak[0] if len(set(weak)) == 1 else ""


def _names(text: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the names of a text in order, with the text after each and whether it ends a list of names."""
    end = last = 0
    while match := _NAME.search(text, end):
        end = match.end()
        name = match[0]
        if match["ending"]:
            name = _trimmed(name)
        elif (longer := _LONGER.match(text, end)) and not _NOT.search(longer[0].rjust(2, "·")):
            # 湖北省, 云南昭通市
            end = longer.end()
            if longer[0] not in _BARE:
                name = longer[0] if len(longer[0]) > 1 else name + longer[0]
        inner = _NAME.match(text, end)
        if name and not (inner and inner["known"]):
            joined = bool(last) and _JOINED.fullmatch(text[last : end - len(name)]) is not None
            yield name, text[end : end + 12], joined
            last = end


def _trimmed(name: str) -> str:
    """Return the name at the end of a text, "" without any: 发生在土耳其哈塔伊省."""
    if lead := _LEADS.match(name):
        name = name[lead.end() :]
    known = _FAMILIAR.search(name)
    if known and known.end() < len(name):
        rest = name[known.end() :]
        return known[0] if len(rest) < 2 or _NOT.search(rest) else rest
    return "" if len(name) < 2 or _NOT.search(name) else name
