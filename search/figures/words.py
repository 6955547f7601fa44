"""The vocabulary of figures: event words, links between them and numbers, exclusions."""

from __future__ import annotations

import re
from typing import Final

from search.figures.figure import Kind

__all__ = [
    "ACTIVE",
    "AFTER_EVENT",
    "BLOCKED_CLAUSE",
    "BLOCKED_GAP",
    "BLOCKED_SENTENCE",
    "DENIED",
    "DENIED_NEXT",
    "DEVELOPED",
    "KIND_OF",
    "LINK",
    "NEW",
    "TOTAL",
    "VERB",
]

_WORDS: Final[dict[Kind, str]] = {
    "死亡": "死亡 遇难 罹难 丧生 身亡 丧命 遇害 牺牲 殉职 溺亡 殒命 阵亡 击毙 打死 炸死 枪杀 杀害 死者",
    "受伤": "受伤 负伤 伤者",
    "失踪": "失踪 失联 下落不明 失去联系",
    "拘捕": "拘捕 逮捕 拘留 刑拘 被捕 落网 扣押 扣留 羁押 抓获 抓捕",
    "撤离": "撤离 疏散 转移",
    "感染": "无症状感染 确诊感染 确诊 感染",
}
KIND_OF: Final[dict[str, Kind]] = {word: kind for kind, words in _WORDS.items() for word in words.split()}
#: Other words with a number, so that their number is not paired with another word.
_OTHERS: Final = """
    死伤 伤亡 重伤 轻伤 治愈 出院 康复 痊愈 获救 救出 获释 释放 生还 幸存 脱险
    疑似 重症 危重 隔离 观察 接触 被困(?!人|群|者|居|村|同) 受困(?!人|群|者|居|村|同) 起诉 判处
"""
VERB: Final = re.compile(f"(?:{'|'.join(sorted([*KIND_OF, *_OTHERS.split()], key=len, reverse=True))})(?!率)")
#: Transitive verbs; a number before them counts their objects only with 被.
ACTIVE: Final = frozenset("拘捕 逮捕 拘留 刑拘 扣押 扣留 羁押 抓获 抓捕 击毙 打死 炸死 枪杀 杀害".split())  # noqa: SIM905

_PEOPLE: Final = (
    "病例|患者|人员|群众|居民|村民|民众|平民|游客|旅客|乘客|"
    "学生|嫌疑人|嫌犯|犯罪嫌疑人|抗议者|示威者|暴徒|者|人"
)
#: Between a word and the number after it: 病例累计, 人数升至, 者合计.
LINK: Final = re.compile(
    rf"(?:安置|避险)?(?:受灾|被困|受困|受威胁|危险区域)?(?:{_PEOPLE})?的?(?:总?人数|总数|例数|数字|数)?"
    r"(?:从|由|累计|合计|共计|总计|总共|共|已经|已|现已|仍|均|也|则|目前|为|是|有|了|新增|增加|增|报告|"
    r"升|上升|增长|攀升|至|到|达)*"
)
#: 从3人升至5人: the second number counts.
DEVELOPED: Final = re.compile("(?:升|上升|增|增加|增长|攀升)(?:至|到)")
#: After 5人死亡, at the end of the clause or before the next number.
AFTER_EVENT: Final = re.compile(
    r"(?:了|送医|住院|(?:了)?(?:新冠|新型|冠状|甲型|埃博拉|猴痘|登革热|霍乱|麻疹|流感)[^\d]{0,10})?"
)

NEW: Final = re.compile("新增|新报告|新确诊|新感染|增加(?![至到])|净增|又有|再有|再确诊|新发现|新出现")
TOTAL: Final = re.compile(
    "累计|合计|共计|总计|总共|共(?![和同产])|总数|[升增加长][至到]|达|已(?!婚)|目前|截至|截止|为止|迄今"
)

#: Between 5名 and 死亡: the number counts other people, or the event did not happen.
BLOCKED_GAP: Final = re.compile(
    "未|没|无(?!辜|国籍|家)|不(?!治|幸|慎)|可能|疑似|[或免险救愈称说]|表示|报告|宣布|证实|发现|目睹|指控|涉嫌|造成|导致|致|"
    "家属|亲属|遗体|接受|调查|杀|袭|参与|参加|负责|协助|帮助|组织|开展|进行|要求|需|将|计划|拟|准备|下令|通知|接到|等待|应|"
    "输入|境外|本土|本地|密切|同行|岁"
)
#: In the clause of the figure: wishes, orders, parts of a whole, other measures.
BLOCKED_CLAUSE: Final = re.compile(
    "未|没有|没|无(?!辜|国籍|家|人机|症状)|不(?!治|幸|慎|列颠|丹|到|足|少于|低于|下|止|明)|或(?!许)|拟|将(?!近|领|军|士)|需|要求|计划|打算|准备|"
    "下令|命令|呼吁|警告|避免|防止|免于|以免|能|目标|每|平均|同比|环比|较|比(?:前|昨|上|去|此|往|同期|同比)|相当于|减少|下降|其余|剩余|分别|"
    "境外|输入|本土|本地|现有|现存|在院|在治|住院|收治|部队|军人|官兵|部队|名额|悬赏|奖励|第[\\d一二三四五六七八九十]"
)
#: In the sentence before the figure: hypothetical and past events.
BLOCKED_SENTENCE: Final = re.compile(
    "可能|或将|恐(?!怖|袭|慌|吓)|如果|假如|假设|假定|倘若|一旦|要是|若(?!干|泽|昂|望|热)|预计|预测|预估|估计|估算|推算|模型|有望|演习|演练|"
    "模拟|虚构|小说|电影|剧中|从警|历史上|曾(?![任经])|曾经|当年|去年|前年|上世纪|世纪|年前|上次|上一次|分别"
)
#: Anywhere in the sentence: a denial.
DENIED: Final = re.compile(
    "谣|不实|否认|并非|网传|网络传言|传言|传闻|假消息|虚假|失实|误报|误传|不属实|驳斥|未经证实|尚未证实|更正|应为|[?]$|吗$"
)
DENIED_NEXT: Final = re.compile(
    "(?:但|不过|然而)?.{0,12}(?:该|此|这|上述|相关|有关).{0,12}(?:谣|不实|否认|虚假|失实|误报|未经|尚未|不属实|有误)|^.{0,14}(?:否认|辟谣|更正)"
)
