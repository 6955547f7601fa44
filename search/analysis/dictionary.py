"""The user dictionary: words that jieba does not know, or weighs otherwise, as a value.

A dictionary decides how texts are cut into words and nothing else, so two of them can be compared: a text
that holds none of the words in which they differ has the same terms under both. That is what lets a reindex
renew a handful of entries instead of all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b
from typing import Final

__all__ = ["NO_WORDS", "Dictionary"]


@dataclass(frozen=True)
class Dictionary:
    """Words with their weights (occurrences in jieba's corpus of 60 million words).

    The words are as folded text has them: Han characters only. `shift` is by how much they made that corpus
    larger, which touches the cut of every text; it is 0 but for weights without measure.
    """

    weights: Mapping[str, int] = field(default_factory=dict)
    shift: int = 0

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the content; empty for no words.

        >>> NO_WORDS.fingerprint, len(Dictionary({"集安组织": 5}).fingerprint)
        ('', 24)
        """
        return blake2b(self.packed(), digest_size=12).hexdigest() if self.weights else ""

    def changed_words(self, other: Dictionary) -> frozenset[str] | None:
        """Return the words in which two dictionaries differ; None where no text is sure to be cut alike.

        >>> sorted(Dictionary({"甲": 1, "乙": 2, "丙": 3}).changed_words(Dictionary({"甲": 1, "乙": 5})))
        ['丙', '乙']
        """
        if self.shift != other.shift:
            return None
        return frozenset(word for word, _ in self.weights.items() ^ other.weights.items())

    def packed(self) -> bytes:
        """Return the dictionary as bytes, the same for the same content."""
        content = {"shift": self.shift, "words": dict(sorted(self.weights.items()))}
        return json.dumps(content, ensure_ascii=False, indent=0).encode()

    @classmethod
    def unpacked(cls, content: bytes) -> Dictionary:
        """Rebuild a dictionary; raises ValueError, KeyError, TypeError or AttributeError."""
        found = json.loads(content)
        weights = {str(word): int(weight) for word, weight in found["words"].items()}
        return cls(weights, int(found["shift"]))


#: The dictionary of a home without one.
NO_WORDS: Final = Dictionary()
