"""The same-state law: page, JSON, feeds, table and lines show the same entries in the same order."""

from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from search import Home
from tests.support.same_state import Faces, QueryState
from tests.support.web import build_home, entries
from web import create_app

ODD = [
    "",
    "\x00",
    '"',
    "“机场",
    "<b>&amp;",
    "%",
    "=1+1",
    "é\u0301",
    "\U0001f30d",
    "\u2028",
    "来源:",
    "-",
    "(",
]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """An application over entries of which many say the same, many have one time, and one id is a formula."""
    copies = [
        {
            "id": f"same/{number}",
            "time": f"2022-03-0{1 + number % 3}T08:00:00+08:00",
            "body": "阿拉木图机场恢复运行，航班陆续起飞，旅客开始登机，候机楼重新开放。",
            "agencies": ["俄新社"][: number % 2],
            "stream": "机场",
        }
        for number in range(12)
    ]
    formula = {"id": "=1+1", "body": "机场的公式", "stream": "-机场"}
    told = {"id": "told", "time": "2024-05-01T08:00:00+08:00", "headline": "海滨市洪水造成9人死亡"}
    told |= {"body": "海滨市洪水造成9人死亡，堤防告急，机场关闭。", "stream": "洪水"}
    mended = {
        "id": "mended",
        "time": "2024-05-01T09:00:00+08:00",
        "headline": "更正：海滨市洪水死亡人数为7人",
    }
    mended |= {"body": "此前报道海滨市洪水造成9人死亡有误，应为7人。", "stream": "洪水"}
    home: Home = build_home(
        Path(tmp_path_factory.mktemp("home")), [*entries(), *copies, formula, told, mended]
    )
    return Faces(create_app(home).test_client())


words = st.sampled_from(
    ["阿拉木图", "机场", "地震", "恢复运行", "俄新社", "遇难", "恶意", "公式", "火星", "通报 机场"]
)
queries = st.one_of(
    st.lists(words | st.sampled_from(ODD), max_size=3).map(" ".join),
    st.text(max_size=12),
    st.sampled_from(
        ['"机场恢复"', "机场 -地震", "地震 OR 集安组织", "来源:新华社", "标题:机场", "截至:2022-01-06 机场"]
    ),
)
times = st.sampled_from(["", "2022-01-05", "2022-01-06T06:00", "2023-02-07T12:00:00+08:00", "1月6日", "2030"])
states = st.fixed_dictionaries(
    {},
    optional={
        "q": queries,
        "agency": st.lists(
            st.sampled_from(["俄新社", "新华社", "没有的社", '"><svg onload=alert(1)>']), max_size=2
        ),
        "stream": st.lists(st.sampled_from(["土耳其地震", "哈萨克斯坦", "机场", "-机场"]), max_size=2),
        "from": times,
        "to": times,
        "asof": times,
        "sort": st.sampled_from(["relevance", "newest", "oldest"]),
        "exact": st.sampled_from(["0", "1"]),
        "partial": st.sampled_from(["0", "1"]),
        "corrected": st.sampled_from(["0", "1"]),
    },
)


@settings(max_examples=60, deadline=None)
@given(state=states, fold=st.sampled_from(["0", "1"]), limit=st.sampled_from([3, 7, 100]))
@example(state={}, fold="0", limit=7)
@example(state={"q": "机场"}, fold="1", limit=3)
@example(state={"q": "阿拉木图机场", "sort": "oldest"}, fold="0", limit=100)
@example(state={"q": "机场\u2028\x85"}, fold="0", limit=7)
@example(state={"q": "机场", "corrected": "1"}, fold="0", limit=7)
def test_every_face_shows_the_same_entries_in_the_same_order(
    faces: Faces, state: QueryState, fold: str, limit: int
) -> None:
    """Whatever is asked, exports are all pages laid end to end, and the feed is the beginning of them."""
    assume(faces.client.get("/api/v1/search", query_string=state).status_code == 200)
    # Pages have partial matches by default, files and feeds only on request.
    state = {"partial": "1", **state, "fold": fold}
    found = faces.json(state, limit)
    assert len(found) == len(set(found))
    assert faces.lines(state) == found
    assert faces.table(state) == found
    assert faces.page(state) == found
    assert faces.json_feed(state) == faces.feed(state)
    some = [id for number, id in enumerate(found) if number % 3 == 1][:50]
    assert faces.ticked(state, some[::-1]) == [some, some]
    if "sort" in state:
        assert faces.feed(state) == found[:50]
        assert faces.feed(state, limit="5") == found[:5]
    else:
        assert faces.feed(state) == faces.json({**state, "sort": "newest"}, 100)[:50]


def test_a_fault_is_refused_by_all_but_the_page(faces: Faces) -> None:
    """A file or a feed that left out a filter would say what is not so."""
    for path in ("/api/v1/search", "/feed.atom", "/feed.json", "/export.csv", "/export.jsonl"):
        assert faces.client.get(path, query_string={"q": "机场", "from": "xx"}).status_code == 400
    assert faces.client.get("/", query_string={"q": "机场", "from": "xx"}).status_code == 200


def test_the_law_is_not_kept_by_showing_nothing(faces: Faces) -> None:
    """The entries above are found, in more than one page, with copies among them."""
    assert len(faces.json({"q": "机场", "fold": "0"}, 10)) > 15
    assert len(faces.json({"q": "机场", "fold": "1"}, 10)) < len(faces.json({"q": "机场", "fold": "0"}, 10))
    assert len(faces.lines({"q": "阿拉木图机场"})) < len(faces.lines({"q": "阿拉木图机场", "partial": "1"}))
    assert faces.json({"q": "机场", "corrected": "1"}, 10) == ["told"]
