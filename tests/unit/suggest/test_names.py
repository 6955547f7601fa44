"""Completion of names and dates, pinyin of ü, look-alike characters, and queries that need no correction."""

import pytest

from search import Home, Searcher, reindex
from tests.support.homes import row, write_rows

NEWS = (
    *["默克爾访问港口。", "默克尔发表讲话。"],
    *["冒进策略受批评。", "疟疾病例减少。"],
    *["王守已出席开幕式。"] * 3,
    *["集散中心未来三年扩建。"] * 3,
    *["韩美是否开会未定，韩美是否谈判未定。"] * 2,
)


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """News with a few names, of which two have aliases."""
    home = Home(tmp_path_factory.mktemp("names"))
    home.data.mkdir()
    rows = [
        row(f"entry-{n:012}", text, time="2024-03-09", agencies=["海滨社"]) for n, text in enumerate(NEWS)
    ]
    write_rows(home, "a.jsonl", rows)
    (home.data / "aliases.txt").write_text("默克尔 = 梅克爾 = Merkel\n萨科齐 = Sarkozy\n", encoding="utf-8")
    reindex(home)
    return Searcher(home)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("默克", "默克尔"),
        ("moke", "默克尔"),
        ("Merk", "默克尔"),
        ("celve", "策略"),
        ("celue", "策略"),
        ("nueji", "疟疾"),
        ("2024年3月", "时间:2024-03"),
        ("2024年3月9日", "时间:2024-03-09"),
        ("2024年", "时间:2024"),
    ],
)
def test_names_pinyin_and_dates_are_completed(searcher: Searcher, typed: str, offered: str) -> None:
    """By characters, pinyin and Latin letters; each finds something."""
    found = {one.text: one.count for one in searcher.suggest(typed)}
    assert found.get(offered, 0) > 0, found


def test_names_that_no_entry_has_are_not_offered(searcher: Searcher) -> None:
    """Though the file of aliases has them; nor are dates without entries."""
    assert searcher.suggest("萨科") == [] and searcher.suggest("Sark") == []
    assert not any("时间" in one.text for one in searcher.suggest("2019年3月"))


def test_pieces_of_sentences_are_not_offered(searcher: Searcher) -> None:
    """What the segmenter guesses and no dictionary has, when it ends in a function character."""
    assert not any(one.text.endswith("是") for one in searcher.suggest("韩美"))


def test_what_was_found_as_typed_is_right(searcher: Searcher) -> None:
    """One entry is enough, whatever is more frequent; what finds nothing is corrected."""
    assert searcher.search("默克爾访问").did_you_mean == ()
    assert "集散中心" in searcher.search("急散中心").did_you_mean


def test_look_alike_characters_are_a_slip(searcher: Searcher) -> None:
    """They cost less than any other wrong character."""
    assert searcher.search("末来三年").did_you_mean == ("未来三年",)
