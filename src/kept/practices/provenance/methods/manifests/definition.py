"""What our manifests claim, as the definition that C2PA's library takes.

C2PA specification 2.2: actions (18.15), soft bindings (18.10); CAWG training and data mining assertion 1.1.
"""

import base64
from collections.abc import Sequence
from typing import Any, cast, get_args

from kept.errors import Invalid
from kept.practices.provenance.records import CONTENT_BITS, MODEL_BITS, Payload
from kept.practices.provenance.records.manifests import (
    MARK_ALGORITHM,
    MINING,
    SOURCES,
    ManifestClaims,
    MiningEntry,
    Permission,
    SoftBinding,
)

PARENT = "parent"
"""How a definition names the ingredient that the content was made from."""
PAYLOAD_BYTES = 8
NOTE = "A keyed mark in the content itself. Its algorithm is not registered with C2PA."
LONGEST = 200


def definition(claims: ManifestClaims, *, opened: bool, generator_version: str) -> dict[str, Any]:
    """The manifest's definition; `opened` where the content came with a manifest, which becomes its parent.

    Raises Invalid for a name that is empty, too long or no plain text.
    """
    for name, value in (("service", claims.service), ("model", claims.model)):
        _check(name, value)
    assertions = [
        {"label": "c2pa.actions.v2", "data": {"actions": _actions(claims, opened)}},
        *({"label": "c2pa.soft-binding", "data": _binding(binding)} for binding in claims.bindings),
    ]
    if claims.mining:
        entries = {entry.way: _mining(entry) for entry in claims.mining}
        assertions.append({"label": "cawg.training-mining", "data": {"entries": entries}})
    # The one who signs states these, rather than gathering them from somebody else.
    return {
        "claim_generator_info": [{"name": claims.service, "org.kept-provenance.version": generator_version}],
        "assertions": [{**assertion, "created": True} for assertion in assertions],
    }


def mark_binding(payload: Payload) -> SoftBinding:
    """The mark as a soft binding: its 64 bits, big-endian, in base64. Raises Invalid for one that doesn't fit."""
    fits = (
        0 <= payload.version < 16 and 0 <= payload.model < 1 << MODEL_BITS and 0 <= payload.content < 1 << CONTENT_BITS
    )
    if not fits:
        raise Invalid("A field of the mark's payload doesn't fit its bits.", code="mark.payload")
    number = (payload.version << MODEL_BITS | payload.model) << CONTENT_BITS | payload.content
    return SoftBinding(MARK_ALGORITHM, base64.b64encode(number.to_bytes(PAYLOAD_BYTES)).decode(), NOTE)


def payload_of(binding: SoftBinding) -> Payload | None:
    """The mark that a soft binding names, or None where it is of another algorithm or malformed."""
    if binding.algorithm != MARK_ALGORITHM:
        return None
    try:
        data = base64.b64decode(binding.value, validate=True)
    except ValueError:
        return None
    if len(data) != PAYLOAD_BYTES:
        return None
    number = int.from_bytes(data)
    rest, content = divmod(number, 1 << CONTENT_BITS)
    version, model = divmod(rest, 1 << MODEL_BITS)
    return Payload(model=model, content=content, version=version)


def _actions(claims: ManifestClaims, opened: bool) -> list[dict[str, Any]]:
    agent = {"name": claims.model} | ({"version": claims.model_version} if claims.model_version else {})
    if opened:
        made = [{"action": "c2pa.opened", "parameters": {"ingredientIds": [PARENT]}, "softwareAgent": agent}]
        if claims.edited:
            source = SOURCES + "compositeWithTrainedAlgorithmicMedia"
            made.append({"action": "c2pa.edited", "digitalSourceType": source, "softwareAgent": agent})
    else:
        source = SOURCES + "trainedAlgorithmicMedia"
        made = [{"action": "c2pa.created", "digitalSourceType": source, "softwareAgent": agent}]
    if any(binding.algorithm == MARK_ALGORITHM for binding in claims.bindings):
        made.append({"action": "c2pa.watermarked.bound", "softwareAgent": agent})
    return made


def _binding(binding: SoftBinding) -> dict[str, Any]:
    named = {"name": binding.note} if binding.note else {}
    return {"alg": binding.algorithm, "blocks": [{"scope": {}, "value": binding.value}], **named}


def permissions(written: Sequence[str]) -> tuple[MiningEntry, ...]:
    """What content may be used for: the usual, changed by lines such as "ai_training=constrained: terms".

    Raises Invalid for a way or a permission that CAWG's assertion doesn't have, and for constraints that say nothing.
    """
    entries = {entry.way: entry for entry in MINING}
    for line in written:
        way, _, rest = (part.strip() for part in line.partition("="))
        use, _, terms = (part.strip() for part in rest.partition(":"))
        way = f"cawg.{way.removeprefix('cawg.')}"
        if way not in entries or use not in get_args(Permission) or bool(terms) != (use == "constrained"):
            raise Invalid(
                f"[practices.provenance] mining: {line[:80]!r} says nothing about use.",
                code="provenance.mining",
                hint=f"Write way=permission, with a way of {', '.join(name[5:] for name in entries)}, and "
                "a permission of allowed, notAllowed and constrained: TERMS.",
            )
        entries[way] = MiningEntry(way, cast(Permission, use), terms)
    return tuple(entries.values())


def _mining(entry: MiningEntry) -> dict[str, str]:
    return {"use": entry.use} | ({"constraint_info": entry.constraints} if entry.constraints else {})


def _check(name: str, value: str) -> None:
    if not 0 < len(value) <= LONGEST or not value.isprintable():
        raise Invalid(
            f"A manifest names the {name} in 1 to {LONGEST} printable characters.",
            code="manifest.name",
            hint="Name the service and the model, and nobody who uses them.",
        )
