"""Units, their offsets, and the positions that punctuation takes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from search.analysis import Analyzer, bigram, default_analyzer, split_bigram
from search.analysis.units import FIELD_BREAK, TIMES, read_units

ANALYZER = default_analyzer()
MIXED = "阿拉木圖机场·•７．8,2345-–Ff aZ+%％℃½…。，：“”\n\t\u200bé\u0301①々〇ア한กЯꙁ\ua644'|_@😀\u1112\u1161"
texts = st.text(st.sampled_from(MIXED) | st.characters(), max_size=40)
plain_texts = st.text(st.sampled_from("阿拉木图机场俄Ff15。，“ %"), max_size=20)


def picture(text: str) -> str:
    """Draw units with / between neighbours and _ for each position that punctuation takes."""
    units = read_units(text)
    drawn, place = "", -1
    for unit, position in zip(units.texts, units.positions, strict=True):
        drawn += ("/" if drawn else "") + "_/" * (position - place - 1) + unit
        place = position
    return drawn


SAME = [
    ("F-16", "F16", "F 16", "Ｆ－１６", "f‑16", "F–16", "ｆ16"),
    ("2019-nCoV", "2019nCoV", "2019 nCoV", "2019－ＮＣＯＶ"),
    ("苏-27", "苏27", "苏 27", "蘇－２７"),
    ("27 例", "27例", "２７例", "27　例", "27\u00a0例", "2\u200b7例"),
    ("23,876", "23876", "２３,８７６"),
    ("1,234,567.8", "1234567.8"),
    ("7.8", "７．８", "7·8"),
    ("9·11事件", "911事件", "９・１１事件"),
    ("J·K·罗琳", "J.K.罗琳", "J. K. 罗琳", "Ｊ．Ｋ．羅琳", "J K 罗琳"),
    ("让·克洛德·容克", "让-克洛德·容克", "讓－克洛德．容克", "让克洛德容克"),
    ("“和平”号", "「和平」號", "《和平》号", '"和平"号', "和平号"),
    ("4×100米", "4x100米", "4*100米", "４✕１００米"),
    ("3:2", "3∶2", "3：2"),
    ("50-60岁", "50～60岁", "50—60岁", "50~60岁", "50－60岁"),
    ("早报｜机场", "早报丨机场", "早报|机场", "早报¦机场", "早报，机场"),
    ("阿拉木图机场", "阿拉木\n图机场", "阿拉\n木图\n机场"),
    ("COVID-19疫情", "COVID\n19疫情", "covid19疫情", "COVID 19 疫情"),
    ("Erdoğan", "Erdogan", "ERDOGAN", "Erdog\u0306an"),
    ("Zürich Łódź", "zurich lodz", "Zu\u0308rich Lodz"),
    ("Straße", "strasse"),
    ("二○二四年", "二〇二四年"),
    ("3.2%", "３.２％", "3.2 %"),
    (
        "弗拉基米尔·普京",
        "弗拉基米尔•普京",
        "弗拉基米尔・普京",
        "弗拉基米尔‧普京",
        "弗拉基米尔．普京",
        "弗拉基米尔普京",
    ),
    ("俄羅斯總統", "俄罗斯总统", "俄 罗斯\u200b总统"),
    ("北溪-2", "北溪2", "北溪－２", "北溪 2"),
    ("café", "cafe\u0301", "CAFÉ", "cafe"),
    ("说：“好”", "说,好", "说……好", "说。\n\n好", "（说）【好】"),
    ("Al-Jazeera", "al jazeera", "Al’Jazeera"),
]


@pytest.mark.parametrize("same", SAME, ids=[same[0] for same in SAME])
def test_ways_of_writing_are_one(same: tuple[str, ...]) -> None:
    """Width, hyphens, blanks, dots in names, thousands, script and invisible marks make no difference."""
    assert {text: picture(text) for text in same} == dict.fromkeys(same, picture(same[0]))


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("F-16战机", "f/16/战/机"),
        ("7.8级", "7.8/级"),
        ("23,876例", "23876/例"),
        ("3.2%", "3.2/%"),
        ("15人5人", "15/人/5/人"),
        ("27 例", "27/例"),
        ("机场。银行", "机/场/_/银/行"),
        ("机场……“银行”", "机/场/_/银/行"),
        ("10km", "10/km"),
        ("MH370", "mh/370"),
        ("北京-5度", "北/京/5/度"),
        ("机场\n\n银行", "机/场/_/银/行"),
        ("机场。\n银行", "机/场/_/银/行"),
        ("5\n6月", "5/_/6/月"),
        ("1,23", "1/_/23"),
        ("1,2345", "1/_/2345"),
        ("第7.级", "第/7/_/级"),
        ("5-6月", "5/_/6/月"),
        ("机-场", "机/场"),
        ("Al-Jazeera电视", "al/jazeera/电/视"),
        ("a_b@c.d", "a/_/b/_/c/d"),
        ("end.Then", "end/then"),
        ("The end. Then", "the/end/_/then"),
        ("U.S.军方", "u/s/军/方"),
        ("3·15晚会", "315/晚/会"),
        ("12·5%", "12.5/%"),
        ("俄·3", "俄/3"),
        ("+7℃", "+/7/°/c"),
        ("3½", "31/⁄/2"),
        ("アカ한국", "ア/カ/한/국"),
        ("Москва 24", "москва/24"),
        ("……", ""),
        ("，机，", "机"),
    ],
)
def test_units_and_positions(text: str, drawn: str) -> None:
    """The rules, one by one; _ is a position that punctuation takes."""
    assert picture(text) == drawn


@pytest.mark.parametrize(
    ("one", "other"),
    [("5", "15"), ("7.8", "78"), ("机场。银行", "机场银行"), ("1,23", "123"), ("3.2", "3.2%"), ("5-6", "56")],
)
def test_what_differs_stays_different(one: str, other: str) -> None:
    """Numbers are whole, and marks between units count."""
    assert picture(one) != picture(other)


@given(texts)
@settings(max_examples=400)
def test_every_unit_can_be_read_where_it_stands(text: str) -> None:
    """Its slice of the original, read alone, gives it, but a sign of multiplication, which is one only
    between numbers; slices ascend within the text."""
    units = read_units(text)
    assert len(units) == len(units.starts) == len(units.ends) == len(units.positions) == len(units.together)
    assert units.starts == sorted(units.starts) and units.ends == sorted(units.ends)
    for unit, start, end in zip(units.texts, units.starts, units.ends, strict=True):
        assert 0 <= start < end <= len(text)
        assert unit == TIMES or unit in read_units(text[start:end]).texts


@given(texts)
@settings(max_examples=400)
def test_positions_step_by_one_or_two(text: str) -> None:
    """The first is 0; any amount of punctuation takes one."""
    positions = read_units(text).positions
    assert positions[:1] in ([], [0])
    assert {b - a for a, b in pairwise(positions)} <= {1, 2}


@given(plain_texts, plain_texts)
@settings(max_examples=300)
def test_texts_on_two_lines_are_read_apart(one: str, other: str) -> None:
    """The break of two fields is punctuation: the units are those of each, with one position between."""
    left, right, both = read_units(one), read_units(other), read_units(f"{one}{FIELD_BREAK}{other}")
    assert both.texts == left.texts + right.texts
    shift = left.positions[-1] + 2 if len(left) else 0
    assert both.positions == left.positions + [position + shift for position in right.positions]


@given(plain_texts, st.sampled_from("\u200b\u200d\ufeff\u00ad\ufe0f\u200e"), st.data())
@settings(max_examples=300)
def test_what_cannot_be_seen_does_not_count(text: str, mark: str, data: st.DataObject) -> None:
    """A zero-width mark anywhere changes neither units nor positions."""
    place = data.draw(st.integers(0, len(text)))
    marked = text[:place] + mark + text[place:]
    assert picture(marked) == picture(text)


@given(st.text(st.sampled_from("阿拉木图机场俄"), min_size=2, max_size=12), st.data())
def test_a_dot_or_blank_between_han_does_not_count(text: str, data: st.DataObject) -> None:
    """Wherever it stands."""
    place = data.draw(st.integers(0, len(text)))
    for mark in "·•・‧． \t　":
        assert picture(text[:place] + mark + text[place:]) == picture(text)


# -- grams and words -------------------------------------------------------------------------------


@given(texts)
@settings(max_examples=300)
def test_grams_hold_every_unit(text: str) -> None:
    """Unigrams are the units; bigrams are all neighbours with no punctuation between; none is mistaken."""
    units, terms = read_units(text), ANALYZER.terms(text)
    assert terms.unigrams == units.texts
    pairs = zip(units.texts, units.texts[1:], units.positions, units.positions[1:], strict=False)
    assert terms.bigrams == [bigram(a, b) for a, b, at, then in pairs if then == at + 1]
    assert all(bigram(*split_bigram(term)) == term for term in terms.bigrams)


@given(texts)
@settings(max_examples=300)
def test_tiles_cover_every_unit_in_order(text: str) -> None:
    """Nothing is left out, nothing is doubled."""
    units, tiles = read_units(text), ANALYZER.tiles(text)
    assert [k for i, j in tiles for k in range(i, j)] == list(range(len(units)))
    assert all(i < j for i, j in tiles)


@given(texts)
@settings(max_examples=300)
def test_words_hide_nothing(text: str) -> None:
    """Every tile is among the words, and every unit in one of them."""
    units, words = read_units(text), ANALYZER.terms(text).words
    tiles = ["".join(units.texts[i:j]) for i, j in ANALYZER.tiles(text)]
    assert set(tiles) <= set(words)
    assert len(words) >= len(tiles)


def test_words_go_over_dots_but_not_over_blanks() -> None:
    """A name with a dot is read as one stretch; a blank or punctuation ends a word."""
    joined = ANALYZER.tiles("阿拉·木图机场")
    assert joined == ANALYZER.tiles("阿拉木图机场") == [(0, 4), (4, 6)]
    assert ANALYZER.tiles("阿拉 木图机场")[0] != (0, 4)
    assert ANALYZER.tiles("阿拉，木图机场")[0] != (0, 4)


def test_search_mode_gives_parts_of_long_words() -> None:
    """中华人民共和国 is also found by 中华, 人民 and 共和国."""
    assert {"中华", "人民", "共和国", "中华人民共和国"} <= set(ANALYZER.terms("中华人民共和国").words)


@pytest.mark.parametrize(
    ("value", "folded"),
    [("俄 新 社", "俄新社"), ("Ｋａｚ Ｔａｇ", "kaztag"), ("衛星網\u200b", "卫星网"), (" \n", "")],
)
def test_values_are_folded_without_blanks(value: str, folded: str) -> None:
    """So that names of agencies compare."""
    assert ANALYZER.fold(value) == folded


def test_the_fingerprint_is_that_of_the_chain() -> None:
    """Two analyzers of one chain agree."""
    assert Analyzer().fingerprint == ANALYZER.fingerprint
    assert ANALYZER.fingerprint


_MARKED = st.text(
    st.one_of(
        st.characters(min_codepoint=0x300, max_codepoint=0x36F),
        st.characters(categories=["Mn", "Me", "Lo", "Ll", "So"]),
        st.sampled_from("机场a1。 £°×α\u035c\u20dd\u200d"),
    ),
    max_size=8,
)


@given(_MARKED)
@example("机场\u0301关闭")
@example("\u16b7\u0323")
@example("£\u0301")
@settings(max_examples=400)
def test_each_word_has_units_by_itself(text: str) -> None:
    """No word is an accent alone, wherever the accent was typed."""
    assert all(read_units(word).texts for word in default_analyzer().terms(text).words)


@pytest.mark.parametrize(
    "mark", ["\u0301", "\u0301\u0302", "\u20dd", "\ufe0f\u20e3", "\u035c", "\u200d\u0301"]
)
def test_a_stray_mark_separates_nothing(mark: str) -> None:
    """The units before and after it are contiguous."""
    assert picture(f"机场{mark}关闭") == picture("机场关闭")
