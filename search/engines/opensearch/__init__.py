"""The distributed engine: entries on a cluster of OpenSearch nodes (the extra `xunwen[opensearch]`)."""

from search.engines.opensearch.address import Address, read_address
from search.engines.opensearch.engine import OpenSearchEngine

__all__ = ["Address", "OpenSearchEngine", "read_address"]
