"""Who may see an object: TLP 2.0 as audiences, which objects have and readers belong to.

| level | audiences of the object |
|---|---|
| CLEAR | anyone |
| GREEN | the community |
| AMBER | each organisation named, with its clients |
| AMBER+STRICT | each organisation named |
| RED | each recipient named |

Whoever brought an object, and its owner, are always among those named.
"""

from collections.abc import Iterable

from kept.practices.sharing.records.collections import Amber, Reader
from kept.practices.sharing.records.markings import Tlp

ANYONE, COMMUNITY, MEMBERS, MEMBERS_AND_CLIENTS = "c", "g", "m", "n"


def of_reader(reader: Reader, *, can_read: bool, released: bool) -> tuple[str, ...]:
    """The audiences that a reader belongs to in a collection; none where it may not read there at all."""
    if not can_read:
        return (ANYONE,) if released else ()
    found = [ANYONE, COMMUNITY, MEMBERS_AND_CLIENTS, f"o:{reader.organisation}", f"a:{reader.organisation}"]
    found.append(f"a:{reader.client_of}" if reader.client_of else MEMBERS)
    return (*found, f"p:{reader.name}")


def of_object(level: Tlp, named: Iterable[Reader], *, amber: Amber, addressed: bool) -> tuple[str, ...]:
    """The audiences of an object; `addressed` says whether its sender named recipients, who are among `named`."""
    if level == "clear":
        return (ANYONE,)
    if level == "green":
        return (COMMUNITY,)
    if level == "red":
        return tuple(sorted({f"p:{reader.name}" for reader in named}))
    if amber == "members" and not addressed:
        return (MEMBERS,) if level == "amber+strict" else (MEMBERS_AND_CLIENTS,)
    prefix = "o" if level == "amber+strict" else "a"
    return tuple(sorted({f"{prefix}:{reader.organisation}" for reader in named}))
