"""What a C2PA reader reports, as our own reading of it.

The reader's word "Trusted" isn't enough: it also says so of a signer under the root of a time stamping authority. A
manifest counts only where the reader found its signer under a list of ours that is for signers.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kept.practices.provenance.methods.certificates import DEVELOPMENT
from kept.practices.provenance.records.manifests import (
    HARD,
    MISMATCHES,
    Ingredient,
    ManifestReading,
    ManifestTrust,
    MiningEntry,
    Signatory,
    Signature,
    SoftBinding,
    State,
)

LISTED, DEVELOPED, STAMPED = "urn:kept:trusted", "urn:kept:development", "urn:kept:timestamps"
"""How our lists of roots are called in what the reader reports: of signers, of development, of time stamps."""
_MATCHES = frozenset(f"assertion.{name}.match" for name in HARD)
_UNTRUSTED = "signingCredential.untrusted"
_SHOWN = ("C", "O", "OU", "CN")
MOST = 200
"""Actions, ingredients, bindings and failures that are told of one manifest; a longer list is cut."""
LONGEST = 500

Document = Mapping[str, Any]


def reading(state: str, report: Document, detailed: Document, trust: ManifestTrust) -> ManifestReading:
    """The reading of one asset: `report` is the reader's JSON, `detailed` its crJSON, `state` its validation state."""
    results = _mapping(report.get("validation_results"))
    codes = _Codes(_mapping(results.get("activeManifest")))
    active = str(report.get("active_manifest", ""))
    found = {str(one.get("label", "")): one for one in _items(detailed, "manifests")}
    mine = found.get(active, {})
    list_name = results.get("trustListUri")
    signatory = _signatory(mine)
    signature = _signature(codes, list_name)
    statement = _mapping(_mapping(report.get("manifests")).get(active))
    deltas = _deltas(results)
    failures = tuple(dict.fromkeys([*codes.failures, *deltas]))[:MOST]
    stated = _state(state, signature)
    actions = list(_actions(mine))
    return ManifestReading(
        state=stated,
        signature=signature,
        binding=_binding(codes),
        signatory=signatory,
        ours=signature == "trusted" and signatory in trust.own,
        development=list_name == DEVELOPED or _says_development(signatory),
        generator=_generator(mine, statement),
        agents=tuple(dict.fromkeys(_agents(actions))),
        actions=tuple(str(one.get("action", ""))[:LONGEST] for one in actions),
        sources=tuple(dict.fromkeys(_sources(actions))),
        earlier=tuple(dict.fromkeys(_earlier(found, active))),
        ingredients=tuple(_ingredients(statement, found, trust, broken=bool(deltas))),
        bindings=tuple(_bindings(mine)),
        mining=tuple(_mining(mine)),
        signed_at=_moment(_mapping(statement.get("signature_info")).get("time")),
        timestamp_trusted=codes.has("timeStamp.trusted") and codes.says("timeStamp.trusted", STAMPED),
        failures=failures,
        why=_why(stated, codes, failures),
    )


class _Codes:
    """The status codes of the active manifest, and what the reader says beside them."""

    def __init__(self, results: Document) -> None:
        self.successes = [(_code(one), str(one.get("explanation", ""))) for one in _items(results, "success")]
        self.failures = [_code(one) for one in _items(results, "failure")]

    def has(self, code: str) -> bool:
        return any(code == one for one, _ in self.successes)

    def says(self, code: str, words: str) -> bool:
        return any(code == one and words in said for one, said in self.successes)


def _code(status: Document) -> str:
    return str(status.get("code", ""))[:LONGEST]


def _signature(codes: _Codes, list_name: object) -> Signature:
    if not codes.has("claimSignature.validated"):
        return "broken"
    concerns = [code for code in codes.failures if code.startswith(("signingCredential.", "claimSignature."))]
    if not concerns and codes.has("signingCredential.trusted") and list_name in (LISTED, DEVELOPED):
        return "trusted"
    return "broken" if any(code != _UNTRUSTED for code in concerns) else "untrusted"


def _state(state: str, signature: Signature) -> State:
    if state == "Trusted":
        return "trusted" if signature == "trusted" else "untrusted"
    return "untrusted" if state == "Valid" else "invalid"


def _binding(codes: _Codes) -> Any:
    if any(code in MISMATCHES for code in codes.failures):
        return "broken"
    return "holds" if any(codes.has(code) for code in _MATCHES) else "unchecked"


def _deltas(results: Document) -> list[str]:
    """What is wrong with ingredients beyond what their signer already wrote down."""
    return [
        _code(failure)
        for delta in _items(results, "ingredientDeltas")
        for failure in _items(_mapping(delta.get("validationDeltas")), "failure")
    ]


def _why(state: State, codes: _Codes, failures: Sequence[str]) -> str:
    if failures:
        return ", ".join(failures[:5])
    if state == "untrusted" and codes.has("signingCredential.trusted"):
        return "the signer stands under a root of time stamping authorities, which vouch for no signer"
    return ""


def _signatory(manifest: Document) -> Signatory | None:
    certificate = _mapping(_mapping(manifest.get("signature")).get("certificateInfo"))
    try:
        serial = str(int(str(certificate.get("serialNumber", ""))[:64], 16))
    except ValueError:
        return None
    return Signatory(_name(certificate.get("subject")), _name(certificate.get("issuer")), serial)


def _name(parts: object) -> str:
    known = _mapping(parts)
    return ", ".join(f"{key}={str(known[key])[:LONGEST]}" for key in _SHOWN if key in known)


def _says_development(signatory: Signatory | None) -> bool:
    return signatory is not None and f"OU={DEVELOPMENT}" in f"{signatory.subject}, {signatory.issuer}"


def _generator(manifest: Document, statement: Document) -> str:
    claim = _mapping(manifest.get("claim.v2") or manifest.get("claim"))
    info = claim.get("claim_generator_info")
    first = _mapping(info[0] if isinstance(info, list) and info else info)
    name = first.get("name") or statement.get("claim_generator") or claim.get("claim_generator") or ""
    return str(name)[:LONGEST]


def _assertions(manifest: Document, label: str) -> Iterator[Document]:
    for name, data in _mapping(manifest.get("assertions")).items():
        base = str(name).partition("__")[0]
        if base == label or (base.startswith(label + ".v") and base[len(label) + 2 :].isdigit()):
            yield _mapping(data)


def _actions(manifest: Document) -> Iterator[Document]:
    for assertion in _assertions(manifest, "c2pa.actions"):
        yield from list(_items(assertion, "actions"))[:MOST]


def _agents(actions: Sequence[Document]) -> Iterator[str]:
    for action in actions:
        agent = action.get("softwareAgent")
        name = agent.get("name") if isinstance(agent, Mapping) else agent
        if isinstance(name, str) and name:
            yield name[:LONGEST]


def _sources(actions: Sequence[Document]) -> Iterator[str]:
    for action in actions:
        parameters = _mapping(action.get("parameters"))
        for source in (action.get("digitalSourceType"), parameters.get("digitalSourceType")):
            if isinstance(source, str) and source:
                yield source.rpartition("/")[2][:LONGEST]


def _earlier(found: Mapping[str, Document], active: str) -> Iterator[str]:
    for label, manifest in found.items():
        if label != active:
            yield from _sources(list(_actions(manifest)))


def _ingredients(
    statement: Document, found: Mapping[str, Document], trust: ManifestTrust, *, broken: bool
) -> Iterator[Ingredient]:
    for one in list(_items(statement, "ingredients"))[:MOST]:
        manifest = found.get(str(one.get("active_manifest", "")), {})
        codes = _Codes(_mapping(_mapping(one.get("validation_results")).get("activeManifest")))
        signatory = _signatory(manifest)
        sound = not broken and codes.has("claimSignature.validated")
        yield Ingredient(
            relationship=str(one.get("relationship", ""))[:LONGEST],
            signatory=signatory,
            generator=_generator(manifest, {}),
            sources=tuple(dict.fromkeys(_sources(list(_actions(manifest))))),
            failures=tuple(codes.failures[:MOST]),
            ours=sound and signatory in trust.own,
        )


def _bindings(manifest: Document) -> Iterator[SoftBinding]:
    for assertion in list(_assertions(manifest, "c2pa.soft-binding"))[:MOST]:
        for block in list(_items(assertion, "blocks"))[:MOST]:
            value, note = block.get("value"), assertion.get("name")
            if isinstance(value, str):
                algorithm = str(assertion.get("alg", ""))[:LONGEST]
                yield SoftBinding(algorithm, value[:10_000], note[:LONGEST] if isinstance(note, str) else "")


def _mining(manifest: Document) -> Iterator[MiningEntry]:
    for assertion in _assertions(manifest, "cawg.training-mining"):
        for way, entry in list(_mapping(assertion.get("entries")).items())[:MOST]:
            use = _mapping(entry).get("use")
            if use in ("allowed", "notAllowed", "constrained"):
                constraints = str(_mapping(entry).get("constraint_info", ""))[:LONGEST]
                yield MiningEntry(str(way)[:LONGEST], use, constraints)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _mapping(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def _items(document: Document, name: str) -> Iterator[Document]:
    found = document.get(name)
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping):
            yield one
