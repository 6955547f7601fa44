"""The languages of the pages: their choice, complete translations, and `lang` of content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from search.analysis.script import is_traditional, to_traditional
from tests.support.web import AIRPORT, Page, build_home, entries, state
from web import create_app

WEB = Path(__file__).resolve().parents[2] / "web"
CATALOGUE = WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po"
HAN = re.compile("[\u3400-\u9fff]")
PLACES = re.compile(r"%\(\w+\)s|\{\w+\}")

TRADITIONAL = {
    "id": "taiwan/report",
    "time": "2020-05-01T08:00:00+08:00",
    "headline": "地震後機場關閉",
    "body": "當局說，航班將於明日恢復。",
    "stream": "臺灣",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small home, and one entry in traditional characters."""
    return build_home(tmp_path_factory.mktemp("home"), [*entries(), TRADITIONAL]).path


@pytest.fixture
def client(home: Path) -> Iterator[FlaskClient]:
    """A client with no cookie yet."""
    with create_app(home).test_client() as client:
        yield client


def sentences() -> dict[str, str]:
    """Find every sentence that templates and modules mark, with the file that has it."""
    methods = [("templates/**.*", "jinja2.ext:babel_extract"), ("**.py", "python")]
    options = {"templates/**.*": {"silent": "false"}}
    found = extract_from_dir(str(WEB), method_map=methods, options_map=options)
    return {one if isinstance(one, str) else one[0]: file for file, _, one, _, _ in found}


def english() -> dict[str, str]:
    """Read the English catalogue."""
    with CATALOGUE.open("rb") as file:
        return {str(one.id): str(one.string) for one in read_po(file, abort_invalid=True) if one.id}


def test_every_sentence_has_its_english() -> None:
    """No sentence lacks its English, and none stays that nobody says any more."""
    said, known = sentences(), english()
    assert len(said) > 100
    assert sorted(said.keys() - {one for one, text in known.items() if text}) == []
    assert sorted(known.keys() - said.keys()) == []


def test_translations_are_english_and_keep_their_places() -> None:
    """What is filled in stands in both, and Chinese is left only where it shows what to type."""
    for chinese, text in english().items():
        assert sorted(PLACES.findall(chinese)) == sorted(PLACES.findall(text)), chinese
        assert sorted(PLACES.findall(chinese)) == sorted(PLACES.findall(to_traditional(chinese)))
        assert len(HAN.findall(text)) <= len(HAN.findall(chinese)) * 0.8, f"{text} is not English"


@pytest.mark.parametrize("path", sorted((WEB / "templates").rglob("*.html")), ids=lambda path: path.name)
def test_no_sentence_in_a_template_is_unmarked(path: Path) -> None:
    """Chinese stands in templates only within `_(…)`."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
    marked = set(re.findall(r"\b_\(\s*(\"[^\"]*\"|'[^']*')", text))
    # A value that repeats its sentence is a text that a user would type: ("今天", _("今天")).
    for sentence in sorted(marked, key=len, reverse=True):
        text = text.replace(sentence, "")
    assert not HAN.findall(text)


@pytest.mark.parametrize("name", sorted(path.name for path in (WEB / "static").glob("*.js")))
def test_scripts_say_nothing_of_their_own(name: str) -> None:
    """What scripts say comes from the page, in its language."""
    assert not HAN.findall((WEB / "static" / name).read_text(encoding="utf-8"))


ENGLISH, SIMPLIFIED, TAIWAN = "Newest entries", "最新条目", "最新條目"


@pytest.mark.parametrize(
    ("accepted", "heading"),
    [
        ("", SIMPLIFIED),
        ("zh-CN,zh;q=0.9,en;q=0.8", SIMPLIFIED),
        ("zh", SIMPLIFIED),
        ("zh-Hans-HK", SIMPLIFIED),
        ("zh-TW,zh;q=0.9", TAIWAN),
        ("zh-HK", TAIWAN),
        ("zh-Hant-MO,en", TAIWAN),
        ("en-GB,en;q=0.9", ENGLISH),
        ("de-DE,de;q=0.9,en;q=0.5", ENGLISH),
        ("en;q=0.2,zh-TW;q=0.8", TAIWAN),
        ("en;q=0,fr", SIMPLIFIED),
        ("fr", SIMPLIFIED),
        ("*", SIMPLIFIED),
        (";;q=x,é", SIMPLIFIED),
    ],
)
def test_the_browser_says_which_language(client: FlaskClient, accepted: str, heading: str) -> None:
    """The first supported language of the browser, else simplified Chinese; `Vary` names the headers."""
    answer = client.get("/", headers={"Accept-Language": accepted} if accepted else {})
    assert Page(answer.text).one("h1").text == heading
    assert {"accept-language", "cookie"} <= {one.lower() for one in answer.vary}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(("tag", "heading"), [("en", ENGLISH), ("zh-TW", TAIWAN), ("zh-CN", SIMPLIFIED)])
def test_the_address_says_it_for_itself_and_its_links(client: FlaskClient, tag: str, heading: str) -> None:
    """`lang` wins over the browser, stays in all links and in the form, and sets no cookie."""
    answer = client.get(f"/?lang={tag}", headers={"Accept-Language": "zh-HK" if tag == "en" else "en"})
    page = Page(answer.text)
    assert page.one("h1").text == heading and page.one("html").attrs["lang"] == tag
    assert "Set-Cookie" not in answer.headers
    own = [url for url in page.links() if re.match(r"/(\?|$|help|entries/)", url)]
    assert len(own) > 10 and all(state(url)["lang"] == [tag] for url in own)
    assert {"name": "lang", "value": tag, "type": "hidden"} in [box.attrs for box in page.all("input")]


def test_an_unknown_language_is_ignored(client: FlaskClient) -> None:
    """A page is never refused for its language."""
    page = Page(client.get("/?lang=tlh").text)
    assert page.one("h1").text == SIMPLIFIED
    assert not [url for url in page.links() if "tlh" in url and not url.startswith("/language")]


def test_the_switch_remembers_and_comes_back(client: FlaskClient) -> None:
    """It leads to the very same answer in the other language, and later pages are in it as well."""
    page = Page(client.get("/?q=机场&agency=俄新社&lang=zh-TW").text)
    switch = next(a.attrs["href"] for a in page.all("a") if a.attrs.get("lang") == "en")
    answer = client.get(switch)
    assert answer.status_code == 303
    back = answer.headers["Location"]
    assert state(back) == {"q": ["机场"], "agency": ["俄新社"], "lang": ["en"]}
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert Page(client.get("/").text).one("h1").text == ENGLISH
    assert Page(client.get("/?lang=zh-CN").text).one("h1").text == SIMPLIFIED


@pytest.mark.parametrize(
    "to",
    [
        *(
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            "\\\\evil.example",
            "///evil.example",
        ),
        *("/\t/evil.example", "javascript:alert(1)", "http://[", "", "data:text/html,x", "evil"),
    ],
)
def test_the_switch_leads_nowhere_else(client: FlaskClient, to: str) -> None:
    """Whatever it is asked to come back to, it stays on this site."""
    target = client.get("/language", query_string={"lang": "en", "to": to}).headers["Location"]
    assert re.match(r"/(?![/\\])", target) and "//" not in target


def test_the_switch_comes_back_to_any_entry(client: FlaskClient) -> None:
    """Ids with slashes, brackets and quotes survive it."""
    for url in Page(client.get("/?q=恶意正文").text).links():
        if url.startswith("/entries/x"):
            page = Page(client.get(url).text)
            switch = next(a.attrs["href"] for a in page.all("a") if a.attrs.get("lang") == "en")
            back = client.get(switch).headers["Location"]
            assert unquote(urlsplit(back).path) == unquote(urlsplit(url).path)
            assert Page(client.get(back).text).one("html").attrs["lang"] == "en"
            return
    pytest.fail("no link to the entry")


def test_the_switch_refuses_what_is_no_language(client: FlaskClient) -> None:
    """It says which there are."""
    answer = client.get("/language?lang=tlh&to=/")
    assert answer.status_code == 400 and "zh-TW" in answer.text


class Spoken(Page):
    """A page that tells which of its text is declared to be English."""

    def __post_init__(self) -> None:
        self.english = ""
        super().__post_init__()

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        said = [element.attrs["lang"] for element in self._open if "lang" in element.attrs]
        # A title has no elements, and so says nothing of languages.
        self.english += data * (said[-1:] == ["en"] and self._open[-1].tag not in ("title", "script"))


PAGES = [
    "/",
    "/?q=机场",
    "/?q=机场 火星&agency=新华社&from=2022&to=2024&asof=2025&exact=1",
    '/?q="没有这样的话"',
    "/?q=地震&page=400",
    "/?q=地震&page=2&sort=oldest&fold=0",
    f"/entries/{AIRPORT}?q=机场",
    "/entries/quake/07",
    "/help",
    "/figures?q=地震",
    "/nothing",
    "/entries/nothing",
    "/?q=" + "长" * 10_001,
]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path[:24])
def test_an_english_page_has_chinese_only_where_it_says_so(client: FlaskClient, path: str) -> None:
    """Outside of elements that are marked as Chinese, Chinese is what was typed, or an agency's name."""
    page = Spoken(client.get(path, headers={"Accept-Language": "en"}).text)
    assert page.one("html").attrs["lang"] == "en"
    typed = set("机场火星地震没有这样的话长新华社").union(*english().values())
    for element in page.elements:
        for name in ("aria-label", "placeholder", "data-say", "title"):
            assert not set(HAN.findall(element.attrs.get(name, ""))) - typed, element
    assert not set(HAN.findall(page.english)) - typed


def test_the_script_of_an_entry_is_told(client: FlaskClient) -> None:
    """In every language an entry in other characters than the page says so, and one in the same does not."""
    path, wanted = "/?q=機場關閉", {"zh-CN": "zh-Hant", "zh-TW": "", "en": "zh-Hant"}
    for tag, lang in wanted.items():
        page = Page(client.get(path, headers={"Accept-Language": tag}).text)
        first, *others = page.all("h3")
        assert first.text == TRADITIONAL["headline"]
        assert first.attrs.get("lang", "") == lang
        assert all(h3.attrs.get("lang", "") == ("" if tag == "zh-CN" else "zh-Hans") for h3 in others)
        entry = Page(client.get("/entries/taiwan/report", headers={"Accept-Language": tag}).text)
        assert entry.one("h1").attrs.get("lang", "") == lang
        assert entry.one("div", "entry-body").attrs.get("lang", "") == lang


@pytest.mark.parametrize(
    "text",
    [
        *("乾坤", "著名作家", "北京 2022", "", "ＡＢＣ", "一只猫在干什么", "瞭望", "喆"),
        *("王鑑说会议将在别处举行", "走廊连接南北的內察里姆", "韩国国土交通部近日公布阶段性调査报告"),
    ],
)
def test_simplified_texts_are_not_taken_for_traditional(text: str) -> None:
    """Characters that both scripts have prove nothing, nor does one odd character."""
    assert not is_traditional(text)


def test_taiwan_has_its_own_words() -> None:
    """Words of the pages that OpenCC turns into those for something else."""
    said = {
        "发布": "發布",
        "复制链接": "複製連結",
        "用 OR 连接": "用 OR 連接",
        "检查权限": "檢查權限",
        "参数": "參數",
    }
    said |= {"报道": "報導", "软件": "軟體", "查找来源": "尋找來源"}
    assert {text: to_traditional(text) for text in said} == said


def test_an_entry_is_shown_in_the_other_script(client: FlaskClient) -> None:
    """The switch converts headline, text and captions, says so, and leads back to the original."""
    page = Page(client.get(f"/entries/{AIRPORT}?q=机场&hit=1").text)
    (switch,) = [e.attrs["href"] for e in page.all("a") if e.text == "以繁体显示"]
    converted = Page(client.get(switch).text)
    assert converted.one("h1").text == "阿拉木圖機場恢復運行"
    assert [mark.text for mark in converted.all("mark")] == ["機場", "機場"]
    assert converted.one("h1").attrs["lang"] == converted.one("div", "entry-body").attrs["lang"] == "zh-Hant"
    assert "由 OpenCC 转换为繁体，不是原文" in converted.one("p", "script").text
    back = next(e.attrs["href"] for e in converted.all("a") if e.text == "显示原文")
    assert Page(client.get(back).text).one("h1").text == "阿拉木图机场恢复运行"
    taiwan = Page(client.get("/entries/taiwan/report?script=hans").text)
    assert taiwan.one("h1").text == "地震后机场关闭" and "转换为简体" in taiwan.one("p", "script").text
    for script in ("hant", "x", ""):
        assert (
            Page(client.get(f"/entries/taiwan/report?script={script}").text).one("h1").text
            == "地震後機場關閉"
        )


def test_times_are_written_as_english_writes_them(client: FlaskClient) -> None:
    """5 January 2022, 23:39; and the machine form stays."""
    page = Page(client.get("/?q=阿拉木图机场&lang=en").text)
    assert page.all("time")[0].text == "6 January 2022, 05:48"
    assert page.all("time")[0].attrs["datetime"] == "2022-01-06T05:48:00+08:00"


def test_the_api_does_not_speak_of_languages(client: FlaskClient) -> None:
    """JSON is the same for everyone, and caches are not told otherwise."""
    one = client.get("/api/v1/entries/" + AIRPORT)
    other = client.get("/api/v1/entries/" + AIRPORT, headers={"Accept-Language": "en"})
    assert one.data == other.data and not other.vary


@pytest.mark.parametrize(
    "typed",
    [
        "q=机场 (",
        "q=机场 )",
        "q=() 机场",
        "q=机场 OR",
        "q=机场 NOT",
        "q=机场 -",
        'q="机场',
        'q="" 机场',
        "q=* 机场",
        "q=-截至:昨天 机场",
        "q=机场 时间:",
        "q=机场 时间:胡说",
        "q=……",
        "q=机场&from=胡说",
        "q=机场&from=9999年13月45日",
        "q=机场&from=2022-02-30",
        "q=机场&from=..",
        "q=机场&from=25:61",
        "q=机场&from=2022-01-06..2022-01-05",
        "q=机场&asof=2022-01-05..",
        "q=机场&from=近0天",
        "q=机场&sort=best",
        "q=机场&page=no",
        "q=机场&exact=perhaps",
    ],
)
def test_what_is_wrong_is_said_in_english(client: FlaskClient, typed: str) -> None:
    """Every sentence about a query, a time or a parameter; none is left in Chinese."""
    page = client.get("/?" + typed.replace(" ", "%20") + "&lang=en").text
    notes = re.findall(r'(?s)<div class="notice.*?</div>|<p class="fault".*?</p>', page)
    assert notes, "nothing is said"
    assert '<span lang="zh-CN">' not in "".join(notes), notes


def test_a_chart_has_the_months_of_the_language(tmp_path: Path) -> None:
    """Axis, legend and contradictions are English on an English page; Chinese says so or is a name."""
    rows = [
        {
            "id": f"f{day}",
            "time": f"2024-05-0{day}T08:00:00+08:00",
            "headline": "洪水",
            "body": text,
            "stream": "洪水",
        }
        for day, text in (
            (1, "甘肃陇南洪水已造成12人死亡。"),
            (2, "甘肃陇南洪水已造成9人死亡。"),
            (7, "甘肃陇南洪水已造成至少15人死亡。"),
        )
    ]
    with create_app(build_home(tmp_path, rows)).test_client() as client:
        page = client.get("/figures?q=洪水&lang=en").text
    assert "1 May" in page and "7 May" in page and "日</text>" not in page
    assert "less than 12, 2024-05-01 08:00" in page and "at least 15" in page
