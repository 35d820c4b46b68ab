"""Media types: what an answer may be, and what a body is (TAXII 2.1, section 1.6.8)."""

from kept.errors import Invalid
from kept.interface.pages import MediaTypeError

MEDIA_TYPE = "application/taxii+json;version=2.1"
STIX = "application/stix+json;version=2.1"
_WILD = ("*/*", "application/*")
_NAME, _VERSION = "application/taxii+json", "2.1"
_RANGES = 32


class NotAcceptableError(Invalid):
    """Nothing that is answered would be accepted: 406 rather than 400."""


def check_accept(header: str) -> None:
    """Raises NotAcceptableError where an Accept header leaves no room for TAXII 2.1; none at all leaves room."""
    if not header.strip():
        return
    for each in header.split(",")[:_RANGES]:
        name, parameters = _parsed(each)
        if parameters.get("q") in ("0", "0.0", "0.00", "0.000"):
            continue
        if name in _WILD or (name == _NAME and parameters.get("version", _VERSION) == _VERSION):
            return
    raise NotAcceptableError(f"Only {MEDIA_TYPE} is answered.", code="taxii.accept", hint=f"Send Accept: {MEDIA_TYPE}.")


def check_content(header: str) -> None:
    """Raises MediaTypeError for a body of another media type than TAXII 2.1."""
    name, parameters = _parsed(header)
    if name != _NAME or parameters.get("version", _VERSION) != _VERSION:
        raise MediaTypeError(
            f"Only {MEDIA_TYPE} is read.", code="taxii.content-type", hint=f"Send Content-Type: {MEDIA_TYPE}."
        )


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    name, *rest = (part.strip() for part in text.lower().split(";"))
    pairs = (each.partition("=") for each in rest)
    return name, {key.strip(): value.strip().strip('"') for key, _, value in pairs}
