"""Three organisations at the terminal: a provider, its reviewers and an outsider, each with keys of their own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kept.surfaces.cli import main

PLAN = "red_team:\n  domains: [bio]\n  strategies: [plain]\n  languages: [en]\n  prompts: 4\n"
MODEL = "organism:rules?seed=7"
OTHERS = {"lena": "reviewer", "omar": "reviewer", "safety": "trust-and-safety", "olga": "outsider"}
NAMED = ("--name", "R. Rivera", "--role", "head of evaluation")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A provider with a root, in whose log a model was tested, and four others with workspaces of their own."""
    folder = tmp_path_factory.mktemp("decisions")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KEPT_STATE", str(folder / "state"))
        environment.chdir(folder)
        Path("plan.yaml").write_text(PLAN)
        Path("text.txt").write_text("It is <b>so</b>.\n\nمرحبا.\n")
        assert main(["init", "acme", "--name", "Acme AI", "--root"]) == 0
        assert main(["-w", "acme", "assess", MODEL, "--plan", "plan.yaml"]) == 0
        yield folder


@pytest.fixture(scope="module", autouse=True)
def introduced(home: Path) -> None:
    for name, role in OTHERS.items():
        assert main(["init", name, "--name", name]) == 0
        with Path(f"{name}.pem").open("w") as file, pytest.MonkeyPatch.context() as patch:
            patch.setattr("click.echo", lambda text, **_: file.write(f"{text}\n"))
            assert main(["-w", name, "ledger", "key", "export"]) == 0
        key = ["-w", "acme", "--as", "root", "ledger", "key", "introduce", name, f"{name}.pem", "--role", role]
        assert main(key) == 0


def run(capsys: pytest.CaptureFixture[str], *arguments: str, where: str = "acme") -> tuple[int, Any]:
    """The exit status, and the JSON on stdout, or the error on stderr."""
    capsys.readouterr()
    status = main(["-w", where, "--json", "reporting", *arguments])
    shown = capsys.readouterr()
    return status, json.loads(shown.out if status in (0, 1) else shown.err.splitlines()[-1])


def index(capsys: pytest.CaptureFixture[str], *arguments: str, where: str = "acme") -> str:
    status, found = run(capsys, *arguments, where=where)
    assert status == 0, found
    return str(found["index"])


def signed(capsys: pytest.CaptureFixture[str], name: str, *draft: str) -> str:
    """The file that a holder signed at home."""
    number = len(list(Path().glob("*.draft")))
    said = ("--holder", name, "--name", name.title(), "--role", OTHERS[name])
    status, _ = run(capsys, "draft", *draft, *said, "--out", f"{number}.draft")
    assert status == 0
    status, _ = run(capsys, "sign", f"{number}.draft", "--out", f"{number}.signed", where=name)
    assert status == 0
    return f"{number}.signed"


def test_the_register_and_the_written_parts(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = ("--version", "2.0", "--date", "2026-11-20", "--availability", "public")
    index(capsys, "release", MODEL, *event, "--major", "--name", "Assistant")
    by = ("--author", "S. Sato", "--role", "editor")
    for section in ("capabilities", "limitations", "appropriate-use", "inappropriate-use", "societal-risk"):
        index(capsys, "write", section, "--model", MODEL, "--file", "text.txt", *by)
    status, report = run(capsys, "release-report", MODEL)
    assert (status, len(report["sections"])) == (0, 5)
    status, error = run(capsys, "write", "capability", "--model", MODEL, "--file", "text.txt", *by)
    assert (status, error["hint"]) == (2, 'Did you mean "capabilities"?')
    status, error = run(capsys, "write", "capabilities", "--model", MODEL, "--file", "nowhere.txt", *by)
    assert status == 3
    Path("big.txt").write_text("x" * 100_000)
    status, error = run(capsys, "write", "capabilities", "--model", MODEL, "--file", "big.txt", *by)
    assert (status, error["code"]) == (2, "predicate.malformed")
    index(capsys, "withdraw", MODEL, "--reason", "It leaked.")
    index(capsys, "confirm", "FMTI-048", "1", "--extent", "fully", *NAMED)
    status, error = run(capsys, "confirm", "FMTI-48", "1", "--extent", "fully", *NAMED)
    assert (status, error["hint"]) == (2, 'Did you mean "FMTI-048"?')


def test_a_reviewer_elsewhere_lets_a_field_be_withheld_and_an_auditor_checks_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    by = ("--author", "S. Sato", "--role", "editor")
    part = index(capsys, "write", "safety-procedures", "--file", "text.txt", *by)
    plea = ("--reason", "security", "--why", "It names a place.", "--until", "2099-01-01")
    asked = index(capsys, "withhold", part, "--field", "text", *plea)
    status, error = run(capsys, "approve", asked, *NAMED)
    assert (status, error["code"]) == (4, "approval.own")
    approval = signed(capsys, "lena", "approval", asked)
    index(capsys, "record", approval)
    status, error = run(capsys, "record", approval)
    assert (status, error["code"]) == (4, "approval.twice")
    assert main(["-w", "acme", "reporting", "build", "--out", "public"]) == 0
    report = json.loads(Path("public/report.json").read_text())["derived"]
    assert (report["withheld"][0]["state"], report["withheld"][0]["reviews"][0]["actors"]) == ("withheld", ["lena"])
    assert run(capsys, "seal", part, "--auditor", "Audit Ltd", "--out", "sealed.json")[0] == 0
    assert Path("sealed.json").stat().st_mode & 0o077 == 0
    assert run(capsys, "seal", part, "--auditor", "Audit Ltd", "--out", "sealed.json")[0] == 5
    unseal = ("unseal", "sealed.json", "--report", "public", "--trust", "acme/trust.json")
    status, found = run(capsys, *unseal)
    assert (status, found["withheld"], found["auditor"]) == (0, ["text"], "Audit Ltd")
    changed = json.loads(Path("sealed.json").read_text())
    Path("changed.json").write_text(json.dumps({**changed, "disclosures": []}))
    status, error = run(capsys, "unseal", "changed.json", *unseal[2:])
    assert (status, error["error"]) == (6, "unverified")


def test_an_outsider_disputes_from_a_workspace_of_their_own(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    origin = json.loads(Path("acme/trust.json").read_text())["log"]["origin"]
    said = ("--file", "text.txt", "--author", "Olga", "--log", origin)
    assert run(capsys, "dispute", "1", *said, "--out", "dispute.json", where="olga")[0] == 0
    status, found = run(capsys, "dispute-record", "dispute.json")
    assert (status, found["state"]) == (0, "authenticated")
    index(capsys, "dispute-answer", str(found["index"]), "--position", "rejects", "--file", "text.txt")
    assert run(capsys, "dispute", "99", *said, "--out", "other.json", where="olga")[0] == 0
    assert run(capsys, "dispute-record", "other.json")[0] == 3
    assert run(capsys, "dispute-record", "plan.yaml")[0] == 2


def test_the_gate_is_overridden_by_two_others_and_vetoed_by_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("policy.toml").write_text('required = []\n[[bounds]]\ndomain = "bio"\nat_most = 0.01\n')
    policy = ("--policy", "policy.toml")
    assert run(capsys, "gate", MODEL, *policy)[0] == 1
    decision = index(capsys, "gate-record", MODEL, *policy)
    asked = index(capsys, "gate-override", decision, "--file", "text.txt", *NAMED)
    for name in ("lena", "omar"):
        assert run(capsys, "gate", MODEL, *policy)[0] == 1
        index(capsys, "record", signed(capsys, name, "approval", asked))
    status, answer = run(capsys, "gate", MODEL, *policy)
    assert (status, answer["open"], answer["override"]) == (0, True, int(asked))
    status, error = run(capsys, "gate-veto", MODEL, "--file", "text.txt", *NAMED)
    assert (status, error["code"]) == (4, "gate.veto")
    veto = ("veto", MODEL, "--file", "text.txt")
    status, error = run(capsys, "record", signed(capsys, "lena", *veto))
    assert (status, error["error"]) == (4, "denied")
    index(capsys, "record", signed(capsys, "safety", *veto))
    assert run(capsys, "gate", MODEL, *policy)[0] == 1
    index(capsys, "record", signed(capsys, "safety", *veto, "--lift"))
    assert run(capsys, "gate", MODEL, *policy)[0] == 0
    Path("bad.toml").write_text('[[bounds]]\ndomain = "bios"\nat_most = 0.01\n')
    status, error = run(capsys, "gate", MODEL, "--policy", "bad.toml")
    assert (status, error["hint"]) == (2, "Did you mean 'bio'?")
    Path("worse.toml").write_text("[[[")
    assert run(capsys, "gate", MODEL, "--policy", "worse.toml")[0] == 2


def test_whatever_was_recorded_the_report_verifies(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-w", "acme", "reporting", "build", "--out", "public"]) == 0
    assert main(["verify", "public", "--trust", "acme/trust.json"]) == 0
    capsys.readouterr()


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff", b"[" * 100_000, b"x" * 300_000], ids=lambda data: data[:1])
def test_what_is_no_draft_is_neither_signed_nor_recorded(
    home: Path, capsys: pytest.CaptureFixture[str], data: bytes
) -> None:
    Path("none").write_bytes(data)
    assert run(capsys, "sign", "none", "--out", "never", where="lena")[0] == 2
    assert run(capsys, "record", "none")[0] == 2
    assert not Path("never").exists()
