"""JSON, feeds, exports, OpenAPI."""
