"""Every regular expression of the project: those that its modules hold, and those that its functions use."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import search
import web

__all__ = ["COMPILED_LATER", "Unreadable", "pattern_calls", "project_patterns"]

Pattern = re.Pattern[Any]

#: Patterns built at run time: by module and argument, examples of the result.
COMPILED_LATER: dict[tuple[str, str], Callable[[ModuleType], Iterable[Pattern]]] = {
    ("search.engines.opensearch.catalog", r'rf"\A{re.escape(self.alias)}-(\d{{6,}})\Z"'): lambda _: [
        re.compile(r"\Axunwen\-news-(\d{6,})\Z")
    ],
}
#: Where the flags stand among the arguments of the functions of `re`.
_FLAGS_AT = {"compile": 1, "match": 2, "search": 2, "fullmatch": 2, "findall": 2, "finditer": 2}
_FLAGS_AT |= {"split": 3, "sub": 4, "subn": 4}


class Unreadable(Exception):
    """The pattern of a call is made while the program runs."""


@dataclass
class _Collection:
    patterns: dict[tuple[str | bytes, int], tuple[str, Pattern]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    def add(self, name: str, pattern: Pattern) -> None:
        self.patterns.setdefault((pattern.pattern, pattern.flags), (name, pattern))

    def walk(self, name: str, value: object) -> None:
        """Take the patterns that a value holds, in containers, classes and objects of the project too."""
        if isinstance(value, re.Pattern):
            return self.add(name, value)
        if id(value) in self.seen:
            return None
        self.seen.add(id(value))
        for key, inner in _parts(value):
            self.walk(f"{name}.{key}", inner)
        return None


def _parts(value: object) -> Iterator[tuple[object, object]]:
    """Yield what a container, a class or an object of the project, or a function of it, holds."""
    if isinstance(value, dict):
        yield from list(value.items())
    elif isinstance(value, list | tuple | set | frozenset):
        yield from enumerate(value)
    elif _is_ours(value if isinstance(value, type) or callable(value) else type(value)):
        yield from vars(value).items() if hasattr(value, "__dict__") else ()
        for slot in getattr(type(value), "__slots__", ()):
            yield slot, getattr(value, slot, None)
        yield "defaults", getattr(value, "__defaults__", None)


def _is_ours(value: object) -> bool:
    return str(getattr(value, "__module__", "")).partition(".")[0] in ("search", "web")


def modules() -> list[ModuleType]:
    """Import every module of the project that is written in Python."""
    names = (
        module.name
        for package in (search, web)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    )
    imported = map(importlib.import_module, names)
    return [search, web, *(module for module in imported if str(module.__file__).endswith(".py"))]


def project_patterns() -> list[tuple[str, Pattern]]:
    """Return each pattern of the project once, with the first name that it has."""
    collection = _Collection()
    for module in modules():
        for name, value in vars(module).items():
            if not name.startswith("__"):
                collection.walk(f"{module.__name__}:{name}", value)
        for name, pattern in pattern_calls(module):
            collection.add(name, pattern)
    return list(collection.patterns.values())


def pattern_calls(module: ModuleType) -> Iterator[tuple[str, Pattern]]:
    """Yield the patterns that are given to functions of `re`; raises Unreadable for an unknown one."""
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "re":
            raise Unreadable(
                f"{module.__name__}:{node.lineno} imports from re; write re.compile and the like"
            )
        if isinstance(node, ast.Call) and (place := _FLAGS_AT.get(_function_of_re(node))) is not None:
            for pattern in _given(module, node, place, source):
                yield f"{module.__name__}:{node.lineno}", pattern


def _function_of_re(call: ast.Call) -> str:
    function = call.func
    of_re = isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
    return function.attr if of_re and function.value.id == "re" else ""  # type: ignore[attr-defined]


def _given(module: ModuleType, call: ast.Call, flags_at: int, source: str) -> Iterator[Pattern]:
    written = str(ast.get_source_segment(source, call.args[0]))
    if compiled := COMPILED_LATER.get((module.__name__, written)):
        yield from compiled(module)
        return
    flags = [keyword.value for keyword in call.keywords if keyword.arg == "flags"] + call.args[flags_at:][:1]
    try:
        pattern = eval(ast.unparse(call.args[0]), vars(module))
        options = eval(ast.unparse(flags[0]), vars(module)) if flags else 0
    except NameError as error:
        raise Unreadable(f"{module.__name__}:{call.lineno} {written}: add it to COMPILED_LATER") from error
    yield re.compile(pattern, options)
