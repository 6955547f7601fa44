"""Evaluation: relevance measures of the whole product on judged queries.

A collection is a folder with `entries.jsonl` (or `.jsonl.gz`), `queries.tsv` (qid, query) and `qrels.tsv`
(qid, entry id, grade). Its entries are indexed into a temporary home and every query runs through the
searcher. The measures come from ir-measures (Järvelin and Kekäläinen's nDCG as trec_eval computes it).
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from search.errors import DataError, UnreadableFile
from search.home import DEFAULT_ZONE, Home
from search.indexing.reindex import reindex
from search.jsonable import jsonable
from search.language.message import InvalidValue, reason_of
from search.readers.decoding.decode import lines
from search.readers.formats.jsonlines import MAX_JSON_LINE
from search.readers.source import Source
from search.regular_file import read_regular
from search.searcher.searcher import Searcher

__all__ = ["Evaluation", "Judged", "evaluate", "measure"]

#: Length of the rankings that are judged.
DEPTH: Final = 100
#: Largest table of queries or grades, in bytes.
_MAX_TABLE: Final = 1 << 28


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean measures over all queries of a collection, each from 0 to 1, by name."""

    collection: str
    entries: int
    queries: int
    measures: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """Return the evaluation as plain JSON values, with the measures as keys."""
        evaluation: dict[str, Any] = jsonable(self)
        measures: dict[str, float] = evaluation.pop("measures")
        return evaluation | measures


@dataclass(frozen=True, slots=True)
class Judged:
    """Queries by qid, and their grades by entry."""

    queries: dict[str, str]
    grades: dict[str, dict[str, int]]


def evaluate(collection: Path, k: int = 10) -> Evaluation:
    """Index a collection in a temporary home and measure it; raises DataError if it is not one."""
    judged = read_judged(collection)
    with tempfile.TemporaryDirectory(prefix="xunwen-evaluate-") as folder:
        home = Home(folder, engine="")
        home.data.mkdir()
        _copy_entries(collection, home.data / "entries.jsonl")
        report = reindex(home)
        searcher = Searcher(home)
        rankings = {qid: searcher.ranked_ids(query, DEPTH) for qid, query in judged.queries.items()}
    return Evaluation(collection.name, report.entries, len(rankings), measure(judged.grades, rankings, k))


def measure(
    grades: dict[str, dict[str, int]], rankings: dict[str, list[str]], k: int = 10
) -> dict[str, float]:
    """Return mean nDCG@k, MRR@k and Recall@100 of rankings (ids, best first) by qid."""
    try:
        import ir_measures
        from ir_measures import RR, R, nDCG
    except ImportError as error:
        raise DataError("评测需要 ir-measures；请运行 pip install ir-measures 后再试") from error
    run = {
        qid: {entry_id: float(len(ids) - rank) for rank, entry_id in enumerate(ids)}
        for qid, ids in rankings.items()
    }
    names = {nDCG @ k: f"nDCG@{k}", RR @ k: f"MRR@{k}", R @ DEPTH: f"Recall@{DEPTH}"}
    means = ir_measures.calc_aggregate(list(names), grades, run)
    return {name: float(means[measure]) for measure, name in names.items()}


def read_judged(collection: Path) -> Judged:
    """Read queries and grades; raises DataError with the file and its expected content."""
    queries = {row[0]: row[1] for row in _rows(collection / "queries.tsv", 2)}
    grades: dict[str, dict[str, int]] = {}
    for qid, entry_id, grade in _rows(collection / "qrels.tsv", 3):
        try:
            grades.setdefault(qid, {})[entry_id] = int(grade)
        except ValueError:
            raise DataError(
                "{file}：「{grade}」不是整数等级", file=collection / "qrels.tsv", grade=grade
            ) from None
    judged = [qid for qid in queries if qid in grades]
    if not judged:
        raise DataError(
            "{collection} 没有一个既有文字又有评判的查询；请核对 queries.tsv 与 qrels.tsv 的编号",
            collection=collection,
        )
    return Judged({qid: queries[qid] for qid in judged}, {qid: grades[qid] for qid in judged})


def _rows(path: Path, columns: int) -> Iterator[list[str]]:
    try:
        rows = read_regular(path, _MAX_TABLE).decode().replace("\r\n", "\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "无法读取 {path}；评测集应有 entries.jsonl、queries.tsv 和 qrels.tsv", path=path
        ) from error
    for number, line in enumerate(rows, 1):
        if not line.strip():
            continue
        row = line.split("\t")
        if len(row) < columns:
            raise DataError(
                "{path}:{number}：应有 {columns} 列，用制表符隔开", path=path, number=number, columns=columns
            )
        yield [*row[: columns - 1], "\t".join(row[columns - 1 :])]


def _copy_entries(collection: Path, target: Path) -> None:
    """Copy only the fields that are searched; the others belong to the judgements."""
    plain, packed = collection / "entries.jsonl", collection / "entries.jsonl.gz"
    source = Source(plain if plain.exists() else packed, "entries.jsonl", DEFAULT_ZONE)
    try:
        with target.open("w", encoding="utf-8") as out:
            for line in lines(source, MAX_JSON_LINE):
                if line.too_long or not isinstance(record := json.loads(line.text), dict):
                    raise InvalidValue("第 {line} 行应是一个 JSON 对象", line=line.number)
                fields = {key: record[key] for key in _SEARCHED_FIELDS if key in record}
                out.write(json.dumps(fields, ensure_ascii=False) + "\n")
    except (UnreadableFile, OSError, ValueError, TypeError, RecursionError) as error:
        raise DataError(
            "无法读取 {collection} 的 entries.jsonl：{reason}", collection=collection, reason=reason_of(error)
        ) from error


_SEARCHED_FIELDS: Final = ("id", "title", "text", "time", "source")
