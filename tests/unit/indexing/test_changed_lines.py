"""A changed JSON-lines file is read where it changed, with the outcome of reading all of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.indexing.changed_lines import read_lines

IDS = st.sampled_from(["", "a", "b", "c"])
RECORDS = st.fixed_dictionaries(
    {
        "id": IDS,
        "body": st.sampled_from(["机场恢复运行", "机场关闭", "", "全境\u0000戒严"]),
        "time": st.sampled_from(["2022-01-05T10:00:00+08:00", "2022-01-05T10:01:00+08:00", "昨天", ""]),
    }
)
LINES = st.one_of(
    RECORDS.map(lambda record: json.dumps({k: v for k, v in record.items() if v}, ensure_ascii=False)),
    st.sampled_from(["", "{", "\ufeff"]),
)
FILES = st.lists(st.lists(LINES, max_size=6), min_size=2, max_size=4)


def picture(home: Home) -> list[object]:
    """Return all that an index says of its entries."""
    found = Searcher(home).search("机场", limit=100, sort="oldest").hits
    every = Searcher(home).search("", limit=100).hits
    return [[hit.as_dict() for hit in found], sorted(hit.id for hit in every)]


@given(FILES, st.sampled_from(["\n", "\r\n", "\r"]))
@settings(max_examples=60, deadline=None)
def test_reading_changed_lines_equals_reading_the_file(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[str]], end: str
) -> None:
    """However a file changed, entries, counts and problems are those of a full rebuild."""
    step, full = (Home(tmp_path_factory.mktemp(name)) for name in ("step", "full"))
    for home in (step, full):
        home.data.mkdir()
    for lines in files:
        for home in (step, full):
            (home.data / "news.jsonl").write_bytes(end.join(lines).encode())
        report = reindex(step)
        whole = reindex(full, full=True)
        assert (report.entries, report.problems) == (whole.entries, whole.problems)
    assert picture(step) == picture(full)


def test_only_changed_lines_are_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand lines with one new and one changed, two records are read."""
    home = Home(tmp_path)
    home.data.mkdir()
    lines = [json.dumps({"id": f"n{n}", "body": f"第{n}条", "time": "2022-01-05"}) for n in range(1000)]
    path = home.data / "news.jsonl"
    path.write_text("\n".join(lines))
    reindex(home)
    parsed = []

    def counting(*args: object, **kwargs: object) -> object:
        items = list(read(*args, **kwargs))  # type: ignore[arg-type]
        parsed.extend(items)
        return iter(items)

    module = sys.modules["search.indexing.reindex"]  # the package has a function of that name
    read = module.read
    monkeypatch.setattr(module, "read", counting)
    lines[500] = json.dumps({"id": "n500", "body": "改过的一条", "time": "2022-01-05"})
    path.write_text("\n".join([json.dumps({"id": "new", "body": "新的一条", "time": "2022-01-05"}), *lines]))
    report = reindex(home)
    assert (report.added, report.changed, report.unchanged, len(parsed)) == (1, 1, 999, 2)


def test_where_lines_do_not_tell_the_whole_file_is_read(tmp_path: Path) -> None:
    """Other formats, other line ends, another encoding."""
    (tmp_path / "a.csv").write_text("id,body\n1,机场\n")
    (tmp_path / "b.jsonl").write_bytes(b'{"body": "a"}\r{"body": "b"}')
    (tmp_path / "c.jsonl").write_bytes('{"body": "机场"}'.encode("gb18030"))
    (tmp_path / "d.jsonl").write_bytes(b'{"body": "a"}\r\n{"body": "b"}')
    assert [read_lines(tmp_path / name) is None for name in ("a.csv", "b.jsonl", "c.jsonl", "d.jsonl")] == [
        True,
        True,
        True,
        False,
    ]
