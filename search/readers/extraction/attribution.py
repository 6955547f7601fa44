"""Extract the agencies that a report credits, by the phrases of Chinese news.

The rules use phrases (据…报道, …援引…, …发布消息称, a headline's 俄媒：) and the endings of the names of
agencies and offices, so that no list of agencies is needed. They prefer precision: a missed agency lowers
the count of a facet by one, a clause taken for an agency is an error on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from search.entry import Attribution, Role

__all__ = ["agency_name", "attributions"]

#: Longest name of an agency, in characters.
_MAX_NAME = 20

# Endings of the names of agencies, and of offices that inform the press, simplified and traditional.
_ENDINGS = re.compile(
    r"(?:社|网|網|网站|網站|官网|官網|报|報|台|臺|卫视|衛視|电视|電視|媒|媒体|媒體|新闻|新聞|客户端|周刊|週刊|杂志|雜誌"
    r"|部|委|委员会|委員會|局|署|厅|廳|司令部|办公室|辦公室|警方|军方|軍方|检方|檢方|当局|當局|政府|议会|議會|国会|國會|杜马"
    r"|杜馬|法院|检察院|檢察院|研究院|科学院|国务院|國務院|总统府|總統府|白宫|白宮|克里姆林宫|克里姆林宮|五角大楼|五角大樓"
    r"|央视|央視|欧盟|歐盟|北约|北約|东盟|東盟|非盟|世卫|疾控|新闻办|新聞辦|指挥部|指揮部|领导小组|領導小組|部门|部門|(?<!公)司|公司|集团|集團"
    r"|医院|醫院|大学|大學|学院|學院|研究所|海关|海關|总领馆|總領館|红十字会|紅十字會|商会|商會|学会|學會"
    r"|(?:厚生劳动|厚生勞動|防卫|防衛|外务|外務|财务|財務|总务|總務|法务|法務|环境|環境|文部科学|经济产业|国土交通)省"
    r"|银行|銀行|央行|组织|組織|中心|大使馆|大使館|使馆|使館|总局|總局|协会|協會|基金会|基金會|联合国|聯合國"
    r"|今日俄罗斯|RT|BBC|CNN|NHK|VOA)$"
)

# Ordinary words with such an ending.
_NO_NAME = re.compile(
    r"(?:[东東西南北中内內外全各大干幹腹头頭局总總分]部|俱乐部|俱樂部|部委|部署"
    r"|互联网|互聯網|电网|電網|路网|(?<!欧)联网|旅行社|合作社|新社会|[平后前舞阳]台|分台"
    r"|[情警海通举舉预預简捷]报|(?<!文)[汇匯][报報]|[情警海通]報|[格结大僵全战时政布破骗定]局|[最快好坏]新闻|上司|官司|打官司)$"
)
# Responsibilities, which do not identify an office: 卫生部门 is vague, 韩国卫生部门 is not.
_TRADES = (
    "卫生|衛生|疾控|公安|警务|教育|铁路|鐵路|交通|民航|航空|气象|氣象|应急|消防|执法|安全|情报|民防|海事|环保|农业|商务|外交"
    "|防疫|主管|职能|监管|司法|宣传|公共|石油|能源|电力|保险|物流|旅游|地铁|公交|医药|制药|网络|科技|定点|多|各级|州|省|市|县|区"
)
# Names too vague to identify an agency.
_VAGUE = re.compile(
    r"\A(?:多家|多个|多名|有关|相关|有|一些|部分|各|该|該|其|此|这|這|那|本|某|另|多国|多國|国内外)*"
    r"(?:当地|當地|地方|国际|國際|外国|外國|西方|海外|境外|主流|官方|社交|网络|網絡|大(?!学|學|使馆)|国家|本国|全球)*+"
    r"(?:媒体|媒體|外媒|媒|警方|军方|軍方|检方|政府|当局|當局|网站|網站|官网|官網|网|報|报|台|电视台|電視台|电视|通讯社|通訊社"
    r"|社|新闻|新聞|新闻网站?|新聞網站?|部|局|委|委员会|法院|检察院|议会|银行|组织|中心|协会|使馆|大使馆|客户端|杂志|办公室"
    r"|指挥部|指揮部|领导小组|集团|集團|大学|大學|学院|学会|商会|研究所|海关|省?市?疾控"
    rf"|(?:{_TRADES})*(?:部门|部門|公司|医院|醫院|机构))"
)

# Parts that no name contains: verbs, particles, words of time, spokespeople. But 也门, 成都, 犹他,
# 《消息报》 and 总理府 are names.
_NOT_IN_NAME = re.compile(
    r"[了在是向将將已被把称稱说說并並仍曾我她它你据據]|的(?!里雅斯特)|也(?!门|門)|就(?!业|業)|(?<![首成京])都"
    r"|(?<![犹猶])他|多[家个個]|多国|多國|有媒|与此|表示|指出|宣布|援引|引述|报道|报导|報道|报導|发布|發布"
    r"|综合(?!频道|新闻)|綜合(?!頻道|新聞)|消息(?!报|報)|记者|記者|发言人|發言人|人士|时间|時間|凌晨|早晨|下午|晚间|目前|之前|以来"
    r"|(?:总统|總統|总理|總理|主席)(?!府|网|網|官网|官網|办公|辦公)"
)
_LEADING = re.compile(
    r"^(?:此前|另外|此外|同时|同時|随后|隨後|稍早前?|其中|当天|當天|当日|當日|今天|昨天|昨日|近日|日前"
    r"|今日(?!俄罗斯|美国|头条)|来自|來自|对于|對於|针对|針對|对此|综合|綜合|汇总|彙總|以及|多家|另|又|而|但|及|与|與"
    r"|有(?![线限線])|[经經](?![济濟贸貿])|和(?![平田]))+"
)
# 俄罗斯卫星网等媒体 credits 俄罗斯卫星网.
_AND_OTHERS = re.compile(
    r"(?:等(?:多家|[一-鿿]{0,4})(?:媒体|媒體|外媒|机构|機構|部门|部門)|(?:以及|和|及|与|與)(?:其他|其它|其餘|多家|当地|當地|一些|各)[^《》、]*)$"
)
_AND = re.compile("以及|和|及|与|與")
_AND_BEFORE_TITLE = re.compile("(?:以及|和|及|与|與)$")
# A clause and a blank may precede a name; a name has no blank unless it is Latin.
_BEFORE_BLANK = re.compile(r"^.*[一-鿿] +")
# A country before a Latin name adds nothing: 哈萨克斯坦KazTag通讯社 is KazTag通讯社.
_BEFORE_LATIN = re.compile(r"^[一-鿿]+(?=[A-Za-z][A-Za-z0-9.&\-]+[一-鿿]*$)")

# 德国《明镜》周刊 is 明镜周刊, 台湾“中央社” is 中央社, “健康中国”微信公众号 is 健康中国.
_TITLE_AND_KIND = re.compile("《([^《》]+)》(周刊|週刊|杂志|雜誌|网站|網站|官网|官網|客户端|电视台)")
_IN_QUOTES = re.compile(
    r"\A[^“”]*“([^“”]+)”(?:(?:官方)?(?:微信|微博)?(?:公众号|公眾號|视频号|账号|帳號|微信|微博))?"
)
_ACCOUNT = re.compile("[@＠]([一-鿿]{2,12})")
_AN_ACCOUNT = r"[@＠][一-鿿]{2,12}?(?=\s*(?:[，,：:]|消息|通报))"
# 卫生部下属的卫生总署
_UNDER = re.compile("^[一-鿿]+(?:下属|下屬|所属|所屬|旗下)的")

_NAME = r"[一-鿿A-Za-z“][一-鿿A-Za-z·•&.\-“” ]{1,%d}?"
_NAME_CHARS = r"[一-鿿A-Za-z·•&.\-、《》“” ]"
_NAMES = rf"[一-鿿A-Za-z《“]{_NAME_CHARS}{{1,40}}?"
#: Length of `_NAMES`, in characters.
_NAMES_MIN, _NAMES_MAX = 2, 41
# Optional after a name: its abbreviation in brackets, 于 or 则.
_THEN = r"(?:\s*+[（(][A-Za-z·.\- ]{2,30}[)）])?(?:[于於则則也还還亦]|截至)?"
_WHEN = (
    r"(?:(?:(?:当地|當地|北京|莫斯科|美东|美東)(?:时间|時間))?\s{0,3}(?:\d{4}年)?(?:\d{1,2}月)?(?:\d{1,2}[日号號])?"
    r"(?:今[天日早晨晚]|昨[天日晚]|凌晨|清晨|早晨|早间|早間|上午|中午|下午|傍晚|晚间|晚間|晚上?|稍早前?|日前|近日|周[一二三四五六日]|星期[一二三四五六日])?"
    r"\s{0,3}(?:\d{1,2}[时時点點:：](?:\d{1,2}分?)?)?(?:许|左右)?(?:[（(](?:\d{1,2}月)?\d{1,2}[日号號][)）])?)?"
)
# A time before a name; 今日 may be part of the name.
_DATED = rf"(?:(?=\d|当地时间|當地時間|北京时间|北京時間){_WHEN})?"
_CITES = r"援引|转引|轉引|引述|引用|转述|轉述"
_LEARNS = r"获悉|獲悉|了解到|得悉"
_REPORTS = r"报道|报导|報道|報導"
_ISSUE_VERBS = r"发布|發布|發佈|公布|公佈|发表|發表|通报|通報|披露|更新"
_ISSUES = (
    rf"(?:{_ISSUE_VERBS})(?:了)?(?:的)?(?:最新)?(?:疫情|网站|網站|官方)?"
    r"(?:消息|公告|声明|聲明|通报|通報|数据|數據|通告|公报|公報|新闻稿|伤亡)"
)

# …最新一期疫情报告, …实时监测数据, …测定: the publication quoted after 据.
_ITS = (
    rf"(?:的|最新|最近|一期|实时|實時|每日|疫情|监测|監測|正式|官方|新闻|{_ISSUE_VERBS}){{0,9}}"
    r"(?:消息(?![报報])|通报|通報|介绍|介紹|数据|數據|统计|統計|报告|報告|公告|声明|聲明|通告|透露|测定|測定|预报|預報|公布|公佈|发布|發布"
    r"|发言人(?:[一-鿿]{2,4})?(?:介绍|透露|消息)|發言人(?:[一-鿿]{2,4})?(?:介紹|透露|消息))"
)
# 据…报道, 根据…发布的消息, 据…消息, 据…援引…; the 据 of 数据, 证据 … begins nothing.
_ACCORDING_HEAD = r"(?<![数數证證占佔收凭憑论論票依])[据據]\s*+"
_ACCORDING_TAIL = rf"{_THEN}{_WHEN}\s*+(?:(?P<cites>{_CITES})|{_REPORTS}|{_ISSUES}|{_ITS}|(?=[,，:：]))"
_ACCORDING = re.compile(rf"{_ACCORDING_HEAD}{_DATED}(?P<name>{_AN_ACCOUNT}|{_NAMES}){_ACCORDING_TAIL}")
# …报道称, …发布消息称, …援引… at the beginning of a clause.
_SAYS = rf"(?:(?P<cites>{_CITES})|(?:{_REPORTS}|消息|{_ISSUES}|通报|通報|测定|測定)(?=[称稱说說,，:：]))"
_CLAUSE_TAIL = rf"{_THEN}{_WHEN}\s{{0,3}}(?:正式)?{_SAYS}"
_CLAUSE = re.compile(rf"(?P<name>{_NAMES}){_CLAUSE_TAIL}")
# 记者从…获悉, 人民日报记者 姜峰28日从…举行的发布会上获悉
_LEARNT_HEAD = r"[从從]\s*+"
_LEARNT_TAIL = rf"(?:{_WHEN}(?:举行|舉行|召开|召開)的?[^，。,\n]{{0,30}}会上)?{_WHEN}\s*+(?:{_LEARNS})"
_LEARNT = re.compile(rf"{_LEARNT_HEAD}(?P<name>{_NAMES}){_LEARNT_TAIL}")
_REPORTER = re.compile(
    rf"(?:^|[。，,；：:\s）)】])(?:{_DATED})(?P<house>[一-鿿]{{2,8}}?)?[记記]者\s*+(?:[一-鿿]{{2,4}})?\s*+{_WHEN}$"
)
# 俄媒:… and 哈萨克斯坦内务部：… in front of a headline.
_BEFORE_COLON = re.compile(rf"\A(?P<name>{_NAME % 20})[:：]")
# 新华社北京1月6日电, 中新网1月6日电
_WIRE = re.compile(r"(?P<name>[一-鿿]{1,6}?[社网網])[一-鿿]{0,10}?(?:\d{1,2}月)?\d{1,2}日?[电電讯訊]")
_SOURCE = re.compile(
    r"[（(]?(?:来源|來源|消息来源)\s*[:：]\s*(?P<name>[一-鿿A-Za-z·]{2,14})\s*(?=[)）\n]|\Z)"
)
# The cited agency: up to the words that follow such a name.
_CITED = re.compile(
    rf"(?<!\s)\s*+(?P<name>{_NAME % 20}){_THEN}{_WHEN}\s*+(?:的)?\s*+"
    rf"(?:{_REPORTS}|{_ISSUES}|{_ITS}|消息|声明|聲明|通报|通報|数据|數據|报告|報告|说法|發言人|发言人|新闻秘书|的话|的話|称|稱|表示|[，,])"
)

# Trying these patterns at every character would take most of the time of a reindex. So they are tried only
# at possible starts, at a bounded distance before a word that the pattern requires. Each of the patterns for
# starts begins with a small set of characters, which `re` finds quickly.
_ACCORDING_STARTS = re.compile(_ACCORDING_HEAD)
_CLAUSE_STARTS = re.compile(
    r"(?:^|(?<=[。！？；，、,;!?：:\s）)】]))(?=[一-鿿A-Za-z《“])(?!根?[据據])", re.MULTILINE
)
_WIRE_STARTS = re.compile(r"(?:^|(?<=[（(【\s]))(?=[一-鿿])", re.MULTILINE)
_CLAUSE_WORDS = re.compile(f"{_CITES}|{_REPORTS}|消息|{_ISSUE_VERBS}|测定|測定")
_LEARNT_WORDS = re.compile(_LEARNS)
_LEARNT_STARTS = re.compile(_LEARNT_HEAD)
_CLAUSE_SAYS = re.compile(_SAYS)
_WIRE_WORDS = re.compile(r"[电電讯訊](?:(?<=\d.)|(?<=\d日.))")
#: Largest distance from the start of a match to its required word, in characters.
_CLAUSE_REACH, _WIRE_REACH, _LEARNT_REACH = 140, 24, 180

# A name may end at 41 places, and its tail is the expensive part of a pattern. A tail matches at a place or
# not, whatever the start, so each place is tried once for all starts.
_ACCORDING_TAILS = re.compile(_ACCORDING_TAIL)
_CLAUSE_TAILS = re.compile(_CLAUSE_TAIL)
_LEARNT_TAILS = re.compile(_LEARNT_TAIL)
_NAME_RUN = re.compile(rf"{_NAME_CHARS}{{0,{_NAMES_MAX}}}")
_DATE_STARTS = re.compile("[@＠]|\\d|当地时间|當地時間|北京时间|北京時間")
#: Longest date before a name, in characters.
_MAX_DATE = 60
#: Starts of a text that are not filtered: with few starts, filtering costs more than it saves.
_UNFILTERED_STARTS = 30


def attributions(headline: str, body: str) -> tuple[Attribution, ...]:
    """Return the agencies that a report credits, each once, in order of appearance.

    An agency cited by another is the origin; the other has the role "via".

    >>> [(a.agency, a.role) for a in attributions("", "据俄新社援引哈萨克斯坦KazTag通讯社报道，……")]
    [('俄新社', 'via'), ('KazTag通讯社', 'origin')]
    """
    credited: dict[str, Attribution] = {}
    for _, agency, role in sorted(_mentions(headline, body), key=lambda mention: mention[0]):
        credited.setdefault(agency, Attribution(agency, role))
    return tuple(credited.values())


def _mentions(headline: str, body: str) -> Iterator[tuple[int, str, Role]]:
    """Yield the position of each credit in headline and body, the agency, and its role."""
    text = f"{headline}\n{body}"
    for matches in (_according(text), _clauses(text)):
        for match in matches:
            cited = _CITED.match(text, match.end()) if match["cites"] else None
            origin = agency_name(cited["name"]) if cited else ""
            for name in _names(match["name"]):
                yield match.start("name"), name, "via" if origin else "origin"
            if cited and origin:
                yield cited.start("name"), origin, "origin"
    yield from _learnt(text)
    sources = _SOURCE.finditer(text) if "来源" in text or "來源" in text else iter(())
    for matches in (_wires(text), sources):
        for match in matches:
            if name := agency_name(match["name"]):
                yield match.start("name"), name, "origin"
    for offset, part in ((0, headline), (len(headline) + 1, body)):
        if (before := _BEFORE_COLON.match(part)) and (name := agency_name(before["name"])):
            yield offset, name, "origin"


def _according(text: str) -> Iterator[re.Match[str]]:
    starts = _with_tails(_ACCORDING_STARTS.finditer(text), _ACCORDING_TAILS, text)
    return _matches(_ACCORDING, starts, text)


def _learnt_matches(text: str) -> Iterator[re.Match[str]]:
    words = (word.start() for word in _LEARNT_WORDS.finditer(text))
    starts = _starts_before(words, _LEARNT_REACH, _LEARNT_STARTS, text)
    return _matches(_LEARNT, _with_tails(starts, _LEARNT_TAILS, text), text)


def _learnt(text: str) -> Iterator[tuple[int, str, Role]]:
    """Yield the source of a reporter, and the reporter's agency with the role "via"."""
    for match in _learnt_matches(text):
        origins = list(_names(match["name"]))
        reporter = _REPORTER.search(text, max(0, match.start() - 40), match.start())
        if origins and reporter and (house := agency_name(reporter["house"] or "")):
            yield reporter.start("house"), house, "via"
        yield from ((match.start("name"), name, "origin") for name in origins)


def _clauses(text: str) -> Iterator[re.Match[str]]:
    words = (word.start() for word in _CLAUSE_WORDS.finditer(text))
    says = (word for word in words if _CLAUSE_SAYS.match(text, word))
    starts = _starts_before(says, _CLAUSE_REACH, _CLAUSE_STARTS, text)
    return _matches(_CLAUSE, _with_tails(starts, _CLAUSE_TAILS, text), text)


def _wires(text: str) -> Iterator[re.Match[str]]:
    words = (word.start() for word in _WIRE_WORDS.finditer(text))
    starts = _starts_before(words, _WIRE_REACH, _WIRE_STARTS, text)
    return _matches(_WIRE, (start.start() for start in starts), text)


def _starts_before(
    words: Iterable[int], reach: int, starts: re.Pattern[str], text: str
) -> Iterator[re.Match[str]]:
    """Yield the starts at most `reach` characters before one of the words, ascending."""
    done = 0
    for word in words:
        begin, done = max(done, word - reach), word
        yield from starts.finditer(text, begin, word)


def _with_tails(starts: Iterator[re.Match[str]], tails: re.Pattern[str], text: str) -> Iterator[int]:
    """Yield the starts that a name and a tail may follow; a name begins where the match of a start ends."""
    # Places below `untried` are tried; `tail` is the last of them at which a tail matches.
    untried, tail = 0, -1
    for start in islice(starts, _UNFILTERED_STARTS):
        yield start.start()
    for start in starts:
        first = start.end() + _NAMES_MIN
        last = _last_name_end(text, start.end())
        if tail < first:
            places = range(max(first, untried), last + 1)
            tail = next((place for place in places if tails.match(text, place)), tail)
            untried = max(untried, tail + 1 if tail >= first else last + 1)
        if first <= tail <= last:
            yield start.start()


def _last_name_end(text: str, begin: int) -> int:
    """Return an upper bound of the end of a name, which may follow a date or be that of an account."""
    if _DATE_STARTS.match(text, begin):
        return min(len(text), begin + _MAX_DATE + _NAMES_MAX)
    run = _NAME_RUN.match(text, begin)
    return run.end() if run else begin


def _matches(pattern: re.Pattern[str], starts: Iterable[int], text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern at these starts, from left to right, without overlaps."""
    end = 0
    for start in starts:
        if start >= end and (match := pattern.match(text, start)):
            yield match
            end = match.end()


def _names(text: str) -> Iterator[str]:
    """Yield the names of a list such as 法新社、《纽约时报》和新华社."""
    text = _AND_OTHERS.sub("", _TITLE_AND_KIND.sub(r"《\1\2》", text.strip()))
    for part in re.split("(?=《)|(?<=》)|、", text):
        if part.startswith("《"):
            yield from filter(None, [agency_name(part.strip("《》"), titled=True)])
            continue
        part = _AND_BEFORE_TITLE.sub("", part)
        several = [agency_name(piece) for piece in _AND.split(part)]
        yield from several if all(several) else filter(None, [agency_name(part)])


def agency_name(text: str, *, titled: bool = False) -> str:
    """Return the name in a match, or "" if it does not look like a name.

    A title in 《》 is the name of a paper, even a vague one: 《国家报》.
    """
    name = _AND_OTHERS.sub("", text.strip())
    if account := _ACCOUNT.fullmatch(name):
        return account[1]
    if quoted := _IN_QUOTES.fullmatch(name):
        name = quoted[1]
        if quoted[0].endswith(("号", "號", "微信", "微博")):
            return name
    name = _LEADING.sub("", _UNDER.sub("", _BEFORE_BLANK.sub("", name)))
    if not _ENDINGS.search(name) or _NO_NAME.search(name) or _NOT_IN_NAME.search(name):
        return ""
    if (not titled and _VAGUE.fullmatch(name)) or name.count("“") != name.count("”"):
        return ""
    name = _BEFORE_LATIN.sub("", name).strip()
    return name if 2 <= len(name) <= _MAX_NAME else ""
