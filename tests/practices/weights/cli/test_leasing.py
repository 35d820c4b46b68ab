"""A lease on the command line, from the first custodian to its end, as the people in it run it."""

import os
from datetime import UTC, datetime

import pytest

from kept.app import App
from kept.practices.weights.service.leasing.keyholder import Keyholder
from simulators.command_line import Here
from simulators.sealed_files import plain_file


@pytest.fixture
def line(tmp_path):
    environment = {**os.environ, "KEPT_STATE": str(tmp_path / "state"), "KEPT_PASSPHRASE": "of the test"}
    line = Here(tmp_path, environment)
    assert line.run("init", "acme", "--name", "Acme AI", "--root").status == 0
    (tmp_path / "model.safetensors").write_bytes(plain_file())
    return line


def say(line, who, *arguments):
    return line.run("--workspace", "acme", "--as", who, "weights", *arguments)


def test_a_lease_from_its_request_to_its_end(line, monkeypatch):
    assert say(line, "provider", "seal", "model.safetensors", "model.sealed").error["code"] == "envelope.custodians"
    assert say(line, "provider", "custodians", "add", "maria").error["code"] == "custodian.grant"
    for name in ("maria", "jonas", "wei"):
        assert say(line, "root", "custodians", "add", name).value["name"] == name
    assert say(line, "provider", "seal", "model.safetensors", "model.sealed").status == 0
    asked = say(
        line, "provider", "request", "model.sealed", "--purpose", "eval run 12", "--bytes", "40GB", "--for", "4h"
    ).value
    lease = asked["lease"]
    assert lease["runtime"] == "inference"
    other = ("--purpose", "p", "--bytes", "1GB", "--for", "1h", "--runtime", "notebook")
    assert say(line, "provider", "request", "model.sealed", *other).error["code"] == "request.runtime"
    assert (asked["state"], asked["needed"], lease["bytes"]) == ("requested", 2, 40 * 10**9)
    assert lease["until"] - lease["asked"] == 4 * 3600
    assert say(line, "provider", "approve", lease["id"]).error["code"] == "lease.own"
    assert say(line, "maria", "approve", lease["id"]).value["state"] == "requested"
    assert say(line, "maria", "approve", lease["id"]).error["code"] == "lease.said"
    assert say(line, "wei", "approve", lease["id"]).value["state"] == "granted"
    shown = say(line, "provider", "show", lease["id"]).value
    assert [(word["holder"], word["verdict"], word["counts"]) for word in shown["words"]] == [
        ("maria", "approved", True),
        ("wei", "approved", True),
    ]
    for name in ("KEPT_STATE", "KEPT_PASSPHRASE"):
        monkeypatch.setenv(name, line.environment[name])
    app = App.open(line.home / "acme")
    service = app.service("weights")
    assert len(Keyholder(service._context).file_key(lease["id"], datetime.now(UTC))) == 32
    assert say(line, "maria", "revoke", lease["id"], "--reason", "done").value["state"] == "revoked"
    assert [row["state"] for row in say(line, "provider", "leases").value] == ["revoked"]
    app.close()


def test_bad_input_is_told_and_not_traced(line):
    missing = ("request", "nowhere.sealed", "--purpose", "p", "--bytes", "1GB", "--for", "1h")
    assert say(line, "provider", *missing).error["error"] == "notfound"
    plain = ("request", "model.safetensors", "--purpose", "p", "--bytes", "1GB", "--for", "1h")
    assert say(line, "provider", *plain).error["code"] == "sealed.not-sealed"
    assert say(line, "provider", "show", "ls-0").error["error"] == "notfound"
    assert say(line, "provider", "request", "x", "--purpose", "p", "--bytes", "much", "--for", "1h").status == 2
    assert say(line, "root", "custodians", "add", "../x").error["code"] == "custodian.name"


def test_a_workspace_that_was_made_without_a_root_gets_custodians_too(tmp_path):
    environment = {**os.environ, "KEPT_STATE": str(tmp_path / "state"), "KEPT_PASSPHRASE": "of the test"}
    line = Here(tmp_path, environment)
    assert line.run("init", "acme", "--name", "Acme AI").status == 0
    refused = say(line, "provider", "custodians", "add", "maria").error
    assert "kept ledger key root" in refused["hint"]
    made = line.run("--workspace", "acme", "ledger", "key", "root").value
    assert made["trust"].endswith("trust.json")
    for name in ("maria", "jonas", "wei"):
        assert say(line, "root", "custodians", "add", name).value["name"] == name
    (tmp_path / "model.safetensors").write_bytes(plain_file())
    assert say(line, "provider", "seal", "model.safetensors", "model.sealed").status == 0
    verified = line.run("--workspace", "acme", "weights", "verify", "model.sealed", "--trust", "acme/trust.json").value
    assert verified["state"] == "authenticated"
