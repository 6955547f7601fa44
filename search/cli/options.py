"""Options shared by the commands that take a query; they are the fields of SearchOptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from search.cli.bilingual import option

__all__ = ["FORMATS", "KINDS", "SORTS", "choosing", "ordering"]

# Written out: importing the types that name them would take longer than the help.
SORTS: Final = ("relevance", "newest", "oldest")
KINDS: Final = ("死亡", "受伤", "失踪", "拘捕", "撤离", "感染")
FORMATS: Final = ("csv", "jsonl")

_Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def _options(*options: _Wrap) -> _Wrap:
    """Return one decorator that adds options in the order of --help."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for decorate in reversed(options):
            command = decorate(command)
        return command

    return add


#: Options that select entries; `ordering` adds those that order and group them.
choosing = _options(
    option("--agency", multiple=True, help="只要这些来源（可重复）。"),
    option("--stream", multiple=True, help="只要这些专题（可重复）。"),
    option("--from", "from_", help="从何时起，如 2022-01-05、1月5日、昨天。"),
    option("--to", help="到何时止（含）。"),
    option("--asof", help="只看截至此刻已发布的条目。"),
    option("--exact", is_flag=True, help="只查原词，不用别名、数字与异形词扩展。"),
    option("--corrected", is_flag=True, help="只要后来有更正或否认的条目。"),
)
ordering = _options(
    option("--sort", default="relevance", show_default=True, type=click.Choice(SORTS), help="排序。"),
    option("--fold/--no-fold", help="把相同的条目合并成一条；缺省为全部列出。"),
    option(
        "--partial/--no-partial",
        default=None,
        help="部分匹配的条目跟在后面；检索缺省为是，导出缺省为否。",
    ),
)
