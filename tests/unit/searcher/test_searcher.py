"""The searcher: pages, order, filters, times, marks, context; the same from many threads during a reindex."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from search import Home, Searcher, reindex
from search.corrections.links import LinkFile
from search.errors import EntryNotFound, NoIndex, QueryError, RequestTooLarge, TimeError, UsageError
from search.searcher.figures import tally
from search.searcher.request import RequestResolver, SearchOptions
from tests.support.homes import row, write_rows


def clock(hour: int, day: int = 5) -> str:
    """Return a time of January 2022, in Beijing."""
    return f"2022-01-{day:02d}T{hour:02d}:00:00+08:00"


NEWS = [
    row("1", "阿拉木图机场一度被占领。", time=clock(6), agencies=["俄新社"], headline="机场被占领"),
    row("2", "阿拉木图机场已经恢复运行。", time=clock(9), agencies=["国际文传电讯社", "俄新社"]),
    row("3", "阿拉木图市实施宵禁。", time=clock(12), agencies=["俄新社"]),
    row("4", "总统签署法令，阿拉木图进入紧急状态。", time=clock(23), captions=["机场外的装甲车"]),
    row("5", "集安组织派出维和人员。", time=clock(0, day=6), credit="总台记者 王斌"),
    row("6", "没有时间的消息，说到机场。", time=None),
    row("7", "土耳其地震。", time="2023-02-07T08:00:00+03:00", stream="地震"),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Seven entries in two streams, one without a time."""
    home = Home(tmp_path_factory.mktemp("news"))
    write_rows(home, "news.jsonl", NEWS)
    reindex(home)
    return Searcher(home)


def full(searcher: Searcher, query: str, **options: Any) -> str:
    """Return the ids of the full matches as one text, in order."""
    return "".join(hit.id for hit in searcher.search(query, **options).hits if not hit.partial)


# -- order and pages --------------------------------------------------------------------------------------


def test_an_empty_query_lists_all_newest_first(searcher: Searcher) -> None:
    """Entries without a time come last; nothing is scored."""
    results = searcher.search("")
    assert [hit.id for hit in results.hits] == list("7543216")
    assert {hit.score for hit in results.hits} == {0.0}
    assert (results.total, results.partial_total, results.pages) == (7, 0, 1)


def test_sorting_by_time(searcher: Searcher) -> None:
    """Newest and oldest first; without a time last, both ways."""
    assert full(searcher, "机场", sort="newest") == "4216"
    assert full(searcher, "机场", sort="oldest") == "1246"


def test_relevance_puts_the_headline_first_and_full_before_partial(searcher: Searcher) -> None:
    """Scores fall within the full matches, then within the partial ones."""
    results = searcher.search("阿拉木图机场", limit=50)
    assert results.hits[0].id == "1"
    partial = [hit.partial for hit in results.hits]
    assert partial == sorted(partial) and partial.count(False) == results.total == 3
    assert partial.count(True) == results.partial_total > 0
    for kind in (False, True):
        scores = [hit.score for hit in results.hits if hit.partial is kind]
        assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("sort", ["relevance", "newest", "oldest"])
@pytest.mark.parametrize("query", ["", "机场", "阿拉木图机场", "阿拉木图 -宵禁"])
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_pages_joined_are_the_whole(searcher: Searcher, query: str, sort: Any, limit: int) -> None:
    """All pages together list every hit once, in the order of one long page; the page after is empty."""
    whole = searcher.search(query, limit=100, sort=sort)
    pages = searcher.search(query, limit=limit, sort=sort).pages
    parts = [searcher.search(query, limit=limit, page=page, sort=sort) for page in range(1, pages + 2)]
    assert [hit for part in parts for hit in part.hits] == list(whole.hits)
    assert parts[-1].hits == () and {part.total for part in parts} == {whole.total}
    assert len(whole.hits) == whole.total + whole.partial_total


# -- filters ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"agency": ["俄新社"]}, "321"),
        ({"agency": ["国际文传电讯社"]}, "2"),
        ({"agency": ["国际文传电讯社", "俄新社"]}, "321"),
        ({"agency": ["俄新"]}, ""),
        ({"stream": ["地震"]}, "7"),
        ({"stream": ["news"], "agency": ["俄新社"]}, "321"),
        ({"from_": "2022-01-06"}, "75"),
        ({"to": "2022-01-05"}, "4321"),
        ({"from_": "2022-01-05", "to": "2022-01-05"}, "4321"),
        ({"from_": "1月5日9时", "to": "1月5日12时"}, ""),
        ({"from_": "2022年1月5日 09:00", "to": "2022年1月5日 12:00"}, "32"),
        ({"from_": "2022", "to": "2022"}, "54321"),
        ({"from_": datetime(2022, 1, 5, 9), "to": datetime(2022, 1, 5, 12)}, "2"),
        ({"from_": datetime(2022, 1, 5, 1, tzinfo=UTC)}, "75432"),
        ({"asof": "2022-01-05"}, "4321"),
        ({"asof": "2022-01-05T09:00"}, "21"),
        ({"asof": "2022-01-05T08:59"}, "1"),
        ({"asof": datetime(2022, 1, 5, 9)}, "21"),
        ({"from_": " ", "to": "", "asof": " "}, "7543216"),
    ],
)
def test_filters(searcher: Searcher, options: dict[str, Any], ids: str) -> None:
    """Values of one kind are alternatives, kinds restrict each other; days are whole, `to` is inclusive."""
    assert full(searcher, "", **options) == ids
    results = searcher.search("", **options)
    assert results.total == len(ids)
    assert sum(bucket.count for bucket in results.histogram.buckets) == len(ids.replace("6", ""))


def test_filters_in_the_query_and_beside_it_agree(searcher: Searcher) -> None:
    """What can be chosen can be typed; the earlier of two moments counts."""
    assert full(searcher, "来源:俄新社 机场") == full(searcher, "机场", agency=["俄新社"]) == "12"
    assert full(searcher, "专题:地震") == "7"
    assert full(searcher, "时间:2022-01-06") == "5"
    assert full(searcher, "机场 截至:2022-01-05T07:00") == "1"
    assert full(searcher, "截至:2022-01-05T07:00", asof="2022-01-05T10:00") == "1"
    assert full(searcher, "截至:2022-01-05T10:00", asof="2022-01-05T07:00") == "1"


def test_asof_knows_nothing_of_later_entries(searcher: Searcher) -> None:
    """Hits, counts, facets and histogram are those of a home that holds only what was out by then."""
    results = searcher.search("阿拉木图", asof="2022-01-05T09:00", limit=50)
    assert {hit.id for hit in results.hits} == {"1", "2"}
    assert [(facet.value, facet.count) for facet in results.facets["agency"]] == [
        ("俄新社", 2),
        ("国际文传电讯社", 1),
    ]
    assert sum(bucket.count for bucket in results.histogram.buckets) == 2
    assert results.asof is not None and results.asof.isoformat() == "2022-01-05T09:00:59.999999+08:00"


def test_facets_offer_what_else_could_be_chosen(searcher: Searcher) -> None:
    """A facet counts as if nothing were chosen in it; what is chosen is listed, even if it counts nothing."""
    facets = searcher.search("机场", agency=["国际文传电讯社"]).facets["agency"]
    assert [(f.value, f.count, f.selected) for f in facets] == [
        ("俄新社", 2, False),
        ("国际文传电讯社", 1, True),
    ]
    chosen = searcher.search("宵禁", agency=["没有这家"]).facets["agency"]
    assert [(f.value, f.count, f.selected) for f in chosen] == [("俄新社", 1, False), ("没有这家", 0, True)]


def test_values_are_those_of_all_entries(searcher: Searcher) -> None:
    """What a form offers before anything was typed."""
    values = searcher.facet_values()
    assert [(f.value, f.count) for f in values["agency"]] == [("俄新社", 3), ("国际文传电讯社", 1)]
    assert [(f.value, f.count) for f in values["stream"]] == [("news", 6), ("地震", 1)]


def test_matches_are_the_full_matches(searcher: Searcher) -> None:
    """The ids of all full matches and of nothing else."""
    assert searcher.matches("机场") == set("1246")
    assert searcher.matches('"阿拉木图机场"') == set("12")
    assert searcher.matches("没有这个说法") == set()


# -- what is refused --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"limit": 0}, UsageError),
        ({"limit": 1001}, UsageError),
        ({"page": 0}, UsageError),
        ({"page": 1_000_001}, UsageError),
        ({"sort": "best"}, UsageError),
        ({"from_": "不是时间"}, TimeError),
        ({"to": "2022-13-01"}, TimeError),
        ({"asof": "2022-02-30"}, TimeError),
        ({"query": "机" * 10_001}, RequestTooLarge),
        ({"query": '"机场', "strict": True}, QueryError),
        ({"query": "机场 时间:不是时间", "strict": True}, QueryError),
    ],
)
def test_what_cannot_be_done_is_refused(
    searcher: Searcher, options: dict[str, Any], error: type[Exception]
) -> None:
    """Each with its own error, a usage error all of them, in a sentence."""
    with pytest.raises(error) as caught:
        searcher.search(options.pop("query", "机场"), **options)
    assert isinstance(caught.value, UsageError) and len(str(caught.value)) > 5


def test_strict_only_refuses_mistakes(searcher: Searcher) -> None:
    """A query without a mistake is answered alike; a mistake has its position."""
    loose, strict = searcher.search("机场 -宵禁"), searcher.search("机场 -宵禁", strict=True)
    assert loose.hits == strict.hits
    with pytest.raises(QueryError) as caught:
        searcher.search('机场 "宵禁', strict=True)
    assert caught.value.position == 3


def test_nothing_is_read_until_something_is_asked(home: Home) -> None:
    """A searcher can be made before the index; it sees each new state by itself."""
    searcher = Searcher(home)
    with pytest.raises(NoIndex):
        searcher.search("机场")
    for count in (1, 2, 3):
        write_rows(home, "a.jsonl", [row(str(n)) for n in range(count)])
        reindex(home)
        assert searcher.search("").total == count


# -- entries and marks ------------------------------------------------------------------------------------


def test_zero_hits_say_what_each_part_finds(searcher: Searcher) -> None:
    """Only then, part by part as typed, under the same filters."""
    results = searcher.search("机场 法令 火星", agency=["俄新社"])
    assert results.total == 0
    assert [(part.text, part.total) for part in results.parts] == [("机场", 2), ("法令", 0), ("火星", 0)]
    assert searcher.search("机场").parts == ()


def test_an_entry_comes_back_whole(searcher: Searcher) -> None:
    """By id; an id that is not there is named in the error."""
    entry = searcher.entry("5")
    assert (entry.body, entry.credit) == ("集安组织派出维和人员。", "总台记者 王斌")
    with pytest.raises(EntryNotFound, match="xunwen search"):
        searcher.entry("nothing")


@pytest.mark.parametrize(
    ("id", "n", "before", "after"),
    [
        ("3", 1, "2", "4"),
        ("3", 2, "12", "45"),
        ("1", 3, "", "234"),
        ("5", 9, "1234", ""),
        ("3", 0, "", ""),
        ("6", 3, "", ""),
        ("7", 3, "", ""),
    ],
)
def test_context_is_the_neighbours_in_the_stream(
    searcher: Searcher, id: str, n: int, before: str, after: str
) -> None:
    """In order of time, of the same stream; none for an entry without a time."""
    found = searcher.context(id, n)
    assert tuple("".join(entry.id for entry in side) for side in found) == (before, after)


def plain(html: str) -> str:
    """Return highlighted HTML as the text that it shows."""
    text = html.replace("<mark>", "").replace("</mark>", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def test_highlights_mark_what_matched(searcher: Searcher) -> None:
    """Headline whole, body as a snippet; a caption where only that matched."""
    by_id = {hit.id: hit for hit in searcher.search("机场", limit=50).hits}
    assert by_id["1"].highlights["headline"] == "<mark>机场</mark>被占领"
    assert "阿拉木图<mark>机场</mark>一度" in by_id["1"].highlights["body"]
    assert by_id["4"].highlights["body"] == "<mark>机场</mark>外的装甲车"
    hit = searcher.search("王斌").hits[0]
    assert hit.id == "5" and "<mark>王斌</mark>" in hit.highlights["body"]


def test_marked_is_the_whole_entry(searcher: Searcher) -> None:
    """All of headline, body and captions, with the marks of a query; without a query there are none."""
    entry = searcher.entry("4")
    highlighted = searcher.highlight_entry(entry, "机场 法令")
    assert [text.__html__() for text in highlighted.captions] == ["<mark>机场</mark>外的装甲车"]
    assert highlighted.body.__html__() == "总统签署<mark>法令</mark>，阿拉木图进入紧急状态。"
    for query in ("", " ", "*", "机场 法令", '"', "来源:俄新社"):
        highlighted = searcher.highlight_entry(entry, query)
        assert (highlighted.headline.text, highlighted.body.text) == (entry.headline, entry.body)
        assert [caption.text for caption in highlighted.captions] == list(entry.captions)
    assert not searcher.highlight_entry(entry, "").body.spans


def test_exact_asks_for_no_aliases(searcher: Searcher) -> None:
    """With `exact` nothing else is searched beside what was typed."""
    assert searcher.search("机场", exact=True).also_searched == ()
    assert full(searcher, "机场", exact=True, sort="newest") == "4216"


def test_the_dictionary_form_is_the_json(searcher: Searcher) -> None:
    """`as_dict` has the keys of the attributes, and times with their zone."""
    said = searcher.search("机场", limit=1).as_dict()
    assert re.fullmatch(r"2022-01-0\dT\d\d:00:00\+08:00", said["hits"][0]["time"])
    assert said["facets"]["agency"][0] == {"value": "俄新社", "count": 2, "selected": False}


# -- threads ----------------------------------------------------------------------------------------------


def test_threads_share_one_searcher_during_reindexes(home: Home) -> None:
    """Eight threads ask while the index changes: every answer is of one state and whole, none is an error."""

    def state(number: int) -> list[dict[str, object]]:
        return [row(f"{n}", f"机场第{number}版", agencies=[f"第{number}社"]) for n in range(100 + number)]

    write_rows(home, "a.jsonl", state(0))
    reindex(home)
    searcher, stop, faults = Searcher(home), threading.Event(), []
    answers = [0] * 8

    def ask(place: int) -> None:
        try:
            while not stop.is_set():
                results = searcher.search("机场", limit=200)
                (facet,) = results.facets["agency"]
                assert results.total == facet.count == len(results.hits)
                assert facet.value == f"第{results.total - 100}社"
                assert {hit.body for hit in results.hits} == {f"机场第{results.total - 100}版"}
                assert searcher.entry("7").agencies
                answers[place] += 1
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=ask, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    try:
        for number in range(1, 11):
            write_rows(home, "a.jsonl", state(number))
            reindex(home)
            assert searcher.search("机场").total == 100 + number
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert faults == []
    assert all(answers)


@pytest.mark.parametrize(
    ("call", "method", "option"),
    [
        (lambda s: s.search("机场", agencies=["俄新社"]), "search", "agencies"),
        (lambda s: s.export("机场", agencies=["俄新社"]), "export", "agencies"),
        (lambda s: s.export("机场", limit=5), "export", "limit"),
        (lambda s: s.hit_neighbours(1, "机场", page=2), "hit_neighbours", "page"),
        (lambda s: tally(s, "机场", from_="2022", since="2022"), "tally", "since"),
        (lambda s: tally(s, "机场", sort="oldest"), "tally", "sort"),
    ],
)
def test_an_unknown_option_names_the_method_that_was_called(
    searcher: Searcher, call: Callable[[Searcher], object], method: str, option: str
) -> None:
    """A misspelt filter must not match everything; the message lists the options."""
    with pytest.raises(UsageError, match=rf"^{method}\(\) .*{option}.*agency"):
        call(searcher)


def test_options_and_keywords_are_the_same(searcher: Searcher) -> None:
    """Options made once give what their keywords give; keywords replace options."""
    options = SearchOptions(sort="oldest", agency=("俄新社",), limit=2)
    keywords = {"sort": "oldest", "agency": ["俄新社"], "limit": 2}
    assert searcher.search("机场", options).hits == searcher.search("机场", **keywords).hits
    assert searcher.search("机场", options, limit=1).hits == searcher.search("机场", options).hits[:1]


# -- entries of a search ----------------------------------------------------------------------------------


def test_context_takes_a_typed_time(searcher: Searcher) -> None:
    """As every other method with `asof` does."""
    moment = datetime(2022, 1, 5, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert searcher.context("2", 3, "2022-01-05T12:00") == searcher.context("2", 3, moment)
    assert [entry.id for entry in searcher.context("2", 3, "2022-01-05T12:00")[1]] == ["3"]
    with pytest.raises(TimeError):
        searcher.context("2", 3, "火星历")


def test_a_view_is_the_entry_as_the_search_has_it(searcher: Searcher) -> None:
    """Highlights, neighbours and similar entries, limited to 截至 of the query, as the single methods say."""
    query, asof = "机场 截至:2022-01-05T12:00", "2022-01-05T12:00"
    view = searcher.view("2", query, context=2, similar=3)
    assert view.asof == searcher.search(query).asof
    assert view.highlighted == searcher.highlight_entry(view.entry, query)
    assert (view.before, view.after) == searcher.context("2", 2, asof)
    assert view.similar == searcher.similar("2", 3, asof)
    assert set(view.ties) == {
        "2",
        *(e.id for e in (*view.before, *view.after, *(s.entry for s in view.similar))),
    }
    with pytest.raises(EntryNotFound):
        searcher.view("nothing")


def test_a_view_resolves_its_query_once(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """And reads the links of all entries at once."""
    counts: Counter[str] = Counter()
    for owner, name in ((RequestResolver, "resolve"), (LinkFile, "view")):
        original = getattr(owner, name)

        def counted(*args: Any, _call: Any = original, _name: str = name, **kwargs: Any) -> Any:
            counts[_name] += 1
            return _call(*args, **kwargs)

        monkeypatch.setattr(owner, name, counted)
    searcher.view("2", "机场", context=3)
    assert counts == {"resolve": 1, "view": 1}
