"""The modules that import Whoosh: codec, schema, table of contents, lock.

Pickles in a table of contents name the two classes of this package as its members, so a published index does
not depend on the files that define them.
"""

from search.engines.whoosh.compat.codec import ArraySegment
from search.engines.whoosh.compat.schema import TermField

__all__ = ["ArraySegment", "TermField"]
