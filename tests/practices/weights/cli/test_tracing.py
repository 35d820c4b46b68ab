"""From a marked copy to the name of who leaked it, on the command line, with a real broker and real leases."""

import os
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from simulators.command_line import Here
from simulators.leaker import noisy, quantised

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peer credentials and memfd are Linux's")

CUSTODIANS = ("maria", "jonas", "wei")


@pytest.fixture(scope="module")
def line(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("tracing")
    environment = {**os.environ, "KEPT_STATE": str(tmp_path / "state"), "KEPT_PASSPHRASE": "of the test"}
    line = Here(tmp_path, environment)
    assert line.run("init", "acme", "--name", "Acme AI", "--root").status == 0
    draw = np.random.default_rng(1)
    shapes = {"embedding.weight": (600, 128), "mlp.weight": (128, 256)}
    save_file(
        {name: draw.normal(0, 0.02, shape).astype(np.float16) for name, shape in shapes.items()},
        tmp_path / "model.safetensors",
    )
    for name in CUSTODIANS:
        assert say(line, "root", "custodians", "add", name).status == 0
    assert say(line, "provider", "seal", "model.safetensors", "model.sealed").status == 0
    return line


def say(line, who, *arguments):
    return line.run("--workspace", "acme", "--as", who, "weights", *arguments)


def lent(line, *terms):
    plain = ("--purpose", "trace leak 7", "--bytes", "1GB", "--for", "1h")
    lease = say(line, "provider", "request", "model.sealed", *plain, *terms).value["lease"]["id"]
    for name in CUSTODIANS[:2]:
        assert say(line, name, "approve", lease).status == 0
    return lease


def test_a_leak_is_traced_to_whom_the_copy_was_for(line):
    with line.started("--workspace", "acme", "weights", "serve") as broker:
        assert broker.stdout.readline()
        lease = lent(line, "--kind", "export", "--to", "Corvus AG")
        to = ("--lease", lease, "--to", "Corvus AG")
        assert say(line, "provider", "export", "model.sealed", "copy.safetensors", *to).status == 0
        leaked = {
            name: quantised(noisy(values.astype(np.float32), 0.02), 4)[::-1].copy()
            for name, values in load_file(line.home / "copy.safetensors").items()
        }
        save_file(leaked, line.home / "leaked.safetensors")
        lease = lent(line, "--runtime", "tracing")
        found = say(line, "provider", "trace", "leaked.safetensors", "--of", "model.sealed", "--lease", lease).value
    assert found["comparison"]["verdict"] == "named"
    assert [source["name"] for source in found["sources"]] == ["Corvus AG"]
    assert found["sources"][0]["chance"] < 1e-9
    assert len(found["sources"][0]["copies"]) == 1
    exact = say(line, "provider", "trace", "copy.safetensors").value
    assert [source["name"] for source in exact["sources"]] == ["Corvus AG"]


def test_what_is_asked_wrongly_says_so(line):
    assert say(line, "provider", "trace", "model.safetensors", "--of", "model.sealed").error["code"] == "trace.original"
    assert say(line, "provider", "trace", "missing.safetensors").error["error"] == "notfound"
    assert say(line, "provider", "recipients", "forget", "nobody").error["code"] == "trace.recipient"
    plain = say(line, "provider", "trace", "model.safetensors").value
    assert (plain["identical"], plain["sources"], plain["comparison"]) == (None, [], None)
