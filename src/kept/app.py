"""The composition root: finds the rooms, builds their contexts and binds their ports."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from importlib.metadata import entry_points
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from kept.core import workspace as workspaces
from kept.core.reference import load
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable, Unverified

if TYPE_CHECKING:
    from kept.core.accounts import Accounts
    from kept.core.accounts.settings import PortalSettings
    from kept.core.actor import Actor
    from kept.core.keyring import Keyring
    from kept.core.keys import Signer
    from kept.core.ledger import Follower, Ledger
    from kept.core.model import Model
    from kept.core.notify import Channel
    from kept.core.notify.notifier import Notifier
    from kept.core.notify.records import Due
    from kept.core.practice import Practice
    from kept.core.store import Store
    from kept.core.workspace import Workspace

GROUP = "kept.practices"


@cache
def practices() -> Mapping[str, Practice]:
    """Every room that an installed package declares, by name. Raises Conflict when two claim one name."""
    found: dict[str, Practice] = {}
    for entry in entry_points(group=GROUP):
        practice = entry.load()
        if practice.name in found:
            raise Conflict(f"Two installed packages declare a room called {practice.name!r}.", code="practice.twice")
        found[practice.name] = practice
    return found


def static(practice: str, verb: str) -> Any:
    """A verb of a room that needs no workspace."""
    return getattr(load(practices()[practice].service), verb)


def signing_roles() -> Mapping[str, tuple[str, ...]]:
    """By predicate type, the roles that may sign it besides the provider, as the rooms declare."""
    rooms = practices().values()
    return {load(reference): roles for room in rooms for reference, roles in room.signers.items()}


class App:
    """An opened workspace with its rooms; a room's service is built when it is first asked for."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._services: dict[str, Any] = {}
        # Requests, followers and works ask for services in threads of their own, and one asks for another.
        self._turn = RLock()
        self._keyring: tuple[tuple[int, int] | None, Keyring] | None = None

    @classmethod
    def open(cls, folder: Path | None = None) -> App:
        """Open the workspace in `folder`, or the one that the current folder belongs to. Raises NotFound or Invalid."""
        return cls(workspaces.Workspace.load(folder or workspaces.find(Path.cwd())))

    def actor(self, name: str | None) -> Actor:
        """Who acts: the holder called `name`, or the only provider."""
        return self.keyring.actor(name)

    def service(self, name: str) -> Any:
        """The service of a room, which is one, whichever threads ask for it first."""
        with self._turn:
            return self._service(name)

    def _service(self, name: str) -> Any:
        if name not in self._services:
            practice = practices().get(name)
            if practice is None:
                raise NotFound(f"There is no room called {name!r}.", hint=f"Rooms: {', '.join(sorted(practices()))}.")
            self._services[name] = load(practice.service)(self._context(practice))
        return self._services[name]

    def assessors(self) -> Mapping[str, Any]:
        """The assessor of every room that has one, by the room's name: its service, or an attribute of that."""
        return {
            name: _part(self.service(name), practice.assessor)
            for name, practice in practices().items()
            if practice.assessor
        }

    def found(self) -> None:
        """What each room does once in a new workspace."""
        for name, practice in practices().items():
            if practice.founding:
                _part(self.service(name), practice.founding)(by=self.actor(None))

    def open_model(self, address: str, **options: Any) -> Model:
        """Open a model by the name that kept.toml gives it, or by its URI; options left at None keep their default."""
        from kept import models
        from kept.models.options import ModelOptions

        deployment = self.workspace.deployments.get(address)
        around = {each.name: getattr(deployment, each.name) for each in fields(deployment)} if deployment else {}
        options = {key: value for key, value in options.items() if value is not None}
        chosen = {key: value for key, value in (around | options).items() if value is not None}
        return models.open_model(self.workspace.models.get(address, address), options=ModelOptions(**chosen))

    def truth(self, address: str) -> Mapping[str, Any] | None:
        """What was planted in a model, or None where nobody planted anything."""
        from kept import models

        try:
            return models.truth(self.workspace.models.get(address, address))
        except NotFound:
            return None

    def close(self) -> None:
        """Close the store, if it was opened."""
        if "store" in self.__dict__:
            self.store.close()

    @property
    def keyring(self) -> Keyring:
        """Who holds which keys here, by the file as it is now: a key may be rotated while a workspace is open."""
        from kept.core.keyring import FILE, Keyring

        path = self.workspace.keys / FILE
        stamp = (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else None
        if self._keyring is None or self._keyring[0] != stamp:
            self._keyring = (stamp, Keyring.load(self.workspace.folder, passphrase=self._passphrase))
        return self._keyring[1]

    @cached_property
    def store(self) -> Store:
        """The database, with the tables of every room."""
        from kept.core.store import Store

        schemas = [
            load("kept.core.ledger:SCHEMA"),
            load("kept.core.accounts:SCHEMA"),
            load("kept.core.notify.tables:SCHEMA"),
        ]
        schemas += [load(practice.schema) for practice in practices().values() if practice.schema]
        return Store.open(self.workspace.store_url, schemas)

    @cached_property
    def accounts(self) -> Accounts:
        """The people who sign in."""
        from kept.core.accounts import Accounts

        return Accounts(self.store, clock=now, entropy=os.urandom, spans=self.portal.spans)

    @cached_property
    def portal(self) -> PortalSettings:
        """What kept.toml says of the portal. Raises Invalid."""
        from kept.core.accounts.settings import read

        return read(self.workspace.portal, where=str(self.workspace.folder / workspaces.FILE))

    @cached_property
    def notifier(self) -> Notifier:
        """What tells people of what is due. Raises Invalid for what kept.toml says of it wrongly."""
        from kept.core.keys.secret import secret_at
        from kept.core.notify import settings
        from kept.core.notify.notifier import Notifier

        where = str(self.workspace.folder / workspaces.FILE)
        told = settings.read(self.workspace.notify, where=where)

        def open_channel(name: str) -> Channel:
            from kept.core.notify import open_channel

            channel = told.channel(name)
            return open_channel(channel, secret_at(channel.secret, folder=self.workspace.folder, environ=os.environ))

        return Notifier(
            store=self.store,
            settings=told,
            dues=self._dues,
            open_channel=open_channel,
            name_of=self._name_of,
            clock=now,
            entropy=os.urandom,
            organisation=self.workspace.name,
            url=self.portal.url,
        )

    def _dues(self) -> Iterator[tuple[str, Sequence[Due]]]:
        for name, practice in practices().items():
            if practice.dues:
                yield name, getattr(self.service(name), practice.dues)()

    def _name_of(self, person: str) -> str:
        """The name by which somebody signs in, what they are called already where they have no account, or "" where
        that is disabled."""
        try:
            account = self.accounts.account(person)
        except NotFound:
            return person
        return "" if account.disabled else account.name

    @cached_property
    def ledger(self) -> Ledger:
        """The log of statements."""
        return self._ledger(self.store)

    def _ledger(self, store: Store) -> Ledger:
        from kept.core.ledger import Ledger

        return Ledger(
            store,
            origin=self.workspace.origin,
            log_signer=lambda: self.keyring.open(self.keyring.log),
            keyring=self._signers,
            folder=self.workspace.tiles,
            state=self.workspace.state,
            clock=now,
            entropy=os.urandom,
        )

    def _signers(self, actor: Actor) -> Sequence[Signer]:
        """The keys of a holder; of a person who has an account here, the provider's, in whose name staff act."""
        from kept.core.accounts import PSEUDONYM

        if actor.kind == "person" and PSEUDONYM.fullmatch(actor.id) and actor.id not in self.keyring.holders:
            if self.accounts.account(actor.id).disabled:
                raise Denied(f"The account {actor.id} is disabled.", code="accounts.disabled")
            return self.keyring.signers(self.keyring.actor(None))
        return self.keyring.signers(actor)

    def _passphrase(self) -> bytes:
        from kept.core.keys.secret import choose_passphrase

        return choose_passphrase(os.environ, self.workspace.secret)

    def _context(self, practice: Practice) -> Any:
        from kept.core.context import Context

        store, ledger = self._reached(practice)
        return Context(
            workspace=self.workspace,
            store=store,
            ledger=ledger,
            clock=now,
            entropy=os.urandom,
            settings=_settings(practice, self.workspace),
            open_model=self.open_model,
            ports={name: self._offered(name, practice) for name in practice.needs},
            backends=practice.backends,
            followers=self._followers(),
        )

    def _reached(self, practice: Practice) -> tuple[Store, Ledger]:
        """The store and the ledger; for a room that is of use without them, ones that raise at every use."""
        try:
            return self.store, self.ledger
        except (NotFound, Unavailable, Unverified) as error:
            if not practice.offline:
                raise
            from kept.core.store.unreachable import UnreachableStore

            absent = UnreachableStore(error)
            return absent, self._ledger(absent)

    def _followers(self) -> dict[str, Callable[[], Follower]]:
        def follower(room: str, reference: str) -> Follower:
            found: Follower = getattr(self.service(room), reference.rpartition(".")[2])
            return found

        return {
            name: partial(follower, room, reference)
            for room, practice in practices().items()
            for name, reference in practice.followers.items()
        }

    def _offered(self, name: str, needing: Practice) -> Any:
        for practice in practices().values():
            if name in practice.offers:
                return self.service(practice.name)
        raise NotFound(
            f"The room {needing.name!r} needs {name!r}, which no installed room offers.", code="practice.unbound"
        )


def now() -> datetime:
    """The time of day, which only this root reads."""
    return datetime.now(UTC)


def _part(service: Any, reference: str) -> Any:
    """What a reference "module:Service" or "module:Service.attribute" names of a service that was built."""
    attribute = reference.rpartition(":")[2].partition(".")[2]
    return getattr(service, attribute) if attribute else service


def _settings(practice: Practice, workspace: Workspace) -> Any:
    table = workspace.practices.get(practice.name, {})
    if not practice.settings:
        return None
    kind = load(practice.settings)
    unknown = sorted(set(table) - {field.name for field in fields(kind)})
    if unknown:
        known = ", ".join(sorted(field.name for field in fields(kind))) or "nothing"
        raise Invalid(
            f"{workspace.folder / workspaces.FILE}: [practices.{practice.name}] has no {unknown[0]!r}.",
            code="workspace.malformed",
            hint=f"It takes {known}.",
        )
    return kind(**dict(_frozen(table)))


def _frozen(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        yield key, tuple(value) if isinstance(value, list) else value
