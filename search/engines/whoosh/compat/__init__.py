"""The modules that import Whoosh: codec, schema, table of contents, lock.

Whoosh's part of a table of contents pickles two classes under the name of this package, so that a published
index does not depend on the files in which they are defined.
"""

from search.engines.whoosh.compat.codec import ArraySegment
from search.engines.whoosh.compat.schema import TermField

__all__ = ["ArraySegment", "TermField"]
