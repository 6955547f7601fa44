"""Imports point down, without circles, and each outside library has its place.

The layers are the `layers` blocks of docs/architecture.md; there is no other list. Imports are read from the
source, those in functions and under TYPE_CHECKING included, so a module need not be importable.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "architecture.md"

# Each outside library, and the modules or folders that may import it.
LIBRARIES: dict[str, tuple[str, ...]] = {
    "babel": ("search.language.catalogue", "web.language.i18n"),
    "click": ("search.cli",),
    "flask": ("web",),
    "gunicorn": ("web",),
    "ir_measures": ("search.evaluate",),
    "jieba": ("search.analysis.words",),
    "jinja2": ("web",),
    "markdown_it": ("search.readers.formats.markdown",),
    "limits": ("web.serving.limits",),
    "markupsafe": ("web",),
    "msgspec": (
        "search.engines.whoosh.storage.document_store",
        "search.output.export",
        "search.query.logical",
        "web.api.openapi",
    ),
    "opencc": (
        "search.analysis.han_forms",
        "search.analysis.script",
    ),
    "opensearchpy": ("search.engines.opensearch",),
    "prometheus_client": ("web.serving.metrics",),
    "pypinyin": ("search.suggest",),
    "rjieba": ("search.analysis.words",),
    "tqdm": ("search.cli",),
    "waitress": ("web.serving.worker",),
    "werkzeug": ("web",),
    "whoosh": ("search.engines.whoosh.compat",),
    "yaml": ("search.readers",),
    "zstandard": ("search.engines.whoosh",),
}
EVERYWHERE = frozenset({"numpy"})


@dataclass(frozen=True, slots=True)
class Import:
    """One module that another names in an import."""

    importer: str
    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """One list of layers: `rank` gives the line of each name, counted from the bottom layer, 0."""

    rank: Mapping[str, int]

    def layer_of(self, module: str) -> str:
        """Return the name that `module` belongs to, or "" where this block does not list it."""
        names = (name for name in self.rank if module == name or self._contains(name, module))
        return max(names, key=len, default="")

    def _contains(self, name: str, module: str) -> bool:
        # A name that other names lie below stands for the package's own `__init__` only.
        has_parts = any(other.startswith(f"{name}.") for other in self.rank)
        return not has_parts and module.startswith(f"{name}.")


def read_blocks(page: str) -> list[Block]:
    """Read the fenced `layers` blocks of a page, the lowest layer first."""
    blocks = re.findall(r"^```layers\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    return [Block(dict(_ranks(block))) for block in blocks]


def _ranks(block: str) -> Iterator[tuple[str, int]]:
    for rank, line in enumerate(filter(None, map(str.strip, block.splitlines()))):
        yield from ((name, rank) for name in line.split())


def module_name(path: Path) -> str:
    """Return the dotted name that `path` is imported by."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for top in ("search", "web") for path in sorted((ROOT / top).rglob("*.py"))}
BLOCKS = read_blocks(PAGE.read_text(encoding="utf-8"))


def imports(importer: str, source: str, *, package: bool, known: Iterable[str]) -> Iterator[Import]:
    """Yield each import of `source`; `from a import b` names `a.b` where that is a module in `known`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(importer, alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(importer, node, package=package)
            for alias in node.names:
                member = f"{base}.{alias.name}"
                yield Import(importer, member if member in known else base, node.lineno)


def _absolute(importer: str, node: ast.ImportFrom, *, package: bool) -> str:
    if not node.level:
        return node.module or ""
    parts = importer.split(".")
    anchor = parts[: len(parts) - node.level + package]
    return ".".join([*anchor, *([node.module] if node.module else [])])


def imports_of(module: str) -> list[Import]:
    """Return the imports of one module of the checkout."""
    path = FILES[module]
    source = path.read_text(encoding="utf-8")
    return list(imports(module, source, package=path.name == "__init__.py", known=FILES))


def layer_fault(found: Import, blocks: Iterable[Block]) -> str:
    """Return what is wrong with an import inside the project, or ""."""
    for block in blocks:
        importer, target = block.layer_of(found.importer), block.layer_of(found.target)
        if importer and target and importer != target and block.rank[target] >= block.rank[importer]:
            return (
                f"line {found.line}: {found.importer} imports {found.target}, which is not in a layer below"
            )
    return ""


def library_fault(found: Import) -> str:
    """Return what is wrong with an import from outside the project, or ""."""
    library = found.target.partition(".")[0]
    if library in sys.stdlib_module_names or library in EVERYWHERE or library in ("search", "web"):
        return ""
    places = LIBRARIES.get(library)
    if places is None:
        return f"line {found.line}: {library} is in no list: add it to LIBRARIES and docs/dependencies.md"
    if any(found.importer == place or found.importer.startswith(f"{place}.") for place in places):
        return ""
    return f"line {found.line}: {found.importer} imports {library}, whose place is {', '.join(places)}"


def circle(graph: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names of one circle of a graph, or nothing where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def siblings(folder: str, found: Iterable[Import]) -> dict[str, set[str]]:
    """Return which children of a folder import which, as a graph; a folder below counts as one child."""
    graph: dict[str, set[str]] = {}
    for one in found:
        importer, target = _child(folder, one.importer), _child(folder, one.target)
        if importer and target and importer != target:
            graph.setdefault(importer, set()).add(target)
    return graph


def _child(folder: str, module: str) -> str:
    return module[len(folder) + 1 :].partition(".")[0] if module.startswith(f"{folder}.") else ""


ALL_IMPORTS = [found for module in FILES for found in imports_of(module) if found.target in FILES]
FOLDERS = sorted({module.rpartition(".")[0] for module in FILES} - {""})


@pytest.mark.parametrize("module", FILES)
def test_imports_point_down_and_libraries_keep_their_place(module: str) -> None:
    """Each module imports only from layers below its own, and outside libraries only where they belong."""
    found = imports_of(module)
    assert not [fault for one in found if (fault := layer_fault(one, BLOCKS) or library_fault(one))]


@pytest.mark.parametrize("module", FILES)
def test_every_module_has_a_layer(module: str) -> None:
    """Each module belongs to a line of the first block, the one of the whole project."""
    assert BLOCKS[0].layer_of(module), f"{module} is in no layer of docs/architecture.md"


def test_every_layer_exists() -> None:
    """Each name of the page is a module or a folder of the checkout."""
    assert [name for block in BLOCKS for name in block.rank if name not in FILES] == []


def test_no_import_circle_between_files() -> None:
    """No module imports itself, however long the way."""
    graph: dict[str, set[str]] = {}
    for found in ALL_IMPORTS:
        if found.importer != found.target:
            graph.setdefault(found.importer, set()).add(found.target)
    assert circle(graph) == []


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_import_circle_between_folders(folder: str) -> None:
    """The files and folders of one folder import each other in one direction only."""
    assert circle(siblings(folder, ALL_IMPORTS)) == []


TWO = read_blocks("```layers\nsearch.entry\nsearch.query\nsearch\nweb\nsearch.cli\n```")


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("search.query.syntax", "from search.entry import Entry", ""),
        ("search.entry", "from search.query import parse", "not in a layer below"),
        ("search.entry", "def f():\n    import search.query.syntax", "line 2: search.entry imports"),
        ("search.query.syntax", "from . import grammar", ""),
        ("search.entry", "from search import Searcher", "not in a layer below"),
        ("search.cli.commands", "from web import create_app", ""),
        ("web.app", "from search.cli import main", "not in a layer below"),
    ],
)
def test_the_checker_finds_each_kind_of_fault(module: str, source: str, expected: str) -> None:
    """A planted import is reported exactly when it breaks a rule."""
    known = {"search", "search.entry", "search.query", "search.query.grammar", "search.cli", "web"}
    found = imports(module, source, package=False, known=known)
    faults = "; ".join(filter(None, (layer_fault(one, TWO) for one in found)))
    assert expected in faults if expected else not faults


def test_the_checker_finds_a_circle() -> None:
    """A circle that is added is found, between files and between folders."""
    circular = [Import("search.a.x", "search.b.y", 1), Import("search.b.z", "search.a.x", 1)]
    assert set(circle(siblings("search", circular))) == {"a", "b"}
    assert circle(siblings("search", circular[:1])) == []
