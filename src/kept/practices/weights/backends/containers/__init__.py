"""Sealed files on disk: written whole or not at all, read by mapping, loaded as tensors."""
