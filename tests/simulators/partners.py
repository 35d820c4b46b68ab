"""Two organisations that share: a hub that serves collections, and a lab with models of its own to try things on."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kept.core.keys import public_key
from kept.practices.red_team.service import Service as RedTeam
from kept.practices.sharing.methods import objects
from kept.practices.sharing.methods.objects import circumvention, id_of
from kept.practices.sharing.records import Collection, Peer
from kept.practices.sharing.records.contents import CapabilityNotice, Incident, SharedObject
from kept.practices.sharing.service import Service, publishing
from simulators.labels import RULES, planted
from simulators.replay_room import open_model
from simulators.scripts import script, system
from simulators.served import served
from simulators.sharing_room import Room, opened
from simulators.sitting import seated
from simulators.taxii_server import application

TIME = "2026-11-22T07:30:00.000Z"
FLAW = "hex"


@dataclass
class Partners:
    """Both rooms, and the collection that both read and write."""

    hub: Room
    lab: Room
    shared: str

    def publish(self, *documents: dict[str, Any], **more: Any) -> None:
        done = self.hub.service.publish(documents, collection=self.shared, by=self.hub.actor, **more)
        assert [each.why for each in done] == [""] * len(documents)

    def poison(self, *documents: dict[str, Any]) -> None:
        """Publish as somebody does whose own software looks at nothing."""
        with pytest.MonkeyPatch.context() as careless:
            careless.setattr(publishing, "check_shared", lambda document: None)
            self.publish(*documents)

    def pull(self) -> Any:
        return asyncio.run(self.lab.service.pull("hub", by=self.lab.actor))

    def replay(self) -> Any:
        return asyncio.run(self.lab.service.replay(by=self.lab.actor))


def pattern(said: str = "", *, number: int = 1) -> dict[str, Any]:
    """A circumvention pattern in STIX: what meets the lab's planted flaw, or something else that is said."""
    turn = said or script(planted(FLAW)).turns[0].content
    content = circumvention("encoding", [turn], {})
    made = SharedObject(id_of("indicator", str(number)), TIME, TIME, "A way round", "How it goes.", content)
    return objects.write(made)


def notice(*, urgency: str = "immediate", by: str = "2026-11-22T08:00:00Z", number: int = 1) -> dict[str, Any]:
    """A notice of a dangerous capability, in STIX."""
    content = CapabilityNotice.of(
        domain="cyber", system="another model", urgency=urgency, finding="observed", acknowledge_by=by, emergent=True
    )
    id = id_of("dangerous-capability-notice", str(number))
    return objects.write(SharedObject(id, TIME, TIME, "It finds flaws", "How it was seen.", content))


def incident(*, severity: str = "high", status: str = "open", number: int = 1) -> dict[str, Any]:
    """An incident, in STIX."""
    content = Incident.of(
        system="another model",
        realised=True,
        severity=severity,
        harms=("fraud",),
        status=status,
        started=TIME[:-5] + "Z",
    )
    return objects.write(SharedObject(id_of("incident", str(number)), TIME, TIME, "It was fooled", "How.", content))


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 29, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def partners(folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> Iterator[Partners]:
    """A hub with one collection, and a lab that knows it; `settings` are the lab's."""
    with ExitStack() as stack:
        same = {"clock": settings["clock"]} if "clock" in settings else {}
        hub = stack.enter_context(opened(folder / "hub", peer_rate=1e6, peer_burst=1e6, **same))
        # A keyring reads its passphrase once, from the state folder of the workspace that was opened last.
        hub_keys = keys_of(hub)
        told = {"overlap_minutes": 0, "replay_system": system(planted(FLAW)), **settings}
        lab = stack.enter_context(opened(folder / "lab", open_model=open_model, models={"assistant": RULES}, **told))
        replayer = RedTeam(replace(lab.context, settings=None))
        hub, lab = called(hub, "Hub"), called(lab, "Lab", ports={"replayer": replayer})
        seated(lab.service)
        hub.service.peers_add(Peer("lab", "Lab", keys=keys_of(lab)), by=hub.actor)
        monkeypatch.setenv("HUB_KEY", hub.service.peers_key("lab", by=hub.actor).text)
        shared = hub.service.collections_add(Collection("shared", "c", default_tlp="green"), by=hub.actor)
        hub.service.collections_grant(shared.id, "lab", read=True, write=True, by=hub.actor)
        url = stack.enter_context(served(application(hub.service)))
        peer = Peer("hub", "Hub", url=f"{url}/taxii2/", keys=hub_keys, credential="env:HUB_KEY")
        lab.service.peers_add(peer, by=lab.actor)
        yield Partners(hub, lab, shared.id)


def called(room: Room, name: str, **more: Any) -> Room:
    """The room of an organisation of this name."""
    context = replace(room.context, workspace=replace(room.context.workspace, name=name), **more)
    return replace(room, context=context, service=Service(context))


def keys_of(room: Room) -> str:
    """The public keys of whoever acts in a room, as PEM."""
    return "".join(public_key(signer).to_pem() for signer in room.keyring.signers(room.actor))
