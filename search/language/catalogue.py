"""Catalogues: the English of each message, read from PO files when it is first needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from search.language.message import Message, filled

if TYPE_CHECKING:
    from babel.messages.catalog import Message as BabelMessage

__all__ = ["CHINESE", "ENGLISH", "MESSAGES", "read_catalogue", "translate", "translate_values"]

CHINESE: Final = "zh"
ENGLISH: Final = "en"
#: The messages of `search/` and `web/`; the texts of the pages have a catalogue of their own.
MESSAGES: Final = Path(__file__).parents[1] / "translations" / "en" / "LC_MESSAGES" / "messages.po"


@cache
def read_catalogue(path: Path = MESSAGES) -> dict[str, str]:
    """Return the translation of each text of a PO file; singular and plural are two texts."""
    from babel.messages.pofile import read_po

    with path.open("rb") as file:
        return {text: translation for entry in read_po(file) for text, translation in _pairs(entry)}


def translate(message: str, language: str) -> str:
    """Return a message, and the messages in it, in a language; text that is no message stays as it is.

    >>> translate(Message("须为 {choices} 之一", choices=("a", "b")), "en")
    'It must be one of a, b'
    """
    if not isinstance(message, Message) or language != ENGLISH:
        return str(message)
    template = read_catalogue().get(message.template, message.template)
    return filled(template, {key: _translated(value) for key, value in message.args.items()}, ", ")


def translate_values(value: Any, language: str) -> Any:
    """Return JSON values with every message in a language; a message is its Chinese text."""
    if language != ENGLISH:
        return value
    if isinstance(value, dict):
        return {key: translate_values(item, language) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [translate_values(item, language) for item in value]
    return translate(value, language) if isinstance(value, Message) else value


def _pairs(entry: BabelMessage) -> Iterator[tuple[str, str]]:
    if isinstance(entry.id, str):
        forms: Iterable[tuple[str, object]] = [(entry.id, entry.string)]
    else:
        forms = zip(entry.id, entry.string or (), strict=True)
    return ((text, str(translation)) for text, translation in forms if text and translation)


def _translated(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_translated, value))
    return translate(value, ENGLISH) if isinstance(value, Message) else value
