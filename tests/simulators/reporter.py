"""A reporter: seals reports on their own machine and does the work that is asked for, as the form's script does."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import altcha
import pyrage

from kept.practices.disclosure.methods.bundles import write_bundle
from kept.practices.disclosure.methods.receipts import Keys, code_of, keys_of
from kept.practices.disclosure.records import Readers, Report, Submission

REPORT = Report("It tells the card", "Asked in verse, it tells what it was told to keep.", model="assistant")


def new_code() -> str:
    return code_of(os.urandom(20))


@dataclass
class Reporter:
    """Who holds a receipt code."""

    code: str = field(default_factory=new_code)

    @property
    def keys(self) -> Keys:
        return keys_of(self.code)

    @property
    def recipient(self) -> str:
        return str(pyrage.x25519.Identity.from_str(self.keys.identity).to_public())

    def submission(
        self, *, version: int = 1, readers: Readers = "triagers", proof: str = "", **more: Any
    ) -> Submission:
        """What goes beside a sealed report."""
        keys = self.keys
        told: dict[str, Any] = {
            "submission": os.urandom(16).hex(),
            "programme": "assistant",
            "handle": keys.handle,
            "secret": keys.secret,
            "recipient": self.recipient,
        }
        return Submission(version=version, readers=readers, proof=proof, **(told | more))

    def read(self, sealed: bytes) -> str:
        return self.opened(sealed).decode()

    def opened(self, sealed: bytes) -> bytes:
        return pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(self.keys.identity)])


def sealed(*recipients: str, report: Report = REPORT) -> bytes:
    return seal(write_bundle(report), *recipients)


def seal(data: bytes, *recipients: str) -> bytes:
    return pyrage.encrypt(data, [pyrage.x25519.Recipient.from_str(each) for each in recipients])


def solved(challenge: Mapping[str, Any]) -> str:
    """The work of a challenge, done, in base64."""
    parameters = altcha.ChallengeParameters.from_dict(dict(challenge["parameters"]))
    nonce, salt = bytes.fromhex(parameters.nonce), bytes.fromhex(parameters.salt)
    for counter in range(1 << 20):
        derived = altcha.derive_key_pbkdf2(parameters, salt, nonce + counter.to_bytes(4)).hex()
        if derived.startswith(parameters.key_prefix):
            solution = {"counter": counter, "derivedKey": derived}
            return base64.b64encode(json.dumps({"challenge": challenge, "solution": solution}).encode()).decode()
    raise AssertionError("no solution")
