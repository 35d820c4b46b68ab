"""Who objects are exchanged with."""

import re
from dataclasses import dataclass, field
from typing import Literal

from kept.errors import Invalid

PeerState = Literal["new", "active", "silent", "revoked"]

_NAME = re.compile(r"[a-z0-9][a-z0-9.@-]{0,62}")
_URL = re.compile(r"https?://[^\s/@?#]+(?:/[^\s?#]*)?", re.IGNORECASE)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Peer:
    """A reader or writer of collections: one machine, or one person, of an organisation.

    `organisation` is what TLP:AMBER+STRICT speaks of, `client_of` the organisation whose client that one is, or "".
    `url` is where the peer serves TAXII, if it does. `keys` are its pinned public keys, as PEM; "" pins none.
    `credential` is where our key for its server is read when it is used: "env:NAME", or "file:PATH" of
    mode 0600. `identity` and `authority` are files: our client certificate with its private key, and whose certificates
    its server may show. Raises Invalid.
    """

    name: str
    organisation: str
    client_of: str = ""
    url: str = ""
    keys: str = ""
    credential: str = ""
    identity: str = ""
    authority: str = ""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise Invalid(
                f"{self.name[:80]!r} names no peer.",
                code="peer.name",
                hint="Use up to 63 of a-z, 0-9, dot, @ and hyphen, as soc@lab.example.",
            )
        for what, text in (("organisation", self.organisation), ("organisation it is a client of", self.client_of)):
            if len(text) > _LONGEST or not text.isprintable() or text != text.strip():
                raise Invalid(
                    f"The {what} is no name on one line, of {_LONGEST} characters at most.", code="peer.organisation"
                )
        if not self.organisation:
            raise Invalid("A peer belongs to an organisation.", code="peer.organisation")
        if self.url and not _URL.fullmatch(self.url):
            raise Invalid("That is no URL of a TAXII server.", code="peer.url", hint="As https://hub.example/taxii2/")
        if self.credential and self.credential.partition(":")[0] not in ("env", "file"):
            # What was given isn't repeated: people paste secrets where an address belongs.
            raise Invalid(
                "A credential is named by where it stands.", code="peer.credential", hint="Use env:NAME or file:PATH."
            )


@dataclass(frozen=True, slots=True)
class PeerRow:
    """A peer as it stands now. Times are "2026-11-22T07:30:00Z", "" for never."""

    name: str
    organisation: str
    client_of: str
    url: str
    key_ids: tuple[str, ...]
    state: PeerState
    added: str
    heard: str


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key by which a peer comes in: `text` is shown once, and is kept nowhere."""

    peer: str
    id: str
    text: str = field(repr=False)
