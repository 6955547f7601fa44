"""The commands of `xunwen`; the docstring of each is its help.

Results go to stdout, progress and messages to stderr. Exit codes: 0 success, 1 failure, 2 wrong usage. Each
command imports what it needs, so that help and version cost little.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from search import __version__
from search.cli.bilingual import BilingualOption, Group, argument, option
from search.cli.options import FORMATS, KINDS, choosing, ordering
from search.cli.printing import (
    print_analysis,
    print_entry,
    print_json,
    print_key,
    print_preview,
    print_replay,
    print_results,
    print_status,
    print_ties,
    tell,
)
from search.errors import UsageError, XunwenError
from search.home import Home
from search.language.message import reason_of
from search.language.terminal import in_terminal_language, json_language, printable, say

if TYPE_CHECKING:
    from search.indexing.reindex import Report
    from search.output.export import Format
    from search.searcher.searcher import Searcher

__all__ = ["main"]


@dataclass(frozen=True, slots=True)
class _Settings:
    home: Home

    @property
    def searcher(self) -> Searcher:
        from search.searcher.searcher import Searcher

        return Searcher(self.home)


@contextmanager
def _explained() -> Iterator[None]:
    """Print an error of Xunwen as one sentence on stderr, and exit with its code."""
    try:
        yield
    except XunwenError as error:
        tell(say("错误：{message}", message=error.message))
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        tell(say("已中断；原索引未受影响"))
        sys.exit(1)
    except BrokenPipeError:
        # The reader of the output has closed it (`| head`): print nothing more, not even when Python exits.
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        sys.exit(1)


def _command(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the handling of errors."""

    @wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with _explained():
            return function(*args, **kwargs)

    return wrapped


_JSON = option("--json", "as_json", is_flag=True, help="向标准输出打印一个 JSON 文档。")


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@option(
    "--home",
    envvar="XUNWEN_HOME",
    default=".",
    type=click.Path(file_okay=False, path_type=Path),
    help="数据与索引所在的文件夹（环境变量 XUNWEN_HOME，缺省为当前文件夹）。",
)
@option(
    "--engine",
    envvar="XUNWEN_ENGINE",
    default="",
    help="集群的地址，如 https://主机:9200（环境变量 XUNWEN_ENGINE，缺省为文件夹里的索引）。",
)
@click.version_option(
    __version__, message="xunwen, version %(version)s", help="显示版本后退出。", cls=BilingualOption
)
@click.pass_context
def main(context: click.Context, home: Path, engine: str) -> None:
    """寻闻：中文滚动新闻全文检索。

    \b
    Example:
      xunwen reindex
      xunwen search 阿拉木图机场
      xunwen serve
    """
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks is printed as an escape.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    context.obj = _Settings(Home(home, engine=engine))


@main.command("reindex")
@option("--full", is_flag=True, help="不看旧索引，全部重建。")
@option("--dry-run", is_flag=True, help="只说明每个文件会读出什么，不写索引。")
@_JSON
@click.pass_obj
@_command
def reindex_command(settings: _Settings, full: bool, dry_run: bool, as_json: bool) -> None:
    """让索引跟上 data/ 的变化；只处理改动过的文件和条目。

    \b
    Example:
      xunwen reindex
      xunwen reindex --dry-run
      xunwen --home /srv/news reindex --full --json
    """
    from search.cli.progress import StderrProgress
    from search.indexing.preview import preview
    from search.indexing.reindex import reindex

    if dry_run:
        found = preview(settings.home)
        if as_json:
            print_json(found.as_dict())
        else:
            print_preview(found, settings.home.zone)
        sys.exit(1 if found.unreadable else 0)
    progress = StderrProgress()
    try:
        report = reindex(settings.home, full=full, progress=progress)
    finally:
        progress.close()
    for problem in report.problems:
        tell(in_terminal_language(problem.sentence))
    if as_json:
        print_json(report.as_dict())
    else:
        click.echo(_summary(report))
    sys.exit(1 if report.unreadable else 0)


def _summary(report: Report) -> str:
    parts = [
        say(
            "新增 {added}，更改 {changed}，删除 {removed}，未变 {unchanged}",
            added=report.added,
            changed=report.changed,
            removed=report.removed,
            unchanged=report.unchanged,
        ),
        say("按词典重切 {count}", count=report.reanalyzed) if report.reanalyzed else "",
        say("共 {entries} 条，用时 {seconds:.2f} 秒", entries=report.entries, seconds=report.seconds),
        say("{count} 处问题见上", count=len(report.problems)) if report.problems else "",
    ]
    return say("；").join(filter(None, parts))


@main.command()
@argument("query", nargs=-1, required=True)
@option("--limit", default=10, show_default=True, help="每页条数。")
@option("--page", default=1, show_default=True, help="第几页。")
@ordering
@choosing
@option("--explain", is_flag=True, help="说明每条的得分从何而来。")
@_JSON
@click.pass_obj
@_command
def search(settings: _Settings, query: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """检索并按相关度列出条目。

    \b
    Example:
      xunwen search 阿拉木图机场
      xunwen search 加沙 停火
      xunwen search '来源:俄新社 -机场' --sort newest --limit 20 --json
    """
    options["partial"] = options["partial"] is not False
    results = settings.searcher.search(" ".join(query), **options)
    if as_json:
        print_json(results.as_dict())
    else:
        print_results(results, settings.home.zone)


@main.command("export")
@argument("query")
@option("--format", "form", required=True, type=click.Choice(FORMATS), help="表格，或每行一条 JSON。")
@ordering
@choosing
@click.pass_obj
@_command
def export_command(settings: _Settings, query: str, form: Format, **options: Any) -> None:
    """把检索到的全部条目写到标准输出：CSV 表格，或每行一条 JSON；查询为空时按时间先后。

    \b
    Example:
      xunwen export 阿拉木图机场 --format csv
      xunwen export '来源:俄新社' --format jsonl --sort oldest
    """
    from search.output.export import WRITERS

    options["partial"] = options["partial"] is True
    if not query.strip() and options["sort"] == "relevance":
        options["sort"] = "oldest"  # nothing to rank by: an archive is read from its begin
    sys.stdout.buffer.writelines(WRITERS[form](settings.searcher.export(query, **options), json_language()))
    sys.stdout.buffer.flush()


@main.command("replay")
@argument("file", type=click.Path(allow_dash=True))
@_JSON
@click.pass_obj
@_command
def replay_command(settings: _Settings, file: str, as_json: bool) -> None:
    """重做一份 JSON 行导出里的检索，列出新增、消失和改动的条目及原因。

    \b
    Example:
      xunwen replay airport.jsonl
    """
    from search.searcher.replay import replay

    try:
        with click.open_file(file, "rb") as lines:
            again = replay(settings.searcher, lines)
    except OSError as error:
        raise UsageError("读不了 {file}（{reason}）", file=file, reason=reason_of(error)) from error
    if as_json:
        print_json(again.as_dict())
    else:
        print_replay(again)


@main.command()
@argument("query")
@option("--kind", type=click.Choice(KINDS), help="只要这一类。")
@choosing
@option("--csv", "as_csv", is_flag=True, help="向标准输出打印 CSV 表格。")
@_JSON
@click.pass_obj
@_command
def figures(settings: _Settings, query: str, as_csv: bool, as_json: bool, **options: Any) -> None:
    """按时间列出条目里的死亡、受伤、失踪、拘捕、撤离、感染数字，并指出矛盾之处。

    \b
    Example:
      xunwen figures 地震
      xunwen figures 地震 --kind 死亡 --csv
    """
    from search.figures.table import tally_csv, tally_lines
    from search.searcher.figures import tally

    if as_csv and as_json:
        raise UsageError("--csv 与 --json 只能选一个")
    table = tally(settings.searcher, query, **options)
    if as_json:
        print_json(table.as_dict())
    elif as_csv:
        click.echo(tally_csv(table, settings.home.zone, in_terminal_language), nl=False)
    else:
        for line in tally_lines(table, settings.home.zone):
            click.echo(printable(in_terminal_language(line)))
        tell(
            say(
                "{figures} 个数字，{conflicts} 处矛盾；读了 {entries} 条，共 {total} 条",
                figures=len(table.rows),
                conflicts=len(table.conflicts),
                entries=table.entries,
                total=table.total,
            )
        )


@main.command()
@argument("entry_id", metavar="ID")
@option("--context", "around", default=0, show_default=True, help="同一专题中前后各列几条。")
@_JSON
@click.pass_obj
@_command
def show(settings: _Settings, entry_id: str, around: int, as_json: bool) -> None:
    """显示一个条目的全文。

    \b
    Example:
      xunwen show 2022-01-06-kazakhstan/0105-2339 --context 2
    """
    if not 0 <= around <= 100:
        raise UsageError("--context 须在 0 到 100 之间")
    searcher = settings.searcher
    entry = searcher.entry(entry_id)
    before, after = searcher.context(entry_id, around)
    ties = searcher.ties(entry_id)
    if as_json:
        print_json(
            {
                **entry.as_dict(),
                **ties.as_dict(),
                "before": [other.as_dict() for other in before],
                "after": [other.as_dict() for other in after],
            }
        )
        return
    for other in before:
        print_entry(other, settings.home.zone, brief=True)
    print_entry(entry, settings.home.zone)
    print_ties(ties, settings.home.zone)
    for other in after:
        print_entry(other, settings.home.zone, brief=True)


@main.command()
@_JSON
@click.pass_obj
@_command
def status(settings: _Settings, as_json: bool) -> None:
    """说明索引里有什么，多少条目需要更新。

    \b
    Example:
      xunwen status
    """
    current = settings.searcher.status()
    if as_json:
        print_json(current.as_dict())
    else:
        print_status(current, settings.home.zone)


@main.command()
@_JSON
@click.pass_obj
@_command
def check(settings: _Settings, as_json: bool) -> None:
    """通读索引，核对每个文件与每个条目；有问题时退出码为 1。

    \b
    Example:
      xunwen check
    """
    problems = settings.searcher.check()
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    else:
        for problem in problems:
            click.echo(printable(in_terminal_language(problem)))
        click.echo(say("索引有问题" if problems else "索引完好"))
    sys.exit(1 if problems else 0)


@main.command()
@argument("text")
@_JSON
@click.pass_obj
@_command
def analyze(settings: _Settings, text: str, as_json: bool) -> None:
    """显示一段文字折叠、切分之后的样子（用 data/words.txt 里的词）。

    \b
    Example:
      xunwen analyze '俄羅斯 F-16 战机'
    """
    from search.settings.words import home_analyzer

    analyzer = home_analyzer(settings.home)
    units, terms = analyzer.units(text), analyzer.terms(text)
    analysis = {
        "text": text,
        "folded": analyzer.fold(text),
        "units": [
            {"text": unit, "start": start, "end": end, "position": position}
            for unit, start, end, position in zip(
                units.texts, units.starts, units.ends, units.positions, strict=True
            )
        ],
        "words": terms.words,
        "bigrams": terms.bigrams,
    }
    if as_json:
        print_json(analysis)
    else:
        print_analysis(analysis)


@main.command("evaluate")
@argument("collection", type=click.Path(exists=True, file_okay=False, path_type=Path))
@option("--k", default=10, show_default=True, type=click.IntRange(1, 100), help="nDCG 与 MRR 的深度。")
@_JSON
@_command
def evaluate_command(collection: Path, k: int, as_json: bool) -> None:
    """用带评判的查询衡量排序：nDCG、MRR、Recall。

    \b
    Example:
      xunwen evaluate collections/cmrc2018
    """
    from search.evaluate import evaluate

    evaluated = evaluate(collection, k)
    if as_json:
        print_json(evaluated.as_dict())
        return
    click.echo(
        say(
            "{collection}：{entries} 条，{queries} 个查询",
            collection=evaluated.collection,
            entries=evaluated.entries,
            queries=evaluated.queries,
        )
    )
    for name, value in evaluated.measures.items():
        click.echo(f"  {name:<12}{100 * value:6.2f}")


@main.command()
@argument("name")
@option("--rights", default="read", show_default=True, help="read、metrics 或 read,metrics。")
@_JSON
@_command
def key(name: str, rights: str, as_json: bool) -> None:
    """生成一个访问密钥：标准输出是写进 XUNWEN_KEYS 文件的一行，密钥本身只显示这一次。

    \b
    Example:
      xunwen key 编辑部
      xunwen key prometheus --rights metrics
    """
    from web.serving.keys import new_key

    secret, made = new_key(name, rights)
    if as_json:
        print_json({"name": made.name, "key": secret, "line": made.line()})
    else:
        print_key(secret, made.line())


@main.command()
@option("--host", default="127.0.0.1", show_default=True, help="监听地址。")
@option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="端口。")
@option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="进程数。")
@option(
    "--timeout",
    default=10.0,
    show_default=True,
    type=click.FloatRange(0.1, 3600),
    help="一次回答最多用的秒数。",
)
@option("--metrics-port", type=click.IntRange(0, 65535), help="指标单独使用的端口；主端口不再提供指标。")
@option("--metrics-host", default="127.0.0.1", show_default=True, help="指标的监听地址。")
@option("--rate-limit", envvar="XUNWEN_RATE_LIMIT", help="每个客户端的限速，如 600/minute，或 off。")
@click.pass_obj
@_command
def serve(settings: _Settings, rate_limit: str | None, **options: Any) -> None:
    """启动网页检索。

    \b
    Example:
      xunwen serve --port 8000 --workers 2
    """
    from web import serve as run

    if rate_limit is not None:
        # Read by `web.serving.access` in each process.
        os.environ["XUNWEN_RATE_LIMIT"] = rate_limit
    run(settings.home, **options)
