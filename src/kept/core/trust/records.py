"""The nouns of a trust file."""

from dataclasses import dataclass
from typing import Literal

from kept.core.keys import Algorithm, PublicKey

Purpose = Literal["statement", "log"]
ROOT = "root"


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key, who holds it and in which roles; a holder may have several keys under one name.

    The role "root" may introduce and revoke anybody's keys; every other role only its holder's own.
    """

    name: str
    key: PublicKey
    roles: frozenset[str]
    purpose: Purpose = "statement"

    @property
    def key_id(self) -> str:
        """The id that signatures name it by."""
        return self.key.key_id


@dataclass(frozen=True, slots=True)
class Rule:
    """Whose signatures count for a predicate type, and how many.

    `threshold` distinct holders must each have signed with a key of every one of `algorithms`, in one of `roles`.
    """

    roles: frozenset[str]
    threshold: int
    algorithms: tuple[Algorithm, ...]


@dataclass(frozen=True, slots=True)
class TrustedLog:
    """The log's origin, and its verifier keys as C2SP signed-note texts."""

    origin: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """A witness's verifier key, and the group (an organisation) whose members count as one."""

    key: str
    group: str


@dataclass(frozen=True, slots=True)
class WitnessRule:
    """How many independent groups must have cosigned a checkpoint, and how old (seconds) a cosignature may be."""

    minimum: int = 0
    freshness_seconds: int = 86400
    keys: tuple[Witness, ...] = ()
