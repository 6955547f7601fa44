"""The user dictionary and the index: what is stale, what is renewed, and that nothing is ever lost."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import Home, Searcher, reindex
from search.engines import open_engine
from search.engines.whoosh import WhooshEngine
from search.engines.whoosh.compat.toc import latest_generation
from search.indexing.manifest import Manifest
from search.searcher.request import MAX_LIMIT
from tests.support.homes import Cli, files_of, row, tally, write_rows
from tests.support.shared import rows, shared

BODIES = [
    "乌克兰总统泽连斯基6日抵达机场",
    "乌克兰外长与总统会谈",
    "烏克蘭總統發表講話",
    "萨基姆巴耶夫表示，集安组织将出兵",
    "集安组织秘书处通报安排",
    "卡赫拉曼马拉什发生7.8级地震",
    "阿拉木图国际机场恢复运行",
    "外交部发言人汪文斌答记者问",
    "俄新社报道，国际机场关闭",
    "总统说：国民警卫队已出动",
]
WORDS = ["乌克兰总统", "集安组织", "萨基姆巴耶夫", "国际机场", "卡赫拉曼马拉什", "总统", "安排"]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of ten entries, not yet indexed."""
    return make(tmp_path)


def make(path: Path) -> Home:
    """Write ten entries into a new home."""
    home = Home(path)
    home.data.mkdir(parents=True)
    write_rows(home, "a.jsonl", [row(str(i), body) for i, body in enumerate(BODIES)])
    return home


def say(home: Home, *lines: str) -> None:
    """Make these lines the dictionary."""
    home.words.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def stale(home: Home) -> int:
    """Say how many entries are stale."""
    return Searcher(home).status().state.stale


def scores(home: Home, query: str) -> dict[str, tuple[float, bool]]:
    """Return the score of every hit, and whether it is a partial one."""
    hits = Searcher(home).search(query, limit=MAX_LIMIT).hits
    return {hit.id: (round(hit.score, 5), hit.partial) for hit in hits}


# -- renewing what must be --------------------------------------------------------------------------------


def test_only_entries_with_a_new_word_are_renewed(home: Home) -> None:
    """Status counts them, traditional ones too; a reindex renews them, and then none is stale."""
    reindex(home)
    say(home, "乌克兰总统", "从未出现过的词")
    assert stale(home) == 2
    report = reindex(home)
    assert (tally(report), report.reanalyzed) == ((0, 0, 0, 10), 2)
    assert stale(home) == 0
    before = files_of(home.index)
    assert reindex(home).reanalyzed == 0
    assert files_of(home.index) == before


def test_a_word_taken_out_or_weighed_otherwise_renews_too(home: Home) -> None:
    """Removing the file is removing its words; another weight is another cut."""
    say(home, "乌克兰总统 5", "集安组织")
    reindex(home)
    assert stale(home) == 0
    say(home, "乌克兰总统 6", "集安组织")
    assert stale(home) == 2
    assert reindex(home).reanalyzed == 2
    home.words.unlink()
    assert stale(home) == 4
    assert reindex(home).reanalyzed == 4
    assert [path.name for path in home.index.glob("words-*")] == []


def test_a_comment_renews_nothing(home: Home) -> None:
    """What counts is what the file says, not its bytes."""
    say(home, "集安组织")
    reindex(home)
    before = files_of(home.index)
    say(home, "# 说明", "集安组织  nt")
    assert (stale(home), reindex(home).reanalyzed) == (0, 0)
    assert files_of(home.index) == before


def test_changes_of_data_and_words_go_together(home: Home) -> None:
    """Each entry is touched once, and those that went are not brought back."""
    reindex(home)
    say(home, "集安组织", "国际机场")
    bodies = [body for body in BODIES if not body.startswith("集安")]
    changed = [row(str(BODIES.index(body)), body.replace("恢复", "重新")) for body in bodies]
    write_rows(home, "a.jsonl", changed)
    report = reindex(home)
    assert (tally(report), report.reanalyzed) == ((0, 1, 1, 8), 2)
    assert (stale(home), Searcher(home).search("集安组织").total) == (0, 1)


def test_weights_without_measure_make_everything_stale(home: Home) -> None:
    """They change the size of the corpus, and with it the cut of any text."""
    reindex(home)
    say(home, "乌克兰总统 9000000")
    assert stale(home) == 10
    assert (reindex(home).reanalyzed, stale(home)) == (10, 0)


def test_problems_are_reported_each_time(home: Home) -> None:
    """By file and line, whether there was anything to do or not, and without failing."""
    say(home, "集安组织", "F16战机 3")
    for _ in range(2):
        (problem,) = Cli(home).json("reindex")["problems"]
        assert (problem["file"], problem["line"]) == ("words.txt", 2)


def test_the_command_line_tells(home: Home) -> None:
    """Status asks for a reindex, the reindex says what it renewed, and analyze uses the home's words."""
    cli = Cli(home)
    cli.run("reindex")
    say(home, "乌克兰总统")
    assert "2 条" in cli.run("status").stdout and cli.json("status")["stale"] == 2
    assert "重切 2" in cli.run("reindex").stdout
    assert "乌克兰总统" in cli.json("analyze", "乌克兰总统表示")["words"]


# -- the law ----------------------------------------------------------------------------------------------

line = st.tuples(st.sampled_from(WORDS), st.sampled_from(["", " 3", " 900", " 20000"]))
dictionaries = st.lists(line, max_size=3, unique_by=lambda pair: pair[0])


@given(st.lists(st.tuples(dictionaries, st.booleans(), st.integers(0, 9)), min_size=1, max_size=4), st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_history_ends_as_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory,
    history: list[tuple[list[tuple[str, str]], bool, int]],
    data: st.DataObject,
) -> None:
    """Changes of words and data, with and without a reindex between: same entries, same scores."""
    home, other = (make(tmp_path_factory.mktemp("home") / "h") for _ in range(2))
    reindex(home)
    for lines, now, touched in history:
        say(home, *map("".join, lines))
        bodies = [body + "。" * (i == touched) for i, body in enumerate(BODIES)]
        write_rows(home, "a.jsonl", [row(str(i), body) for i, body in enumerate(bodies)])
        if now:
            reindex(home)
    reindex(home)
    assert stale(home) == 0
    for name in ("a.jsonl", "words.txt"):
        (other.data / name).write_bytes((home.data / name).read_bytes())
    reindex(other, full=True)
    texts = st.sampled_from([*WORDS, *BODIES, "总统机场", "集安国际", "乌克兰 地震"])
    for query in data.draw(st.lists(texts, min_size=3, max_size=6)):
        assert scores(home, query) == scores(other, query)


# -- nothing is trusted that need not be true -------------------------------------------------------------


@pytest.mark.parametrize("damage", ["missing", "empty", "forged"])
def test_without_the_dictionary_of_then_everything_is_renewed(home: Home, damage: str) -> None:
    """The file beside the segments is believed only where its content is that of its name."""
    say(home, "集安组织", "国际机场")
    reindex(home)
    (path,) = home.index.glob("words-*.json")
    if damage == "missing":
        path.unlink()
    else:
        path.write_text("" if damage == "empty" else '{"shift": 0, "words": {}}', encoding="utf-8")
    assert stale(home) == 0
    say(home, "集安组织")
    assert stale(home) == 10
    assert (reindex(home).reanalyzed, stale(home)) == (10, 0)


def test_a_death_before_the_manifest_costs_nothing(home: Home) -> None:
    """The index itself knows what made it: with an old manifest, or none, the next reindex ends right."""
    reindex(home)
    old = (home.index / "files.json").read_bytes()
    say(home, "乌克兰总统")
    assert reindex(home).reanalyzed == 2
    (home.index / "files.json").write_bytes(old)
    assert (stale(home), reindex(home).reanalyzed) == (0, 0)
    say(home, "集安组织")
    (home.index / "files.json").unlink()
    assert (reindex(home).reanalyzed, stale(home)) == (4, 0)
    manifest = Manifest.read(home.index)
    assert manifest and manifest.generation == latest_generation(home.index)


def test_a_failure_leaves_index_and_dictionary_as_they_were(home: Home) -> None:
    """Also the dictionary that the failed attempt had laid down is gone."""
    say(home, "集安组织")
    reindex(home)
    before = files_of(home.index)
    say(home, "乌克兰总统")
    engine = open_engine(home.index, Searcher(home)._analyzer)
    assert isinstance(engine, WhooshEngine)
    with pytest.raises(RuntimeError), engine.update() as batch:
        batch.add(engine.snapshot().entry("0"), "a.jsonl")
        batch.flush()  # type: ignore[attr-defined]
        assert len(list(home.index.glob("words-*.json"))) == 2
        raise RuntimeError
    assert files_of(home.index) == before


def test_many_small_changes_leave_one_dictionary(home: Home) -> None:
    """Merged segments carry the newest where none of their entries is stale; old dictionaries go."""
    for i in range(6):
        say(home, *WORDS[: i + 1])
        write_rows(home, f"{i}.jsonl", [row(f"n{i}", f"国际机场第{i}号通报")])
        reindex(home)
        assert stale(home) == 0
    assert len(list(home.index.glob("words-*"))) <= 2
    assert Searcher(home).check() == []


# -- never unfindable -------------------------------------------------------------------------------------


def test_a_new_word_loses_no_hit(home: Home) -> None:
    """乌克兰总统 also stands for 乌克兰 and 总统 apart, before and after the reindex."""
    reindex(home)
    queries = ["乌克兰总统", "乌克兰", "总统", "乌克兰总统机场", '"乌克兰总统"']
    before = {query: found(home, query) for query in queries}
    assert before["乌克兰总统"][0] == {"0", "1", "2"}
    say(home, "乌克兰总统")
    assert {query: found(home, query) for query in queries} == before
    reindex(home)
    assert {query: found(home, query) for query in queries} == before


def test_a_better_cut_finds_more(home: Home) -> None:
    """Where jieba cuts across a word of the user's, entries that hold it and the rest apart are found."""
    write_rows(home, "b.jsonl", [row("x", "事故中王军受伤"), row("y", "王军事故调查")])
    reindex(home)
    assert Searcher(home).matches("王军事故") == {"y"}
    say(home, "王军 50000")
    assert Searcher(home).matches("王军事故") == {"x", "y"}


def found(home: Home, query: str) -> tuple[set[str], set[str]]:
    """Return the full matches of a query, and all its hits."""
    hits = Searcher(home).search(query, limit=MAX_LIMIT).hits
    return {hit.id for hit in hits if not hit.partial}, {hit.id for hit in hits}


def test_no_word_of_the_acceptance_entries_loses_a_hit(tmp_path: Path) -> None:
    """Runs of two to six characters of every entry, made words all at once: before and after the reindex."""
    entries = rows(shared("acceptance/entries.jsonl"))
    queries = [case["q"] for case in rows(shared("acceptance/cases.jsonl"))]
    home = Home(tmp_path)
    write_rows(home, "entries.jsonl", entries)
    reindex(home)
    draw = random.Random(4)
    texts = ["".join(Searcher(home)._analyzer.units(one["headline"] + one["body"]).texts) for one in entries]
    spots = [(text, draw.randrange(len(text) - 6), draw.randint(2, 6)) for text in texts for _ in range(20)]
    added = sorted({text[i : i + size] for text, i, size in spots})
    queries += added[::3]
    before = {query: found(home, query) for query in queries}
    home.words.write_text("\n".join(added), encoding="utf-8")
    for _ in range(2):
        for query, (full, every) in before.items():
            now_full, now_every = found(home, query)
            assert full <= now_full and every <= now_every, query
        assert reindex(home).entries == len(entries)
    assert stale(home) == 0


# -- running servers --------------------------------------------------------------------------------------


def test_a_running_searcher_follows_the_file(home: Home) -> None:
    """Changed, replaced, changed again at once and to the same size, removed: the next search knows."""
    reindex(home)
    searcher = Searcher(home)

    def cut(text: str) -> list[str]:
        return [word for word, _ in searcher.resolve(text).terms.words]

    assert "乌克兰总统" not in cut("乌克兰总统")
    say(home, "乌克兰总统")
    assert "乌克兰总统" in cut("乌克兰总统")
    assert searcher.status().state.stale == 2
    say(home, "集安组织啊")
    assert "乌克兰总统" not in cut("乌克兰总统")
    (home.data / "new").write_text("乌克兰总统\n", encoding="utf-8")
    os.replace(home.data / "new", home.words)
    assert "乌克兰总统" in cut("乌克兰总统")
    reindex(home)
    assert searcher.status().state.stale == 0
    home.words.unlink()
    assert "乌克兰总统" not in cut("乌克兰总统")


def test_a_search_looks_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """One look at the dictionary file for each search, and no reading of it while it stays."""
    say(home, "乌克兰总统")
    os.utime(home.words, (1, 1))
    reindex(home)
    searcher = Searcher(home)
    looks: list[object] = []
    look = os.stat

    def counted(path: object, **options: object) -> os.stat_result:
        looks.append(path)
        return look(path, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr("search.settings.words.os.stat", counted)
    monkeypatch.setattr("search.settings.words.read_words", None)
    assert searcher.search("乌克兰总统").total == 3
    assert looks.count(home.words) == 1
