"""The weights' way from a clean workspace to a traced leak, as people type it; what goes on is a process of its own."""

import json
import os
import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load_file, save_file

from kept.models.organisms.learned import WEIGHTS
from simulators.command_line import CommandLine, Here
from simulators.patience import eventually

CUSTODIANS = ("maria", "jonas", "wei")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("path")


@pytest.fixture(scope="module")
def kept(home: Path) -> Here:
    environment = {**os.environ, "KEPT_STATE": str(home / "state"), "KEPT_WORKSPACE": ""}
    outside = CommandLine(home, {name: value for name, value in environment.items() if value})
    assert outside.run("init", "acme", "--name", "Acme AI", "--root").value
    with (home / "acme" / "kept.toml").open("a") as settings:
        settings.write("[practices.weights]\nwatch_seconds = 1\n")
    inside = Here(home / "acme", outside.environment)
    for name in CUSTODIANS:
        assert inside.run("--as", "root", "weights", "custodians", "add", name).value
    return inside


def by(kept: Here, name: str, *arguments: str | Path) -> Any:
    """What a verb of the room answers to a holder."""
    return kept.run("--as", name, "weights", *arguments).value


@contextmanager
def told(kept: Here, *arguments: str) -> Iterator[Any]:
    """A command that goes on, once it has said where it is."""
    with kept.started(*arguments) as process:
        lines = ""
        for line in process.stdout or ():
            lines += line
            if line.startswith("}"):
                break
        else:
            raise AssertionError(process.communicate()[1])
        yield json.loads(lines)
        process.terminate()
        assert process.wait(timeout=60) == 0


@pytest.fixture(scope="module")
def sealed(kept: Here, home: Path) -> Path:
    place = home / "model.sealed"
    made = by(kept, "provider", "seal", WEIGHTS / "model.safetensors", place)
    assert made["recorded"] is not None
    return place


def lent(kept: Here, sealed: Path, *more: str) -> str:
    """A lease that two custodians approved, and that its requester couldn't."""
    asked = by(kept, "provider", "request", sealed, "--purpose", "eval run 12", "--bytes", "40MB", "--for", "4h", *more)
    lease: str = asked["lease"]["id"]
    assert kept.run("--as", "provider", "weights", "approve", lease).error["code"] == "lease.own"
    assert by(kept, "maria", "approve", lease)["state"] == "requested"
    assert by(kept, "wei", "approve", lease)["state"] == "granted"
    return lease


def noticed(kept: Here, rule: str) -> bool:
    """Whether the broker raises an alarm by itself."""
    return eventually(lambda: any(each["rule"] == rule for each in by(kept, "provider", "cases", "list")))


def test_every_byte_is_checked_by_whoever_wants(kept: Here, sealed: Path, home: Path) -> None:
    found = by(kept, "provider", "verify", sealed, "--trust", kept.home / "trust.json")
    assert found["state"] == "authenticated"
    forged = home / "forged.sealed"
    held = bytearray(sealed.read_bytes())
    held[len(held) // 2] ^= 1
    forged.write_bytes(held)
    refused = kept.run("weights", "verify", forged)
    assert (refused.status, refused.error["error"]) == (6, "unverified")


def test_nothing_opens_without_a_broker_or_a_lease(kept: Here, sealed: Path, home: Path) -> None:
    lease = lent(kept, sealed)
    assert by(kept, "provider", "decoys", "plant", home / "frontier.sealed")
    assert kept.run("weights", "open", sealed, "--lease", lease).status == 7
    with told(kept, "--as", "provider", "weights", "serve"):
        assert kept.run("--as", "provider", "weights", "open", sealed, "--lease", "ls-0000000000000000").status in (
            3,
            4,
        )
        found = by(kept, "provider", "open", sealed, "--lease", lease)
        assert found["bytes"] > 1_800_000
        kept.run("--as", "provider", "weights", "open", home / "frontier.sealed", "--lease", lease)
        assert noticed(kept, "decoy")
        refused = kept.run("--as", "maria", "weights", "open", sealed, "--lease", lease)
        assert refused.error["code"] == "lease.other"
        by(kept, "jonas", "revoke", lease, "--reason", "the run is over")
        assert (
            kept.run("--as", "provider", "weights", "open", sealed, "--lease", lease).error["code"] == "lease.revoked"
        )


def test_plaintext_leaves_only_marked_and_a_leak_leads_to_its_recipient(
    kept: Here, sealed: Path, tmp_path: Path
) -> None:
    export = lent(kept, sealed, "--kind", "export", "--to", "Partner Lab")
    tracing = lent(kept, sealed, "--runtime", "tracing")
    out, leaked = tmp_path / "out.safetensors", tmp_path / "leaked.safetensors"
    with told(kept, "--as", "provider", "weights", "serve"):
        refused = kept.run("--as", "provider", "weights", "open", sealed, "--lease", export)
        assert refused.error["code"] == "lease.kind"
        assert by(kept, "provider", "export", sealed, out, "--lease", export, "--to", "Partner Lab")
        whole, original = load_file(out), load_file(WEIGHTS / "model.safetensors")
        assert whole.keys() == original.keys()
        save_file({name: each.astype("float32") for name, each in whole.items() if "layers.0" in name}, leaked)
        found = by(kept, "provider", "trace", leaked, "--of", sealed, "--lease", tracing)
        assert [each["name"] for each in found["sources"]] == ["Partner Lab"]
        for scenario in ("more-than-leased", "decoy-opened", "copy-leaked"):
            assert by(kept, "provider", "drill", scenario)["state"] == "passed", scenario


def test_who_read_what_is_told_and_whatever_was_changed_since_shows(kept: Here, sealed: Path) -> None:
    assert by(kept, "provider", "summarise")["recorded"] is not None
    found = by(kept, "provider", "audit")
    assert not found["disagreements"]
    assert sum(row["bytes"] for row in found["accesses"]) > 1_800_000
    seen = by(kept, "provider", "cases", "list")
    assert {each["rule"] for each in seen} >= {"decoy"}
    assert "provider" not in {each["person"] for each in seen}
    with sqlite3.connect(kept.home / "store.db") as store:
        store.execute("UPDATE weights_reads SET bytes = 1 WHERE outcome = 'read'")
    refused = kept.run("weights", "audit")
    assert (refused.status, refused.error["code"]) == (6, "audit.disagrees")


def test_the_page_shows_what_was_done_to_whoever_has_a_link(kept: Here, sealed: Path) -> None:
    with told(kept, "serve", "--port", "0") as served:
        url = f"{served['url']}/weights/"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url)
        assert caught.value.code == 401
        link = by(kept, "provider", "watch-link", "--at", served["url"])["url"]
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        page = urllib.request.build_opener(jar).open(link).read().decode()
        assert re.findall(r'<th scope="row"><code>p-[0-9a-f]{12}</code>', page)
        assert not re.search(rf"\b({'|'.join(CUSTODIANS)}|eval run)\b", page)


def test_a_drill_is_answered_and_the_posture_rests_on_it(kept: Here, sealed: Path) -> None:
    done = by(kept, "provider", "drill", "bit-changed")
    found = by(kept, "provider", "posture", "--record")
    measures = {each["id"]: each for each in found["measures"]}
    assert done["state"] == "passed"
    assert measures["tampering-shows"]["evidence"] == [done["recorded"]]
    met = ("sealed-at-rest", "whole-at-rest", "several-people", "egress-bounded", "decoys-watched", "leaks-traced")
    assert {measures[name]["reading"] for name in met} == {"met"}
    assert found["level"] == 0
    assert measures["guarded-premises"]["reading"] == "not evidenced"


def test_the_promise_has_its_evidence_and_anyone_can_check_it(kept: Here, sealed: Path, home: Path) -> None:
    plan = home / "plan.yaml"
    plan.write_text("weights: {}\n")
    assert kept.run("assess", "organism:learned", "--plan", plan).value
    status = kept.run("status").value
    report = home / "report"
    assert kept.run("reporting", "build", "--out", report).value
    told_so = kept.run("verify", report, "--trust", kept.home / "trust.json").value
    assert told_so["answer"] == "authenticated"
    assert {each["state"] for each in status if each["commitment"] == "C3" and each["name"] == "organism:learned"} == {
        "kept"
    }


def test_no_plaintext_and_no_name_of_a_person_is_in_what_is_published(kept: Here, sealed: Path, home: Path) -> None:
    plain = (WEIGHTS / "model.safetensors").read_bytes()[-4096:-3072]
    for path in home.rglob("*"):
        if path.is_file():
            assert plain not in path.read_bytes(), path
    for path in (home / "report").rglob("*"):
        assert not path.is_file() or b"eval run" not in path.read_bytes(), path
