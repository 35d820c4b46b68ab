"""An organisation with keys: a provider, its tester, its board, its log; a stranger; and what they sign."""

import json
from pathlib import Path

import pytest

from kept.core.keys import public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.note import COSIGNER_KEY, VerifierKey
from kept.core.statement import Envelope, Statement, Subject, sign
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent, KeyHistory, Rule, Trust, TrustedKey, TrustedLog, verifier_key
from kept.errors import Unverified

TEST = "https://kept.example/predicates/test/v1"
PLAN = "https://kept.example/predicates/plan/v1"
ORIGIN = "kept.example/log"
SIGNERS = [SoftwareSigner.from_seed(bytes([n]) * 32) for n in range(1, 9)]
PROVIDER, SUCCESSOR, TESTER, ROOT, STRANGER, LOG, LOG2, OTHER = SIGNERS
QUANTUM = SoftwareSigner.from_seed(b"\x0a" * 32, "ml-dsa-65")


def trusted(name: str, signer: SoftwareSigner, *roles: str) -> TrustedKey:
    return TrustedKey(name, public_key(signer), frozenset(roles))


def rule(*roles: str, threshold: int = 1, algorithms: tuple = ("ed25519",)) -> Rule:
    return Rule(frozenset(roles), threshold, algorithms)


def log_key(signer: SoftwareSigner) -> TrustedKey:
    return TrustedKey(ORIGIN, public_key(signer), frozenset(), "log")


WITNESS = str(VerifierKey("witness.example/w", COSIGNER_KEY, OTHER.public))
TRUST = Trust(
    "Acme AI",
    TrustedLog(ORIGIN, (verifier_key(log_key(LOG)),)),
    (
        trusted("provider", PROVIDER, "provider"),
        trusted("provider", QUANTUM, "provider"),
        trusted("tester", TESTER, "tester"),
        trusted("board", ROOT, "root"),
    ),
    {
        "default": rule("provider"),
        PLAN: rule("provider", "tester", threshold=2),
        KEY_EVENT_TYPE: rule("provider", "tester", "root"),
    },
)


def signed(*signers: SoftwareSigner, kind: str = TEST, **predicate) -> Envelope:
    return sign(Statement((Subject("model", {"sha256": "00"}),), kind, predicate), signers)


def event(kind: str, key: TrustedKey, by: SoftwareSigner, **more) -> Envelope:
    change = KeyEvent(kind, key, "2026-11-22T07:30:00Z", "someone", **more)
    return sign(change.to_statement(), [by])


def history(*events: tuple[int, Envelope], trust: Trust = TRUST) -> KeyHistory:
    return KeyHistory.replay(trust, events)


def authorise(envelope: Envelope, index: int = 0, known: KeyHistory | None = None, *, trust: Trust = TRUST):
    kind = envelope.statement().predicate_type
    return trust.authorise(envelope, predicate_type=kind, index=index, history=known)


def refused(envelope: Envelope, index: int = 0, known: KeyHistory | None = None, *, trust: Trust = TRUST) -> str:
    with pytest.raises(Unverified) as caught:
        authorise(envelope, index, known, trust=trust)
    return caught.value.code


PROVIDER_KEY = trusted("provider", PROVIDER, "provider")
NEXT_KEY = trusted("provider", SUCCESSOR, "provider")
ROTATION = event("rotated", NEXT_KEY, PROVIDER, replaces=PROVIDER.key_id)


def vectors(name: str) -> list[dict]:
    return json.loads((Path(__file__).parents[1] / f"vectors/trust/{name}.json").read_text(encoding="utf-8"))
