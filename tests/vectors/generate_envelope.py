"""Writes envelope/vectors.json. HPKE draws keys, so another run gives other bytes that open to the same keys."""

import base64
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kept.core import canonical
from kept.practices.weights.methods import envelope as envelopes

KEYS = [X25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in range(1, 5)]
SAFE = X25519PrivateKey.from_private_bytes(bytes([9]) * 32)


def public(key: X25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def valid(name: str, count: int, threshold: int, *, safe: bool) -> dict[str, Any]:
    keys = sorted(KEYS[:count], key=public)
    parts = envelopes.Parts(bytearray(digest(f"service {name}")), bytearray(digest(f"custodians {name}")))
    sharing = envelopes.Sharing(tuple(map(public, keys)), threshold, public(SAFE) if safe else None)
    wrapped = b"wrapped by another service"
    made = envelopes.make(digest(name).hex(), parts, sharing, kek="kek-vector", wrapped=wrapped, entropy=os.urandom)
    return {
        "name": name,
        "envelope": made.decode(),
        "private": [key.private_bytes_raw().hex() for key in keys],
        "safe": SAFE.private_bytes_raw().hex() if safe else None,
        "service": bytes(parts.service).hex(),
        "custodians": bytes(parts.custodians).hex(),
        "salt": digest(f"salt {name}").hex(),
        "file_key": bytes(parts.file_key(digest(f"salt {name}"))).hex(),
    }


def flipped(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[40] ^= 1
    return base64.b64encode(bytes(data)).decode()


def invalid(good: dict[str, Any]) -> list[dict[str, str]]:
    subsets, members = good["subsets"], good["members"]
    malformed = {
        "another version": {"version": 2},
        "an unknown member": {"more": 1},
        "one custodian is enough": {"threshold": 1},
        "every custodian is needed": {"threshold": 3},
        "two custodians": {"members": members[:2]},
        "a custodian twice": {"members": members[:1] * 3},
        "a subset is missing": {"subsets": subsets[:2]},
        "a pad is missing": {"subsets": [subsets[0][:1], *subsets[1:]]},
        "a file id in capitals": {"file": good["file"].upper()},
    }
    changed = {
        "a pad with a flipped bit": {"subsets": [[flipped(subsets[0][0]), subsets[0][1]], *subsets[1:]]},
        "subsets in each other's place": {"subsets": [subsets[1], subsets[0], subsets[2]]},
        "another file's id": {"file": "0" * 64},
    }
    found = [(name, canonical.encode(good | change).decode(), "invalid") for name, change in malformed.items()]
    found += [("spaces between members", json.dumps(good), "invalid")]
    found += [(name, canonical.encode(good | change).decode(), "unverified") for name, change in changed.items()]
    return [{"name": name, "envelope": text, "error": error} for name, text, error in found]


def main() -> None:
    good = [valid("2 of 3", 3, 2, safe=False), valid("3 of 4, with a safe", 4, 3, safe=True)]
    document = {"valid": good, "invalid": invalid(json.loads(good[0]["envelope"]))}
    path = Path(__file__).parent / "envelope/vectors.json"
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
