"""Who holds which keys in a workspace: keys/keyring.json, which holds addresses of keys and never a key."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from kept.core import canonical, durable
from kept.core.actor import Actor, ActorKind
from kept.core.keys import Signer, open_signer
from kept.errors import Conflict, Invalid, NotFound

FILE = "keyring.json"
LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Holder:
    """One who signs, with every one of `keys`: addresses such as "file:keys/provider.pem"."""

    name: str
    kind: ActorKind
    roles: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Keyring:
    """The holders of a workspace, the address of the log's own key, and how to unlock them."""

    folder: Path
    log: str
    holders: Mapping[str, Holder]
    passphrase: Callable[[], bytes] = field(repr=False)
    _opened: dict[str, Signer] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def load(cls, folder: Path, *, passphrase: Callable[[], bytes]) -> "Keyring":
        """Read the keyring of the workspace at `folder`. Raises NotFound or Invalid."""
        path = folder / "keys" / FILE
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise NotFound(f"{path} is missing.", code="keyring.missing", hint="Restore it from a backup.") from error
        document = canonical.decode(data, limit=LIMIT, what=str(path))
        try:
            holders = {name: _holder(name, entry) for name, entry in document["holders"].items()}
            return cls(folder=folder, log=str(document["log"]), holders=holders, passphrase=passphrase)
        except (KeyError, TypeError, AttributeError) as error:
            raise Invalid(f"{path} is not a keyring: {error!r}.", code="keyring.malformed") from error

    def save(self) -> None:
        """Write the keyring durably, whole or not at all. Raises Unavailable."""
        path = self.folder / "keys" / FILE
        holders = {
            name: {key: value for key, value in asdict(holder).items() if key != "name"}
            for name, holder in self.holders.items()
        }
        document = {"version": 1, "log": self.log, "holders": holders}
        durable.write(path, json.dumps(document, indent=2).encode())

    def actor(self, name: str | None = None) -> Actor:
        """The holder called `name`, or the only provider. Raises NotFound, or Conflict where several could be meant."""
        if name is None:
            providers = [holder.name for holder in self.holders.values() if "provider" in holder.roles]
            if len(providers) != 1:
                raise Conflict(f"{len(providers)} holders could act here.", hint=f"Choose: --as {self._names()}")
            name = providers[0]
        holder = self.holders.get(name)
        if holder is None:
            raise NotFound(f"Nobody called {name!r} holds a key here.", hint=f"Choose: --as {self._names()}")
        return Actor(id=holder.name, kind=holder.kind, roles=frozenset(holder.roles))

    def signers(self, actor: Actor) -> Sequence[Signer]:
        """The signers of an actor, the required algorithm first. Raises NotFound, Denied or Unavailable."""
        holder = self.holders.get(actor.id)
        if holder is None:
            raise NotFound(f"Nobody called {actor.id!r} holds a key here.", hint=f"Choose: --as {self._names()}")
        return [self.open(address) for address in holder.keys]

    def open(self, address: str) -> Signer:
        """The signer at an address, unlocked once. Raises NotFound, Denied, Invalid or Unavailable."""
        if address not in self._opened:
            self._opened[address] = open_signer(address, base=self.folder, passphrase=self.passphrase)
        return self._opened[address]

    def with_holder(self, holder: Holder) -> "Keyring":
        """A keyring in which `holder` is added or replaced; it still has to be saved."""
        return replace(self, holders={**self.holders, holder.name: holder})

    def _names(self) -> str:
        return " | ".join(sorted(self.holders))


def _holder(name: str, entry: Mapping[str, Any]) -> Holder:
    kind: ActorKind = entry["kind"]
    return Holder(name=name, kind=kind, roles=tuple(entry["roles"]), keys=tuple(entry["keys"]))
