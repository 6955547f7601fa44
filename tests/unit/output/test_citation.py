"""Citations: the forms as their makers define them, and no text of an entry becomes a field of its own."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from search import Entry
from search.output.citation import Citation, cite

ZONE = ZoneInfo("Asia/Shanghai")
ENTRY = Entry(
    id="k/0106-0548",
    time=datetime(2022, 1, 5, 21, 48, tzinfo=UTC),
    headline="阿拉木图机场恢复运行",
    body="机场一度被占领。",
    agencies=("俄新社", "卫星网"),
    credit="本站编辑 林远",
    stream="哈萨克斯坦局势",
)
HERE = "http://news.example/entries/k/0106-0548"


def cited(entry: Entry = ENTRY) -> Citation:
    """Cite an entry on one day from one address."""
    return cite(entry, address=HERE, today=date(2026, 3, 9), zone=ZONE)


def test_gbt_is_the_line_of_an_electronic_resource() -> None:
    """Authors, title with [EB/OL], the day of publication in the home's zone, that of access, the place."""
    assert cited().gbt() == f"俄新社, 卫星网. 阿拉木图机场恢复运行[EB/OL]. (2022-01-06)[2026-03-09]. {HERE}."


def test_gbt_names_three_authors_and_leaves_out_what_is_not_known() -> None:
    """The fourth author and those after are 等; without time or author nothing stands in their place."""
    many = cited(replace(ENTRY, agencies=("甲社", "乙社", "丙社", "丁社")))
    assert many.gbt().startswith("甲社, 乙社, 丙社, 等. 阿拉")
    bare = cited(replace(ENTRY, agencies=(), credit="", time=None))
    assert bare.gbt() == f"阿拉木图机场恢复运行[EB/OL]. [2026-03-09]. {HERE}."
    assert cited(replace(ENTRY, agencies=())).gbt().startswith("本站编辑 林远. 阿拉")


def test_ris_is_a_record_of_lines() -> None:
    """It begins with TY, ends with ER, has CR LF, and each author on a line."""
    lines = cited().ris().split("\r\n")
    assert lines == [
        "TY  - ELEC",
        "TI  - 阿拉木图机场恢复运行",
        "AU  - 俄新社",
        "AU  - 卫星网",
        "T2  - 哈萨克斯坦局势",
        "PY  - 2022",
        "DA  - 2022/01/06/05:48",
        "Y2  - 2026/03/09/",
        f"UR  - {HERE}",
        "LA  - zh-CN",
        "ID  - k/0106-0548",
        f"N1  - BLAKE2b-128 {ENTRY.digest()}",
        "ER  - ",
        "",
    ]


def test_csl_is_a_list_of_one_item() -> None:
    """Agencies are literal names, dates are parts, and what is not known is not there."""
    (item,) = json.loads(cited().csl())
    assert item["author"] == [{"literal": "俄新社"}, {"literal": "卫星网"}]
    assert item["issued"] == {"date-parts": [[2022, 1, 6]]} and item["accessed"] == {
        "date-parts": [[2026, 3, 9]]
    }
    assert (item["type"], item["URL"], item["container-title"]) == ("webpage", HERE, "哈萨克斯坦局势")
    (bare,) = json.loads(cited(Entry(id="x", body="只有正文" * 20)).csl())
    assert bare.keys() == {"id", "type", "title", "accessed", "URL", "language", "note"}
    assert bare["title"] == "只有正文" * 10


def test_the_place_is_the_original_where_it_is_one() -> None:
    """A link of the web is where the entry is cited from; any other is not, and nothing in it is obeyed."""
    assert cited(replace(ENTRY, url="https://n.example/1")).url == "https://n.example/1"
    assert cited(replace(ENTRY, url="javascript:alert(1)")).url == HERE
    assert (
        cited(replace(ENTRY, url="https://n.example/a b\r\nER  - ")).url == "https://n.example/a%20b%20ER%20-"
    )


HOSTILE = st.text(st.sampled_from('机场 \r\n\t\x00\x0b\x85\u2028ER-TY,"\\{}[]<&'), min_size=1, max_size=40)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_text_becomes_a_field(headline: str, agency: str, stream: str, url: str) -> None:
    """Whatever an entry says, RIS has its own tags alone, each at its place, and CSL-JSON is JSON."""
    own = cited(replace(ENTRY, headline=headline, agencies=(agency,), stream=stream, url="http://" + url))
    lines = own.ris().removesuffix("\r\n").split("\r\n")
    assert all(re.fullmatch("[A-Z][A-Z0-9]  - [^\\r\\n\\x00\\x0b\\x85\\u2028]*", line) for line in lines)
    assert own.ris().splitlines() == lines
    tags = [line[:2] for line in lines]
    assert "-".join(tag for tag in tags if tag not in ("AU", "T2")) == "TY-TI-PY-DA-Y2-UR-LA-ID-N1-ER"
    assert len(json.loads(own.csl())) == 1
    assert len(own.gbt().splitlines()) == 1
