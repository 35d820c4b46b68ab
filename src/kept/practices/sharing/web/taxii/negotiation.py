"""Media types: what an answer may be, and what a body is (TAXII 2.1, section 1.6.8)."""

import re

from kept.errors import Invalid
from kept.interface.pages import MediaTypeError

MEDIA_TYPE = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
_WILD = {"*/*": 1, "application/*": 2}
_NOTHING = re.compile(r"0(?:\.0{0,3})?")
_NAME, _VERSION = "application/taxii+json", "2.1"
_RANGES = 32


class NotAcceptableError(Invalid):
    """Nothing that is answered would be accepted: 406 rather than 400."""


def check_accept(header: str) -> None:
    """Raises NotAcceptableError where an Accept header leaves no room for TAXII 2.1; none at all leaves room."""
    if not header.strip():
        return
    # What says most about TAXII 2.1 decides (RFC 9110, section 12.5.1), whatever is said of everything.
    found = [_accepted(each) for each in header.split(",")[:_RANGES]]
    most = max(rank for rank, _ in found)
    if most and any(accepted for rank, accepted in found if rank == most):
        return
    raise NotAcceptableError(f"Only {MEDIA_TYPE} is answered.", code="taxii.accept", hint=f"Send Accept: {MEDIA_TYPE}.")


def check_content(header: str, *, encoding: str = "") -> None:
    """Raises MediaTypeError for a body of another media type than TAXII 2.1, or one that is compressed."""
    if encoding.strip().lower() not in ("", "identity"):
        raise MediaTypeError(
            "No body is read that is compressed.", code="taxii.encoding", hint="Send it without Content-Encoding."
        )
    name, parameters = _parsed(header)
    if name != _NAME or parameters.get("version", _VERSION) != _VERSION:
        raise MediaTypeError(
            f"Only {MEDIA_TYPE} is read.", code="taxii.content-type", hint=f"Send Content-Type: {MEDIA_TYPE}."
        )


def _accepted(text: str) -> tuple[int, bool]:
    """How much a range says about TAXII 2.1, 0 where nothing, and whether it accepts it."""
    name, parameters = _parsed(text)
    refused = _NOTHING.fullmatch(parameters.get("q", "1")) is not None
    if name == _NAME and parameters.get("version", _VERSION) == _VERSION:
        return (4 if "version" in parameters else 3), not refused
    return _WILD.get(name, 0), not refused


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    name, *rest = (part.strip() for part in text.lower().split(";"))
    pairs = (each.partition("=") for each in rest)
    return name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}
