"""Foreign words on a terminal."""

import re

DIGEST = re.compile(r"sha256:([0-9a-f]{12})[0-9a-f]{52}")


def seen(text: str) -> str:
    """The text without what a terminal would obey: controls, and marks that turn the order of what follows.

    A digest is shortened to its first digits: `--json` has it whole.
    """
    return DIGEST.sub(r"\1…", "".join(one if one.isprintable() else "\ufffd" for one in text))
