"""Terminal text: results, entries, status and analysis. click drops colours where there is no terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import click

from search.entry import Attribution, Entry, Role
from search.highlight import to_terminal
from search.results import CorrectionLinks, Hit, Results
from search.searcher.searcher import Status
from search.times.ranges import format_time

__all__ = [
    "plain",
    "print_analysis",
    "print_entry",
    "print_json",
    "print_key",
    "print_results",
    "print_status",
    "print_ties",
    "tell",
]

_C1 = re.compile("[\x7f-\x9f]")


def plain(text: str) -> str:
    """Return text with its control characters as blanks."""
    return to_terminal(text)


def tell(message: str) -> None:
    """Print a message to stderr."""
    click.echo(plain(message), err=True)


def print_json(value: Any) -> None:
    """Print one JSON document; characters that the output cannot encode are escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    # JSON does not escape C1 controls, and some terminals interpret them.
    click.echo(_C1.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_key(secret: str, line: str) -> None:
    """Print the line of a new key to stdout, where `>>` saves it, and the secret to stderr."""
    tell(f"密钥（只显示这一次，请交给使用者保存）：{secret}")
    tell("下面一行写进 XUNWEN_KEYS 所指的文件：")
    click.echo(line)


def credited(attributions: Sequence[Attribution]) -> str:
    """Return the agencies of an entry by role: KazTag通讯社，经俄新社转引."""
    via = _agencies(attributions, "via")
    return "，".join(part for part in (_agencies(attributions, "origin"), via and f"经{via}转引") if part)


def _agencies(attributions: Sequence[Attribution], role: Role) -> str:
    return "、".join(attribution.agency for attribution in attributions if attribution.role == role)


def print_results(results: Results, zone: ZoneInfo) -> None:
    """Print one page of results."""
    for problem in results.problems:
        tell(f"第 {problem.position + 1} 个字符：{problem.message}")
    click.echo(f"{results.total} 条（{results.took_ms:.1f} 毫秒）")
    if results.did_you_mean:
        click.echo(plain(f"您要找的是不是：{'、'.join(results.did_you_mean)}"))
    if results.also_searched:
        click.echo(plain(f"已同时搜索：{'、'.join(results.also_searched)}"))
    for part in results.parts:
        click.echo(f"  「{plain(part.text)}」单独有 {part.total} 条")
    partial = False
    for hit in results.hits:
        if hit.partial and not partial:
            partial = True
            click.echo(f"\n部分匹配（{results.partial_total} 条）")
        _print_hit(hit, zone)
    if results.page < results.pages:
        click.echo(f"\n第 {results.page} 页，共 {results.pages} 页；下一页加 --page {results.page + 1}")


def _print_hit(hit: Hit, zone: ZoneInfo) -> None:
    time = format_time(hit.time, zone) if hit.time else "时间不详"
    agencies = credited(hit.attributions)
    click.echo(f"\n{time}  {to_terminal(hit.title.text, hit.title.spans)}")
    if hit.snippet:
        snippet = to_terminal(hit.snippet.text, hit.snippet.spans)
        click.echo("    " + snippet.replace("\n", "\n    "))
    click.echo(click.style(plain("    " + "  ".join(x for x in (hit.id, agencies) if x)), dim=True))
    print_ties(hit.ties, zone, indent="    ")
    for copy in hit.copies or ():
        when = format_time(copy.time, zone) if copy.time else "时间不详"
        click.echo(click.style(plain(f"    相同：{when}  {copy.id}"), dim=True))
    for share in hit.explanation.terms if hit.explanation else ():
        name = {"words": "词", "unigrams": "单字", "bigrams": "双字"}[share.field]
        counts = f"条目内 {share.tf} 次，共 {share.df} 条有"
        click.echo(plain(f"    {share.weight:8.3f}  {name} {share.term}（{counts}）"))


def print_ties(ties: CorrectionLinks, zone: ZoneInfo, indent: str = "") -> None:
    """Print the correction links of an entry."""
    labels = {"correction": ("有更正", "更正"), "denial": ("有否认", "否认")}
    links = [(labels[ref.kind][0], ref) for ref in ties.corrections]
    if ties.corrects:
        links.append((labels[ties.corrects.kind][1], ties.corrects))
    for label, ref in links:
        click.echo(click.style(plain(f"{indent}{label}：{format_time(ref.time, zone)}  {ref.id}"), dim=True))


def print_entry(entry: Entry, zone: ZoneInfo, brief: bool = False) -> None:
    """Print one entry, or only its first line."""
    time = format_time(entry.time, zone) if entry.time else "时间不详"
    line = f"{time}  {plain(entry.headline or entry.body[:60])}"
    if brief:
        click.echo(f"{line}  [{plain(entry.id)}]")
        return
    click.echo(click.style(line, bold=True))
    if entry.body:
        click.echo(plain(entry.body))
    for caption in entry.captions:
        click.echo(f"△{plain(caption)}")
    for name, value in (
        ("首发", _agencies(entry.credited, "origin")),
        ("转引", _agencies(entry.credited, "via")),
        ("记者", entry.credit),
        ("专题", entry.stream),
        ("链接", entry.url),
        ("编号", entry.id),
    ):
        if value:
            click.echo(f"{name}：{plain(value)}")


def print_status(status: Status, zone: ZoneInfo) -> None:
    """Print the size and state of the index."""
    state = status.state
    click.echo(f"{status.home}：{state.entries} 条，第 {state.generation} 代，{state.bytes / 1e6:.1f} MB")
    if state.oldest and state.newest:
        click.echo(f"时间：{format_time(state.oldest, zone)} 至 {format_time(state.newest, zone)}")
    if state.stale:
        click.echo(f"{state.stale} 条由旧的分析器或词典建立，请运行 xunwen reindex 更新")


def print_analysis(analysis: dict[str, Any]) -> None:
    """Print the analysis of a text."""
    click.echo(f"折叠：{plain(analysis['folded'])}")
    click.echo("单位：" + " ".join(f"{plain(u['text'])}@{u['position']}" for u in analysis["units"]))
    click.echo("词：  " + " ".join(plain(word) for word in analysis["words"]))
    click.echo("双字：" + " ".join(plain(pair) for pair in analysis["bigrams"]))
