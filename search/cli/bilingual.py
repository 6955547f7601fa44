"""click's commands and options with help in the language of the terminal.

Help is declared in Chinese and translated when it is printed. click's own words ("Usage:", "Missing
argument") have their Chinese in `search/translations/zh/LC_MESSAGES/click.po`. gettext would read them from a
compiled file, so the functions that click's modules import from it are replaced.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from search.language.catalogue import CHINESE, ENGLISH, read_catalogue, translate
from search.language.message import Message
from search.language.terminal import language_of, set_terminal_language, terminal_language

__all__ = ["BilingualOption", "Group", "argument", "option"]

_WORDS: Final = Path(__file__).parents[1] / "translations" / "zh" / "LC_MESSAGES" / "click.po"
_LANGUAGES: Final = (CHINESE, ENGLISH)
#: What separates the description of a command from its example.
_EXAMPLE: Final = "\n\n\b\n"

_click_language = ENGLISH


class BilingualOption(click.Option):
    """An option whose help and metavar are translated."""

    help = property(
        lambda self: self.chinese and translate(Message(self.chinese), terminal_language()),
        lambda self, text: setattr(self, "chinese", text),
    )

    def make_metavar(self, ctx: click.Context) -> str:
        return _word(super().make_metavar(ctx))


class _Argument(click.Argument):
    """An argument whose metavar is translated."""

    def make_metavar(self, ctx: click.Context) -> str:
        return _word(super().make_metavar(ctx))


option: Final = partial(click.option, cls=BilingualOption)
argument: Final = partial(click.argument, cls=_Argument)


class Command(click.Command):
    """A command whose help is translated, and which takes `--lang`."""

    help = property(
        lambda self: self.chinese and _translated_help(self.chinese),
        lambda self, text: setattr(self, "chinese", text),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(
            BilingualOption(
                ["--lang"],
                type=click.Choice(_LANGUAGES),
                expose_value=False,
                help="界面的语言；缺省按环境变量 LC_ALL、LC_MESSAGES、LANG。",
            )
        )

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            # click makes the option once, in the language of that moment.
            found.help = _word("Show this message and exit.")
        return found

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        return [_word(piece) for piece in super().collect_usage_pieces(ctx)]


class Group(Command, click.Group):
    """A group of commands that chooses the language before it reads its arguments."""

    command_class = Command

    def main(self, args: Sequence[str] | None = None, *rest: Any, **kwargs: Any) -> Any:
        """Choose the language of the terminal, then run; see `click.Command.main`."""
        _use(_option_value(sys.argv[1:] if args is None else args))
        return super().main(args, *rest, **kwargs)


def _translated_help(chinese: str) -> str:
    text, example, lines = inspect.cleandoc(chinese).partition(_EXAMPLE)
    lines = lines.replace("Example:", _word("Example:"), 1)
    return translate(Message(text), terminal_language()) + example + lines


def _option_value(words: Sequence[str]) -> str:
    """Return the value of the last `--lang` among arguments, "" without a known one."""
    value = ""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--":
            break
        given = following if word == "--lang" else word.removeprefix("--lang=")
        value = given if word.startswith("--lang") and given in _LANGUAGES else value
    return value


def _use(option: str) -> None:
    """Set the language that `--lang` gives, or else the environment."""
    language = option or language_of(os.environ)
    # Programs read JSON: only the option changes it.
    set_terminal_language(language or CHINESE, json=option or CHINESE)
    # Without a locale, click's words stay English.
    _replace_gettext(language or ENGLISH)


def _replace_gettext(language: str) -> None:
    """Give click's modules its words in a language, in place of the functions of gettext."""
    global _click_language
    _click_language = language
    for name, module in list(sys.modules.items()):
        if name.startswith("click."):
            for function, replacement in (("_", _word), ("ngettext", _counted)):
                if hasattr(module, function):
                    setattr(module, function, replacement)


def _word(text: str) -> str:
    """Return a text of click in the language chosen; text that the catalogue lacks stays as it is."""
    return read_catalogue(_WORDS).get(text, text) if _click_language == CHINESE else text


def _counted(singular: str, plural: str, count: int) -> str:
    return _word(singular if count == 1 else plural)
