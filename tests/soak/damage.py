"""Ways to damage the files of an index, each with a name by which it can be repeated.

Segments have random names, so a file is called by its role: `segment0.docs`, `files.json`.
"""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Damage", "Shelf", "flip_named", "flips", "replacements", "roles"]

_SEGMENT = re.compile(r"(MAIN_[0-9a-z]+)\.([a-z]+)\Z")
_TOC = re.compile(r"_MAIN_\d+\.toc\Z")
#: Of the flips, those that are spread evenly over files whatever their sizes; the others over all bytes.
_EVEN_SHARE = 0.5


def roles(index: Path) -> dict[str, Path]:
    """Return the files of an index by role; segments are numbered from the largest."""
    segments = {match[1] for path in index.iterdir() if (match := _SEGMENT.match(path.name))}
    order = sorted(segments, key=lambda name: -(index / f"{name}.pairs").stat().st_size)
    found = {}
    for path in sorted(index.iterdir()):
        match = _SEGMENT.match(path.name)
        role = f"segment{order.index(match[1])}.{match[2]}" if match else path.name
        found["toc" if _TOC.match(role) else role] = path
    return found


@dataclass(frozen=True, slots=True)
class Damage:
    """One change of one file: a flipped bit, a new length, or the content of another file (None: deleted)."""

    role: str
    byte: int = 0
    bit: int = -1
    length: int = -1
    content: bytes | None = None
    source: str = ""

    def __str__(self) -> str:
        if self.bit >= 0:
            return f"{self.role}:{self.byte}:{self.bit}"
        if self.length >= 0:
            return f"{self.role} cut to {self.length} bytes"
        return f"{self.role} replaced by {self.source}" if self.source else f"{self.role} deleted"

    def apply(self, index: Path) -> None:
        """Damage the index in this folder, which holds nothing that is open."""
        path = roles(index)[self.role]
        if self.bit < 0 and self.length < 0:
            path.unlink()
            if self.content is not None:
                path.write_bytes(self.content)
            return
        content = bytearray(path.read_bytes())
        if self.bit >= 0:
            content[self.byte] ^= 1 << self.bit
        path.write_bytes(content if self.length < 0 else content[: self.length])


def flip_named(name: str) -> Damage:
    """Return the flip that a failure was printed with, as FILE:BYTE:BIT."""
    role, byte, bit = name.rsplit(":", 2)
    return Damage(role, int(byte), int(bit))


def flips(index: Path, count: int, drawn: random.Random) -> Iterator[Damage]:
    """Yield single flipped bits over all files of an index."""
    sizes = {role: path.stat().st_size for role, path in roles(index).items() if path.stat().st_size}
    names, weights = list(sizes), list(sizes.values())
    for _ in range(count):
        even = drawn.random() < _EVEN_SHARE
        role = drawn.choice(names) if even else drawn.choices(names, weights)[0]
        yield Damage(role, drawn.randrange(sizes[role]), drawn.randrange(8))


@dataclass(frozen=True, slots=True)
class Shelf:
    """Indexes that files are taken from: the sound one, older generations of it, another home's."""

    sound: Path
    older: tuple[Path, ...]
    other: Path

    def copy_to(self, index: Path) -> None:
        """Lay a fresh copy of the sound index down."""
        shutil.rmtree(index, ignore_errors=True)
        shutil.copytree(self.sound, index)


def replacements(shelf: Shelf, count: int, drawn: random.Random) -> Iterator[Damage]:
    """Yield truncations, deletions, and files of other segments, other generations and another home."""
    files = roles(shelf.sound)
    strangers = list(_strangers(shelf, files))
    roles_with_content = [role for role, path in files.items() if path.stat().st_size]
    for number in range(count):
        if number % 2:
            yield drawn.choice(strangers)
        else:
            role = drawn.choice(roles_with_content)
            size = files[role].stat().st_size
            cut = drawn.choice((0, 1, size // 2, size - 1, drawn.randrange(size)))
            yield Damage(role) if number % 10 == 0 else Damage(role, length=cut)


def _strangers(shelf: Shelf, files: dict[str, Path]) -> Iterator[Damage]:
    """Yield every file in the place of every other one of its kind with other content."""
    sources = [("this index", shelf.sound), ("another home", shelf.other)]
    sources += [(f"generation -{age}", path) for age, path in enumerate(shelf.older, 1)]
    for label, folder in sources:
        for other_role, path in roles(folder).items():
            content = path.read_bytes()
            for role, own in files.items():
                if own.suffix == path.suffix and content != own.read_bytes():
                    yield Damage(role, content=content, source=f"{other_role} of {label}")
