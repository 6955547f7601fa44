"""Feeds: valid whatever the entries hold, stable for those who read them, and offered by the page."""

from html import unescape

import feedparser
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from search import Home, reindex
from search.entry import Entry
from search.highlight import Highlighted
from search.results import Hit
from tests.support.atom_schema import faults
from tests.support.homes import row, write_rows
from tests.support.web import AIRPORT, HOSTILE, Page, build_home, state
from web import create_app
from web.api.feeds import written
from web.request.params import Params


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """An application over the small home."""
    return create_app(build_home(tmp_path_factory.mktemp("home"))).test_client()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=阿拉木图机场",
        "q=火星车",
        "q=恶意",
        "q=%22<b>%26&agency=俄新社&sort=oldest",
        "q=%00%0b",
        "limit=1&page=2",
    ],
)
def test_a_feed_is_valid(client: FlaskClient, query: str) -> None:
    """By the schema and by a reader of feeds, empty or not, hostile or not."""
    answer = client.get(f"/feed.atom?{query}")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    assert faults(answer.data) == []
    assert not feedparser.parse(answer.data).bozo


def test_the_schema_sees_what_is_wrong(client: FlaskClient) -> None:
    """A feed without ids, with a broken time or a bare link is refused."""
    good = client.get("/feed.atom?q=机场").text
    for old, new in (
        ("<id>", "<!--<id>-->"),
        ("+08:00</updated>", "</updated>"),
        ('href="http:', 'href="//'),
        ("<title>", "<title/><title>"),
    ):
        broken = good.replace(old, new)
        if old == "<id>":
            broken = broken.replace("</id>", "")
        assert faults(broken.encode()) != []


def test_an_entry_says_who_when_and_in_which_stream(client: FlaskClient) -> None:
    """Agencies and reporter are authors, the stream is a category, the time both when it came and changed."""
    parsed = feedparser.parse(client.get("/feed.atom?q=第7次通报").data)
    entry = parsed.entries[0]
    assert entry.title == "土耳其地震第7次通报"
    assert [one.name for one in entry.authors] == ["阿纳多卢通讯社", "记者 王斌"]
    assert entry.tags[0].term == "土耳其地震"
    assert entry.published == entry.updated == "2023-02-07T07:07:00+08:00"
    assert {link.rel: link.href for link in entry.links} == {
        "alternate": "http://localhost/entries/quake/07",
        "via": "https://example.org/7",
    }
    assert "700人遇难" in entry.content[0].value


def test_links_lead_where_they_say(client: FlaskClient) -> None:
    """To the entry, to the page of the same search, and to the feed itself."""
    parsed = feedparser.parse(client.get("/feed.atom?q=机场&agency=俄新社&limit=3").data)
    links = {link.rel: link.href for link in parsed.feed.links}
    assert client.get(links["self"]).data == client.get("/feed.atom?q=机场&agency=俄新社&limit=3").data
    assert Page(client.get(links["alternate"]).text).hit_ids()[:3] == [
        client.get(entry.link).request.path.removeprefix("/entries/") for entry in parsed.entries
    ]


@pytest.mark.parametrize(
    ("lang", "name", "title"),
    [("en", "Xunwen", "Xunwen: 机场"), ("zh-TW", "尋聞", "尋聞：机场"), ("", "寻闻", "寻闻：机场")],
)
def test_its_words_are_in_the_language_of_its_address(
    client: FlaskClient, lang: str, name: str, title: str
) -> None:
    """Headers and cookies change nothing, and the feed that names itself is the same one."""
    url = f"/feed.atom?q=机场&lang={lang}"
    answer = client.get(url, headers={"Accept-Language": "en"})
    parsed = feedparser.parse(answer.data)
    assert (parsed.feed.title, parsed.feed.author) == (title, name)
    own = next(link.href for link in parsed.feed.links if link.rel == "self")
    assert client.get(own).data == client.get(url).data == answer.data


def test_without_a_word_it_is_newest_first(client: FlaskClient) -> None:
    """Fifty of the newest, unless sort and limit say otherwise."""
    times = [entry.updated for entry in feedparser.parse(client.get("/feed.atom?q=地震").data).entries]
    assert len(times) == 30 and times == sorted(times, reverse=True)
    best = client.get("/api/v1/search?q=地震 机场").json["hits"][0]["id"]
    by_score = feedparser.parse(client.get("/feed.atom?q=地震 机场&sort=relevance&limit=1").data).entries
    assert [entry.id.rpartition("entries/")[2] for entry in by_score] == [best]


def test_partial_matches_are_told_apart(client: FlaskClient) -> None:
    """They carry a category of their own, and are in the feed only with partial=1."""
    both = feedparser.parse(client.get("/feed.atom?q=阿拉木图机场&partial=1").data).entries
    marked = [any(tag.term == "partial" for tag in entry.tags) for entry in both]
    assert any(marked) and not all(marked)
    full = feedparser.parse(client.get("/feed.atom?q=阿拉木图机场").data).entries
    assert [entry.id for entry in full] == [
        one.id for one, partial in zip(both, marked, strict=True) if not partial
    ]


def test_who_has_it_is_told_so(home: Home) -> None:
    """The same answer is 304; after a reindex it is a new one, and the entries keep their ids."""
    write_rows(home, "a.jsonl", [row("a/1", "机场恢复", time="2022-01-06T05:48:00+08:00")])
    reindex(home)
    client = create_app(home).test_client()
    first = client.get("/feed.atom?q=机场")
    again = client.get("/feed.atom?q=机场", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304 and not again.data
    write_rows(home, "b.jsonl", [row("b/1", "机场关闭", time="2022-01-07T05:48:00+08:00")])
    reindex(home)
    later = client.get("/feed.atom?q=机场", headers={"If-None-Match": first.headers["ETag"]})
    assert later.status_code == 200
    ids = [[entry.id for entry in feedparser.parse(one.data).entries] for one in (first, later)]
    assert ids[1][1:] == ids[0] == ["tag:localhost,2022:entries/a/1"]


def test_the_page_offers_the_feed_of_what_it_shows(client: FlaskClient) -> None:
    """By a link for readers of feeds, with all that was chosen, and by one for people."""
    page = Page(client.get("/?q=机场&agency=俄新社&from=2022-01-05&exact=1&page=1").text)
    (offered,) = [
        one.attrs["href"] for one in page.all("link") if one.attrs.get("type") == "application/atom+xml"
    ]
    assert offered.startswith("/feed.atom?")
    assert state(offered) == {"q": ["机场"], "agency": ["俄新社"], "from": ["2022-01-05"], "exact": ["1"]}
    shown = [link for link in page.links() if link.startswith(("/feed.", "/export."))]
    assert [client.get(link, buffered=True).status_code for link in shown] == [200] * 4
    assert state(shown[2]) == {**state(offered), "lang": ["zh-CN"]} and state(shown[3]) == state(offered)


def test_hostile_entries_do_no_harm(client: FlaskClient) -> None:
    """Markup in an entry is text in the feed, and a link that runs a script is no link."""
    (entry,) = [
        one
        for one in feedparser.parse(client.get("/feed.atom?q=恶意").data).entries
        if one.id.endswith("%221")
    ]
    assert HOSTILE == 'x/<b>&"1' and "javascript:" not in client.get("/feed.atom?q=恶意").text
    raw = client.get("/feed.atom?q=恶意").text
    assert "<script" not in raw and "<img" not in unescape(raw)
    assert client.get(entry.link).status_code == 200


characters = st.text(st.characters(), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    headline=characters,
    body=characters,
    name=characters,
    url=characters,
    query=st.text(st.characters(exclude_categories=["Cs"]), max_size=12),  # as an address gives it
)
def test_any_characters_make_a_valid_feed(
    client: FlaskClient, headline: str, body: str, name: str, url: str, query: str
) -> None:
    """Also those that XML forbids and that an engine of another kind may hand over."""
    entry = Entry("a/1", None, headline, f"{body}机场", (name,), (name,), name, name, f"https://{url}")
    hit = Hit(entry, score=0.0, partial=True, title=Highlighted(headline), snippet=Highlighted(body))
    with client.application.test_request_context("/feed.atom", base_url="http://news.example:8000/"):
        document = written(Params(q=query, limit=50), (hit,))
    assert faults(document) == []


def test_entries_without_a_time_are_there(client: FlaskClient) -> None:
    """A feed must give them some time; it is one that nobody takes for theirs."""
    (entry,) = feedparser.parse(client.get("/feed.atom?q=没有时间的条目").data).entries
    assert entry.updated == "1970-01-01T00:00:00+00:00" and "published" not in entry


def test_browsers_are_told_how_to_ask(client: FlaskClient) -> None:
    """Every page names the description, whose addresses answer what they promise."""
    for path in ("/", f"/entries/{AIRPORT}"):
        (named,) = [
            one.attrs for one in Page(client.get(path).text).all("link") if one.attrs.get("rel") == "search"
        ]
        assert named["type"] == "application/opensearchdescription+xml"
    answer = client.get(named["href"], base_url="https://news.example:8443/")
    assert answer.content_type == "application/opensearchdescription+xml; charset=utf-8"
    urls = {
        one.get("type"): one.get("template")
        for one in etree.fromstring(answer.data).findall("{http://a9.com/-/spec/opensearch/1.1/}Url")
    }
    assert all(url.startswith("https://news.example:8443/") for url in urls.values())
    asked = {kind: client.get(url.replace("{searchTerms}", "阿拉木图")) for kind, url in urls.items()}
    for kind, got in asked.items():
        assert got.status_code == 200 and got.content_type.startswith(kind)
    query, texts = asked["application/x-suggestions+json"].get_json(force=True)
    assert query == "阿拉木图" and texts and all("阿拉木图" in text for text in texts)


def test_the_icon_and_the_name_fit_the_format(client: FlaskClient) -> None:
    """A short name has no more than 16 characters; the icon is there."""
    tree = etree.fromstring(client.get("/opensearch.xml").data)
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    assert 0 < len(tree.findtext(f"{space}ShortName")) <= 16
    with client.get(tree.findtext(f"{space}Image")) as icon:
        assert icon.status_code == 200


@pytest.mark.parametrize(
    "query", ["", "q=阿拉木图机场", "q=恶意", "q=没有这样的话", "q=地震&partial=1&limit=3"]
)
def test_a_json_feed_says_what_the_feed_says(client: FlaskClient, query: str) -> None:
    """Ids, titles, links, times, authors and texts are those of Atom; version 1.1 asks for these fields."""
    answer = client.get(f"/feed.json?{query}")
    assert answer.content_type == "application/feed+json"
    feed, atom = answer.get_json(force=True), feedparser.parse(client.get(f"/feed.atom?{query}").data)
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and feed["title"] == atom.feed.title
    assert feed["home_page_url"] == atom.feed.link
    assert client.get(feed["feed_url"].removeprefix("http://localhost")).get_json(force=True) == feed
    for item, entry in zip(feed["items"], atom.entries, strict=True):
        assert (item["id"], item["title"], item["url"]) == (entry.id, entry.title, entry.link)
        assert item.get("date_published") == entry.get("published")
        assert [author["name"] for author in item.get("authors", [])] == [
            a.name for a in entry.get("authors", [])
        ]
        assert item["content_html"].startswith("<p>") and "<script" not in item["content_html"]


def test_an_unchanged_json_feed_is_not_sent_again(client: FlaskClient) -> None:
    """It has the tag of its content, and the page offers it beside Atom."""
    answer = client.get("/feed.json?q=机场")
    again = client.get("/feed.json?q=机场", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    page = Page(client.get("/?q=机场").text)
    (offered,) = [e.attrs["href"] for e in page.all("link") if e.attrs.get("type") == "application/feed+json"]
    assert state(offered)["q"] == ["机场"] and "JSON Feed" in page.one("nav", "outputs").text
    assert client.get("/feed.json?from=x").status_code == 400
