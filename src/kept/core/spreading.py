"""Letters apart from their marks, in time linear in the text, however many marks are stacked on one letter."""

import unicodedata

_PIECE = 256


def spread(text: str) -> str:
    """The compatibility decomposition (NFKD) of each 256 characters, for whoever drops the marks.

    The library puts the marks on a letter in order by moving each past the others, which takes minutes for a hundred
    thousand of them. Here marks that are stacked across two pieces may stand in another order; nothing else differs.
    """
    pieces = (text[place : place + _PIECE] for place in range(0, len(text), _PIECE))
    return "".join(unicodedata.normalize("NFKD", piece) for piece in pieces)
