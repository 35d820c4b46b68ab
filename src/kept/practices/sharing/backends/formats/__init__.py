"""Formats in which others keep what they share: each is read with bounds, and what isn't brought in is named."""
