"""Other hosts: a client's certificate, the broker's certificate, and the holder's key, each on its own needed."""

import json
import os
import socket
import ssl
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from kept.core.actor import Actor
from kept.errors import Denied, Invalid, KeptError, Unavailable
from kept.practices.weights.backends.broker_client import Client
from kept.practices.weights.methods import messages
from kept.practices.weights.service.tables.access import READS
from simulators.hosts import certificate, free_port
from simulators.patience import eventually
from simulators.planted_broker import Planted, running, tensors

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the broker runs on Linux")


@dataclass
class Remote:
    broker: Planted
    folder: Path
    address: str

    def client(self, *, name: str = "gpu-1", broker: str = "broker", actor: Actor | None = None) -> Client:
        room, actor = self.broker.room, actor or self.broker.room.actor
        client = Client.remote(
            self.address, certificate=self.folder / f"{name}.pem", broker=self.folder / f"{broker}.crt"
        )
        client.prove(actor.id, room.keyring.signers(actor)[0], broker=room.context.workspace.origin)
        return client


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    folder = tmp_path_factory.mktemp("certificates")
    certificate(folder / "broker.pem", "broker")
    certificate(folder / "impostor.pem", "broker")
    certificate(folder / "stranger.pem", "gpu-1")
    known, nobody = certificate(folder / "gpu-1.pem", "gpu-1"), certificate(folder / "gpu-2.pem", "gpu-2")
    (folder / "clients.pem").write_bytes(b"".join((folder / f"gpu-{number}.crt").read_bytes() for number in (1, 2)))
    port = free_port()
    with running(
        tmp_path_factory.mktemp("remote"),
        broker_listen=f"127.0.0.1:{port}",
        broker_certificate=str(folder / "broker.pem"),
        broker_clients=str(folder / "clients.pem"),
        broker_holders=(f"{known} provider gpu-1", f"{nobody} somebody-else gpu-2"),
        runtimes=("inference@gpu-1",),
    ) as broker:
        broker.lease()
        yield Remote(broker, folder, f"127.0.0.1:{port}")


def test_a_host_with_a_certificate_and_the_holders_key_gets_a_stream(remote: Remote) -> None:
    assert remote.broker.room.actor.id == "provider"
    with remote.client() as client:
        reader = client.open("lease-1", str(remote.broker.place))
        found = b"".join(reader.stream("blocks.0.weight", 0, 65_536))
        assert found == tensors()["blocks.0.weight"].tobytes()
        reader.close()


def test_what_a_host_reads_is_written_down_with_its_name(remote: Remote) -> None:
    with remote.client() as client:
        reader = client.open("lease-1", str(remote.broker.place))
        b"".join(reader.stream("text", 0, 100))
        reader.close()

    def is_written() -> bool:
        with remote.broker.room.store.read() as connection:
            return "gpu-1" in connection.execute(select(READS.c.host)).scalars()

    assert eventually(is_written)


def test_a_lease_of_a_runtime_on_one_host_is_good_there_alone(remote: Remote) -> None:
    os.environ["KEPT_STATE"] = str(remote.broker.home / "state")
    with remote.broker.client() as client, pytest.raises(Denied) as caught:
        client.open("lease-1", str(remote.broker.place))
    assert caught.value.code == "broker.runtime"


def test_no_memory_is_handed_over_by_this_way(remote: Remote) -> None:
    with remote.client() as client:
        client.open("lease-1", str(remote.broker.place))
        with pytest.raises(Invalid, match="One piece of memory"):
            client.ask(messages.Attach(4096), messages.Attached)


def test_a_certificate_that_the_broker_does_not_know_is_refused(remote: Remote) -> None:
    with pytest.raises(Unavailable):
        remote.client(name="stranger")


def test_a_certificate_is_good_for_its_holder_alone(remote: Remote) -> None:
    with pytest.raises(Denied) as caught:
        remote.client(name="gpu-2")
    assert caught.value.code == "broker.peer"


def test_without_a_certificate_there_is_no_conversation(remote: Remote) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(remote.folder / "broker.crt")
    host, _, port = remote.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=10) as plain, context.wrap_socket(plain) as link:
        # Versions of TLS differ in whether it is an alert or an end that comes; a greeting does not.
        try:
            found = link.recv(100)
        except OSError:
            found = b""
        assert found == b""


def test_a_client_talks_to_the_broker_that_it_knows_alone(remote: Remote) -> None:
    with pytest.raises(Denied, match="is not the broker"):
        remote.client(broker="impostor")


def test_a_proof_made_for_one_broker_is_worth_nothing_to_another(remote: Remote) -> None:
    room = remote.broker.room
    signer = room.keyring.signers(room.actor)[0]
    client = Client.remote(remote.address, certificate=remote.folder / "gpu-1.pem", broker=remote.folder / "broker.crt")
    hello = client._next(messages.Hello)
    signed = signer.sign(messages.challenge_bytes(hello, room.actor.id, channel="tls:" + "ab" * 32))
    with pytest.raises(Denied):
        client.ask(messages.Proof(room.actor.id, signer.key_id, signed.hex()), messages.Welcome)


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", os.urandom(200)])
def test_whoever_speaks_no_tls_holds_up_nobody(remote: Remote, data: bytes) -> None:
    host, _, port = remote.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as link:
        link.sendall(data)
        with remote.client() as client:
            assert client.open("lease-1", str(remote.broker.place)).left


def test_certificates_that_are_missing_are_said(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is missing"), running(tmp_path, broker_listen="127.0.0.1:0"):
        pass


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"broker_holders": ("alice",)}, "broker_holders"),
        ({"broker_peers": ("alice",)}, "broker_peers"),
        ({"teams": ("alice bob",)}, "teams"),
        ({"budgets": ("lots",)}, "is not a budget"),
        ({"broker_socket": "x" * 120}, "too long for a socket"),
    ],
)
def test_settings_that_mean_nothing_are_refused_at_the_start(
    tmp_path: Path, settings: dict[str, tuple[str, ...]], words: str
) -> None:
    with pytest.raises(AssertionError, match=words), running(tmp_path, **settings):
        pass


def test_errors_keep_their_kind_on_the_way() -> None:
    from kept.practices.weights.backends.broker.conversation import refused
    from kept.practices.weights.service.releasing.gate import DecoyError

    said = refused(DecoyError("ab" * 32))
    assert (said.error, said.code) == ("denied", "lease.file")
    assert "ab" * 32 not in json.dumps([said.message, said.hint])
    assert issubclass(DecoyError, KeptError)
