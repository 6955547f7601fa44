"""Long runs that try to break Xunwen; `make soak` runs them, `make test` does not (docs/reliability.md)."""
