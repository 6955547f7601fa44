"""Wait until the background verification of an index has ended."""

from __future__ import annotations

from search import Searcher
from search.errors import IndexProblem

__all__ = ["wait_for_verification"]

_SECONDS = 60.0


def wait_for_verification(searcher: Searcher) -> None:
    """Return when every file of the open generation has been verified, or one of them was found damaged.

    An index that cannot be opened at all has nothing to verify.
    """
    try:
        ended = searcher._engine.verified(_SECONDS)
    except IndexProblem:
        return
    if not ended:
        raise AssertionError(f"the verification did not end within {_SECONDS:.0f} s")
