"""Folding: equivalent texts become equal, and every character has a slice of the original."""

from __future__ import annotations

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.analysis.characters import (
    BLANK,
    DIGIT,
    DOT,
    HAN,
    HYPHEN,
    LETTER,
    PUNCT,
    SINGLE,
    SYMBOL,
    WITHOUT_POSITION,
    character_class,
    class_table,
)
from search.analysis.fold import TABLE, expand, fold

MIXED = "機場阿Ｆ－ＡßİＫ℃½①㎏ﬃé\u0301\u3099\u200b\ufeff\u200d\u1112\u1161한\uff9e\u00ad…．，·\n "
texts = st.text(st.sampled_from(MIXED) | st.characters(), max_size=25)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("俄羅斯總統普京", "俄罗斯总统普京"),
        ("乾隆 皇后 後來", "干隆 皇后 后来"),
        ("Ｆ－１６", "f-16"),
        ("F‑16 – F−16", "f-16 - f-16"),
        ("CNN Straße İstanbul", "cnn strasse istanbul"),
        ("３．１５", "3∙15"),
        ("３，０００", "3、000"),
        ("℃ ㎏ ½ Ⅷ ①", "°c kg 1⁄2 viii 1"),
        ("e\u0301 é ğ Ł æ", "e e g l ae"),
        ("か\u3099 ｶﾞ", "が ガ"),
        ("阿\u200b拉\ufeff木\u00ad图", "阿拉木图"),
        ("葛\U000e0100", "葛"),
        ("\u1112\u1161\u11ab", "한"),
        ("⼈ 豈", "人 岂"),
        ("“说”……", "“说”……"),
        ("", ""),
    ],
)
def test_what_reads_the_same_folds_to_the_same(text: str, folded: str) -> None:
    """Width, case, script variants, composed forms and invisible characters."""
    assert fold(text).text == folded


@given(texts)
@settings(max_examples=300)
def test_every_character_has_its_slice(text: str) -> None:
    """Slices lie inside the text, ascend, are not empty, and fold to what they stand for."""
    folded = fold(text)
    spans = [folded.original(i, i + 1) for i in range(len(folded.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    for char, (start, end) in zip(folded.text, spans, strict=True):
        assert char in fold(text[start:end]).text
    if spans:
        assert folded.original(0, len(spans)) == (spans[0][0], spans[-1][1])


@given(texts)
@settings(max_examples=300)
def test_two_ways_lead_to_one_text(text: str) -> None:
    """Rare parts expanded and the rest by table is the same as folding at once."""
    table = TABLE[np.array([ord(char) for char in expand(text)], dtype=np.int64)]
    assert "".join(map(chr, table.tolist())) == fold(text).text


@given(texts)
def test_a_long_text_folds_like_its_pieces(text: str) -> None:
    """Array operations, by which long texts are folded, agree with folding each half."""
    padding = "阿拉木图国际机场，" * 4
    assert fold(padding + "。" + text).text == fold(padding).text + fold("。" + text).text
    assert fold(padding).starts is None and fold(padding).text == padding.replace("，", "、")


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=20))
def test_width_and_case_do_not_count(text: str) -> None:
    """Full-width ASCII letters and digits fold like the plain ones, capitals like the small."""
    ascii_text = "".join(char for char in text if char.isascii() and char.isalnum()) + "aZ09"
    wide = "".join(chr(ord(char) + 0xFEE0) for char in ascii_text)
    assert fold(wide).text == fold(ascii_text.upper()).text == fold(ascii_text).text == ascii_text.lower()


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FD5), max_size=30))
def test_lengths_hold_for_han(text: str) -> None:
    """A Han character becomes one Han character, so no offset map is needed; folding again does nothing."""
    folded = fold(text)
    assert folded.starts is None
    assert len(folded.text) == len(text)
    assert all(character_class(ord(char)) in (HAN, SINGLE) for char in folded.text if char != "|")


def test_each_character_is_of_one_class() -> None:
    """A few of each, as they are after folding."""
    samples = {
        BLANK: "  \t\u3000'’“”《》",
        DOT: "·•・‧",
        HAN: "机场龥",
        SINGLE: "〇㐀𠀀カ한กア",
        LETTER: "azéяαş",
        DIGIT: "059٣",
        SYMBOL: "%+$°℅€😀\ue000",
        PUNCT: "。，、：（）…!?\n\r\0/_@#&*.,",
        HYPHEN: "-–",
    }
    for kind, chars in samples.items():
        assert {char for char in chars if character_class(ord(char)) != kind} == set(), kind


def test_the_table_holds_what_unicode_says() -> None:
    """No letter or digit of any script is taken for punctuation or a blank."""
    for code in range(0x80, 0x20000):
        if unicodedata.category(chr(code))[0] in "LN" and character_class(code) in (PUNCT, BLANK, DOT):
            assert chr(code) in "ʼ", hex(code)


def test_the_table_of_batches_has_the_class_of_each_character() -> None:
    """Single analysis and batches cannot differ by a class."""
    assert class_table().tolist() == [character_class.__wrapped__(code) for code in range(0x110000)]


def test_what_is_left_out_at_a_glance_folds_to_itself() -> None:
    """The quick test of a character agrees with folding it."""
    for char in map(chr, (*range(0x80, 0xD800), *range(0xE000, 0x20000))):
        assert (
            not sys.modules[fold.__module__]._is_itself(char)
            or sys.modules[fold.__module__]._fold_alone(char) == char
        )


def test_what_takes_no_position_has_a_list() -> None:
    """It has the characters of two classes, and no others."""
    listed = {chr(code) for code in range(0x110000) if class_table()[code] in (BLANK, DOT)}
    assert listed == set(WITHOUT_POSITION)
