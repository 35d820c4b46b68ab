"""Foreign words on a terminal."""


def seen(text: str) -> str:
    """The text without what a terminal would obey: controls, and marks that turn the order of what follows."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)
