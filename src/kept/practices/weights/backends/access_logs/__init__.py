"""Readers of other systems' access logs: streamed, bounded, and a bad line is told by its number."""
