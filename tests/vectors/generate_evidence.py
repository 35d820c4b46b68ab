"""Writes the vectors of statements and trust, from fixed keys: `python tests/vectors/generate_evidence.py`.

The expected outcomes stand here by hand; the tests of Python and of the browser read the files. Signatures of
ML-DSA-65 are randomised, so those change when the files are written again; nothing else does.
"""

import base64
import json
from pathlib import Path
from typing import Any

from kept.core.keys import public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.note import COSIGNER_KEY, LOG_KEY, VerifierKey
from kept.core.redaction import conceal, digest
from kept.core.statement import PAYLOAD_TYPE, Envelope, Signature, Statement, Subject, pae, sign
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent, TrustedKey

FOLDER = Path(__file__).parent
TEST = "https://kept.example/predicates/test/v1"
PLAN = "https://kept.example/predicates/plan/v1"
ORIGIN = "kept.example/log"
PROVIDER, SUCCESSOR, TESTER, BOARD, STRANGER, LOG, LOG2, WITNESS = (
    SoftwareSigner.from_seed(bytes([number]) * 32) for number in range(1, 9)
)
QUANTUM = SoftwareSigner.from_seed(b"\x0a" * 32, "ml-dsa-65")

Case = dict[str, Any]


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def published(signer: SoftwareSigner) -> dict[str, str]:
    return {"algorithm": signer.algorithm, "public": text(signer.public)}


def statement(kind: str = TEST, **predicate: Any) -> Statement:
    return Statement((Subject("model", {"sha256": "ab" * 32}),), kind, predicate or {"n": 3, "note": "né"})


def envelope_cases() -> list[Case]:
    good = sign(statement(), [PROVIDER])
    document = json.loads(good.to_bytes())
    signature = document["signatures"][0]
    spaced = json.dumps(json.loads(good.payload), indent=2).encode()
    both = sign(statement(), [PROVIDER, QUANTUM])
    key, quantum, stranger = published(PROVIDER), published(QUANTUM), published(STRANGER)

    def case(name: str, value: Any, expect: str | None, *keys: dict[str, str]) -> Case:
        raw = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return {"name": name, "envelope": raw, "keys": list(keys or (key,)), "error": expect}

    def signed(payload: bytes) -> dict[str, Any]:
        by = Signature(PROVIDER.key_id, PROVIDER.sign(pae(PAYLOAD_TYPE, payload)))
        return json.loads(Envelope(payload, (by,)).to_bytes())

    def replaced(**change: Any) -> dict[str, Any]:
        return {**document, **change}

    def restated(**change: Any) -> dict[str, Any]:
        return signed(json.dumps({**json.loads(good.payload), **change}).encode())

    flipped = good.payload.replace(b'"n":3', b'"n":2')
    url_safe = document["payload"].replace("+", "-").replace("/", "_")
    return [
        case("one Ed25519 signature", document, None),
        case("Ed25519 and ML-DSA-65", json.loads(both.to_bytes()), None, key, quantum),
        case("a payload that is not canonical, as it was signed", signed(spaced), None),
        case("URL-safe base64", replaced(payload=url_safe), None),
        case("another key", document, "signature.missing", stranger),
        case("a flipped bit in the payload", replaced(payload=text(flipped)), "signature.bad"),
        case("the payload encoded again", replaced(payload=text(spaced)), "signature.bad"),
        case(
            "a signature under another key's name",
            replaced(signatures=[{**signature, "keyid": STRANGER.key_id}]),
            "signature.bad",
            stranger,
        ),
        case("a signature cut short", replaced(signatures=[{**signature, "sig": text(b"\x01" * 63)}]), "signature.bad"),
        case("truncated", json.dumps(document)[:-20], "json.malformed"),
        case("a repeated key", json.dumps(document)[:-1] + ', "payload": ""}', "json.malformed"),
        case("not an object", [document], "envelope.malformed"),
        case("an unknown field", replaced(extra=1), "envelope.malformed"),
        case("no payload", {k: v for k, v in document.items() if k != "payload"}, "envelope.malformed"),
        case("another payload type", replaced(payloadType="application/json"), "envelope.payload-type"),
        case("base64 with a line break", replaced(payload=document["payload"] + "\n"), "envelope.base64"),
        case("base64 that is not canonical", replaced(payload="QR=="), "envelope.base64"),
        case("an empty payload", replaced(payload=""), "envelope.base64"),
        case("no signatures", replaced(signatures=[]), "envelope.signatures"),
        case("the same key twice", replaced(signatures=[signature, signature]), "envelope.signatures"),
        case("a signature with a certificate", replaced(signatures=[{**signature, "cert": ""}]), "envelope.signatures"),
        case(
            "seventeen signatures",
            replaced(signatures=[{**signature, "keyid": str(number)} for number in range(17)]),
            "envelope.signatures",
        ),
        case("another statement type", restated(_type="https://in-toto.io/Statement/v0.1"), "statement.malformed"),
        case("no subject", restated(subject=[]), "statement.malformed"),
        case("a subject without a digest", restated(subject=[{"name": "m", "digest": {}}]), "statement.malformed"),
        case("a predicate that is a list", restated(predicate=[]), "statement.malformed"),
        case("an unknown field in the statement", restated(note=""), "statement.malformed"),
        case("a payload that is not JSON", signed(b"hello"), "json.malformed"),
        case("a number beyond all numbers", signed(good.payload.replace(b'"n":3', b'"n":1e999')), "json.malformed"),
        case("half a character", signed(good.payload.replace(b'"n":3', b'"n":"\\ud800"')), "statement.malformed"),
        case(
            "nested too deep",
            signed(good.payload.replace(b'"n":3', b'"n":' + b"[" * 64 + b"]" * 64)),
            "json.too-deep",
        ),
        case("a payload that is not UTF-8", signed(good.payload.replace(b'"n":3', b'"n":"\xff"')), "json.malformed"),
        case("a repeated key in the payload", signed(good.payload.replace(b'"n":3', b'"n":3,"n":3')), "json.malformed"),
        case("both alphabets of base64", replaced(payload="+_+_"), "envelope.base64"),
        case("a number that is no number", signed(good.payload.replace(b'"n":3', b'"n":NaN')), "json.malformed"),
    ]


def encoding_cases() -> list[Case]:
    kinds = [("http://example.com/HelloWorld", b"hello world"), (PAYLOAD_TYPE, b"{}"), ("é", "né".encode())]
    return [{"type": kind, "payload": text(payload), "message": text(pae(kind, payload))} for kind, payload in kinds]


def key_cases() -> list[Case]:
    valid = [{**published(signer), "key_id": signer.key_id} for signer in (PROVIDER, QUANTUM)]
    wrong = [
        {"algorithm": "ed25519", "public": text(b"\x00" * 31), "error": "key.length"},
        {"algorithm": "ml-dsa-65", "public": text(PROVIDER.public), "error": "key.length"},
        {"algorithm": "rsa", "public": text(PROVIDER.public), "error": "key.algorithm"},
    ]
    return [*valid, *wrong]


def redaction_cases() -> list[Case]:
    count = iter(range(1, 100))
    predicate = {"finding": "a jailbreak", "details": {"steps": [1, 2]}, "reporter": "né", "severity": 3}
    hidden, (details, reporter) = conceal(
        predicate, ("details", "reporter"), lambda size: bytes([next(count)]) * size, decoys=1
    )
    # The first disclosure of RFC 9901, section 5.1, whose JSON has spaces where ours has none.
    rfc = "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd"
    clash = base64.urlsafe_b64encode(b'["c2FsdA","finding",1]').decode().rstrip("=")
    reserved = base64.urlsafe_b64encode(b'["c2FsdA","_sd",[]]').decode().rstrip("=")
    short = base64.urlsafe_b64encode(b'["c2FsdA","x"]').decode().rstrip("=")

    def case(name: str, value: Any, disclosures: list[str], **outcome: Any) -> Case:
        return {"name": name, "predicate": value, "disclosures": disclosures, **outcome}

    def with_digest_of(*disclosures: str) -> dict[str, Any]:
        return {"finding": 0, "_sd": sorted(digest(one) for one in disclosures)}

    shown = {"finding": "a jailbreak", "severity": 3}
    return [
        case("all revealed", hidden, [details, reporter], revealed=predicate, withheld=1),
        case("one revealed", hidden, [reporter], revealed={**shown, "reporter": "né"}, withheld=2),
        case("none revealed", hidden, [], revealed=shown, withheld=3),
        case("nothing concealed", shown, [], revealed=shown, withheld=0),
        case(
            "the example of RFC 9901",
            {"_sd": ["jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4"]},
            [rfc],
            revealed={"given_name": "John"},
            withheld=0,
        ),
        case("a disclosure of something else", hidden, [rfc], error="redaction.unmatched"),
        case("a disclosure twice", hidden, [details, details], error="redaction.unmatched"),
        case("a padded disclosure", hidden, [details + "="], error="redaction.unmatched"),
        case("a name that is there already", with_digest_of(clash), [clash], error="redaction.name"),
        case("a reserved name", with_digest_of(reserved), [reserved], error="redaction.name"),
        case("two elements", with_digest_of(short), [short], error="redaction.malformed"),
        case("no base64", with_digest_of("!!"), ["!!"], error="redaction.malformed"),
        case("a repeated digest", {"_sd": ["x", "x"]}, [], error="redaction.digests"),
        case("digests that are no list", {"_sd": {}}, [], error="redaction.digests"),
    ]


def holder(name: str, signer: SoftwareSigner, *roles: str) -> dict[str, Any]:
    return {"name": name, **published(signer), "roles": list(roles)}


def rule(*roles: str, threshold: int = 1, algorithms: tuple[str, ...] = ("ed25519",)) -> dict[str, Any]:
    return {"roles": list(roles), "threshold": threshold, "algorithms": list(algorithms)}


def trust_document() -> dict[str, Any]:
    return {
        "version": 1,
        "organisation": "Acme AI",
        "log": {"origin": ORIGIN, "keys": [str(VerifierKey(ORIGIN, LOG_KEY, LOG.public))]},
        "signers": [
            holder("provider", PROVIDER, "provider"),
            holder("tester", TESTER, "tester"),
            holder("board", BOARD, "root"),
        ],
        "policy": {
            "default": rule("provider"),
            PLAN: rule("provider", "tester", threshold=2),
            KEY_EVENT_TYPE: rule("provider", "tester", "root"),
        },
        "witnesses": {
            "minimum": 1,
            "freshness_seconds": 86400,
            "keys": [
                {"key": str(VerifierKey("witness.example/w", COSIGNER_KEY, WITNESS.public)), "group": "Witness Ltd"}
            ],
        },
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    found = trust_document()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place: Any = found
    for part in parents:
        place = place[part]
    place[last] = value
    return found


def document_cases() -> list[Case]:
    good = trust_document()
    log, witness = good["log"]["keys"][0], good["witnesses"]["keys"][0]["key"]

    def case(name: str, path: str, value: Any, error: str | None) -> Case:
        return {"name": name, "trust": changed(path, value), "error": error}

    malformed = "trust.malformed"
    return [
        {"name": "good", "trust": good, "error": None},
        case("a witness without a group", "witnesses/keys", [witness], None),
        case("an unknown version", "version", 2, "trust.version"),
        case("an unknown field", "singers", [], malformed),
        case("no signer", "signers", [], malformed),
        case("a signer without a role", "signers/0/roles", [], malformed),
        case("an unknown field of a signer", "signers/0/role", "provider", malformed),
        case("an unknown algorithm", "signers/0/algorithm", "ed448", malformed),
        case("a public key cut short", "signers/0/public", text(PROVIDER.public[:31]), "key.length"),
        case("one key for two holders", "signers/1/public", text(PROVIDER.public), "trust.repeated-key"),
        case("the log's key for a signer", "signers/1/public", text(LOG.public), "trust.repeated-key"),
        case("no default rule", "policy", {PLAN: rule("provider")}, malformed),
        case("a threshold of none", "policy/default/threshold", 0, malformed),
        case("a rule without roles", "policy/default/roles", [], malformed),
        case("a rule without algorithms", "policy/default/algorithms", [], malformed),
        case("no log key", "log/keys", [], malformed),
        case("a log key of another origin", "log/origin", "elsewhere.example/log", "trust.origin"),
        case("a damaged log key", "log/keys", [log.replace("kept", "kepd")], "note.key-id"),
        case("a witness's key for the log", "log/keys", [witness], "trust.log-key"),
        case("a log's key for a witness", "witnesses/keys", [log], "trust.witness-key"),
        case("more witnesses asked than listed", "witnesses/minimum", 2, "trust.witnesses"),
        case("a freshness of nothing", "witnesses/freshness_seconds", 0, malformed),
    ]


def event(kind: str, name: str, key: SoftwareSigner, roles: list[str], *by: SoftwareSigner, **more: Any) -> Envelope:
    purpose = "log" if name == ORIGIN or name.endswith("/log") else "statement"
    held = TrustedKey(name, public_key(key), frozenset(roles), purpose)
    change = KeyEvent(kind, held, "2026-11-22T07:30:00Z", "someone", **more)
    return sign(change.to_statement(), list(by))


def raw(envelope: Envelope) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(envelope.to_bytes())
    return found


def decision(name: str, **case: Any) -> Case:
    kind, index = case.get("kind", TEST), case.get("index", 0)
    envelope = case.get("envelope") or sign(statement(kind), list(case["by"]))
    return {
        "name": name,
        "trust": case.get("trust") or trust_document(),
        "events": [[at, raw(one)] for at, one in case.get("events", [])],
        "refused": case.get("refused", []),
        "envelope": raw(envelope),
        "predicate_type": case.get("expected_kind", kind),
        "index": index,
        **({"error": case["error"]} if "error" in case else {"actors": case["actors"]}),
    }


def policy_cases() -> list[Case]:
    both = sign(statement(), [PROVIDER, QUANTUM])
    spoilt = Envelope(both.payload, (both.signatures[0], Signature(QUANTUM.key_id, b"\x00" * 3309)))
    quantum = changed("signers", [holder("provider", QUANTUM, "provider"), *trust_document()["signers"]])
    hybrid = {**quantum, "policy": {"default": rule("provider", "tester", algorithms=("ed25519", "ml-dsa-65"))}}
    provider = ["provider"]
    return [
        decision("the provider", by=[PROVIDER], actors=provider),
        decision("signed again with another key", by=[STRANGER], error="trust.unknown-key"),
        decision("a stranger beside the provider", by=[STRANGER, PROVIDER], actors=provider),
        decision("another role", by=[TESTER], error="trust.threshold"),
        decision("root in an ordinary statement", by=[BOARD], error="trust.threshold"),
        decision("the log's key", by=[LOG], error="trust.unknown-key"),
        decision("a bad second signature", envelope=spoilt, trust=quantum, error="signature.bad"),
        decision("two keys of one holder", by=[PROVIDER, QUANTUM], kind=PLAN, trust=quantum, error="trust.threshold"),
        decision("two holders", by=[PROVIDER, TESTER], kind=PLAN, actors=["provider", "tester"]),
        decision("both algorithms", by=[QUANTUM, PROVIDER], trust=hybrid, actors=provider),
        decision("one algorithm of two", by=[PROVIDER], trust=hybrid, error="trust.threshold"),
        decision("two holders, one algorithm each", by=[TESTER, QUANTUM], trust=hybrid, error="trust.threshold"),
        decision("another predicate type", by=[PROVIDER], expected_kind=PLAN, error="trust.predicate-type"),
    ]


def history_cases() -> list[Case]:
    mine, own = ["provider"], {"actors": ["provider"]}
    rotation = event("rotated", "provider", SUCCESSOR, mine, PROVIDER, replaces=PROVIDER.key_id)
    revocation = event("revoked", "provider", PROVIDER, mine, BOARD)
    reaching = event("revoked", "provider", PROVIDER, mine, BOARD, compromised_since=3)
    ended, unknown = {"error": "trust.not-in-effect"}, {"error": "trust.unknown-key"}
    thief = event("introduced", "provider", STRANGER, mine, PROVIDER)
    grandchild = event("introduced", "provider", WITNESS, mine, STRANGER)
    shared = event("introduced", "provider", SUCCESSOR, mine, PROVIDER, BOARD)
    theft = [(5, thief), (6, grandchild), (9, reaching)]
    newer = changed("signers", [*trust_document()["signers"], holder("provider", SUCCESSOR, "provider")])
    grant = [[5, "key-event.grant"]]

    def grab(name: str, *roles: str, by: SoftwareSigner = PROVIDER) -> list[tuple[int, Envelope]]:
        return [(5, event("introduced", name, STRANGER, list(roles), by))]

    def post_quantum_log() -> list[tuple[int, Envelope]]:
        return [(5, event("introduced", ORIGIN, QUANTUM2, [], PROVIDER))]

    return [
        decision("before a rotation", by=[PROVIDER], events=[(5, rotation)], index=5, **own),
        decision("the old key after a rotation", by=[PROVIDER], events=[(5, rotation)], index=6, **ended),
        decision("the new key after a rotation", by=[SUCCESSOR], events=[(5, rotation)], index=6, **own),
        decision("the new key before its rotation", by=[SUCCESSOR], events=[(5, rotation)], index=5, **ended),
        decision(
            "a rotation known to the trust file", by=[PROVIDER], events=[(5, rotation)], trust=newer, index=6, **ended
        ),
        decision("up to a revocation", by=[PROVIDER], events=[(5, revocation)], index=5, **own),
        decision("after a revocation", by=[PROVIDER], events=[(5, revocation)], index=6, **ended),
        decision("before a compromise", by=[PROVIDER], events=[(5, reaching)], index=2, **own),
        decision("since a compromise", by=[PROVIDER], events=[(5, reaching)], index=3, **ended),
        decision(
            "a compromise in the future",
            by=[PROVIDER],
            events=[(5, event("revoked", "provider", PROVIDER, mine, BOARD, compromised_since=6))],
            refused=[[5, "key-event.compromised"]],
            index=7,
            **own,
        ),
        decision(
            "a revoked key names its successor",
            by=[SUCCESSOR],
            events=[(5, revocation), (6, rotation)],
            refused=[[6, "trust.not-in-effect"]],
            index=7,
            **unknown,
        ),
        decision(
            "revoked after it named its successor",
            by=[SUCCESSOR],
            events=[(5, rotation), (6, revocation)],
            index=7,
            **own,
        ),
        decision("a thief's key after the compromise", by=[STRANGER], events=theft, index=7, **ended),
        decision("a thief's key's key after the compromise", by=[WITNESS], events=theft, index=7, **ended),
        decision("introduced by others too", by=[SUCCESSOR], events=[(5, shared), (9, reaching)], index=7, **own),
        decision(
            "a compromised rotation gives nothing back",
            by=[PROVIDER],
            events=[(3, rotation), (9, reaching)],
            index=7,
            **ended,
        ),
        decision(
            "a stranger rotates",
            by=[PROVIDER],
            events=[(5, event("rotated", "provider", SUCCESSOR, mine, STRANGER, replaces=PROVIDER.key_id))],
            refused=[[5, "trust.unknown-key"]],
            index=6,
            **own,
        ),
        decision(
            "a rotated key comes back",
            by=[PROVIDER],
            events=[
                (5, rotation),
                (6, event("rotated", "provider", PROVIDER, mine, SUCCESSOR, replaces=SUCCESSOR.key_id)),
            ],
            refused=[[6, "key-event.known-key"]],
            index=7,
            **ended,
        ),
        decision("another's name", by=[STRANGER], events=grab("tester", "tester"), refused=grant, index=6, **unknown),
        decision("a new name", by=[STRANGER], events=grab("puppet", "provider"), refused=grant, index=6, **unknown),
        decision(
            "a role not held",
            by=[STRANGER],
            events=grab("provider", "provider", "root"),
            refused=grant,
            index=6,
            **unknown,
        ),
        decision(
            "root brings in somebody new",
            by=[STRANGER, PROVIDER],
            kind=PLAN,
            events=grab("auditor", "tester", by=BOARD),
            index=6,
            actors=["auditor", "provider"],
        ),
        decision("a post-quantum log key", by=[PROVIDER], events=post_quantum_log(), refused=grant, index=6, **own),
        decision(
            "a revocation of a key that nobody knows",
            by=[PROVIDER],
            events=[(5, event("revoked", "provider", STRANGER, mine, BOARD))],
            refused=[[5, "key-event.unknown-key"]],
            index=6,
            **own,
        ),
        decision(
            "a malformed event",
            by=[PROVIDER],
            events=[(5, sign(statement(KEY_EVENT_TYPE, event="revokd"), [PROVIDER]))],
            refused=[[5, "trust.malformed"]],
            index=6,
            **own,
        ),
    ]


def log_cases() -> list[Case]:
    old, new = (str(VerifierKey(ORIGIN, LOG_KEY, signer.public)) for signer in (LOG, LOG2))
    rotation = event("rotated", ORIGIN, LOG2, [], PROVIDER, replaces=LOG.key_id)
    foreign = event("introduced", "elsewhere.example/log", LOG2, [], PROVIDER)

    def case(name: str, events: list[tuple[int, Envelope]], sizes: dict[int, list[str]]) -> Case:
        keys = {str(size): found for size, found in sizes.items()}
        return {"name": name, "trust": trust_document(), "events": [[at, raw(one)] for at, one in events], "keys": keys}

    return [
        case("no event", [], {0: [old], 9: [old]}),
        case("a rotation at index 5", [(5, rotation)], {5: [old], 6: [old, new], 7: [new]}),
        case("a key of another origin", [(5, foreign)], {9: [old]}),
    ]


QUANTUM2 = SoftwareSigner.from_seed(b"\x0b" * 32, "ml-dsa-65")

FILES = {
    "statement/envelopes.json": envelope_cases,
    "statement/encoding.json": encoding_cases,
    "statement/keys.json": key_cases,
    "statement/redaction.json": redaction_cases,
    "trust/documents.json": document_cases,
    "trust/policy.json": policy_cases,
    "trust/history.json": history_cases,
    "trust/log_keys.json": log_cases,
}


def main() -> None:
    for name, cases in FILES.items():
        lines = ",\n".join(json.dumps(case, ensure_ascii=False, sort_keys=True) for case in cases())
        (FOLDER / name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
