"""Loops that are compiled when the program is installed, if there is a C compiler.

Each has a twin in Python beside its use that returns the same to the last bit; `tests/laws/test_compiled.py`
holds both to that. `postings` and `text` are None where the loops were not built, or are switched off by the
environment variable XUNWEN_COMPILED=0.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Final

__all__ = ["AVAILABLE", "postings", "text"]


def _module(name: str) -> Any:
    if os.environ.get("XUNWEN_COMPILED") == "0":
        return None
    try:
        return import_module(f"search.compiled.{name}")
    except ImportError:
        return None


#: Scores, top-k and intersections over postings.
postings: Final = _module("postings")
#: Folding of texts, character by character.
text: Final = _module("text")
#: Whether the compiled loops are at work.
AVAILABLE: Final = postings is not None and text is not None
