"""Agencies in the text: every turn of phrase, and what only looks like one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers.extraction import attribution
from search.readers.extraction.attribution import attributions


def credited(headline: str, body: str) -> str:
    """Print the agencies in order; one that passes on another's report has an arrow."""
    return " ".join(one.agency + ("→" if one.role == "via" else "") for one in attributions(headline, body))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("据俄新社报道,所有金融机构暂停运行。", "俄新社"),
        ("据俄罗斯卫星网6日报道,警方表示……", "俄罗斯卫星网"),
        ("据卫星社报道,当地时间1月6日,安全人员已经撤离。", "卫星社"),
        ("据俄新社援引哈萨克斯坦KazTag通讯社报道,将进行“清理”行动。", "俄新社→ KazTag通讯社"),
        ("据路透社6日援引法新社消息报道，谈判破裂。", "路透社→ 法新社"),
        ("路透社援引俄国防部消息称，演习结束。", "路透社→ 俄国防部"),
        ("據俄新社援引外交部發言人扎哈羅娃的話報道，俄羅斯將作出回應。", "俄新社→ 外交部"),
        ("路透社援引知情人士报道，欧佩克＋将增产。", "路透社"),
        ("据俄新社援引消息人士报道,总统将发表讲话。", "俄新社"),
        ("国际文传电讯社当地时间1月5日报道称,抗议者冲入市政府。", "国际文传电讯社"),
        ("据国际文传电讯社当地时间1月5日报道,当天15时左右……", "国际文传电讯社"),
        ("俄新社3月1日13时30分报道，大马士革发生爆炸。", "俄新社"),
        ("当地时间1月5日,哈萨克斯坦内务部发布消息称,8人死亡。", "哈萨克斯坦内务部"),
        ("据哈萨克斯坦总统网站当地时间1月5日发布的消息,首都进入紧急状态。", "哈萨克斯坦总统网站"),
        ("根据哈萨克斯坦总统官网当地时间1月5日凌晨发布的消息,由于局势恶化……", "哈萨克斯坦总统官网"),
        ("据哈萨克斯坦当地媒体报道,机场被控制。", "哈萨克斯坦当地媒体"),
        ("此前据俄新社报道,广场上有暴徒。另据塔斯社报道，人群散去。", "俄新社 塔斯社"),
        ("据法新社、《纽约时报》和路透社报道，会谈推迟。", "法新社 纽约时报 路透社"),
        ("据俄罗斯卫星网等媒体报道，列车停运。", "俄罗斯卫星网"),
        ("据央视新闻客户端消息，航班恢复。", "央视新闻客户端"),
        ("据武汉市卫健委通报，新增病例下降。", "武汉市卫健委"),
        ("据埃及卫生和人口部消息，疫苗到货。", "埃及卫生和人口部"),
        ("新华社北京1月6日电 记者从会上获悉……", "新华社"),
        ("港口重开。\n（来源：新华网）", "新华网"),
        ("据经济日报、文汇报和《成都商报》报道，价格回落。", "经济日报 文汇报 成都商报"),
        ("据俄罗斯《消息报》报道，列车停运。另据今日俄罗斯通讯社报道，如此。", "消息报 今日俄罗斯通讯社"),
        ("今日外交部发布消息称，会谈如期。", "外交部"),
        ("据也门外交部、以色列总理办公室消息，停火延长。", "也门外交部 以色列总理办公室"),
        # what is quoted of a body
        ("据秘鲁卫生部数据，接种率过半。", "秘鲁卫生部"),
        ("根据当地时间4月2日18时智利卫生部公布的最新数据，降幅明显。", "智利卫生部"),
        ("据沈阳市疾控中心：密接者均已隔离。", "沈阳市疾控中心"),
        ("据日本厚生劳动省最新统计，流感进入高峰。", "日本厚生劳动省"),
        ("墨西哥地震局正式测定：震源较浅。", "墨西哥地震局"),
        ("海南省气象局今早（14日）通报：台风停编。", "海南省气象局"),
        ("据国防部发言人吴谦介绍，舰队返航。", "国防部"),
        ("据卫生部下属的药品总署5日公布的数据，药价下调。", "药品总署"),
        # reporters who learnt it from somebody
        ("记者从水利部获悉，汛期提前。", "水利部"),
        ("3月2日，本报记者从成都海关了解到，单证已经合并。", "成都海关"),
        ("新京报记者 林小夏2日从北京市教委获悉，开学推迟。", "新京报→ 北京市教委"),
        ("记者从江西省新闻办2日举行的防汛发布会上获悉，堤防无恙。", "江西省新闻办"),
        # names in quotes, accounts, titles
        ("据@平安成都 ，路口恢复通行。", "平安成都"),
        ("据“云南气象”微信公众号消息，雨带南移。", "云南气象"),
        ("据台湾“中央社”报道，班机折返。", "中央社"),
        ("据西班牙《国家报》报道，大选提前。", "国家报"),
        ("法国《世界报》3日报道称，法案过关。", "世界报"),
        ("据德国《焦点》周刊报道，油价回落。", "焦点周刊"),
        ("据韩国交通部门消息，高铁停驶。", "韩国交通部门"),
        ("据安莎社以及多家外媒报道，火山灰飘到海上。", "安莎社"),
        ("据英国广播公司（BBC）报道，议会休会。", "英国广播公司"),
        ("“和平”国际广播电视公司当地时间1月5日发表公告称,代表处被袭击。", "“和平”国际广播电视公司"),
    ],
)
def test_phrases_that_credit(text: str, expected: str) -> None:
    """The name alone is taken, without its date, its list or its quotation marks."""
    assert credited("", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "帕希尼扬:集安组织已决定派遣维和力量。",
        "更正：此前报道的15人死亡有误。",
        "东部：大雪。",
        "另有多家媒体报道,电话通信被切断。",
        "据当地媒体报道，道路封闭。据多家外媒报道，如此。",
        "这些数据报道称不实。证据消息，没有。",
        "据知情人士消息，会谈推迟。",
        "依据气象局的建议，渔船回港。",
        "记者从多家医院获悉，床位够用。",
        "记者从交通部门了解到，大桥限行。",
        "记者从现场获悉，火已扑灭。",
        "据专家介绍，病毒怕热。据统计，客流减半。",
        "各医院向卫生部门通报，床位够用。",
        "打官司：三年未决",
        "根据《防洪法》，河道不得占用。",
        "据按照党中央统一部署,工作展开。",
        "托卡耶夫称,机场被扣押。",
        "据俄新社和它的几位编辑在昨天晚上所说的那些话里面报道的内容报道，不清楚。",
        "美国多家媒体报道，气温下降。",
        "（来源：网络）",
        "",
    ],
)
def test_what_credits_nobody(text: str) -> None:
    """Persons, clauses, fragments and names too vague to mean anybody are left out."""
    assert credited("", text) == ""


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("俄媒:金融机构暂停运行", "俄媒"),
        ("哈萨克斯坦内务部：已拘捕200余人", "哈萨克斯坦内务部"),
        ("俄国家杜马:维和部队将维护设施安全", "俄国家杜马"),
        ("哈萨克斯坦总统托卡耶夫:将严惩分子", ""),
        ("快讯：机场恢复运行", ""),
    ],
)
def test_headlines_that_begin_with_their_source(headline: str, expected: str) -> None:
    """A name of an office or of the press before a colon is the source of the report."""
    assert credited(headline, "") == expected


def test_each_agency_once_in_order_of_appearance() -> None:
    """Named again, it keeps its first place and its first role."""
    body = "据塔斯社报道,甲。据俄新社援引塔斯社报道,乙。据俄新社报道,丙。"
    assert credited("俄媒:集会结束", body) == "俄媒 塔斯社 俄新社→"


PIECES = st.sampled_from(
    [
        "据",
        "报道",
        "援引",
        "俄新社",
        "称",
        "，",
        "。",
        "发布消息",
        "当地时间",
        "1月5日",
        "《",
        "》",
        "、",
        "和",
        "的",
        "等媒体",
        "\n",
        "：",
        "A",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=14).map("".join), st.booleans())
def test_the_filters_of_starts_lose_no_match(text: str, filtered: bool) -> None:
    """The plain search at every character is the oracle, for texts with few starts and with many."""
    text = "，从据，" * attribution._UNFILTERED_STARTS * filtered + text
    plain = {
        name: re.compile(f"(?={start.pattern}){pattern.pattern}", re.MULTILINE)
        for name, start, pattern in (
            ("according", attribution._ACCORDING_STARTS, attribution._ACCORDING),
            ("clause", attribution._CLAUSE_STARTS, attribution._CLAUSE),
            ("wire", attribution._WIRE_STARTS, attribution._WIRE),
            ("learnt", attribution._LEARNT_STARTS, attribution._LEARNT),
        )
    }
    matches = {
        "according": attribution._according(text),
        "clause": attribution._clauses(text),
        "wire": attribution._wires(text),
        "learnt": attribution._learnt_matches(text),
    }
    for name, pattern in plain.items():
        spans = [match.span() for match in pattern.finditer(text)]
        assert [match.span() for match in matches[name]] == spans


@pytest.mark.parametrize("text", ["据", "据 ", "从", "据北京时间", "、中"])
def test_starts_without_a_tail_cost_no_more_than_the_tails(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern of 41 lengths of a name is not tried at each start of a text that has no tail."""
    tried = 0

    class Counted:
        def __init__(self, pattern: re.Pattern[str]) -> None:
            self.pattern = pattern

        def match(self, *args: object) -> re.Match[str] | None:
            nonlocal tried
            tried += 1
            return self.pattern.match(*args)  # type: ignore[arg-type]

    for name in ("_ACCORDING", "_CLAUSE", "_LEARNT"):
        monkeypatch.setattr(attribution, name, Counted(getattr(attribution, name)))
    assert not attributions("", text * 3000)
    assert tried <= 3 * attribution._UNFILTERED_STARTS
