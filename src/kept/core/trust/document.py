"""The trust file as JSON: read strictly, written for people to edit."""

import base64
import json
from collections.abc import Mapping
from typing import Any, cast

from kept.core import canonical
from kept.core.keys import ALGORITHMS, Algorithm
from kept.core.note import LOG_KEY, VerifierKey
from kept.core.trust import reading
from kept.core.trust.records import Rule, TrustedKey, TrustedLog, Witness, WitnessRule
from kept.errors import Invalid

VERSION = 1
LIMIT = 1024 * 1024
DEFAULT = "default"
SLIP = 0.8
"""How near a role must be to a known one to be a slip of the pen: "provder" is, "reviewer" is another role."""
_FIELDS = ("version", "organisation", "log", "signers", "policy", "witnesses")


def read(data: bytes) -> Mapping[str, Any]:
    """The five parts of a trust file, by their names in `Trust`. Raises Invalid, saying where and what is near."""
    found = reading.members(canonical.decode(data, limit=LIMIT, what="The trust file"), _FIELDS, where="the trust file")
    if found["version"] != VERSION or isinstance(found["version"], bool):
        raise Invalid(f"The trust file is not of version {VERSION}, the only one known.", code="trust.version")
    signers = _signers(found["signers"])
    return {
        "organisation": reading.text(found["organisation"], where='"organisation" of the trust file'),
        "log": _log(found["log"]),
        "signers": signers,
        "policy": _policy(found["policy"], signers),
        "witnesses": _witnesses(found["witnesses"]),
    }


def write(
    *,
    organisation: str,
    log: TrustedLog,
    signers: tuple[TrustedKey, ...],
    policy: Mapping[str, Rule],
    witnesses: WitnessRule,
) -> bytes:
    """The trust file's text."""
    document = {
        "version": VERSION,
        "organisation": organisation,
        "log": {"origin": log.origin, "keys": list(log.keys)},
        "signers": [
            {
                "name": one.name,
                "algorithm": one.key.algorithm,
                "public": base64.b64encode(one.key.public).decode(),
                "roles": sorted(one.roles),
            }
            for one in signers
        ],
        "policy": {
            name: {"roles": sorted(rule.roles), "threshold": rule.threshold, "algorithms": list(rule.algorithms)}
            for name, rule in policy.items()
        },
        "witnesses": {
            "minimum": witnesses.minimum,
            "freshness_seconds": witnesses.freshness_seconds,
            "keys": [{"key": one.key, "group": one.group} for one in witnesses.keys],
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _log(value: Any) -> TrustedLog:
    found = reading.members(value, ("origin", "keys"), where='"log" of the trust file')
    origin = reading.text(found["origin"], where='"origin" of the log')
    keys = reading.texts(found["keys"], where='"keys" of the log')
    for key in keys:
        name = log_verifier_key(key).name
        if name != origin:
            raise Invalid(f"A verifier key of the log is named {name!r}, not {origin!r}.", code="trust.origin")
    return TrustedLog(origin, keys)


def _signers(value: Any) -> tuple[TrustedKey, ...]:
    if not isinstance(value, list) or not value:
        raise Invalid('"signers" of the trust file is not a list of at least one.', code=reading.CODE)
    found = tuple(_signer(item, f"signer {number} of the trust file") for number, item in enumerate(value))
    seen: set[str] = set()
    for one in found:
        if one.key_id in seen:
            raise Invalid(f"Two signers of the trust file share the key {one.key_id}.", code="trust.repeated-key")
        seen.add(one.key_id)
    return found


def _signer(value: Any, where: str) -> TrustedKey:
    found = reading.members(value, ("name", "algorithm", "public", "roles"), where=where)
    return TrustedKey(
        name=reading.text(found["name"], where=f'"name" of {where}'),
        key=reading.public_key(found, where=where),
        roles=frozenset(reading.texts(found["roles"], where=f'"roles" of {where}')),
    )


def _policy(value: Any, signers: tuple[TrustedKey, ...]) -> Mapping[str, Rule]:
    if not isinstance(value, Mapping) or DEFAULT not in value:
        raise Invalid(f'"policy" of the trust file has no "{DEFAULT}" rule.', code=reading.CODE)
    policy = {}
    held = sorted(set().union(*(one.roles for one in signers)))
    for name, item in value.items():
        if reading.text(name, where="a name in the policy") != DEFAULT and ":" not in name:
            raise Invalid(
                f"The policy names {name[:64]!r}, which is no predicate type.",
                code=reading.CODE,
                hint=reading.nearest(name, [DEFAULT, "https://…"]),
            )
        policy[name] = _rule(item, f'rule "{name[:128]}" of the policy in the trust file', held)
    return policy


def _rule(value: Any, where: str, held: list[str]) -> Rule:
    found = reading.members(value, ("roles", "threshold", "algorithms"), where=where)
    roles = reading.texts(found["roles"], where=f'"roles" of {where}')
    for role in roles:
        hint = "" if role in held else reading.nearest(role, held, cutoff=SLIP)
        # A role that nobody holds yet is allowed, since a key may be introduced for it; a slip of the pen is not.
        if hint.startswith("Did you mean"):
            raise Invalid(
                f"{where.capitalize()} names the role {role!r}, which no signer has.", code="trust.role", hint=hint
            )
    algorithms = reading.texts(found["algorithms"], where=f'"algorithms" of {where}')
    for algorithm in algorithms:
        reading.choice(algorithm, ALGORITHMS, where=f"an algorithm of {where}")
    return Rule(
        roles=frozenset(roles),
        threshold=reading.count(found["threshold"], where=f'"threshold" of {where}', least=1),
        algorithms=cast("tuple[Algorithm, ...]", algorithms),
    )


def _witnesses(value: Any) -> WitnessRule:
    where = '"witnesses" of the trust file'
    found = reading.members(value, ("minimum", "freshness_seconds", "keys"), where=where)
    if not isinstance(found["keys"], list):
        raise Invalid(f'"keys" of {where} is not a list.', code=reading.CODE)
    witnesses = tuple(_witness(item) for item in found["keys"])
    if len({one.key for one in witnesses}) != len(witnesses):
        raise Invalid("The trust file lists a witness twice.", code="trust.repeated-key")
    minimum = reading.count(found["minimum"], where='"minimum" of the witnesses')
    groups = len({one.group for one in witnesses})
    if minimum > groups:
        raise Invalid(
            f"The trust file asks for {minimum} independent witnesses but lists {groups} groups of them.",
            code="trust.witnesses",
            hint="Add witnesses, or lower the minimum.",
        )
    freshness = reading.count(found["freshness_seconds"], where='"freshness_seconds" of the witnesses', least=1)
    return WitnessRule(minimum, freshness, witnesses)


def log_verifier_key(value: Any) -> VerifierKey:
    """A log's verifier key, which is Ed25519. Raises Invalid."""
    key = reading.verifier_key(value, where="a verifier key of the log")
    if key.kind != LOG_KEY:
        raise Invalid(
            f"A verifier key of the log is of type {key.kind:#04x}, not Ed25519 (0x01).", code="trust.log-key"
        )
    return key


def _cosigner(value: Any, *, where: str) -> VerifierKey:
    key = reading.verifier_key(value, where=where)
    if key.kind == LOG_KEY:
        raise Invalid(
            f"{key.name} is a log's key (type 0x01), which is no witness's.",
            code="trust.witness-key",
            hint="A witness publishes a key of type 0x04 (Ed25519) or 0x06 (ML-DSA-44).",
        )
    return key


def _witness(value: Any) -> Witness:
    where = "a witness of the trust file"
    if isinstance(value, str):
        return Witness(value, _cosigner(value, where=where).name)
    found = reading.members(value, ("key", "group"), where=where)
    _cosigner(found["key"], where=where)
    return Witness(found["key"], reading.text(found["group"], where=f'"group" of {where}'))
