"""What was typed → what an engine looks for.

    text ── grammar ── tree (syntax) ── resolve ── LogicalQuery (logical)

Each step is blind to the next: the grammar knows only text, the engines only the logical tree. Import
from the modules; this face stays empty so that `logical` can be had without the rest.
"""

__all__: list[str] = []
