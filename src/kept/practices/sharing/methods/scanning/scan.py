"""One pass of every detector over a text."""

import re
import unicodedata

from kept.practices.sharing.methods.normalising import normalise
from kept.practices.sharing.methods.scanning.finding import Finding
from kept.practices.sharing.methods.scanning.personal import PERSONAL
from kept.practices.sharing.methods.scanning.secrets import SECRETS

# Digits of other scripts, which say as much as ours: an Arabic telephone number is one.
_DIGIT = re.compile(r"[^\D0-9]")


def scan(text: str) -> tuple[Finding, ...]:
    """What a user may have said of themselves or of others in the text, in its order; each place is named once.

    Invisible characters, letters of other widths and digits of other scripts hide nothing. What is found is named, and
    never repeated.
    """
    compared = normalise(text)
    said = _DIGIT.sub(lambda found: str(unicodedata.decimal(found[0])), compared.cased)
    spans = [(span, detector.kind) for detector in (*SECRETS, *PERSONAL) for span in detector.find(said)]
    found: list[Finding] = []
    taken = 0
    for (start, end), kind in sorted(spans, key=lambda each: (each[0][0], -each[0][1])):
        if end > taken:
            found.append(Finding(kind, *compared.original(start, end)))
            taken = end
    return tuple(found)
