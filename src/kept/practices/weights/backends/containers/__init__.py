"""Sealed files on disk: written whole or not at all, read by mapping, loaded as tensors.

`opening` has `load` and `safe_open`; `reading` the bytes, for whoever moves them on.
"""
