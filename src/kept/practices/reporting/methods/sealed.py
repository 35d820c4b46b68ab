"""The body of one statement for one auditor, and whether it is the one that a report commits to."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from kept.core import canonical, redaction
from kept.core.statement import Envelope
from kept.errors import Invalid, Unverified
from kept.practices.reporting.methods.material import ENVELOPE_LIMIT, Report
from kept.practices.reporting.methods.statements import read_entry
from kept.practices.reporting.records import Material, Unsealed

LIMIT = 4 * ENVELOPE_LIMIT
MEMBERS = frozenset({"kept_sealed", "auditor", "origin", "index", "entry", "salt", "envelope", "disclosures"})
VERSION = 1


def seal(material: Material, *, origin: str, auditor: str) -> dict[str, Any]:
    """The body, with every disclosure, as plain JSON values."""
    return {
        "kept_sealed": VERSION,
        "auditor": auditor,
        "origin": origin,
        "index": material.index,
        "entry": base64.b64encode(material.entry).decode(),
        "salt": base64.b64encode(material.salt).decode(),
        "envelope": base64.b64encode(material.envelope).decode(),
        "disclosures": list(material.disclosures),
    }


def unseal(data: bytes, report: Report) -> Unsealed:
    """What the statement says in full, once its body is the one behind the report's entry.

    1. The report is of the log that the file names, and its entry at the index is the file's.
    2. The salted digest of the body is the one in the entry.
    3. Every disclosure matches a digest of the signed statement, and none is missing.

    Raises Unverified when any of these fails, and Invalid for a malformed file.
    """
    document = canonical.decode(data, limit=LIMIT, what="The sealed file")
    if not isinstance(document, dict) or set(document) != MEMBERS or document["kept_sealed"] != VERSION:
        raise Invalid(f"The sealed file is not of version {VERSION}.", code="sealed.malformed")
    index, disclosures = document["index"], document["disclosures"]
    if type(index) is not int or not _texts(disclosures) or not _texts([document["auditor"], document["origin"]]):
        raise Invalid("The sealed file holds another kind of value than it should.", code="sealed.malformed")
    entry, salt, envelope = (_bytes(document, name) for name in ("entry", "salt", "envelope"))
    # 1.
    own = report.materials[index].entry if 0 <= index < len(report.materials) else b""
    if document["origin"] != report.origin or own != entry:
        raise Unverified(f"The report's log has another entry at index {index}.", code="sealed.entry")
    # 2.
    read = read_entry(index, entry)
    if read.digest != f"sha256:{hashlib.sha256(salt + envelope).hexdigest()}":
        raise Unverified(f"This is not the body that entry {index} commits to.", code="sealed.body")
    # 3.
    predicate = Envelope.parse(envelope).statement().predicate
    fields = redaction.reveal(predicate, disclosures)
    if missing := redaction.withheld(predicate, disclosures):
        raise Unverified(f"The sealed file leaves out {missing} of the statement's fields.", code="sealed.fields")
    shown = set(report.materials[index].disclosures)
    withheld = tuple(redaction.name(each) for each in disclosures if each not in shown)
    return Unsealed(index, read.predicate, document["auditor"], fields, withheld)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _bytes(document: Mapping[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(document[name], validate=True)
    except (TypeError, ValueError) as error:
        raise Invalid(f'"{name}" of the sealed file is not base64.', code="sealed.malformed") from error
