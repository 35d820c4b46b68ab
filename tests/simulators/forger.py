"""Someone who changes a report, with or without the provider's own keys."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from kept.core import canonical
from kept.core.keys import Signer
from kept.core.keys.software import SoftwareSigner
from kept.core.reference import load
from kept.core.statement import Envelope, Statement, sign
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.records import MANIFEST, REPORT, VERIFIER, VERIFIER_SIGNATURE
from kept.predicates.publication import Publication
from simulators.provider import seed

STRANGER = SoftwareSigner.from_seed(seed("stranger"))
Document = dict[str, Any]
Files = dict[str, bytes]


def document(files: Mapping[str, bytes]) -> Document:
    """report.json, to be changed."""
    found: Document = json.loads(files[REPORT])
    return found


def rendered(report: Document) -> Files:
    """Every file that follows from a report, but for signatures."""
    encoded = canonical.encode(report)
    made: Files = {}
    for reference in PRACTICE.backends["format"].values():
        made |= load(reference).render(canonical.numbers(report), encoded)
    return made


def signed(files: Mapping[str, bytes], key: Signer, change: Callable[[Document], None] = lambda _: None) -> Files:
    """The files under a new manifest that lists them; `change` is done to what the old one said."""
    old = Envelope.parse(files[MANIFEST]).statement()
    predicate = dict(old.predicate)
    change(predicate)
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != MANIFEST}
    made = Publication.model_validate(predicate).to_statement(digests)
    return {**files, MANIFEST: sign(made, [key]).to_bytes()}


def republished(files: Mapping[str, bytes], report: Document, key: Signer) -> Files:
    """A changed report with every file made anew, under a manifest signed by `key` that fits it."""
    kept = {name: files[name] for name in (MANIFEST, VERIFIER_SIGNATURE)}

    def fit(predicate: Document) -> None:
        predicate["issued"] = report["as_of"]
        predicate["generator"] = report["generator"]
        predicate["organisation"] = report["organisation"]["name"]
        predicate["log"]["size"] = report["log"]["size"]

    return signed({**kept, **rendered(report)}, key, fit)


def resealed(envelope: str, key: Signer, change: Callable[[Document], None]) -> str:
    """A statement of report.json with a changed predicate, signed by `key` alone."""
    statement = Envelope.parse(base64.b64decode(envelope)).statement()
    predicate = json.loads(json.dumps(dict(statement.predicate)))
    change(predicate)
    made = Statement(statement.subjects, statement.predicate_type, predicate)
    return base64.b64encode(sign(made, [key]).to_bytes()).decode()


def verifier_signed(files: Mapping[str, bytes], key: Signer) -> Files:
    """The files with the verifier's own signature made anew by `key`."""
    old = Envelope.parse(files[VERIFIER_SIGNATURE]).statement()
    digest = hashlib.sha256(files[VERIFIER]).hexdigest()
    made = Publication.parse(old).to_statement({VERIFIER: digest})
    return {**files, VERIFIER_SIGNATURE: sign(made, [key]).to_bytes()}
