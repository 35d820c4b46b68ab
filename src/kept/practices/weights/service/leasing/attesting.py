"""Whether a runtime has shown what it is: evidence for a nonce that was drawn for one lease, and used once."""

from __future__ import annotations

import threading
from typing import Protocol

from kept.core.context import Context
from kept.core.reference import load
from kept.errors import Denied, Invalid
from kept.practices.weights.records import Settings

NONCE_BYTES = 32
SECONDS = 60
"""For how long a nonce can be answered, and for how long what was shown counts."""
_MOST = 4096


class Verify(Protocol):
    """Checks evidence of one kind against the rule in the settings, for a nonce. Raises Invalid, Denied, Unverified."""

    def __call__(self, rule: str, evidence: bytes, nonce: bytes) -> None:
        """`rule` is what follows the scheme."""
        ...


class Attesting:
    """Remembers, in this process alone, which nonces wait for an answer and which leases have shown their runtime."""

    def __init__(self, context: Context, settings: Settings) -> None:
        self._context = context
        self._rules = dict(_rule(each) for each in settings.runtimes_attested)
        self._waiting: dict[bytes, tuple[str, int]] = {}
        self._shown: dict[str, int] = {}
        self._lock = threading.Lock()

    def wanted(self, runtime: str) -> bool:
        """Whether this runtime must show what it is."""
        return runtime in self._rules

    def challenge(self, lease: str, *, now: int) -> bytes:
        """A nonce for a lease, to be answered once within a minute. Raises Denied where too many wait already."""
        nonce = self._context.entropy(NONCE_BYTES)
        with self._lock:
            self._waiting = {each: held for each, held in self._waiting.items() if now < held[1]}
            if len(self._waiting) >= _MOST:
                raise Denied("Too many questions wait for an answer.", code="attestation.busy", hint="Try again later.")
            self._waiting[nonce] = (lease, now + SECONDS)
        return nonce

    def attest(self, lease: str, runtime: str, evidence: bytes, nonce: bytes, *, now: int) -> None:
        """Take evidence for a nonce; it counts for a minute. Raises Denied, Invalid or Unverified for other."""
        with self._lock:
            held = self._waiting.pop(nonce, None)
        if held is None or held[0] != lease or now >= held[1]:
            raise Denied("This nonce was not drawn for the lease, or is used.", code="attestation.nonce")
        if runtime not in self._rules:
            raise Denied(f"Of the runtime {runtime!r} no evidence is taken.", code="attestation.runtime")
        scheme, rule = self._rules[runtime]
        verify: Verify = load(self._context.backends["attestation"][scheme])
        verify(rule, evidence, nonce)
        with self._lock:
            self._shown = {each: until for each, until in self._shown.items() if now < until}
            self._shown[lease] = now + SECONDS

    def check(self, lease: str, runtime: str, *, now: int) -> None:
        """Raises Denied where this runtime must show what it is, and has not within the last minute."""
        if not self.wanted(runtime):
            return
        with self._lock:
            until = self._shown.get(lease, -1)
        if now >= until:
            raise Denied(
                f"The runtime {runtime} has not shown what it is.",
                code="lease.attestation",
                hint="It answers a nonce with evidence first: docs/leases.md",
            )


def _rule(text: str) -> tuple[str, tuple[str, str]]:
    name, _, rest = text.strip().partition(" ")
    scheme, separator, rule = rest.strip().partition(":")
    if not name or not separator or scheme not in ("measured",):
        raise Invalid(
            f"{text[:80]!r} says of no runtime how it shows what it is.",
            code="attestation.rule",
            hint='runtimes_attested = ["inference measured:ed25519:KEY:DIGEST"]',
        )
    return name, (scheme, rule)
