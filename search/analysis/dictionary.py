"""The user dictionary: words that jieba does not have, or weights differently, as a value.

A dictionary determines only how texts are cut into words, so a text without any word in which two
dictionaries differ has the same terms under both. A reindex reanalyzes only entries with such words.
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

    Words are folded and consist of Han characters. `shift` is the growth of that corpus by the words, which
    affects the cut of every text; it is 0 except for excessive weights.
    """

    weights: Mapping[str, int] = field(default_factory=dict)
    shift: int = 0

    @cached_property
    def fingerprint(self) -> str:
        """A short hash of the content; empty for no words.

        >>> NO_WORDS.fingerprint, len(Dictionary({"集安组织": 5}).fingerprint)
        ('', 24)
        """
        return _digest(self.packed()) if self.weights else ""

    def changed_words(self, other: Dictionary) -> frozenset[str] | None:
        """Return the words in which two dictionaries differ, None where any text may be cut differently.

        >>> sorted(Dictionary({"甲": 1, "乙": 2, "丙": 3}).changed_words(Dictionary({"甲": 1, "乙": 5})))
        ['丙', '乙']
        """
        if self.shift != other.shift:
            return None
        return frozenset(word for word, _ in self.weights.items() ^ other.weights.items())

    def packed(self) -> bytes:
        """Return the dictionary as bytes, equal for equal content."""
        content = {"shift": self.shift, "words": dict(sorted(self.weights.items()))}
        return json.dumps(content, ensure_ascii=False, indent=0).encode()

    @classmethod
    def unpacked(cls, content: bytes, fingerprint: str) -> Dictionary:
        """Return the dictionary of packed bytes; raises ValueError if its fingerprint is another one.

        The bytes are compared before they are decoded, because altered bytes may decode to anything.
        """
        if _digest(content) != fingerprint:
            raise ValueError(fingerprint)
        fields = json.loads(content)
        weights = {str(word): int(weight) for word, weight in fields["words"].items()}
        return cls(weights, int(fields["shift"]))


def _digest(packed: bytes) -> str:
    return blake2b(packed, digest_size=12).hexdigest()


#: The dictionary of a home without one.
NO_WORDS: Final = Dictionary()
