"""Reads reports that others wrote in formats of their own: each at most 8 MiB, nested at most 64 deep."""
