"""Codecs, manifests and whatever else reads or writes a format."""
