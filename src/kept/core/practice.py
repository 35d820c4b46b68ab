"""The declaration that a room makes of itself: strings only, so that naming a room loads none of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Practice:
    """A room. Every reference is a "module:attribute" string that `kept.core.reference` loads when it is needed.

    `commands` names `commands(service: Callable[[], Service]) -> click.Group`; `routes` names
    `router(service: Callable[[], Service]) -> fastapi.APIRouter`; `schema` names the room's tables
    (`kept.core.store.Schema`); `settings` names a frozen dataclass, filled from `[practices.<name>]`.
    `roots` maps a path at the root of the server, as "/.well-known/x", to such a router, whose routes stand under it;
    under the paths in `metered` the room itself limits what each caller may ask.
    `clients` is the attribute of the service that holds, as PEM, the certificates by which callers are known over TLS.
    `promoted` maps each verb that also stands at the top level of the command line to its one-line help.
    `followers` maps a reader's name to an attribute of the service that is a `kept.core.ledger.Follower`.
    `signers` maps a predicate, by its reference, to the roles that may sign it besides "provider".
    `backends` maps a family to its lazy scheme dictionary. `needs` maps a port's name to its Protocol,
    `offers` lists the names that this room's service answers to. `offline` says that it is of use while the store is
    out of reach: its service is then built with one that raises at every use. `assessor` names the service or an
    attribute of it, `founding` a verb of it that `kept init` calls once, with who founds the workspace, and `chores`
    the verbs that `kept serve` calls about once a minute, without arguments; `works` are those that it awaits beside
    everything else, since they may take long. `dues` names the verb that says, without arguments, what somebody must
    act on now (`kept.core.notify.records.Due`).
    """

    name: str
    title: str
    service: str
    commands: str
    commitments: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    signers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    routes: str = ""
    roots: Mapping[str, str] = field(default_factory=dict)
    metered: tuple[str, ...] = ()
    clients: str = ""
    settings: str = ""
    schema: str = ""
    assessor: str = ""
    followers: Mapping[str, str] = field(default_factory=dict)
    promoted: Mapping[str, str] = field(default_factory=dict)
    backends: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    offers: tuple[str, ...] = ()
    offline: bool = False
    founding: str = ""
    chores: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    dues: str = ""
