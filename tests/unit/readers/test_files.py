"""Files: which are read, how their bytes are decoded, and that no bytes whatever break a reader."""

import gzip
import os
import tempfile
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.errors import UnreadableFile
from search.readers.base import Record
from search.readers.decoding import decode
from search.readers.files import data_files, list_files
from search.readers.formats import jsonlines
from search.readers.registry import FORMATS, read
from search.readers.reports import page
from tests.support.readers import BEIJING, entries, items, refusal, split

TEXT = "1月6日05:48\n集安组织决定派遣维和力量\n据俄新社报道,五国派员参加。\n"
NAME = "2022-01-06.txt"


def test_data_files_are_listed_by_name(tmp_path: Path) -> None:
    """Sub folders are walked; hidden files, settings, notes and other kinds of file are left out."""
    wanted = ["a.txt", "b.CSV", "sub/c.jsonl.gz", "sub/deep/d.xml", "sub/e.md", "words.jsonl"]
    others = [
        ".hidden.txt",
        "aliases.txt",
        "words.txt",
        "README.txt",
        "sub/notes.docx",
        "x.py",
        ".git/e.txt",
        "x.txt~",
        "gz",
    ]
    for name in wanted + others:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder.txt").mkdir()
    assert [path.relative_to(tmp_path).as_posix() for path in data_files(tmp_path)] == wanted
    assert data_files(tmp_path / "absent") == []
    told = {problem.file: problem.message for problem in list_files(tmp_path).problems()}
    assert set(told) == {"sub/notes.docx", "x.py", "gz"}
    assert ".docx" in told["sub/notes.docx"] and "没有扩展名" in told["gz"]


def test_other_kinds_are_counted(tmp_path: Path) -> None:
    """A sentence for each kind, the most frequent ones first; with very many kinds, one for the others."""
    for number in range(30):
        for copy in range(2 if number < 3 else 1):
            (tmp_path / f"{copy}.x{number:02}").write_text("x")
    for name in ("Thumbs.db", "~$report.docx", "LICENSE", "README.pdf"):
        (tmp_path / name).write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    problems = list(list_files(tmp_path).problems())
    assert [problem.file for problem in problems[:3]] == ["0.x00", "0.x01", "0.x02"]
    assert all("共 2 个" in problem.message for problem in problems[:3])
    assert "10 种共 10 个" in problems[20].message and problems[21].file == "link" and len(problems) == 22


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into every folder")
def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path) -> None:
    """Its files are not taken for deleted."""
    (tmp_path / "locked").mkdir(mode=0)
    with pytest.raises(UnreadableFile):
        data_files(tmp_path)


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    """The error names missing files, broken links and folders."""
    (tmp_path / "link.txt").symlink_to(tmp_path / "nowhere")
    (tmp_path / "folder.txt").mkdir()
    assert data_files(tmp_path) == [tmp_path / "link.txt"]
    for name in ("link.txt", "absent.jsonl", "folder.txt"):
        with pytest.raises(UnreadableFile, match=name):
            list(read(tmp_path / name, name=name, zone=BEIJING))


def test_control_characters_go_and_are_told_once() -> None:
    """NUL and its kind are removed; the problem names their first line."""
    found, (problem,) = split(items(TEXT.replace("集安", "集\x00安").replace("五国", "五\x07国\x85"), NAME))
    assert found == entries(TEXT, NAME) and problem.line == 2


def test_packed_files_read_as_what_they_hold() -> None:
    """Every format may be compressed; a broken archive is refused."""
    packed = gzip.compress(TEXT.encode(), mtime=0)
    assert entries(packed, f"{NAME}.gz") == entries(TEXT, NAME)
    for broken in (packed[:-9], b"no archive", packed[:12] + b"\x00" * 9 + packed[21:]):
        error = refusal(broken, f"{NAME}.gz")
        assert error is not None and "压缩" in str(error)


def test_a_line_of_many_megabytes_is_never_held(tmp_path: Path) -> None:
    """Reading a 100 MB line takes a few megabytes, and the entries around it are there."""
    import tracemalloc

    path = tmp_path / "big.jsonl"
    with path.open("wb") as file:
        file.write(b'{"body":"first","time":"2022-01-05"}\n')
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b'\n{"body":"last"}\n')
    tracemalloc.start()
    try:
        found, (problem,) = split(read(path, name="big.jsonl", zone=BEIJING))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [entry.body for entry in found] == ["first", "last"] and problem.line == 2
    assert peak < 48 << 20


@pytest.mark.parametrize(
    ("name", "module", "content"),
    [
        (NAME, page, TEXT),
        ("a.json", jsonlines, '[{"body":"' + "x" * 60 + '"}]'),
        ("a.xml", decode, "<rss>" + " " * 60),
    ],
)
def test_files_that_must_be_held_whole_have_a_limit(
    name: str, module: ModuleType, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond it they are refused, and the message says what to do."""
    monkeypatch.setattr(module, "MAX_FILE", 60)
    error = refusal(content, name)
    assert error is not None and "请" in str(error)


def test_strange_names_still_give_ids() -> None:
    """A name that cannot be printed, or is too long, makes an id that fits into a URL."""
    (entry,) = entries('{"body":"甲"}', "a\nb\udcff\u3000c.jsonl")
    assert entry.id.startswith("a_b__c/")
    (entry,) = entries('{"body":"甲"}', "a/" * 60 + "x" * 80 + ".jsonl")
    assert len(entry.id) <= 200


def test_other_kinds_of_file_are_refused_with_the_list() -> None:
    """The message names the extensions that are known."""
    error = refusal("x", "a.docx")
    assert error is not None and ".jsonl" in str(error)


BITS = st.sampled_from(
    [b"1\xe6\x9c\x886\xe6\x97\xa505:48", b"05:48", b"\xe2\x96\xb3", b"\xe7\x94\xb2", b"\xb0\xa2", b"\n",
     b"\r", b"---\n", b"date: 2022-01-06\n", b"title: a\n", b"{", b"}", b"[", b"]", b'"', b":", b",",
     b'"body"', b'"id"', b"id,body\n", b"\\ud800", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"&x;",
     b"<rss><channel>", b"<item>", b"<title>", b"</item>", b"</channel></rss>", b"<!DOCTYPE",
     b"<pubDate>", b"<guid>", b"<![CDATA["]
)  # fmt: skip
BYTES = st.binary(max_size=200) | st.lists(BITS, max_size=30).map(b"".join)
NAMES = st.sampled_from([f"2022-01-06{extension}" for extension in FORMATS] + ["a.txt", "a.csv.gz"])


@settings(max_examples=1000)
@given(BYTES, NAMES)
def test_any_bytes_as_any_format(content: bytes, name: str) -> None:
    """A reader yields records and problems or refuses the file, and does nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(content)
        ids = []
        try:
            for item in read(path, name=name, zone=BEIJING):
                if isinstance(item, Record):
                    ids.append(item.entry.id)
                    assert "\x00" not in item.entry.text and item.entry.text.encode()
                else:
                    assert item.file == name and item.line >= 0 and item.message
        except UnreadableFile as error:
            assert error.problem.file == name
    assert len(ids) == len(set(ids))
