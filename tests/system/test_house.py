"""Keep the house rules that a program can check: small pieces, explicit faces, help for every command."""

import ast
import importlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES_PER_FILE = 500
LINES_PER_FUNCTION = 25

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def files(*patterns: str, below: tuple[str, ...] = ("search", "web", "tests")) -> list[str]:
    """List the checkout's own files that match, as paths from its root."""
    found = chain.from_iterable((ROOT / top).rglob(pattern) for top in below for pattern in patterns)
    return sorted(str(path.relative_to(ROOT)) for path in found)


def tree(path: str) -> ast.Module:
    """Parse one of the checkout's modules."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def public(nodes: list[ast.stmt]) -> Iterator[Definition]:
    """Yield the functions and classes that have no leading underscore."""
    for node in nodes:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield node


@pytest.mark.parametrize("path", files("*.py", "*.js", "*.css", "*.html"))
def test_a_file_can_be_held_in_the_head(path: str) -> None:
    """No source file has more than 500 lines; 400 are a reason to look at it."""
    lines = (ROOT / path).read_text(encoding="utf-8").count("\n")
    assert lines <= LINES_PER_FILE, f"{path} has {lines} lines: split it"


def test_most_functions_are_short() -> None:
    """At least nine functions in ten have no more than 25 lines."""
    lengths = {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in files("*.py", below=("search", "web"))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    long = {name: lines for name, lines in lengths.items() if lines > LINES_PER_FUNCTION}
    longest = sorted(long, key=lambda name: -long[name])[:10]
    assert len(long) * 10 <= len(lengths), f"{len(long)} of {len(lengths)} are longer, first {longest}"


def bound_names(module: ast.Module) -> set[str]:
    """Collect the public names that a package's `__init__` takes from the project's own modules."""
    return {
        alias.asname or alias.name
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        and (node.level or (node.module or "").partition(".")[0] in ("search", "web"))
        for alias in node.names
        if not (alias.asname or alias.name).startswith("_")
    }


def declared(module: ast.Module) -> list[str] | None:
    """Read `__all__`, None where there is none."""
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                return list(ast.literal_eval(node.value))
    return None


@pytest.mark.parametrize("path", files("__init__.py", below=("search", "web")))
def test_a_package_has_an_explicit_face(path: str) -> None:
    """`__all__` names everything that a package passes on, once, and nothing that is not there."""
    module = tree(path)
    names, passed_on = declared(module), bound_names(module)
    if names is None:
        assert not passed_on, f"{path} passes on {sorted(passed_on)} without __all__"
        return
    package = importlib.import_module(path.removesuffix("/__init__.py").replace("/", "."))
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(package, name)] == []
    assert passed_on - set(names) == set(), f"{path} leaks them"


@pytest.mark.parametrize("path", files("*.py", below=("search", "web")))
def test_what_is_public_is_explained(path: str) -> None:
    """Each module that holds code, and each public function and class in it, has a docstring."""
    module = tree(path)
    assert not module.body or ast.get_docstring(module), f"{path} does not say why it exists"
    bare = [
        f"{node.name} (line {node.lineno})" for node in public(module.body) if not ast.get_docstring(node)
    ]
    assert not bare, f"{path}: no docstring on {', '.join(bare)}"


def test_each_command_has_help_and_an_example() -> None:
    """`xunwen COMMAND --help` says what the command does and shows a line to copy."""
    commands = pytest.importorskip("search.cli.commands", reason="there is no command line yet").main.commands
    assert commands
    for name, command in commands.items():
        assert (command.help or "").strip(), f"xunwen {name} has no help"
        assert "Example" in command.help or "示例" in command.help, f"xunwen {name} shows no example"
        assert f"xunwen {name}" in command.help, f"the example of xunwen {name} does not call it"
