"""The language of the terminal: of everything that this process prints on stdout and stderr."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from search.language.catalogue import CHINESE, ENGLISH, translate
from search.language.message import Message

__all__ = [
    "in_terminal_language",
    "json_language",
    "language_of",
    "printable",
    "say",
    "set_terminal_language",
    "terminal_language",
]

_VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
#: Locales that name no language.
_NEUTRAL: Final = frozenset({"", "c", "posix"})

_language = _json_language = CHINESE


def language_of(environ: Mapping[str, str]) -> str | None:
    """Return the language of the locale: Chinese for `zh`, None for C and for none, else English.

    >>> language_of({"LANG": "zh_CN.UTF-8", "LC_ALL": "de_DE.UTF-8"}), language_of({"LANG": "C.UTF-8"})
    ('en', None)
    """
    locale = next(filter(None, map(environ.get, _VARIABLES)), "")
    name = locale.partition(".")[0].partition("@")[0].lower()
    if name in _NEUTRAL:
        return None
    return CHINESE if name.partition("_")[0] == "zh" else ENGLISH


def set_terminal_language(language: str, *, json: str = CHINESE) -> None:
    """Set the languages of this process, and of those that it forks: of its text and of its JSON."""
    global _language, _json_language
    _language, _json_language = language, json


def terminal_language() -> str:
    """Return the language that was set; Chinese by default."""
    return _language


def json_language() -> str:
    """Return the language of the messages in JSON."""
    return _json_language


def printable(text: str) -> str:
    """Return text for a terminal: unprintable characters but line breaks become blanks.

    >>> printable("机场\x1b[2J")
    '机场 [2J'
    """
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def say(template: str, /, **args: object) -> str:
    """Return a message in the language of the terminal."""
    return in_terminal_language(Message(template, **args))


def in_terminal_language(message: str) -> str:
    """Return a message in the language of the terminal."""
    return translate(message, _language)
