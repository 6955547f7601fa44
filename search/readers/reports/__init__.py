"""Texts with times: their lines, what the lines say about time, and the blocks that times open."""
