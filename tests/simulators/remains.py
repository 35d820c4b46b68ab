"""Looks for bytes in every file of a folder, as whoever finds its disk would."""

from pathlib import Path


def files_with(folder: Path, words: str | bytes) -> list[str]:
    """The names of the files below a folder in which these words stand, in any page or log."""
    sought = words.encode() if isinstance(words, str) else words
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and sought in path.read_bytes())
