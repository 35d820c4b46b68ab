"""Carry out the public commitments of a generative-AI provider, and prove it."""

__version__ = "0.1.0"
