"""The page: figures to Markdown tables, put between the markers of docs/performance.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.bench.aims import aims
from tests.bench.results import Results

__all__ = ["renew"]

_SYSTEMS = {
    "xunwen": "**Xunwen**",
    "tantivy": "Tantivy",
    "tantivy-top": "Tantivy, top 10 without the total",
    "tantivy-full": "Tantivy, with positions and the text",
    "tantivy-snippets": "Tantivy, total and ten snippets",
    "fts5-words": "SQLite FTS5, words",
    "fts5-trigram": "SQLite FTS5, trigrams",
    "bm25s": "bm25s",
    "whoosh": "stock Whoosh + jieba",
    "whoosh-full": "stock Whoosh + jieba, with positions and the text",
}
_KINDS = {
    "words": "1 to 4 words, ranked places",
    "results": "1 to 4 words, full results: facets, histogram, ten marked hits",
    "headlines": "headlines of 18 to 22 characters, ranked places",
    "phrases": "quoted phrases of 2 to 8 characters, ranked places",
    "trigram-phrases": "quoted phrases of 3 to 8 characters",
    "trigram-all": "all of 1 to 4 quoted strings of 3 to 5 characters",
    "trigram-any": "any of 1 to 4 quoted strings of 3 to 5 characters",
}
_KINDS_ON_BOTH = {"words": "1 to 4 words, full results", "phrases": "quoted phrases, full results"}
_PAGES = {"healthz": "`/healthz` (no search)", "api": "`/api/v1/search`", "page": "`/`"}
_MARK = re.compile(r"(<!-- bench:(\w+) -->\n).*?(<!-- /bench -->)", re.DOTALL)

Cells = Iterable[Sequence[str]]


def renew(page: str, results: Results) -> str:
    """Return the page with every table renewed that there are figures for."""

    def table(match: re.Match[str]) -> str:
        text = _TABLES[match[2]](results)
        return f"{match[1]}{text}\n{match[3]}" if text else match[0]

    return _MARK.sub(table, page)


def _table(head: Sequence[str], rows: Cells) -> str:
    """Return a Markdown table, or nothing when it has no rows; all but the first columns stand right."""
    body = ["| " + " | ".join(row) + " |" for row in rows]
    if not body:
        return ""
    line = "|" + "|".join("---" if n == 0 else "---:" for n in range(len(head))) + "|"
    return "\n".join(["| " + " | ".join(head) + " |", line, *body])


def _corpus(name: str) -> str:
    return "cctv_news" if name == "cctv" else f"{int(name):,}"


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.3f}" if milliseconds < 10 else f"{milliseconds:.1f}"


def _times(ratio: float) -> str:
    """Write a ratio so that both sides of 1 can be read.

    >>> _times(1.234), _times(0.5), _times(0.02)
    ('1.23 ×', '0.50 ×', '1/50')
    """
    return f"{ratio:.2f} ×" if ratio >= 0.2 else f"1/{1 / ratio:.0f}"


def _ratio(ours: float, theirs: float) -> str:
    return _times(ours / theirs)


def _machine(results: Results) -> str:
    lines = [f"- {what}: {value}" for what, value in results.machine.items()]
    return "\n".join([*lines, f"- measured: {results.days()}"])


def _aims(results: Results) -> str:
    rows = [
        (one.what, _corpus(one.corpus), one.limit, one.found, "yes" if one.reached else "**no**")
        for one in aims(results)
    ]
    return _table(("what", "corpus", "aim", "found", "reached"), rows)


def _speed_rows(rows: dict[str, Any], agree: dict[str, float]) -> Cells:
    ours = rows["xunwen"]
    for system, row in rows.items():
        own = system == "xunwen"
        ratios = ["" if own else _ratio(ours[percentile], row[percentile]) for percentile in ("p50", "p95")]
        same = f"{100 * agree[system]:.1f} %" if system in agree else ""
        yield (_SYSTEMS[system], _ms(row["p50"]), _ms(row["p95"]), *ratios, same)


_SPEED_HEAD = ("p50, ms", "p95, ms", "Xunwen's p50 is", "its p95", "same total")


def _same(results: Results) -> str:
    parts: list[Sequence[str]] = []
    for corpus, found in results.of("same").items():
        speeds = found["rows"]
        for row, cells in zip(speeds.values(), _speed_rows(speeds, found["agree"]), strict=True):
            parts.append((_corpus(corpus), *cells, _ms(row["first_p50"]), _ms(row["first_p95"])))
    return _table(("corpus", "system", *_SPEED_HEAD, "first pass, p50", "p95"), parts)


def _product(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for corpus, kinds in results.of("product").items():
        for kind, found in kinds.items():
            for cells in _speed_rows(found["rows"], found.get("agree", {})):
                rows.append((_corpus(corpus), _KINDS[kind], *cells))
    return _table(("corpus", "query", "system", *_SPEED_HEAD), rows)


def _index(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for corpus, found in results.of("index").items():
        for system, row in found.items():
            rows.append(
                (
                    _corpus(corpus),
                    _SYSTEMS[system],
                    f"{row['entries']:,}",
                    f"{row['rate'] / 1000:,.0f}",
                    "" if system == "xunwen" else _times(found["xunwen"]["rate"] / row["rate"]),
                    f"{row['wall']:.1f}",
                    f"{row['user']:.1f}",
                    f"{row['peak'] / 1e6:,.0f}",
                    f"{row['per_byte']:.2f}",
                )
            )
    head = (
        "corpus",
        "system",
        "entries",
        "1,000 characters a second",
        "Xunwen's rate is",
        "wall, s",
        "user CPU, s",
        "peak memory, MB",
        "bytes on disk a byte of text",
    )
    return _table(head, rows)


def _changes(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for corpus, found in results.of("changes").items():
        files = f"{found['files']:.0f}"
        cases = (
            ("nothing, one file", "nothing"),
            (f"nothing, {files} files", "nothing_many"),
            ("one entry, one file", "one_file"),
            (f"one entry, {files} files", "many_files"),
            (f"everything, {files} files", "full"),
        )
        for what, key in cases:
            rows.append((_corpus(corpus), what, f"{found[key]:.3f}", _times(found[key] / found["full"])))
    return _table(("corpus", "what changed", "s", "of a full reindex"), rows)


def _opening(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for corpus, found in results.of("opening").items():
        start = found["interpreter"]["start"]
        for system in ("xunwen", "tantivy"):
            steps = [f"{1000 * found[system][step]:.0f}" for step in ("imports", "dictionary", "first")]
            rows.append((_corpus(corpus), _SYSTEMS[system], f"{1000 * start:.0f}", *steps))
    head = (
        "corpus",
        "system",
        "interpreter, ms",
        "imports, ms",
        "dictionary, ms",
        "open and first query, ms",
    )
    return _table(head, rows)


def _http(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for corpus, found in results.of("http").items():
        ceiling = found["healthz"]["per_second"]
        for page, row in found.items():
            share = "" if page == "healthz" else _times(row["per_second"] / ceiling)
            rate, errors = f"{row['per_second']:.0f}", f"{row['errors']:.0f}"
            times = (f"{row['p50']:.1f}", f"{row['p99']:.1f}")
            rows.append(
                (_corpus(corpus), _PAGES[page], f"{row['requests']:.0f}", rate, share, *times, errors)
            )
    head = ("corpus", "page", "requests", "a second", "of `/healthz`", "p50, ms", "p99, ms", "errors")
    return _table(head, rows)


def _cluster(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for corpus, found in results.of("cluster").items():
        here, there = (found["build"][engine] for engine in ("here", "there"))
        rate = [found["entries"] / one["seconds"] for one in (here, there)]
        rows.append(
            (
                _corpus(corpus),
                "full reindex, entries a second",
                *(f"{one:,.0f}" for one in rate),
                _ratio(*rate),
            )
        )
        size = [one["size"] / found["bytes"] for one in (here, there)]
        rows.append(
            (_corpus(corpus), "bytes on disk a byte of text", *(f"{one:.2f}" for one in size), _ratio(*size))
        )
        for kind, speeds in found["ask"].items():
            for part in ("p50", "p95"):
                times = [speeds[engine][part] for engine in ("here", "there")]
                what = f"{_KINDS_ON_BOTH[kind]}, {part}, ms"
                rows.append((_corpus(corpus), what, *map(_ms, times), _ratio(*times)))
    return _table(
        ("corpus", "what", "on this machine", "on the cluster", "the first is, of the second"), rows
    )


def _growth(results: Results) -> str:
    rows: list[Sequence[str]] = []
    for row in results.of("growth").get("all", []):
        times = [_ms(row[key]["p50"]) for key in ("same", "tantivy", "product")]
        ratio = _ratio(row["same"]["p50"], row["tantivy"]["p50"])
        rows.append((f"{row['entries']:,}", *times, ratio))
    head = (
        "entries",
        "Xunwen, same work, ms",
        "Tantivy, ms",
        "Xunwen, whole product, ms",
        "same work ÷ Tantivy",
    )
    return _table(head, rows)


_TABLES: dict[str, Callable[[Results], str]] = {
    "machine": _machine,
    "aims": _aims,
    "same": _same,
    "product": _product,
    "index": _index,
    "changes": _changes,
    "opening": _opening,
    "http": _http,
    "cluster": _cluster,
    "growth": _growth,
}
