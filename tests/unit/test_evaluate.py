"""Evaluation: measures as worked out by hand, and broken collections explained."""

import gzip
import json
from math import log2
from pathlib import Path

import pytest

from search.errors import DataError
from search.evaluate import evaluate, measure, read_judged
from tests.support.homes import Cli

GRADES = {
    "q1": {"a": 3, "b": 2, "c": 1, "z": 0},
    "q2": {"a": 1, "d": 1},
    "q3": {"e": 1},
    "q4": {"f": 1},
}
RANKINGS = {
    "q1": ["x", "b", "z", "a"],
    "q2": ["d", "a"],
    "q3": ["p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "e"],
    "q4": [],
}


def test_the_measures_are_those_worked_out_by_hand() -> None:
    """Four queries, each measure by pencil; gains are the grades, discounts log2(rank + 1)."""
    # nDCG@10. q1: found b (2) at rank 2 and a (3) at rank 4:  2/log2(3) + 3/log2(5) = 2.55389;
    #          ideal 3, 2, 1:                          3/log2(2) + 2/log2(3) + 1/log2(4) = 4.76186; 0.53632.
    #          q2: ideal order, 1.   q3: e stands at rank 11, beyond 10: 0.   q4: nothing found: 0.
    ideal = 3 + 2 / log2(3) + 1 / 2
    first = (2 / log2(3) + 3 / log2(5)) / ideal
    assert first == pytest.approx(0.53632, abs=1e-5)
    # MRR@10.  q1: the first relevant one at rank 2, 1/2.   q2: 1.   q3: beyond 10, 0.   q4: 0.
    # Recall@100.  q1: a and b of a, b, c, 2/3 (z is judged, and not relevant).   q2: 1.   q3: 1.   q4: 0.
    assert measure(GRADES, RANKINGS) == {
        "nDCG@10": pytest.approx((first + 1 + 0 + 0) / 4),
        "MRR@10": pytest.approx((1 / 2 + 1 + 0 + 0) / 4),
        "Recall@100": pytest.approx((2 / 3 + 1 + 1 + 0) / 4),
    }


def test_the_depth_can_be_chosen() -> None:
    """At depth 1 only the first hit counts; recall stays that of 100."""
    # nDCG@1: q1: x is not relevant, 0; q2: 1; q3: 0; q4: 0.   MRR@1 the same.
    found = measure(GRADES, RANKINGS, k=1)
    assert found == {"nDCG@1": 0.25, "MRR@1": 0.25, "Recall@100": pytest.approx((2 / 3 + 1 + 1 + 0) / 4)}


def test_recall_ends_at_100() -> None:
    """An entry at rank 101 is not found."""
    ids = [f"x{n}" for n in range(100)]
    assert measure({"q": {"e": 1}}, {"q": [*ids[:99], "e"]})["Recall@100"] == 1
    assert measure({"q": {"e": 1}}, {"q": [*ids, "e"]})["Recall@100"] == 0


def write(folder: Path, **files: str) -> Path:
    """Write a small collection, with some of its files replaced."""
    entries = [
        {"id": "a", "title": "机场恢复运行", "text": "阿拉木图机场已经恢复运行。", "headline": "不该被检索"},
        {"id": "b", "title": "", "text": "总统签署法令。"},
        {
            "id": "c",
            "title": "",
            "text": "地震造成伤亡。",
            "time": "2023-02-07T10:00:00+08:00",
            "source": "新华社",
        },
    ]
    whole = {
        "entries": "\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries),
        "queries": "1\t机场\n2\t总统法令\n3\t没有评判\n",
        "qrels": "1\ta\t1\n2\tb\t2\n2\tc\t0\n9\ta\t1\n",
    } | files
    folder.mkdir(exist_ok=True)
    (folder / "entries.jsonl").write_text(whole["entries"], encoding="utf-8")
    (folder / "queries.tsv").write_text(whole["queries"], encoding="utf-8")
    (folder / "qrels.tsv").write_text(whole["qrels"], encoding="utf-8")
    return folder


def test_a_collection_is_measured_as_a_user_would_search_it(tmp_path: Path) -> None:
    """Entries are indexed, queries that were judged are run; a judgement without a query counts nothing."""
    found = evaluate(write(tmp_path / "small"))
    assert found.as_dict() == {
        "collection": "small",
        "entries": 3,
        "queries": 2,
        "nDCG@10": 1.0,
        "MRR@10": 1.0,
        "Recall@100": 1.0,
    }


def test_what_belongs_to_the_judgement_is_not_indexed(tmp_path: Path) -> None:
    """A `headline` beside `title` is the query that an entry was judged with, and must not be found."""
    folder = write(tmp_path / "small", queries="1\t不该被检索\n", qrels="1\ta\t1\n")
    assert evaluate(folder).measures["Recall@100"] == 0


def test_a_packed_collection_is_the_same(tmp_path: Path) -> None:
    """`entries.jsonl.gz` serves where there is no `entries.jsonl`."""
    folder = write(tmp_path / "small")
    plain = folder / "entries.jsonl"
    (folder / "entries.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert evaluate(folder).measures["nDCG@10"] == 1


def test_lines_end_at_line_ends_only(tmp_path: Path) -> None:
    """Queries may hold separators that Python takes for line ends; lines may end as on Windows."""
    folder = write(tmp_path / "small", queries="1\t机场\u2028恢复\x0b运行\r\n2\t总统\t法令\r\n")
    assert read_judged(folder).queries == {"1": "机场\u2028恢复\x0b运行", "2": "总统\t法令"}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"qrels": "1\ta\tgood\n"}, "qrels.tsv.*good"),
        ({"qrels": "1\ta\n"}, "qrels.tsv:1.*3 列"),
        ({"queries": "1\t机场\n\njust text\n"}, "queries.tsv:3.*2 列"),
        ({"queries": ""}, "queries.tsv"),
        ({"qrels": ""}, "qrels.tsv"),
        ({"qrels": "7\ta\t1\n"}, "queries.tsv.*qrels.tsv"),
        ({"entries": "{nonsense"}, "entries.jsonl"),
        ({"entries": '["a"]'}, "entries.jsonl"),
        ({"entries": "5"}, "entries.jsonl"),
    ],
)
def test_a_broken_collection_is_explained(tmp_path: Path, files: dict[str, str], said: str) -> None:
    """The message names the file, and the line or what it should hold."""
    with pytest.raises(DataError, match=said):
        evaluate(write(tmp_path / "small", **files))


@pytest.mark.parametrize("name", ["entries.jsonl", "queries.tsv", "qrels.tsv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """A folder that lacks a file is not a collection."""
    folder = write(tmp_path / "small")
    (folder / name).unlink()
    with pytest.raises(DataError, match=r"entries\.jsonl"):
        evaluate(folder)


@pytest.mark.parametrize(
    "packed", [b"not packed", gzip.compress(b'{"id": "a"}' * 1000)[:40]], ids=["not packed", "cut off"]
)
def test_a_damaged_packed_file_is_explained(tmp_path: Path, packed: bytes) -> None:
    """A file that is no gzip, or half of one, is named."""
    folder = write(tmp_path / "small")
    (folder / "entries.jsonl").unlink()
    (folder / "entries.jsonl.gz").write_bytes(packed)
    with pytest.raises(DataError, match=r"entries\.jsonl"):
        evaluate(folder)


def test_the_command_prints_the_measures(tmp_path: Path, cli: Cli) -> None:
    """`xunwen evaluate` prints a table or JSON, and explains a folder that is no collection."""
    folder = write(tmp_path / "small")
    text = cli.run("evaluate", str(folder)).stdout
    for name in ("nDCG@10", "MRR@10", "Recall@100"):
        assert f"{name} " in text and "100.00" in text
    assert cli.json("evaluate", str(folder), "--k", "5")["nDCG@5"] == 1.0
    assert "queries.tsv" in cli.refused("evaluate", str(tmp_path), code=1)
    cli.run("evaluate", str(tmp_path / "missing"), code=2)
