"""CVSS 4.0 by the package cvss, which is LGPL and comes with the extra `disclosure`."""

import re
from typing import Any

from kept.errors import Invalid, Unavailable
from kept.practices.disclosure.records.triage import Cvss

LONGEST = 300
_VECTOR = re.compile(r"CVSS:4\.0(/[A-Z]{1,3}:[A-Za-z]{1,5})+")


def score(vector: str) -> Cvss:
    """The score and the severity of a vector, with its metrics in the order of the specification.

    Raises Invalid for what is no vector of version 4.0, naming what is wrong with it, and Unavailable without the
    package.
    """
    library = _library()
    if len(vector) > LONGEST or not _VECTOR.fullmatch(vector):
        raise Invalid(
            "That is no vector of CVSS 4.0.",
            code="cvss.malformed",
            hint="It begins with CVSS:4.0/AV:…, one metric after the other.",
        )
    try:
        found = library.CVSS4(vector)
    except library.CVSS4Error as error:
        raise Invalid(f"{error}.", code="cvss.malformed", hint="See FIRST's calculator.") from error
    return Cvss(found.clean_vector(), float(found.base_score), str(found.severity).lower())


def _library() -> Any:
    try:
        import cvss
    except ImportError as error:
        raise Unavailable(
            "CVSS 4.0 needs the package cvss, which is not installed.",
            code="cvss.missing-package",
            hint="Install kept[disclosure].",
        ) from error
    return cvss
