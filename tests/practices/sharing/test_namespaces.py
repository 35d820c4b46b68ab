"""Two deployments and a foreign client, each on a machine of its own: the link is cut, and nothing lost or repeated."""

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kept import app
from kept.core.founding import Founding, found
from kept.core.keys import public_key
from kept.practices.sharing.records import Collection, Peer
from simulators import namespaces
from simulators.namespaces import Network, network

TIME = "2026-11-22T07:30:00.000Z"
OBJECTS, PORT = 4000, "8089"
FOREIGN = """
import sys
from taxii2client.v21 import Server, as_pages
root = Server(sys.argv[1], user="foreign", password=sys.argv[2]).api_roots[0]
(collection,) = [each for each in root.collections if each.can_read]
seen = [each["id"] for page in as_pages(collection.get_objects, per_request=500) for each in page.get("objects", ())]
print(len(seen), len(set(seen)))
"""


def indicator(number: int) -> dict[str, Any]:
    id = f"indicator--{uuid.UUID(int=number, version=4)}"
    pattern = {"pattern": f"[file:name = 'x{number}']", "pattern_type": "stix", "valid_from": TIME}
    return {"type": "indicator", "spec_version": "2.1", "id": id, "created": TIME, "modified": TIME, **pattern}


class Deployment:
    """A workspace, and `kept` on the machine where it stands."""

    def __init__(self, folder: Path, name: str, place: str, net: Network) -> None:
        self.place, self.net = place, net
        self.environment = {**os.environ, "KEPT_STATE": str(folder / "state")}
        os.environ["KEPT_STATE"] = self.environment["KEPT_STATE"]
        made = found(Founding(folder / "w", name, others=app.signing_roles()), entropy=os.urandom)
        settings = made.folder / "kept.toml"
        text = settings.read_text() + "[practices.sharing]\nplain_http = true\npeer_rate = 1e6\npeer_burst = 1e6\n"
        settings.write_text(text)
        self.app = app.App.open(made.folder)
        self.service, self.by = self.app.service("sharing"), self.app.actor(None)
        self.keys = "".join(public_key(signer).to_pem() for signer in self.app.keyring.signers(self.by))

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "kept", "--workspace", str(self.app.workspace.folder), "--json", *arguments]
        return subprocess.Popen(
            self.net.within(self.place, *command),
            env={**self.environment, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @contextmanager
    def serving(self) -> Iterator[None]:
        process = self.start("serve", "--host", "0.0.0.0", "--port", PORT)
        try:
            assert process.stdout is not None
            assert '"url"' in process.stdout.readline() + process.stdout.readline(), process.stderr
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)

    def received(self) -> list[str]:
        held: list[str] = []
        since = 0
        while more := self.service.received(since=since, limit=1000):
            held += [each.id for each in more]
            since = more[-1].cursor
        return held


@namespaces.needed
def test_a_link_that_is_cut_loses_and_repeats_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT_STATE", str(tmp_path))
    with network("lab", "foreign") as net:
        hub = Deployment(tmp_path / "hub", "Hub", "hub", net)
        lab = Deployment(tmp_path / "lab", "Lab", "lab", net)
        shared = hub.service.collections_add(Collection("shared", "c", default_tlp="green"), by=hub.by)
        hub.service.publish([indicator(number) for number in range(OBJECTS)], collection=shared.id, by=hub.by)
        secrets = {}
        for name, keys in (("lab", lab.keys), ("foreign", "")):
            hub.service.peers_add(Peer(name, name.title(), keys=keys), by=hub.by)
            secrets[name] = hub.service.peers_key(name, by=hub.by).text
            hub.service.collections_grant(shared.id, name, read=True, write=name == "lab", by=hub.by)
        url = f"http://{net.address('lab')}:{PORT}/taxii2/"
        lab.service.peers_add(Peer("hub", "Hub", url=url, keys=hub.keys, credential="env:HUB_KEY"), by=lab.by)
        told = {"HUB_KEY": secrets["lab"]}

        with hub.serving():
            # The link is cut in the middle, and whoever pulls is killed while it is down.
            pulling = lab.start("sharing", "pull", "hub", **told)
            deadline = time.monotonic() + 60
            while not lab.received() and time.monotonic() < deadline and pulling.poll() is None:
                time.sleep(0.02)
            net.cut("lab")
            before = len(lab.received())
            os.killpg(pulling.pid, signal.SIGKILL)
            pulling.wait(30)
            assert 0 < before < OBJECTS
            # Cut again, shortly this time: the same connection goes on.
            net.mend("lab")
            pulling = lab.start("sharing", "pull", "hub", **told)
            while len(lab.received()) == before and time.monotonic() < deadline + 60 and pulling.poll() is None:
                time.sleep(0.02)
            net.cut("lab")
            time.sleep(1)
            net.mend("lab")
            out, err = pulling.communicate(timeout=120)
            assert pulling.returncode == 0, err
            assert json.loads(out)[0]["why"] == "", out
            held = lab.received()
            assert sorted(held) == sorted(indicator(number)["id"] for number in range(OBJECTS))

            # What the lab sends while the link is down waits, and arrives once.
            file = tmp_path / "mine.json"
            file.write_text(json.dumps({"type": "bundle", "objects": [indicator(OBJECTS + 1)]}))
            net.cut("lab")
            pushing = lab.start("sharing", "push", "hub", str(file), "--collection", shared.id, **told)
            out, err = pushing.communicate(timeout=120)
            assert json.loads(out)["waiting"] == 1, err
            net.mend("lab")
            following = lab.start("sharing", "follow", "hub", "--rounds", "2", "--every", "1", **told)
            _, err = following.communicate(timeout=120)
            assert following.returncode == 0, err
            assert [each.id for each in hub.service.received()] == [indicator(OBJECTS + 1)["id"]]

            address = f"http://{net.address('foreign')}:{PORT}/taxii2/"
            command = [sys.executable, "-c", FOREIGN, address, secrets["foreign"]]
            foreign = subprocess.run(net.within("foreign", *command), capture_output=True, text=True, timeout=120)
            assert foreign.stdout.split() == [str(OBJECTS + 1)] * 2, foreign.stderr
        for each in (hub, lab):
            each.app.close()
