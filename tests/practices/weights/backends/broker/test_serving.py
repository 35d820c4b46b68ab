"""The broker as a process: what its clients get, and what becomes of those that break off, flood, stall or lie."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import func, select

from kept.core.actor import Actor
from kept.errors import Conflict, Denied, Invalid, KeptError, NotFound, Unavailable, Unverified
from kept.practices.weights.backends import local_sockets
from kept.practices.weights.backends.broker import memory
from kept.practices.weights.backends.broker_client import Client, connected, load, opened
from kept.practices.weights.methods import messages
from kept.practices.weights.service.tables.access import READS, RESERVATIONS, RETURNS
from simulators import sealed_files
from simulators.full_disk import small_disk
from simulators.patience import eventually, eventually_refused
from simulators.planted_broker import PATTERN, Planted, running, tensors
from simulators.sealed_files import plain_file

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peer credentials and memfd are Linux's")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with running(tmp_path_factory.mktemp("served")) as planted:
        yield planted


@pytest.fixture
def served(shared: Planted, monkeypatch: pytest.MonkeyPatch) -> Planted:
    """A broker that serves several tests, each under leases of its own."""
    monkeypatch.setenv("KEPT_STATE", str(shared.home / "state"))
    shared.leases.clear()
    return shared


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Planted]:
    with running(tmp_path) as planted:
        yield planted


def rows(broker: Planted, table: Any) -> list[Any]:
    with broker.room.store.read() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key)))


def spent(broker: Planted, lease: str = "") -> int:
    """What a lease has spent; all of them, without a name."""
    kept = func.sum(RESERVATIONS.c.bytes - func.coalesce(RETURNS.c.bytes, 0))
    query = select(func.coalesce(kept, 0)).select_from(
        RESERVATIONS.outerjoin(RETURNS, RESERVATIONS.c.number == RETURNS.c.reservation)
    )
    with broker.room.store.read() as connection:
        return int(connection.execute(query.where(RESERVATIONS.c.lease == lease) if lease else query).scalar_one())


def settled(broker: Planted, lease: str, wanted: int) -> bool:
    """Whether what a lease has spent comes to that, as soon as the broker has written it down."""
    return eventually(lambda: spent(broker, lease) == wanted)


def alive(broker: Planted) -> bool:
    """Whether the broker still answers somebody else."""
    broker.lease("still-there")
    with broker.client() as client:
        reader = client.open("still-there", str(broker.place))
        found = reader.fill(reader.memory(36), "text", 0, 36)
        return bytes(found) == PATTERN


def test_tensors_come_whole_and_every_byte_is_metered(broker: Planted) -> None:
    broker.lease(bytes=163_840)
    found = load(broker.place, "lease-1", workspace=broker.room.context.workspace.folder)
    for name, wanted in tensors().items():
        assert np.array_equal(found[name], wanted)
    status, said = broker.stop()
    assert (status, said) == (0, "")
    assert sum(row.bytes for row in rows(broker, READS)) == 163_840 == spent(broker)
    assert {row.person for row in rows(broker, READS)} == {broker.room.actor.id}


def test_one_row_comes_without_the_rest(served: Planted) -> None:
    served.lease("one-row")
    with opened(served.place, "one-row", workspace=served.room.context.workspace.folder) as weights:
        row = weights.rows("blocks.0.weight", 17, 18)
    assert np.array_equal(row, tensors()["blocks.0.weight"][17:18])
    assert settled(served, "one-row", 1024)


def test_torch_gets_the_same(served: Planted) -> None:
    python = Path(__file__).parents[5] / ".venv-torch" / "bin" / "python"
    if not python.exists():
        pytest.skip("torch is only in .venv-torch, which isn't there")
    served.lease()
    code = (
        "import sys\nfrom pathlib import Path\nfrom kept.practices.weights.backends.broker_client import load\n"
        "found = load(sys.argv[1], 'lease-1', framework='torch', workspace=Path(sys.argv[2]))\n"
        "print({name: (str(t.dtype), tuple(t.shape), float(t.double().sum())) for name, t in sorted(found.items())})\n"
    )
    folder = served.room.context.workspace.folder
    done = subprocess.run(
        [python, "-c", code, served.place, folder],
        capture_output=True,
        text=True,
        check=False,
        # torch has an environment of its own, which lacks what kept needs.
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    wanted = {name: float(values.astype(np.float64).sum()) for name, values in tensors().items()}
    for name, total in wanted.items():
        assert f"{total!r}" in done.stdout, (name, done.stdout, done.stderr)


def test_a_stream_brings_the_same_bytes(served: Planted) -> None:
    served.lease()
    with served.client() as client:
        reader = client.open("lease-1", str(served.place))
        assert b"".join(reader.stream("text", 10, 65_000)) == tensors()["text"].tobytes()[10:65_000]
        # The connection is good for more.
        assert b"".join(reader.stream("text", 0, 0)) == b""


def test_plaintext_that_is_not_what_was_signed_is_found_inside_the_broker(served: Planted, tmp_path: Path) -> None:
    honest, lying = sealed_files.sealed(plain_file()), sealed_files.sealed(plain_file())
    object.__setattr__(lying, "plain", b"another")
    service, by = served.room.service, served.room.actor
    for name, made in (("honest", honest), ("lying", lying)):
        place = tmp_path / f"{name}.sealed"
        place.write_bytes(sealed_files.signed(made))
        place.chmod(0o600)
        served.lease(name, file=made.sealing.preamble.file_id.hex(), bytes=1)
        assert not service.verify(str(place)).plaintext
        if made is honest:
            assert service.compare(place, lease=name, by=by).plaintext
            continue
        with pytest.raises(Unverified) as caught:
            service.compare(place, lease=name, by=by)
        assert caught.value.code == "sealed.plaintext"
    assert spent(served, "honest") == 0


def test_the_socket_is_its_users_alone(served: Planted) -> None:
    assert stat.S_IMODE(served.socket.stat().st_mode) == 0o600


def test_a_workspace_has_one_broker(served: Planted) -> None:
    with pytest.raises(AssertionError, match="Another broker serves this workspace"):
        served.start()


def test_the_start_says_what_protects_memory(tmp_path: Path) -> None:
    found = memory.protect.__doc__
    assert found
    code = "from kept.practices.weights.backends.broker.memory import protect\nprint(protect())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "no core dumps" in done.stdout
    limited = f"import resource\nresource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))\n{code}"
    capless = ["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"]
    done = subprocess.run([*capless, sys.executable, "-c", limited], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"capabilities can't be dropped here: {done.stderr[:80]}")
    assert "memory is not locked: the system allows 65,536 bytes" in done.stdout


# Who asks


def test_a_user_id_alone_is_no_person(served: Planted) -> None:
    served.lease()
    client = Client.local(served.socket, owner=os.geteuid())
    client._next(messages.Hello)
    with pytest.raises(Denied, match="The first message proves who asks"):
        client.open("lease-1", str(served.place))


@pytest.mark.parametrize("field", ["actor", "key", "signature"])
def test_a_proof_that_is_wrong_in_one_thing_proves_nothing(served: Planted, field: str) -> None:
    actor = served.room.actor
    signer = served.room.keyring.signers(actor)[0]
    client = Client.local(served.socket, owner=os.geteuid())
    hello = client._next(messages.Hello)
    signed = signer.sign(messages.challenge_bytes(hello, actor.id, channel="unix"))
    said = {"actor": actor.id, "key": signer.key_id, "signature": signed.hex()}
    wrong = {"actor": "root", "key": "ab" * 32, "signature": "00" * 64}
    with pytest.raises(Denied) as caught:
        client.ask(messages.Proof(**(said | {field: wrong[field]})), messages.Welcome)
    assert caught.value.code == "broker.unknown"


def test_a_proof_is_good_for_one_challenge(served: Planted) -> None:
    actor = served.room.actor
    signer = served.room.keyring.signers(actor)[0]
    first, second = (Client.local(served.socket, owner=os.geteuid()) for _ in range(2))
    hello = first._next(messages.Hello)
    assert second._next(messages.Hello).challenge != hello.challenge
    proof = messages.Proof(
        actor.id, signer.key_id, signer.sign(messages.challenge_bytes(hello, actor.id, channel="unix")).hex()
    )
    assert first.ask(proof, messages.Welcome).actor == actor.id
    with pytest.raises(Denied):
        second.ask(proof, messages.Welcome)


def test_users_are_held_to_the_holders_that_the_settings_name(tmp_path: Path) -> None:
    with running(tmp_path, broker_peers=(f"{os.geteuid()} somebody-else",)) as broker, pytest.raises(Denied) as caught:
        broker.client()
    assert caught.value.code == "broker.peer"


def test_users_whom_the_settings_do_not_name_are_turned_away(tmp_path: Path) -> None:
    with running(tmp_path, broker_peers=("54321",)) as broker, pytest.raises(Denied, match="This user"):
        broker.client()


def test_a_client_talks_to_its_owners_broker_alone(served: Planted) -> None:
    with pytest.raises(Denied, match="not the workspace's owner's"):
        served.client(owner=os.geteuid() + 1)


def test_a_holder_opens_nothing_under_anothers_lease(served: Planted) -> None:
    served.lease(holder="somebody-else")
    with served.client() as client, pytest.raises(Denied) as caught:
        client.open("lease-1", str(served.place))
    assert caught.value.code == "lease.other"
    row = rows(served, READS)[-1]
    assert (row.outcome, row.code, row.lease) == ("refused", "lease.other", "lease-1")


def test_a_lease_that_is_revoked_soon_ends_an_open_file(served: Planted) -> None:
    served.lease()
    with served.client() as client:
        reader = client.open("lease-1", str(served.place))
        space = reader.memory(4096)
        reader.fill(space, "text", 0, 4096)
        served.revoke("lease-1")
        refused = eventually_refused(lambda: reader.fill(space, "text", 0, 4096))
    assert (type(refused), refused.code) == (Denied, "lease.none")


# What is opened


@pytest.mark.parametrize("place", ["model.sealed", "", "/nowhere/model.sealed", "/etc/passwd", "/dev/zero", "/tmp"])
def test_what_is_no_sealed_file_is_refused(served: Planted, place: str) -> None:
    served.lease()
    with served.client() as client, pytest.raises((Invalid, NotFound)):
        client.open("lease-1", place)


def test_a_link_or_a_file_that_others_can_change_is_refused(broker: Planted) -> None:
    broker.lease()
    link = broker.home / "link.sealed"
    link.symlink_to(broker.place)
    with broker.client() as client:
        with pytest.raises(Invalid, match="no link to it"):
            client.open("lease-1", str(link))
        broker.place.chmod(0o666)
        with pytest.raises(Denied, match="Others than the broker's user"):
            client.open("lease-1", str(broker.place))


def test_a_changed_chunk_releases_nothing_and_counts(broker: Planted) -> None:
    data = bytearray(broker.place.read_bytes())
    data[-100] ^= 1
    broker.place.write_bytes(data)
    broker.lease()
    with broker.client() as client:
        reader = client.open("lease-1", str(broker.place))
        space = reader.memory(65_536)
        space.view[:] = b"\xaa" * 65_536
        with pytest.raises(Unverified, match="was changed"):
            reader.fill(space, "text", 0, 65_536)
        assert bytes(space.view) == bytes(65_536)
    assert settled(broker, "lease-1", 65_536)


# Clients that break off, flood, stall or lie


def raw(broker: Planted) -> socket.socket:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(20)
    with local_sockets.address(broker.socket) as address:
        link.connect(address)
    return link


def ending(link: socket.socket) -> bytes:
    """All that comes until the broker lets go."""
    found = b""
    with suppress(ConnectionError):
        while data := link.recv(65_536):
            found += data
    return found


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 100,
        b"M\xff\xff\xff\xff",
        b"M\x00\x00\x00\x02{}",
        b"D\x00\x00\x00\x01x",
        b"GET / HTTP/1.1\r\n\r\n",
        b"M" * 10**6,
    ],
    ids=["garbage", "4 GB", "empty", "data", "HTTP", "a megabyte"],
)
def test_whoever_sends_what_is_no_message_is_let_go(served: Planted, data: bytes) -> None:
    with raw(served) as link:
        with suppress(ConnectionError):
            link.sendall(data)
        assert b'"error":"invalid"' in ending(link)
    assert alive(served)


def test_whoever_stops_in_mid_message_is_let_go_and_holds_up_nobody(served: Planted) -> None:
    links = [raw(served) for _ in range(20)]
    for link in links:
        link.sendall(messages.encode(messages.Proof("a", "b", "c"))[:20])
    assert alive(served)
    assert all(b"in time" in ending(link) for link in links)


def test_whoever_takes_nothing_of_a_stream_holds_up_nobody(served: Planted) -> None:
    served.lease()
    with served.client() as client:
        reader = client.open("lease-1", str(served.place))
        for _ in range(40):
            client.send(messages.Read(1, "text", 0, 65_536, -1, 0))
        assert alive(served)
        assert reader.left


@pytest.mark.parametrize(
    ("seals", "size", "words"),
    [
        (0, 4096, "sealed against shrinking"),
        (None, 4096, "not memory"),
        (2, 1 << 40, "not of use"),
        (2, 8192, "shorter"),
    ],
)
def test_memory_that_could_stop_the_broker_is_refused(
    served: Planted, seals: int | None, size: int, words: str, tmp_path: Path
) -> None:
    import fcntl

    served.lease()
    if seals is None:
        descriptor = os.open(tmp_path / "on-a-disk", os.O_RDWR | os.O_CREAT)
    else:
        descriptor = os.memfd_create("x", os.MFD_ALLOW_SEALING)
    os.ftruncate(descriptor, 4096)
    if seals:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
    with served.client() as client:
        client.open("lease-1", str(served.place))
        with pytest.raises(Invalid, match=words):
            client.ask(messages.Attach(size), messages.Attached, (descriptor,))
    assert alive(served)


@pytest.mark.parametrize(
    "message",
    [
        messages.Read(1, "text", 0, 4097, 2, 0),
        messages.Read(1, "text", 0, 4096, 2, 1),
        messages.Read(1, "text", 0, 4096, 9, 0),
        messages.Read(9, "text", 0, 4096, 2, 0),
        messages.Read(1, "text", 4096, 0, 2, 0),
        messages.Read(1, "text", 0, 10**12, -1, 0),
        messages.Read(1, "none", 0, 1, -1, 0),
        messages.Close(9),
        messages.Hello(1, "", ""),
        messages.Proof("a", "b", "c"),
    ],
    ids=repr,
)
def test_a_wrong_question_gets_an_error_and_nothing_is_spent(served: Planted, message: messages.Message) -> None:
    lease = served.lease(f"wrong-{message!r}"[:64])
    with served.client() as client:
        reader = client.open(lease, str(served.place))
        reader.memory(4096)
        with pytest.raises(KeptError):
            client.ask(message, messages.Done)
        reader.close()
    assert settled(served, lease, 0)


def test_a_hundred_clients_at_once_get_what_is_theirs(broker: Planted) -> None:
    for number in range(100):
        broker.lease(f"lease-{number}", bytes=8192)

    def one(number: int) -> bytes:
        with broker.client() as client:
            reader = client.open(f"lease-{number}", str(broker.place))
            space = reader.memory(4096)
            found = [bytes(reader.fill(space, "text", at, at + 64)) for at in range(number, number + 64 * 64, 64)]
            reader.fill(space, "text", 0, 4096)
            with pytest.raises(Denied, match="lease has 0 bytes left"):
                reader.fill(space, "text", 0, 64)
            return b"".join(found)

    with ThreadPoolExecutor(100) as threads:
        found = list(threads.map(one, range(100)))
    text = tensors()["text"].tobytes()
    assert found == [text[number : number + 4096] for number in range(100)]
    assert broker.stop() == (0, "")
    assert spent(broker) == 100 * 8192
    read = sum(row.bytes for row in rows(broker, READS) if row.outcome == "read")
    assert read == 100 * 8192


# Ends


def test_a_client_killed_in_mid_read_gives_back_what_it_did_not_draw(broker: Planted) -> None:
    broker.lease()
    reading = (
        "import sys\nfrom pathlib import Path\n"
        "from kept.practices.weights.backends.broker_client import opened\n"
        "with opened(sys.argv[1], 'lease-1', workspace=Path(sys.argv[2])) as weights:\n"
        "    while True:\n"
        "        weights.rows('text', 0, 1)\n"
        "        print('read', flush=True)\n"
    )
    folder = broker.room.context.workspace.folder
    command = [sys.executable, "-c", reading, str(broker.place), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        for _ in range(10):
            client.stdout.readline()
        client.kill()
    assert alive(broker)
    assert broker.stop() == (0, "")
    read = sum(row.bytes for row in rows(broker, READS) if row.lease == "lease-1")
    assert read >= 10 * 1024
    reserved = sum(row.bytes for row in rows(broker, RESERVATIONS))
    assert reserved - sum(row.bytes for row in rows(broker, RETURNS)) == read + 36


def test_a_broker_killed_in_mid_read_has_spent_what_it_set_aside(broker: Planted) -> None:
    broker.lease(bytes=100_000_000)
    client = broker.client()
    reader = client.open("lease-1", str(broker.place))
    space = reader.memory(4096)
    reader.fill(space, "text", 0, 4096)
    broker.stop(signal.SIGKILL)
    with pytest.raises(Unavailable, match="went away"):
        reader.fill(space, "text", 0, 4096)
    assert spent(broker) == 64_000_000
    broker.start()
    with broker.client() as again:
        assert again.open("lease-1", str(broker.place)).left == 36_000_000


def test_a_full_disk_releases_nothing_until_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", megabytes=24) as disk:
        if disk is None:
            pytest.skip("this user may not mount a disk")
        with running(disk.folder, reserve_ahead=0) as broker:
            broker.lease()
            with broker.client() as client:
                reader = client.open("lease-1", str(broker.place))
                space = reader.memory(4096)
                reader.fill(space, "text", 0, 4096)
                space.view[:] = bytes(4096)
                disk.fill()

                def read_on() -> None:
                    # A few rows may fit into what the store has taken of the disk already.
                    for _ in range(2000):
                        space.view[:] = bytes(4096)
                        reader.fill(space, "text", 0, 4096)

                with pytest.raises(Unavailable):
                    read_on()
                assert bytes(space.view) == bytes(4096)
                disk.empty()
            assert alive(broker)


def test_a_broker_that_is_told_to_end_writes_down_and_gives_back(broker: Planted) -> None:
    broker.lease()
    client = broker.client()
    reader = client.open("lease-1", str(broker.place))
    reader.fill(reader.memory(4096), "text", 0, 4096)
    assert broker.stop() == (0, "")
    assert [row.bytes for row in rows(broker, READS)] == [4096]
    assert spent(broker) == 4096
    assert not broker.socket.exists()
    with pytest.raises(Unavailable, match="No broker answers"):
        broker.client()


def test_without_a_broker_nothing_is_opened(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        broker.stop(signal.SIGKILL)
        with pytest.raises(Unavailable, match="kept weights serve"):
            connected(broker.room.context.workspace, broker.room.actor)
        # What it left behind doesn't hinder the next.
        broker.start()
        assert alive(broker)


# Plaintext


def test_plaintext_is_in_no_file_no_log_and_no_title(broker: Planted) -> None:
    broker.lease()
    with broker.client() as client:
        reader = client.open("lease-1", str(broker.place))
        assert bytes(reader.fill(reader.memory(65_536), "text", 0, 65_536))[:36] == PATTERN
        assert b"".join(reader.stream("text", 0, 36)) == PATTERN
        title = Path(f"/proc/{broker.process.pid}/cmdline").read_bytes()
        environment = b"".join(Path(f"/proc/{broker.process.pid}/{name}").read_bytes() for name in ("comm", "environ"))
        limits = Path(f"/proc/{broker.process.pid}/limits").read_text()
    _, said = broker.stop()
    assert PATTERN not in title + environment + said.encode()
    assert re.search(r"Max core file size\s+0\s+0", limits)
    for path in broker.home.rglob("*"):
        if path.is_file():
            assert PATTERN not in path.read_bytes(), path
    # The key that opened the file is nowhere either.
    assert all(b"k" * 32 not in path.read_bytes() for path in broker.home.rglob("*") if path.is_file())


def test_a_broker_that_crashes_leaves_no_core(broker: Planted) -> None:
    broker.lease()
    with broker.client() as client:
        reader = client.open("lease-1", str(broker.place))
        reader.fill(reader.memory(65_536), "text", 0, 65_536)
        status, said = broker.stop(signal.SIGABRT)
    assert status == -signal.SIGABRT
    assert PATTERN.decode() not in said
    folder = Path(__file__).parents[4]
    assert not [path for place in (broker.home, folder) for path in place.glob("core*") if path.is_file()]


def test_another_actor_of_the_workspace_is_another_person(broker: Planted) -> None:
    root = broker.room.acting("root")
    assert isinstance(root, Actor)
    broker.lease(holder="root")
    with broker.client(root) as client:
        reader = client.open("lease-1", str(broker.place))
        reader.fill(reader.memory(36), "text", 0, 36)
    broker.stop()
    assert {row.person for row in rows(broker, READS)} == {"root"}


def test_what_is_in_the_way_of_the_socket_is_not_taken_away(tmp_path: Path) -> None:
    with running(tmp_path) as broker:
        broker.stop()
        broker.socket.write_text("mine")
        with pytest.raises(AssertionError, match=Conflict.__name__):
            broker.start()
        assert broker.socket.read_text() == "mine"


def test_a_runtime_shows_what_it_is_for_the_nonce_of_its_own_lease(served: Planted) -> None:
    own, other = served.lease(), served.lease("another's", holder="somebody else")
    with served.client() as client:
        client.attest(own, lambda nonce: b"shown for " + nonce)
        with pytest.raises(Unverified):
            client.attest(own, lambda nonce: b"shown for " + nonce[::-1] + b"?")
        for lease, code in ((other, "lease.other"), ("no lease", "lease.none")):
            with pytest.raises(Denied) as caught:
                client.attest(lease, lambda nonce: b"shown for " + nonce)
            assert caught.value.code == code
        for wrong in (messages.Evidence(own, "zz", "e30="), messages.Evidence(own, "00", "!")):
            with pytest.raises(Invalid):
                client.ask(wrong, messages.Done)
