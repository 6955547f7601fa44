"""Terminal text: results, entries, status and analysis. click drops colours where there is no terminal."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import click

from search.language.catalogue import translate_values
from search.language.message import Message
from search.language.terminal import in_terminal_language, json_language, printable, say
from search.times.format import format_time

if TYPE_CHECKING:
    from search.entry import Attribution, Entry, Role
    from search.indexing.preview import FilePreview, Preview
    from search.output.replay import Replay
    from search.results import CorrectionLinks, Hit, Results
    from search.searcher.searcher import Status

__all__ = [
    "print_analysis",
    "print_entry",
    "print_json",
    "print_key",
    "print_preview",
    "print_replay",
    "print_results",
    "print_status",
    "print_ties",
    "tell",
]

_C1 = re.compile("[\x7f-\x9f]")
_FIELDS = {"words": Message("词"), "unigrams": Message("单字"), "bigrams": Message("双字")}
_CORRECTED = {"correction": Message("有更正"), "denial": Message("有否认")}
_CORRECTS = {"correction": Message("更正"), "denial": Message("否认")}
_ENTRY_FIELDS = (
    Message("首发"),
    Message("转引"),
    Message("记者"),
    Message("专题"),
    Message("链接"),
    Message("编号"),
)


def tell(message: str) -> None:
    """Print a message to stderr."""
    click.echo(printable(message), err=True)


def print_preview(found: Preview, zone: ZoneInfo) -> None:
    """Print a line for each file, and its problems below it."""
    for one in found.files:
        click.echo(printable("  ".join(filter(None, _preview_parts(one, zone)))))
        for problem in one.problems:
            click.echo(printable(f"    ! {in_terminal_language(problem.sentence)}"))
    for problem in found.problems:
        click.echo(printable(f"! {in_terminal_language(problem.sentence)}"))
    click.echo(
        say(
            "共 {files} 个文件，{entries:,} 条；没有写入任何内容",
            files=len(found.files),
            entries=found.entries,
        )
    )


def _preview_parts(one: FilePreview, zone: ZoneInfo) -> Iterator[str]:
    """Yield the parts of the line of a file."""
    yield one.file
    yield in_terminal_language(one.format)
    if one.unreadable:
        yield say("读不了")
        return
    yield one.encoding
    yield say("{count:,} 条", count=one.entries)
    if one.first and one.last:
        yield say("{start} 至 {end}", start=format_time(one.first, zone), end=format_time(one.last, zone))
    if one.columns:
        yield say("采用 {names}", names=tuple(f"{name}→{key}" for name, key in one.columns.items()))
    if one.unused:
        yield say("未用 {names}", names=one.unused)


def print_json(value: Any) -> None:
    """Print one JSON document; characters that the output cannot encode are escaped."""
    value = translate_values(value, json_language())
    text = json.dumps(value, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    # JSON does not escape C1 controls, and some terminals interpret them.
    click.echo(_C1.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def print_key(secret: str, line: str) -> None:
    """Print the line of a new key to stdout, where `>>` saves it, and the secret to stderr."""
    tell(say("密钥（只显示这一次，请交给使用者保存）：{secret}", secret=secret))
    tell(say("下面一行写进 XUNWEN_KEYS 所指的文件："))
    click.echo(line)


def credited(attributions: Sequence[Attribution]) -> str:
    """Return the agencies of an entry by role: KazTag通讯社，经俄新社转引."""
    via = _agencies(attributions, "via")
    quoted_by = via and say("经{names}转引", names=via)
    return say("，").join(filter(None, (_agencies(attributions, "origin"), quoted_by)))


def _agencies(attributions: Sequence[Attribution], role: Role) -> str:
    return say("、").join(attribution.agency for attribution in attributions if attribution.role == role)


def _time(time: datetime | None, zone: ZoneInfo) -> str:
    return format_time(time, zone) if time else say("时间不详")


def print_results(results: Results, zone: ZoneInfo) -> None:
    """Print one page of results."""
    for problem in results.problems:
        tell(say("第 {position} 个字符：{message}", position=problem.position + 1, message=problem.message))
    click.echo(say("{total} 条（{ms:.1f} 毫秒）", total=results.total, ms=results.took_ms))
    if results.did_you_mean:
        click.echo(printable(say("您要找的是不是：{queries}", queries=tuple(results.did_you_mean))))
    if results.also_searched:
        click.echo(printable(say("已同时搜索：{names}", names=tuple(results.also_searched))))
    for part in results.parts:
        click.echo(say("  「{text}」单独有 {total} 条", text=printable(part.text), total=part.total))
    partial = False
    for hit in results.hits:
        if hit.partial and not partial:
            partial = True
            click.echo("\n" + say("部分匹配（{total} 条）", total=results.partial_total))
        _print_hit(hit, zone)
    if results.page < results.pages:
        more = say(
            "第 {page} 页，共 {pages} 页；下一页加 --page {next}",
            page=results.page,
            pages=results.pages,
            next=results.page + 1,
        )
        click.echo("\n" + more)


def _print_hit(hit: Hit, zone: ZoneInfo) -> None:
    from search.highlight import to_terminal

    time = _time(hit.time, zone)
    agencies = credited(hit.attributions)
    click.echo(f"\n{time}  {to_terminal(hit.title.text, hit.title.spans)}")
    if hit.snippet:
        snippet = to_terminal(hit.snippet.text, hit.snippet.spans)
        click.echo("    " + snippet.replace("\n", "\n    "))
    click.echo(click.style(printable("    " + "  ".join(x for x in (hit.id, agencies) if x)), dim=True))
    if hit.missing:
        click.echo(printable("    " + say("缺：{parts}", parts=hit.missing)))
    print_ties(hit.ties, zone, indent="    ")
    for copy in hit.copies or ():
        line = say("相同：{time}  {id}", time=_time(copy.time, zone), id=copy.id)
        click.echo(click.style(printable(f"    {line}"), dim=True))
    for share in hit.explanation.terms if hit.explanation else ():
        line = say(
            "{weight:8.3f}  {field} {term}（条目内 {tf} 次，共 {df} 条有）",
            weight=share.weight,
            field=_FIELDS[share.field],
            term=share.term,
            tf=share.tf,
            df=share.df,
        )
        click.echo(printable(f"    {line}"))
    if hit.explanation and (recency := hit.explanation.stages.get("recency")):
        click.echo(printable("    " + say("{weight:8.3f}  新近", weight=recency)))


def print_ties(ties: CorrectionLinks, zone: ZoneInfo, indent: str = "") -> None:
    """Print the correction links of an entry."""
    links = [(_CORRECTED[link.kind], link) for link in ties.corrections]
    if ties.corrects:
        links.append((_CORRECTS[ties.corrects.kind], ties.corrects))
    for name, link in links:
        line = say("{name}：{time}  {id}", name=name, time=format_time(link.time, zone), id=link.id)
        click.echo(click.style(printable(f"{indent}{line}"), dim=True))


def print_entry(entry: Entry, zone: ZoneInfo, brief: bool = False) -> None:
    """Print one entry, or only its first line."""
    time = _time(entry.time, zone)
    line = f"{time}  {printable(entry.headline or entry.body[:60])}"
    if brief:
        click.echo(f"{line}  [{printable(entry.id)}]")
        return
    click.echo(click.style(line, bold=True))
    if entry.body:
        click.echo(printable(entry.body))
    for caption in entry.captions:
        click.echo(f"△{printable(caption)}")
    values = (
        _agencies(entry.credited, "origin"),
        _agencies(entry.credited, "via"),
        entry.credit,
        entry.stream,
        entry.url,
        entry.id,
    )
    for name, value in zip(_ENTRY_FIELDS, values, strict=True):
        if value:
            click.echo(say("{name}：{value}", name=name, value=printable(value)))


_REASONS: Final = {
    "later": Message("导出之后的新条目"),
    "added": Message("导出时索引里没有，或后来才查得到"),
    "removed": Message("条目已删除"),
    "edited": Message("内容有改动"),
    "aliases": Message("别名有改动"),
    "dictionary": Message("词典或分析有改动"),
}


def print_replay(replay: Replay) -> None:
    """Print what differs between an export and its search now."""
    counts = {name: len(getattr(replay, name)) for name in ("came", "went", "changed")}
    sentence = "导出 {exported} 条：相同 {same}，新增 {came}，消失 {went}，改动 {changed}"
    click.echo(say(sentence, exported=replay.exported, same=replay.same, **counts))
    for sign, differences in (("+", replay.came), ("-", replay.went), ("~", replay.changed)):
        for one in differences:
            reason = in_terminal_language(_REASONS[one.reason])
            click.echo(f"{sign} {printable(one.headline or one.id)}  [{printable(one.id)}]  {reason}")


def print_status(status: Status, zone: ZoneInfo) -> None:
    """Print the size and state of the index."""
    state = status.state
    click.echo(
        say(
            "{home}：{entries} 条，第 {generation} 代，{megabytes:.1f} MB",
            home=status.home,
            entries=state.entries,
            generation=state.generation,
            megabytes=state.bytes / 1e6,
        )
    )
    if state.oldest and state.newest:
        oldest, newest = format_time(state.oldest, zone), format_time(state.newest, zone)
        click.echo(say("时间：{oldest} 至 {newest}", oldest=oldest, newest=newest))
    if state.stale:
        click.echo(say("{count} 条由旧的分析器或词典建立，请运行 xunwen reindex 更新", count=state.stale))
    loops = say("已编译") if status.compiled else say("未编译，结果相同，速度较慢（安装时没有 C 编译器）")
    click.echo(say("检索循环：{loops}", loops=loops))


def print_analysis(analysis: dict[str, Any]) -> None:
    """Print the analysis of a text."""
    units = (f"{unit['text']}@{unit['position']}" for unit in analysis["units"])
    click.echo(say("折叠：") + printable(analysis["folded"]))
    click.echo(say("单位：") + printable(" ".join(units)))
    click.echo(say("词：  ") + printable(" ".join(analysis["words"])))
    click.echo(say("双字：") + printable(" ".join(analysis["bigrams"])))
