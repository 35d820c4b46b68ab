"""Paths and names that would lead out of where they belong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kept.core.keys.software import SoftwareSigner
from simulators.command_line import Ran
from simulators.forger import document, republished, signed
from simulators.provider import Provider, read, write

Kept = Callable[..., Ran]


@pytest.fixture
def elsewhere(home: Path) -> Path:
    """A folder that is somebody else's."""
    (home / "elsewhere").mkdir()
    (home / "elsewhere/theirs.txt").write_text("do not touch")
    return home / "elsewhere"


def untouched(elsewhere: Path) -> bool:
    return [(path.name, path.read_text()) for path in elsewhere.iterdir()] == [("theirs.txt", "do not touch")]


def test_a_report_is_not_built_into_a_folder_of_other_things(kept: Kept, acme: Path, elsewhere: Path) -> None:
    for out in ("elsewhere", "acme/../elsewhere", "acme", ".", "elsewhere/theirs.txt", "elsewhere/theirs.txt/deeper"):
        ran = kept("reporting", "build", "--out", out)
        assert ran.status in (2, 5, 7), out
        assert ran.error["message"]
    assert untouched(elsewhere)
    assert kept("ledger", "verify").status in (0, 3)


def test_a_report_is_not_built_through_a_link(kept: Kept, acme: Path, elsewhere: Path, home: Path) -> None:
    (home / "public").symlink_to(elsewhere)
    assert kept("reporting", "build", "--out", "public").status == 5
    (home / "public").unlink()
    assert kept("reporting", "build", "--out", "public").status == 0
    (home / "public/report.json").unlink()
    (home / "public/report.json").symlink_to(elsewhere / "theirs.txt")
    assert kept("reporting", "build", "--out", "public").status == 5
    (home / "public/report.json").unlink()
    (home / "public/outcomes").symlink_to(elsewhere)
    assert kept("reporting", "build", "--out", "public").status == 5
    assert untouched(elsewhere)


def test_a_report_that_holds_a_link_or_a_strange_name_fails(kept: Kept, acme: Path, elsewhere: Path) -> None:
    assert kept("reporting", "build", "--out", "public").status == 0
    Path("public/extra").symlink_to(elsewhere / "theirs.txt")
    ran = kept("verify", "public", "--trust", "acme/trust.json")
    assert ran.status == 6
    assert "plain file" in ran.error["message"]
    Path("public/extra").unlink()
    Path("public/a\nb\x1b[31m").write_bytes(b"")
    ran = kept("verify", "public", "--trust", "acme/trust.json")
    assert ran.status == 6
    assert "\x1b" not in ran.err


def test_an_export_never_overwrites_and_follows_no_link(kept: Kept, acme: Path, elsewhere: Path, home: Path) -> None:
    assert kept("greeting", "greet", "Ada").status == 0
    assert kept("ledger", "checkpoint").status == 0
    for out in ("elsewhere", "acme", "."):
        assert kept("ledger", "export", out).status == 5
    (home / "link").symlink_to(elsewhere)
    assert kept("ledger", "export", "link").status in (2, 5)
    assert kept("ledger", "export", "exported").status == 0
    assert kept("ledger", "export", "exported").status == 5
    assert untouched(elsewhere)
    assert kept("ledger", "verify", "exported", "--trust", "acme/trust.json").status == 0


def test_a_workspace_is_not_made_over_another_or_over_files(kept: Kept, acme: Path, elsewhere: Path) -> None:
    held = {path: path.read_bytes() for path in acme.rglob("*") if path.is_file()}
    for folder in ("acme", "elsewhere", "elsewhere/theirs.txt"):
        assert kept("init", folder, "--name", "Acme AI").status in (2, 5)
    assert untouched(elsewhere)
    assert held == {path: path.read_bytes() for path in acme.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", ["../../escaped", "/etc/cron.d/x", "..", "a/b", "\u202e", "c-0000000000000001/../x"])
def test_a_campaigns_name_in_a_report_leads_nowhere(kept: Kept, home: Path, name: str) -> None:
    provider = Provider(home / "provider")
    campaign = provider.campaigns.run()
    files = read(provider.report("public"))
    report = document(files)
    report["outcomes"][name] = report["outcomes"].pop(campaign)
    forged = republished(files, report, provider.key)
    safe = {key: data for key, data in forged.items() if not key.startswith("outcomes/")}
    folder = write(home / "forged", signed(safe, provider.key))
    for trust in ([], ["--trust", home / "provider/trust.json"]):
        assert kept("verify", folder, *trust).status == 6
    assert not (home / "escaped").exists()
    provider.close()


@pytest.mark.parametrize("campaign", ["../../escaped", "c-0000000000000000", "", "%00", "-x"])
def test_a_campaign_that_is_none_is_not_found_by_any_verb(kept: Kept, acme: Path, campaign: str) -> None:
    for verb in (("show",), ("resume",), ("abandon", "--reason", "why not")):
        ran = kept("red-team", *verb, "--", campaign)
        assert ran.status in (2, 3)


def test_a_report_signed_again_with_another_key_exits_6_and_says_so(kept: Kept, acme: Path, home: Path) -> None:
    assert kept("assess", "organism:rules?seed=3", "--plan", "plan.yaml").status == 0
    assert kept("reporting", "build", "--out", "public").status == 0
    stranger = SoftwareSigner.from_seed(bytes(32))
    forged = write(home / "forged", signed(read(home / "public"), stranger))
    ran = kept("verify", forged, "--trust", acme / "trust.json")
    assert ran.status == 6
    verdict = json.loads(ran.out)
    assert verdict["answer"] == "failed"
    assert [step["name"] for step in verdict["steps"] if step["ok"] is False] == ["manifest"]
    assert "no key that the trust file knows" in ran.error["message"]


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"\xff", b'{"version":1}', b"[" * 10_000, b" " * 2_000_000])
def test_a_trust_file_that_is_garbage_is_the_readers_to_mend(
    kept: Kept, acme: Path, home: Path, garbage: bytes
) -> None:
    assert kept("reporting", "build", "--out", "public").status == 0
    (home / "trust.json").write_bytes(garbage)
    ran = kept("verify", "public", "--trust", "trust.json")
    assert ran.status == 2
    assert "trust file" in ran.error["message"]
    assert not ran.out
    for odd, status in (("nowhere.json", 3), ("public", 3)):
        assert kept("verify", "public", "--trust", odd).status in (2, status, 7)
