"""One pass of every detector over a text."""

from kept.practices.sharing.methods.normalising import normalise
from kept.practices.sharing.methods.scanning.finding import Finding
from kept.practices.sharing.methods.scanning.personal import PERSONAL
from kept.practices.sharing.methods.scanning.secrets import SECRETS


def scan(text: str) -> tuple[Finding, ...]:
    """What a user may have said of themselves or of others in the text, in its order; each place is named once.

    Invisible characters and letters of other widths hide nothing. What is found is named, and never repeated.
    """
    compared = normalise(text)
    spans = [(span, detector.kind) for detector in (*SECRETS, *PERSONAL) for span in detector.find(compared.cased)]
    found: list[Finding] = []
    taken = 0
    for (start, end), kind in sorted(spans, key=lambda each: (each[0][0], -each[0][1])):
        if end > taken:
            found.append(Finding(kind, *compared.original(start, end)))
            taken = end
    return tuple(found)
