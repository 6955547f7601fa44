"""Keep the houses apart: who may import whom, and where each outside library lives.

The layers are those of docs/architecture.md. Imports are read from the source, also those in functions and
under TYPE_CHECKING, so that a module need not be importable, and nothing hides in a branch that no test runs.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# `search/__init__.py`: what the command line, the page and other programs see of the engine room.
FACE = "search"

# From the ground up: a module imports what stands on an earlier line, never the reverse.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "search.checksummed",
            "search.deadline",
            "search.entry",
            "search.errors",
            "search.home",
            "search.times.ranges",
            "search.engines.whoosh.storage.cost_cache",
            "search.regular_file",
        }
    ),
    frozenset({"search.readers", "search.analysis"}),
    frozenset(
        {
            "search.results",
            "search.ranking",
            "search.settings.aliases",
            "search.output.citation",
            "search.near_duplicates",
            "search.corrections.target",
            "search.corrections.detect",
            "search.explanation",
        }
    ),
    frozenset({"search.query"}),  # resolving weighs its terms by ranking, which knows nothing of queries
    frozenset({"search.highlight", "search.figures"}),
    frozenset({"search.engines"}),
    frozenset({"search.settings.words"}),
    frozenset(
        {
            "search.suggest",
            "search.corrections.links",
            "search.indexing.manifest",
            "search.indexing.changed_lines",
            "search.indexing.reindex",
            "search.output.export",
            "search.searcher.folding",
            "search.searcher.hits",
            "search.searcher.searcher",
            "search.figures.tally",
            "search.evaluate",
        }
    ),
    frozenset({FACE}),
    frozenset({"search.cli.progress", "search.cli.commands", "web"}),
)

# Plain modules of one line are neighbours and may know each other; these are folders, strangers to the line.
FOLDERS = frozenset(
    {"search.readers", "search.analysis", "search.query", "search.figures", "search.engines", "web"}
)

# `xunwen serve` starts the page: the one step from search/ to web/.
ALLOWED = {("search.cli.commands", "web")}

# Each outside library, and the modules or packages that may know it. None: any one module, but only one.
HOMES: dict[str, frozenset[str] | None] = {
    "babel": frozenset({"web.language.i18n"}),
    "click": frozenset({"search.cli.commands"}),
    "feedparser": frozenset({"search.readers.formats.feed"}),
    "flask": frozenset({"web"}),
    "gunicorn": frozenset({"web"}),
    "ir_measures": frozenset({"search.evaluate"}),
    "jieba": frozenset({"search.analysis.words"}),
    "jinja2": frozenset({"web"}),
    "limits": frozenset({"web.serving.limits"}),
    "markupsafe": frozenset({"web"}),
    "msgspec": frozenset({"web.api.openapi"}),
    "opencc": frozenset({"search.analysis.fold", "search.analysis.script"}),
    "opensearchpy": frozenset({"search.engines.opensearch"}),
    "prometheus_client": frozenset({"web.serving.metrics"}),
    "pypinyin": frozenset({"search.suggest"}),
    "rjieba": frozenset({"search.analysis.words"}),
    "tqdm": None,
    "waitress": frozenset({"web.serving.worker"}),
    "werkzeug": frozenset({"web"}),
    "whoosh": frozenset({"search.engines.whoosh"}),
    "yaml": None,
    "zstandard": frozenset({"search.engines.whoosh"}),
}
EVERYWHERE = frozenset({"numpy"})


@dataclass(frozen=True, slots=True)
class Import:
    """One module that another names in an import."""

    importer: str
    target: str
    line: int


def module_name(path: Path) -> str:
    """Give the dotted name that `path` is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for top in ("search", "web") for path in sorted((ROOT / top).rglob("*.py"))}


def imports(importer: str, source: str, *, package: bool = False, known: frozenset[str]) -> Iterator[Import]:
    """Yield each import of `source`; `from a import b` names `a.b` where that is a module in `known`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(importer, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(importer, node, package=package)
            for alias in node.names:
                member = f"{base}.{alias.name}"
                yield Import(importer, member if member in known else base, node.lineno)


def absolute(importer: str, node: ast.ImportFrom, *, package: bool) -> str:
    """Resolve the dots of a relative import."""
    if not node.level:
        return node.module or ""
    parts = importer.split(".")
    anchor = parts[: len(parts) - node.level + package]
    return ".".join([*anchor, *([node.module] if node.module else [])])


def within(module: str, home: str) -> bool:
    """Tell whether `module` is `home`, a part of it, or a sibling named after it (`cli_serve` for `cli`)."""
    return module == home or module.startswith((f"{home}.", f"{home}_"))


def house(module: str) -> str:
    """Give the name in LAYERS that `module` belongs to, or "" where there is none."""
    if module == FACE:
        return FACE
    if module == "search.__main__":
        return "search.cli.commands"
    names = (name for layer in LAYERS for name in layer if name != FACE)
    return next((name for name in names if within(module, name)), "")


def rank(name: str) -> int:
    """Give the height of a house, 0 for the ground."""
    return next(height for height, layer in enumerate(LAYERS) if name in layer)


def layer_fault(found: Import) -> str:
    """Say what is wrong with an import inside the project, or ""."""
    importer, target = house(found.importer), house(found.target)
    if not importer or not target:
        return f"{found.target if importer else found.importer} stands in no layer: give it one in LAYERS"
    if importer == target or (importer, target) in ALLOWED:
        return ""
    neighbours = not {importer, target} & FOLDERS
    if rank(target) < rank(importer) or (rank(target) == rank(importer) and neighbours):
        return ""
    return f"{found.importer} imports {found.target}, which does not stand below it"


def library_fault(found: Import) -> str:
    """Say what is wrong with an import from outside the project, or ""."""
    library = found.target.partition(".")[0]
    if library in sys.stdlib_module_names or library in EVERYWHERE:
        return ""
    if library not in HOMES:
        return f"{library} has no home: give it one in HOMES and a line in docs/dependencies.md"
    homes = HOMES[library]
    if homes is None or any(within(found.importer, home) for home in homes):
        return ""
    return f"{found.importer} imports {library}, which lives in {', '.join(sorted(homes))}"


def faults(importer: str, source: str, *, package: bool = False, known: frozenset[str]) -> list[str]:
    """List what is wrong with the imports of one module, each with its line."""
    told = []
    for found in imports(importer, source, package=package, known=known):
        inside = found.target.partition(".")[0] in ("search", "web")
        if fault := (layer_fault if inside else library_fault)(found):
            told.append(f"line {found.line}: {fault}")
    return told


@pytest.mark.parametrize("module", FILES)
def test_imports_point_down_and_libraries_stay_home(module: str) -> None:
    """Each module imports only what stands below it, and outside libraries only where they live."""
    path = FILES[module]
    source = path.read_text(encoding="utf-8")
    assert not faults(module, source, package=path.name == "__init__.py", known=frozenset(FILES))


@pytest.mark.parametrize("library", [name for name, homes in HOMES.items() if homes is None])
def test_a_library_without_a_named_home_has_one_user(library: str) -> None:
    """At most one module imports it."""
    users = {
        module
        for module, path in FILES.items()
        for found in imports(module, path.read_text(encoding="utf-8"), known=frozenset(FILES))
        if found.target.partition(".")[0] == library
    }
    assert len(users) <= 1, f"{library} is imported by {', '.join(sorted(users))}"


KNOWN = frozenset(
    {
        "search",
        "search.times.ranges",
        "search.cli.commands",
        "search.query",
        "search.figures",
        "search.engines",
        "web",
    }
)


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("search.entry", "from search.errors import XunwenError", ""),
        ("search.entry", "from search.query import parse", "does not stand below"),
        ("search.entry", "from search import clock", ""),
        ("search.times.ranges", "from search import Searcher", "does not stand below"),
        (
            "search.times.ranges",
            "def f():\n    import search.engines.base",
            "line 2: search.times.ranges imports search.engines.base",
        ),
        ("search.readers.formats.feed", "from search.analysis import fold", "does not stand below"),
        ("search.query.syntax", "from . import grammar", ""),
        ("search.query.syntax", "from ..engines import base", "does not stand below"),
        ("search.query.syntax", "from .. import clock", ""),
        ("search.searcher.searcher", "from search.indexing.reindex import reindex", ""),
        ("search.searcher.searcher", "import web", "does not stand below"),
        ("search.cli_serve", "from web import create_app", ""),
        ("web.pages.views", "from search import Searcher", ""),
        ("web.pages.views", "from search.cli import main", "does not stand below"),
        ("web.pages.views", "from search.searcher.searcher import Searcher", ""),
        ("search", "from .searcher import Searcher", ""),
        ("search", "import web", "does not stand below"),
        ("search.cli.commands", "from search import reindex", ""),
        ("search.results", "from search.ranking import Parameters", ""),
        ("search.results", "from search.query import parse", "does not stand below"),
        ("search.query", "from search.ranking import Parameters", ""),
        ("search.magic", "import search.entry", "stands in no layer"),
        ("search.indexing.reindex", "import jieba", "lives in search.analysis.words"),
        ("search.analysis.words", "import rjieba, jieba", ""),
        ("search.engines.base", "from whoosh.fields import Schema", "lives in search.engines.whoosh"),
        ("search.engines.whoosh.compat.schema", "from whoosh.fields import Schema", ""),
        ("search.highlight", "from markupsafe import Markup", "lives in web"),
        ("search.ranking", "import numpy as np", ""),
        ("search.ranking", "import pandas", "pandas has no home"),
        ("search.ranking", "import math, collections.abc", ""),
    ],
)
def test_the_checker_sees_each_kind_of_fault(module: str, source: str, expected: str) -> None:
    """A made-up import is told exactly when it breaks a rule."""
    told = "; ".join(faults(module, source, package=module == FACE, known=KNOWN))
    assert expected in told if expected else not told
