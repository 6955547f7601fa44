"""Encodings: found by mark, declaration and characters; a broken byte costs its character."""

import codecs
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.readers.decoding.encoding import UnknownEncoding, detect
from tests.support.readers import entries, items, refusal, split

TEXT = "1月6日05:48\n集安组织决定派遣维和力量\n据俄新社报道,五国派员参加。\n"
NAME = "2022-01-06.txt"
SIMPLIFIED = (
    "大雾散去，渡口下午恢复通行",
    "气象台解除暴雨橙色预警",
    "首趟列车比原计划晚点四十分钟",
    "检修人员连夜更换了三段钢轨。",
    "市民可以在车站免费领取雨具",
    "港区的起重机已经全部复位",
)
TRADITIONAL = (
    "大霧散去，渡口下午恢復通行",
    "氣象臺解除豪雨特報",
    "首班列車比原定時間晚了四十分鐘",
    "檢修人員連夜更換了三段鋼軌。",
    "市民可以在車站免費領取雨具",
    "港區的起重機已經全部復位",
)
SENTENCES = st.lists(st.sampled_from(SIMPLIFIED), min_size=1, max_size=6, unique=True).map(tuple)
OLD_SENTENCES = st.lists(st.sampled_from(TRADITIONAL), min_size=1, max_size=6, unique=True).map(tuple)
ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32")


def lines(bodies: tuple[str, ...]) -> str:
    """Return one line of JSON for each body, under a field without Han characters."""
    return "".join(
        json.dumps({"id": f"a/{n}", "body": body}, ensure_ascii=False) + "\n" for n, body in enumerate(bodies)
    )


def bodies(content: bytes, name: str = "a.jsonl") -> tuple[str, ...]:
    """Return the bodies of the entries of a file that has nothing wrong with it."""
    return tuple(entry.body for entry in entries(content, name))


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-16-le with mark"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, end: str) -> None:
    """They are detected from the bytes alone and do not change the entry."""
    codec, _, mark = encoding.partition(" ")
    content = (("\ufeff" if mark else "") + TEXT.replace("\n", end)).encode(codec)
    (entry,) = entries(content, NAME)
    assert entry.headline == "集安组织决定派遣维和力量" and entry.body == "据俄新社报道,五国派员参加。"


@given(SENTENCES, st.sampled_from(ENCODINGS))
def test_simplified_text_comes_back(texts: tuple[str, ...], encoding: str) -> None:
    """One headline is enough."""
    assert bodies(lines(texts).encode(encoding)) == texts


@given(OLD_SENTENCES, st.sampled_from((*ENCODINGS, "big5", "cp950", "big5hkscs", "gbk")))
def test_traditional_text_comes_back(texts: tuple[str, ...], encoding: str) -> None:
    """Big5 and GB18030 decode the same bytes; the characters decide."""
    assert bodies(lines(texts).encode(encoding)) == texts


RSS = '{}<rss version="2.0"><channel><title>t</title>{}</channel></rss>'


@given(
    OLD_SENTENCES,
    st.sampled_from(("utf-8", "gb18030", "big5", "utf-16")),
    st.sampled_from(
        ("", "utf-8", "gb2312", "gbk", "Big5", "iso-8859-1", "windows-1252", "none such", "utf-16")
    ),
)
def test_a_declaration_does_not_change_the_text(texts: tuple[str, ...], encoding: str, declared: str) -> None:
    """Whatever it names, right or wrong or without meaning."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    feed = "".join(f"<item><description>{text}</description></item>" for text in texts)
    assert bodies(RSS.format(declaration, feed).encode(encoding), "a.xml") == texts


def test_a_declaration_decides_where_characters_do_not() -> None:
    """Japanese in its own encoding is read if declared, and refused if not."""
    feed = RSS.format("{}", "<item><description>フェリーは午後から運航を再開した。</description></item>")
    declared = feed.format('<?xml version="1.0" encoding="Shift_JIS"?>').encode("shift_jis")
    assert bodies(declared, "a.xml") == ("フェリーは午後から運航を再開した。",)
    assert refusal(feed.format("").encode("shift_jis"), "a.xml") is not None


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Сегодня днём паромная переправа снова открыта для пассажиров.", "windows-1251"),
        ("여객선 운항이 오늘 오후부터 다시 시작되었다고 항만청이 밝혔다.", "euc-kr"),
        ("Le bac a rouvert à midi après la tempête, a annoncé l'été dernier la préfecture.", "windows-1252"),
        ("เรือข้ามฟากกลับมาให้บริการอีกครั้งในช่วงบ่ายวันนี้", "cp874"),
    ],
)
def test_other_encodings_are_refused(text: str, encoding: str) -> None:
    """Nothing is decoded to characters that nobody wrote; the message says what to do."""
    error = refusal(lines((text,)).encode(encoding), "a.jsonl")
    assert error is not None and "UTF-8" in str(error) and "请" in str(error)


@pytest.mark.parametrize(
    ("content", "name", "line"),
    [
        (TEXT.encode()[:60] + b"\xff" + TEXT.encode()[60:], "UTF-8", 3),
        (TEXT.encode()[:-2], "UTF-8", 3),
        (TEXT.encode("gb18030")[:-2], "GB18030", 3),
        (TEXT.encode("gb18030") + b"\xff\xff", "GB18030", 4),
        (TEXT.encode("utf-16") + b"\x00\xd8\x41\x00", "UTF-16", 4),
        (TEXT.encode("utf-16")[:-1], "UTF-16", 3),
    ],
)
def test_broken_bytes_are_told_with_their_line(content: bytes, name: str, line: int) -> None:
    """The entry is read; one problem names the encoding, the number of places and the first line."""
    (entry,), (problem,) = split(items(content, NAME))
    assert entry.headline == "集安组织决定派遣维和力量"
    assert problem.line == line and f"有 1 处字节不是有效的 {name}" in problem.message


def test_several_faults_are_one_problem() -> None:
    """A place of several bytes counts once, over the pieces in which the file is read."""
    good = "".join(f"第 {n} 次航班" + "起飞" * 40 + "\n" for n in range(2000)).encode()
    content = b"body\n" + good + b"\xff\xfe\n" + b"a" * 500_000 + b"\n\xe5\x93 x\n"
    _, (problem,) = split(items(content, "a.csv"))
    assert "有 2 处" in problem.message and problem.line == 2002


def test_a_file_that_is_mostly_broken_is_refused() -> None:
    """A few characters that happen to be valid are no text."""
    broken = b"".join(bytes([0xE6, 0x9C]) + text.encode() for text in "港口恢复作业首船离港" * 3)
    error = refusal(TEXT.encode() + broken, NAME)
    assert error is not None and "UTF-8" in str(error)


def test_a_character_of_replacement_that_was_written_is_no_fault() -> None:
    """U+FFFD is a character like any other."""
    assert bodies('{"body": "港口\ufffd恢复"}'.encode()) == ("港口\ufffd恢复",)


def test_an_archive_of_another_format_is_refused() -> None:
    """Bytes without meaning are no text in any encoding."""
    noise = bytes((n * n * 31 + n * 17 + 7) % 256 for n in range(2000))
    with pytest.raises(UnknownEncoding):
        detect([noise])


BROKEN = {
    "utf-8": st.sampled_from((b"\xff", b"\xfe\xff")),
    "gb18030": st.sampled_from((b"\xff", b"\xff\xff")),
    "big5": st.sampled_from((b"\xff", b"\x80")),
}


@given(st.sampled_from(list(BROKEN)), st.integers(0, 10_000), st.data())
def test_one_broken_byte_costs_its_character(encoding: str, place: int, data: st.DataObject) -> None:
    """And at most its neighbours, but no other entry."""
    broken = data.draw(BROKEN[encoding])
    texts = SIMPLIFIED if encoding == "gb18030" else TRADITIONAL
    written = [line.encode(encoding) for line in lines(texts).splitlines(keepends=True)]
    start, end = written[3].index(b'"body": "') + 9, written[3].rindex(b'"')
    place = start + place % (end - start)
    written[3] = written[3][:place] + broken + written[3][place + 1 :]
    found, problems = split(items(b"".join(written), "a.jsonl"))
    read = [entry.body for entry in found]
    assert len(read) == len(texts)
    assert [*read[:3], *read[4:]] == [*texts[:3], *texts[4:]]
    assert changed(texts[3], read[3]) <= 3
    assert problems


def changed(before: str, after: str) -> int:
    """Return the length of the part of a text in which another one differs."""
    shorter = min(len(before), len(after))
    head = next((n for n in range(shorter) if before[n] != after[n]), shorter)
    tail = next((n for n in range(shorter - head) if before[-1 - n] != after[-1 - n]), shorter - head)
    return len(before) - head - tail


@given(st.binary(max_size=300), st.integers(1, 64))
def test_pieces_do_not_change_the_encoding(content: bytes, size: int) -> None:
    """The borders of the pieces in which a file is read mean nothing, marks aside."""
    content = b"\xe6\xb8" + content
    pieces = [content[:4], *(content[n : n + size] for n in range(4, len(content), size))]
    assert outcome(pieces) == outcome([content])


def outcome(pieces: list[bytes]) -> tuple[object, ...]:
    """Return the encoding of some bytes, or that there is none."""
    try:
        found = detect(iter(pieces))
    except UnknownEncoding:
        return ("unknown",)
    return found.codec, found.mark, found.damaged


def test_marks_win_over_bytes_without_nul() -> None:
    """A text of Han characters alone has no byte that shows UTF-16 without its mark."""
    content = codecs.BOM_UTF16_LE + "身体健康".encode("utf-16-le")
    assert detect([content]).codec == "utf-16-le"


def test_the_examples_of_the_docs_hold() -> None:
    """The other reading of GB18030 that docs/data.md shows, and the broken character."""
    assert "渡口恢复通行".encode("gb18030").decode("big5hkscs") == "傾諳閥葩籵俴"
    assert detect(["渡口恢复通行".encode("gb18030")]).codec == "gb18030"
    (entry,), _ = split(items(b'{"body": "' + "渡轮停".encode()[:-1] + b'"}', "a.jsonl"))
    assert entry.body == "渡轮\ufffd"


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_nul_characters_are_no_utf_16(count: int) -> None:
    """They are removed from a text in UTF-8, and reported."""
    (entry,), (problem,) = split(items('{"body": "渡口' + "\0" * count + '恢复"}', "a.jsonl"))
    assert entry.body == "渡口恢复" and "NUL" in problem.message
