"""Complete result sets and citations, in the formats of other programs."""
