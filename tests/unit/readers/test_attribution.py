"""Agencies in the text: every turn of phrase, and what only looks like one."""

import re

import opencc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers.extraction import attribution, phrases
from search.readers.extraction.attribution import attributions
from search.readers.extraction.comparable import comparable

_TO_TRADITIONAL = opencc.OpenCC("s2t")


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
        # what is cited may be a title, and a list
        ("塔斯社援引《信使报》报道，航线恢复。", "塔斯社→ 信使报"),
        ("参考消息网援引《朝日新闻》和共同社消息称，两厂合并。", "参考消息网→ 朝日新闻 共同社"),
        ("据挪威广播公司综合卑尔根市政府和各地方医院的消息，渡轮停航。", "挪威广播公司→ 卑尔根市政府"),
        ("据俄新社援引符拉迪沃斯托克应急指挥部9日消息，桥梁开放。", "俄新社→ 符拉迪沃斯托克应急指挥部"),
        # publications whose content follows
        ("国家邮政局数据显示，包裹增多。", "国家邮政局"),
        ("水利部最新汛情监测显示，水位回落。", "水利部"),
        ("国际能源署月报显示，需求放缓。", "国际能源署"),
        ("荷兰皇家气象研究所公布的数据显示，风暴减弱。", "荷兰皇家气象研究所"),
        ("世界银行在最新报告中指出，增长放缓。", "世界银行"),
        ("国际海事组织8日发布《航运安全报告》，事故减少。", "国际海事组织"),
        ("北方电力公司发布公告，线路检修。", "北方电力公司"),
        ("贵州省气象台升级发布暴雨红色预警，预计雨势持续。", "贵州省气象台"),
        ("智利国家应急办公室分别于本月3日、4日通报了两起山火。", "智利国家应急办公室"),
        ("巴拉圭卫生部公布，新增四例。", "巴拉圭卫生部"),
        ("来自国家铁路局的数据显示，客流增长。", "国家铁路局"),
        ("据海洋局初步统计，渔获增加。", "海洋局"),
        ("27日泰国交通部发布消息称，航线恢复。", "泰国交通部"),
        ("根据12日晚立陶宛边防局的公告，口岸关闭。", "立陶宛边防局"),
        ("据斐济政府，岛屿间航班停飞。", "斐济政府"),
        ("据31个省（自治区、直辖市）和新疆生产建设兵团报告，旱情缓解。", "新疆生产建设兵团"),
        ("国家林草局等三部门发布公告，禁猎期延长。", "国家林草局"),
        ("农业部、水利部、气象局9日发布通知，春耕提前。", "农业部 水利部 气象局"),
        # media that speak
        ("路透社3日称，油轮靠港。", "路透社"),
        ("半岛电视台说，停火生效。", "半岛电视台"),
        ("第一财经获悉，工厂复工。", "第一财经"),
        ("《国家报》刊文指出，关税有害。", "国家报"),
        ("央视网消息（主播 林夏）：运河通航。", "央视网"),
        ("新华社快讯：列车恢复运行。", "新华社"),
        # names of offices
        ("记者从国家安全部获悉，案件告破。", "国家安全部"),
        ("记者从国家电网获悉，供电恢复。", "国家电网"),
        ("记者从南方电网了解到，线路抢通。", "南方电网"),
        ("记者从中国纺织工业联合会获悉，出口增长。", "中国纺织工业联合会"),
        ("记者从安徽省妇联获悉，夜校开课。", "安徽省妇联"),
        ("记者从云南省总工会获悉，补贴发放。", "云南省总工会"),
        ("记者从中国驻秘鲁大使馆处获悉，侨胞平安。", "中国驻秘鲁大使馆"),
        ("澎湃新闻从上海市交通委获悉，地铁延时。", "澎湃新闻→ 上海市交通委"),
        ("据新华社驻开罗记者报道，航道通畅。", "新华社"),
        (
            "据黄石市新型冠状病毒感染的肺炎疫情防控指挥部消息，商场复业。",
            "黄石市新型冠状病毒感染的肺炎疫情防控指挥部",
        ),
        ("据德国疾控机构罗伯特·科赫研究所数据，病例回落。", "罗伯特·科赫研究所"),
        (
            "据健康苏州，门诊恢复。据上海发布，公园开放。据@荆州发布 ，大桥通车。",
            "健康苏州 上海发布 荆州发布",
        ),
        # traditional characters, full width, the quotation marks of Taiwan
        ("據「中央社」引述《聯合報》報導，航班折返。", "中央社→ 聯合報"),
        ("衞生署公布的數據顯示，疫情緩和。", "衞生署"),
        ("據ＮＨＫ報道，電車停駛。", "ＮＨＫ"),
        # media with Latin names, times with blanks
        ("据 Evening Post 援引知情人士报道，谈判重启。", "Evening Post"),
        ("Harbor News今天报道称，渡轮复航。", "Harbor News"),
        ("据沙特网站Gulf Daily报道，油价回落。", "Gulf Daily"),
        ("据彭博社记者 Ann Lee 报道，工厂复工。", "彭博社"),
        ("据《首尔日报》2026 年 9 月 20 日报道，工厂复工。", "首尔日报"),
        ("水利部2月份公布的数据显示，水位回落。", "水利部"),
        ("（中央社記者林夏台北27日電）港口重開。", "中央社"),
        ("日本新闻网9日报道援引消防厅消息说，火已扑灭。", "日本新闻网→ 消防厅"),
        ("英国媒体天空新闻报道称，列车停运。", "天空新闻"),
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
        "有傳媒報道，多間傳媒報道，會議改期。",
        "此间媒体称，会议改期。当地气象台消息，有雨。",
        "国家税务局发布新规，发票改版。财政部公布《预算管理办法》。",
        "交通部发布的方案很长。",
        "公司发布了新款手机。",
        "新闻发布会通报了情况。广东省政府新闻发布会发布了白皮书。",
        "调查结果显示，客流增加。数据显示，客流增加。报道称，桥断了。",
        "数百人签名，要求政府公布事故报告。",
        "他在接受《纽约时报》采访时说，谈判艰难。",
        "总统在接受法新社采访时称，会谈恢复。",
        "读者喜欢他在《人民报》发表的署名文章。",
        "园区、创业中心、改造工程、综合管廊都已建成。",
        "俄外长称，谈判继续。国防部表示，演习结束。海关宣布，口岸关闭。",
        "根据世界卫生组织的建议，旅客无须隔离。根据教育部的要求，学校停课。",
        "来自北京大学，他研究数据。资金来源：国家财政拨款。",
        "Tom称，他已回家。据网友Tom介绍，天晴。某电商网站的报告显示，销量上升。",
        "据一家研究机构统计，房价下跌。据公司公告，产线停工。",
        "",
    ],
)
def test_what_credits_nobody(text: str) -> None:
    """Persons, clauses, fragments and names too vague to mean anybody are left out."""
    assert credited("", text) == ""


CLAUSES = st.sampled_from(
    [
        "据俄新社报道",
        "国家统计局发布的数据显示",
        "记者从水利部获悉",
        "法新社援引《世界报》消息称",
        "来源：新华社、今日头条",
        "韩国卫生部门说",
        "据@平安成都 ",
        "（NHK）",
        "中央社转引联合报报导",
        "体育新闻：",
        "，",
        "。",
        "\n",
        " ",
    ]
)


@given(st.lists(CLAUSES, max_size=8).map("".join))
def test_traditional_characters_and_full_width_are_read_alike(text: str) -> None:
    """The names are the same, in the characters of the text."""
    traditional = _TO_TRADITIONAL.convert(text).translate(str.maketrans("()NHK", "（）ＮＨＫ"))
    assert [(comparable(one.agency), one.role) for one in attributions("", traditional)] == [
        (comparable(one.agency), one.role) for one in attributions("", text)
    ]
    assert all(one.agency in traditional for one in attributions("", traditional))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("渡轮复航。\n来源：江城都市报、渡口新闻", "江城都市报 渡口新闻"),
        ("渡轮复航。\n来源：渡口观察 编辑：林夏", "渡口观察"),
        ("渡轮复航。\n消息来源：渡口App/江城发布", "渡口App 江城发布"),
        ("渡轮复航。（来源：新华社、《江城报》）桥梁检修。", "新华社 江城报"),
        ("来源：渡口客户端\n渡轮复航。", "渡口客户端"),
        ("渡輪復航。\n來源：渡口日報｜江城電台", "渡口日報 江城電台"),
        ("渡轮复航。\n来源 | 综合渡口新闻 Harbor News报道", "渡口新闻 Harbor News"),
        ("渡轮复航。\n稿源：渡口观察记者 林夏", "渡口观察"),
        ("渡轮复航。\n出处：“渡口发布”微信公众号等", "渡口发布"),
        ("渡轮复航。\n来源：https://harbor.example/1", ""),
        ("渡轮复航。\n来源：综合", ""),
        ("渡轮复航。\n来源：国内新闻、体育快讯", ""),
        ("渡轮复航。\n图片来源：渡口图库", ""),
        ("旅客来源：东部三省。", ""),
    ],
)
def test_a_line_of_sources_credits_each_of_its_names(body: str, expected: str) -> None:
    """Names in such a line need no typical ending; rubrics and vague words are left out."""
    assert credited("", body) == expected


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("俄媒:金融机构暂停运行", "俄媒"),
        ("哈萨克斯坦内务部：已拘捕200余人", "哈萨克斯坦内务部"),
        ("俄国家杜马:维和部队将维护设施安全", "俄国家杜马"),
        ("哈萨克斯坦总统托卡耶夫:将严惩分子", ""),
        ("快讯：机场恢复运行", ""),
        ("国际新闻：机场恢复运行", ""),
        ("体育新闻：联赛开幕", ""),
        ("澎湃新闻：联赛开幕", "澎湃新闻"),
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
        "数据显示",
        "在报告中称",
        "称",
        "获悉",
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
    text = comparable("，从据，" * attribution._UNFILTERED_STARTS * filtered + text)
    plain = {
        name: re.compile(f"(?={start.pattern}){pattern.pattern}", re.MULTILINE)
        for name, start, pattern in (
            ("according", phrases.ACCORDING_STARTS, phrases.ACCORDING),
            ("clause", phrases.CLAUSE_STARTS, phrases.CLAUSE),
            ("wire", phrases.WIRE_STARTS, phrases.WIRE),
            ("learnt", phrases.LEARNT_STARTS, phrases.LEARNT),
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

    for name in ("ACCORDING", "CLAUSE", "LEARNT"):
        monkeypatch.setattr(phrases, name, Counted(getattr(phrases, name)))
    assert not attributions("", text * 3000)
    assert tried <= 3 * attribution._UNFILTERED_STARTS
