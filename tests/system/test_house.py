"""Keep the house rules that a program can check: small pieces, explicit faces, help for every command."""

import ast
import importlib
import shlex
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click
import pytest

from search.cli import main

ROOT = Path(__file__).resolve().parents[2]
LINES_PER_FILE = 500
LINES_PER_FUNCTION = 25
COMMANDS = {
    *("analyze", "check", "evaluate", "export", "figures", "key"),
    *("reindex", "search", "serve", "show", "status"),
}

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


def examples(command: click.Command) -> list[list[str]]:
    """Return the arguments of the lines of a command's help that begin with `xunwen`."""
    lines = [line.strip() for line in (command.help or "").splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("xunwen ")]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_each_command_has_help_and_an_example(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`xunwen COMMAND --help` says what the command does and shows a line that the command accepts."""
    command = main.commands[name]
    assert not (command.help or "").lstrip().startswith(("Example", "xunwen")), "what it does comes first"
    own = [arguments for arguments in examples(command) if arguments[:1] == [name]]
    assert own, f"no line of the help of xunwen {name} calls it"
    (tmp_path / "collections" / "cmrc2018").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for arguments in own:
        command.make_context(name, arguments[1:], **main.context_settings)


def test_the_commands_are_those_of_the_contract() -> None:
    """No command is lost without notice."""
    assert set(main.commands) >= COMMANDS
