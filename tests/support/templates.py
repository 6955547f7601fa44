"""The Chinese texts of the source: templates of messages, and the help of the command line."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import click

from search.cli import main
from tests.support.homes import ROOT

__all__ = ["HAN", "commands", "templates"]

HAN = re.compile("[\u3400-\u9fff]")
#: Han characters and the punctuation that goes with them.
_CHINESE = re.compile("[\u3001-\u303f\u3400-\u9fff\uff01-\uff60]")

#: Modules whose Chinese is that of entries, queries and dates.
_DATA = (
    "search/analysis/",
    "search/corrections/detect.py",
    "search/corrections/target.py",
    "search/figures/conflicts.py",
    "search/figures/counts.py",
    "search/figures/extract.py",
    "search/figures/figure.py",
    "search/figures/matter.py",
    "search/figures/pairs.py",
    "search/figures/places.py",
    "search/figures/words.py",
    "search/near_duplicates.py",
    "search/output/citation.py",
    "search/query/days.py",
    "search/query/groups.py",
    "search/query/numbers.py",
    "search/ranking.py",
    "search/readers/columns.py",
    "search/readers/reports/blocks.py",
    "search/readers/extraction/",
    "search/readers/reports/time_lines.py",
    "search/suggest/",
    "web/api/feeds.py",
    "web/api/json_feed.py",
    "web/api/openapi.py",
    "web/pages/examples.py",
)
#: Assigned names whose Chinese is data: names of fields, parts of dates, columns, characters of the grammar.
_TABLES = {"_NAMES", "_CHINESE", "DAY_PARTS", "_AGO", "_DATE", "_TIME", "_FORMULA", "_ON_AXIS"}
_TABLES |= {"_OPENING", "_MINUS", "_DOUBLE", "_QUOTES", "_WIDTHS", "_TYPED", "digits", "Kind", "named"}
_TABLES |= {"_TIME_EXAMPLES", "PLACES", "UNCERTAIN_PLACES", "_HALVES", "_WEEKDAY_SIGNS", "_ZERO", "_HAN"}
_TABLES |= {"_FORENOON", "_KEYS", "_DAYS_AGO"}
#: Calls whose literals are data, or texts of the pages, which have a catalogue of their own.
_CALLS = {"compile", "gettext", "split", "partition", "rpartition", "Language", "NotImplementedError", "sub"}


def commands() -> list[tuple[str, click.Command]]:
    """Return every command with its name, first the group itself."""
    return [("", main), *sorted(main.commands.items())]


@cache
def templates() -> dict[str, str]:
    """Return every template in the source, with its place."""
    texts: dict[str, str] = {}
    for path in sorted(path for top in ("search", "web") for path in (ROOT / top).rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if not name.startswith(_DATA):
            for node in _literals(ast.parse(path.read_text(encoding="utf-8"))):
                texts.setdefault(node.value, f"{name}:{node.lineno}")
    for name, command in commands():
        for text in (command.chinese.partition("\n\n")[0], *_option_help(command)):
            texts.setdefault(text.strip(), f"xunwen {name} --help")
    return texts


def _option_help(command: click.Command) -> Iterator[str]:
    yield from (param.chinese for param in command.params if isinstance(param, click.Option))


def _literals(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the Chinese literals outside of docstrings, comparisons, and data."""
    if isinstance(node, ast.Compare) or _is_data(node):
        return
    if isinstance(node, ast.JoinedStr):
        texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        # A sentence is never an f-string; a date may be one.
        assert not re.search("[\u3400-\u9fff]{2}", " ".join(texts)), f"line {node.lineno}: {texts}"
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHINESE.search(node.value):
        yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield from _literals(child)


def _is_data(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name in _CALLS
        case ast.Assign(targets=[target]):
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            return any(isinstance(one, ast.Name) and one.id in _TABLES for one in names)
        case ast.AnnAssign(target=ast.Name(id=name)) | ast.AugAssign(target=ast.Name(id=name)):
            return name in _TABLES
    return False
