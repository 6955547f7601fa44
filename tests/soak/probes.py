"""A fixed set of questions to a Searcher whose answers show every part of an index."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Literal

from search import Searcher, XunwenError
from search.errors import IndexProblem
from search.jsonable import jsonable
from search.output.export import as_csv, as_jsonl
from search.searcher.figures import tally
from search.suggest import suggester

# An offer that a busy machine has no time for is no wrong answer.
suggester._DID_YOU_MEAN_SECONDS = suggester._COMPLETION_SECONDS = inf

__all__ = ["Answers", "ask", "compare"]

#: Of each question: its answer as text, the sentence of an IndexProblem, or another exception's traceback.
Answers = dict[str, tuple[Literal["answer", "error", "fault"], str]]

_QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {}),
    ("", {"sort": "oldest", "limit": 30}),
    ("阿拉木图 机场", {}),
    ("阿拉木图机场恢复运行", {"explain": True, "limit": 3}),
    ('"暂停开放"', {"limit": 20}),
    ("遇难 OR 失踪", {"sort": "newest", "limit": 5, "page": 3}),
    ("-机场 地震", {"limit": 5}),
    ("F-16战机 遭到袭击", {"fold": True}),
    ("COVID", {"agency": ["新华社"], "limit": 5}),
    ("标题:更正", {"limit": 40}),
    ("来源:俄新社 宵禁", {"stream": ["土耳其地震"], "limit": 5}),
    ("医院", {"asof": "2022-01-06 12:00", "limit": 5}),
    ("学校", {"from_": "2022-01-05", "to": "2022-01-06", "limit": 5}),
    ("托卡* 局势", {"limit": 5}),
    ("受伤人数达到多少", {"limit": 5}),
    ("震级为 7.1", {"limit": 5}),
    ("阿拉木图机厂", {"limit": 3}),
    ("人数", {"corrected": True, "limit": 40}),
    ("没有这样的话语 火星", {"limit": 3}),
)
#: What changes from one call to the next, or names the generation.
_VOLATILE = frozenset({"took_ms", "generation", "bytes", "home"})
#: Decimal places of scores that must agree; their last bits depend on how an index is cut into segments.
_PLACES = 3


@dataclass(frozen=True, slots=True)
class _Probe:
    name: str
    ask: Callable[[Searcher], Any]


def _probes(ids: tuple[str, ...]) -> Iterator[_Probe]:
    for query, options in _QUERIES:
        yield _Probe(f"search {query!r} {options}", lambda s, q=query, o=options: s.search(q, **o).as_dict())
    for prefix in ("阿", "ji", "alm", "机场", "20"):
        yield _Probe(f"suggest {prefix}", lambda s, p=prefix: [one.as_dict() for one in s.suggest(p)])
    for key in ids:
        yield _Probe(f"entry {key}", lambda s, k=key: _entry(s, k))
    yield _Probe("export jsonl", lambda s: _lines(as_jsonl(s.export(""))))
    yield _Probe("export csv", lambda s: _lines(as_csv(s.export("机场", partial=False))))
    yield _Probe("figures", lambda s: tally(s, "受伤").as_dict())
    yield _Probe("status", lambda s: s.status().as_dict())
    yield _Probe("values", lambda s: jsonable(s.facet_values()))
    yield _Probe("corrected", lambda s: sorted(hit.id for hit in s.search("", corrected=True, limit=99).hits))


def _entry(searcher: Searcher, key: str) -> Any:
    """Return an entry with all that its page shows."""
    before, after = searcher.context(key)
    return {
        "entry": searcher.entry(key).as_dict(),
        "context": [[one.id for one in side] for side in (before, after)],
        "similar": [[one.entry.id, one.entry.headline] for one in searcher.similar(key)],
        "links": repr(searcher.ties(key)),
        "marked": repr(searcher.highlight_entry(searcher.entry(key), "机场 遇难")),
    }


def _lines(lines: Iterator[bytes]) -> list[str]:
    """Return the lines of an export without the first, which tells the moment."""
    return [line.decode() for line in lines][1:]


def ask(searcher: Searcher, ids: tuple[str, ...]) -> Answers:
    """Ask everything; nothing is raised."""
    return {probe.name: _ask(searcher, probe) for probe in _probes(ids)}


def _ask(searcher: Searcher, probe: _Probe) -> tuple[Literal["answer", "error", "fault"], str]:
    try:
        return "answer", json.dumps(_steady(probe.ask(searcher)), ensure_ascii=False, sort_keys=True)
    except IndexProblem as error:
        return "error", f"{type(error).__name__}: {error}"
    except XunwenError as error:  # such as EntryNotFound: right only where the sound index says so, too
        return "answer", f"{type(error).__name__}: {error}"
    except Exception:
        return "fault", traceback.format_exc()


def _steady(value: Any) -> Any:
    """Return a value without what is volatile."""
    if isinstance(value, dict):
        return {key: _steady(own) for key, own in value.items() if key not in _VOLATILE}
    if isinstance(value, list | tuple):
        return [_steady(own) for own in value]
    return round(value, _PLACES) if isinstance(value, float) else value


def compare(found: Answers, right: Answers) -> tuple[list[str], int]:
    """Return what is wrong with answers, one line each, and how many questions ended in a clear error."""
    wrong = [_difference(name, found[name], right[name]) for name in right]
    return [line for line in wrong if line], sum(kind == "error" for kind, _ in found.values())


def _difference(name: str, found: tuple[str, str], right: tuple[str, str]) -> str:
    kind, text = found
    if kind == "error":
        return ""
    if kind == "fault":
        return f"{name}: {text}"
    if found == right:
        return ""
    place = next((n for n, (a, b) in enumerate(zip(text, right[1], strict=False)) if a != b), len(text))
    start = max(0, place - 40)
    return f"{name}: …{text[start : place + 60]}… is not …{right[1][start : place + 60]}…"
