"""Query text to logical query.

    text ── grammar ── tree (syntax) ── resolve ── LogicalQuery (logical)

The grammar depends on text alone, the engines on the logical tree alone. Import from the modules: the
package exports nothing, so that `logical` can be imported without the rest.
"""

__all__: list[str] = []
