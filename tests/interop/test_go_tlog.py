"""Go's golang.org/x/mod sumdb/note and sumdb/tlog accept our notes, proofs and tiles, and refuse tampered ones."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kept.core import merkle, note, tiles
from kept.core.note import LOG_KEY, Checkpoint, Note, VerifierKey

MODULES = Path("/usr/share/gocode")
MISSING = shutil.which("go") is None or not (MODULES / "src/golang.org/x/mod/sumdb/tlog").is_dir()
pytestmark = pytest.mark.skipif(
    MISSING, reason="Go or its x/mod is not installed (Debian: golang-go golang-golang-x-mod-dev)"
)

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey("log.example/interop", LOG_KEY, PRIVATE.public_key().public_bytes_raw())
ACCEPTED = {
    "Note": "",
    "Inclusion": "",
    "Extension": "",
    "Root": "",
    "SameInclusion": True,
    "SameExtension": True,
}


@pytest.fixture(scope="session")
def judge(tmp_path_factory):
    """The compiled Go program."""
    build = tmp_path_factory.mktemp("go")
    source = Path(__file__).parent / "go"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(MODULES),
        "GOFLAGS": "",
        "GOCACHE": str(build / "c"),
    }
    command = ["go", "build", "-o", str(build / "keptcheck"), "."]
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True, timeout=300)

    def run(folder):
        done = subprocess.run([build / "keptcheck", folder], capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    return run


def encoded(value):
    return base64.b64encode(value).decode()


def write_log(folder, size, *, index, old):
    writer = tiles.TileWriter(folder)
    writer.append(b"entry %d" % number for number in range(size))
    writer.flush()
    text = Checkpoint(KEY.name, size, writer.root()).text()
    signed = Note(text, (note.sign(text, key=KEY, sign_message=PRIVATE.sign),))
    (folder / "checkpoint").write_bytes(signed.to_bytes())
    (folder / "vkey").write_text(str(KEY))
    nodes = tiles.TileReader(tiles.fetched(tiles.from_folder(folder)), size).nodes
    question = {
        "index": index,
        "old": old,
        "leaf": encoded(merkle.leaf_hash(b"entry %d" % index)),
        "oldRoot": encoded(merkle.tree_root(nodes, old)),
        "inclusion": [encoded(one) for one in merkle.prove_inclusion(nodes, index, size)],
        "extension": [encoded(one) for one in merkle.prove_consistency(nodes, old, size)],
    }
    (folder / "proof.json").write_text(json.dumps(question))
    return question


@pytest.mark.parametrize(
    ("size", "index", "old"),
    [
        (1, 0, 1),
        (2, 1, 1),
        (255, 254, 128),
        (256, 0, 255),
        (257, 256, 256),
        (1000, 777, 513),
        (65_536, 65_535, 65_535),
        (70_000, 4242, 12_345),
    ],
)
def test_go_accepts_our_log_and_makes_the_same_proofs_from_our_tiles(judge, tmp_path, size, index, old):
    write_log(tmp_path, size, index=index, old=old)
    assert judge(tmp_path) == ACCEPTED


def test_go_refuses_what_was_tampered_with(judge, tmp_path):
    question = write_log(tmp_path, 1000, index=777, old=513)
    checkpoint = (tmp_path / "checkpoint").read_bytes()

    (tmp_path / "checkpoint").write_bytes(checkpoint.replace(b"\n1000\n", b"\n1001\n"))
    assert judge(tmp_path)["Note"]
    (tmp_path / "checkpoint").write_bytes(checkpoint)

    for changed in ({"leaf": encoded(bytes(32))}, {"index": 778}, {"inclusion": question["inclusion"][:-1]}):
        (tmp_path / "proof.json").write_text(json.dumps({**question, **changed}))
        assert judge(tmp_path)["Inclusion"]
    for changed in ({"oldRoot": encoded(bytes(32))}, {"old": 514}, {"extension": question["extension"][1:]}):
        (tmp_path / "proof.json").write_text(json.dumps({**question, **changed}))
        assert judge(tmp_path)["Extension"]

    (tmp_path / "proof.json").write_text(json.dumps(question))
    tile = tmp_path / "tile/0/003.p/232"
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    assert judge(tmp_path)["Root"]
