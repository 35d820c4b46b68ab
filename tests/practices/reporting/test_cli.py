"""The room at the terminal, from a new workspace to a verified report."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kept.surfaces.cli import main

PLAN = "red_team:\n  domains: [bio, cyber]\n  strategies: [plain]\n  languages: [en]\n  prompts: 4\n"
MODEL = "organism:rules?seed=7"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace in which a model was tested, a little."""
    folder = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("KEPT_STATE", str(folder / "state"))
        environment.chdir(folder)
        (folder / "plan.yaml").write_text(PLAN)
        assert main(["init", "acme", "--name", "Acme AI"]) == 0
        assert main(["-w", "acme", "assess", MODEL, "--plan", "plan.yaml"]) == 0
        assert main(["-w", "acme", "reporting", "build", "--out", "public"]) == 0
        yield folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """The exit status, and the JSON that was printed."""
    capsys.readouterr()
    status = main(list(arguments))
    return status, json.loads(capsys.readouterr().out)


def test_anyone_verifies_the_report_without_the_workspace(
    workspace: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    public, trust = str(workspace / "public"), str(workspace / "acme" / "trust.json")
    status, verdict = said(capsys, "verify", public, "--trust", trust, "--json")
    assert (status, verdict["answer"], verdict["witnessed"]) == (0, "authenticated", "unwitnessed")
    status, verdict = said(capsys, "--json", "reporting", "verify", public)
    assert (status, verdict["answer"]) == (0, "consistent, not authenticated")
    assert main(["verify", public]) == 0
    assert "none         unwitnessed" in capsys.readouterr().out


def test_a_changed_report_exits_6_and_says_what_failed(
    workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for path in (workspace / "public").rglob("*"):
        target = tmp_path / path.relative_to(workspace / "public")
        target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
    (tmp_path / "checkpoint").write_bytes(b"x")
    assert main(["verify", str(tmp_path)]) == 6
    shown = capsys.readouterr()
    assert "1 manifest       FAILS" in shown.out
    assert "Step 1, manifest" in shown.err
    status, verdict = said(capsys, "verify", str(tmp_path), "--json")
    assert (status, verdict["answer"]) == (6, "failed")


def test_a_report_that_is_not_there_exits_3(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "nowhere"]) == 3
    assert "There is no folder nowhere" in capsys.readouterr().err


def test_status_shows_each_commitment_and_what_is_missing(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, rows = said(capsys, "-w", str(workspace / "acme"), "status", "--json")
    assert status == 0
    assert [row["commitment"] for row in rows][:8] == [f"C{number}" for number in range(1, 9)]
    assert {row["name"] for row in rows} == {MODEL}
    assert main(["-w", str(workspace / "acme"), "status"]) == 0
    assert "not tested" in capsys.readouterr().out


def test_a_closed_gate_exits_1_with_its_reasons(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, answer = said(capsys, "-w", str(workspace / "acme"), "gate", MODEL, "--json")
    assert (status, answer["open"]) == (1, False)
    assert any("C1.internal.bio" in reason for reason in answer["reasons"])
    assert main(["-w", str(workspace / "acme"), "gate", "organism:nobody"]) == 3


def test_a_pdf_is_added_where_it_is_asked_for(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("typst", reason="typst isn't installed (the extra: reports)")
    out = str(tmp_path / "public")
    status, built = said(capsys, "-w", str(workspace / "acme"), "--json", "reporting", "build", "--out", out, "--pdf")
    assert status == 0
    assert (tmp_path / "public" / "report.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert built["files"] == len([path for path in (tmp_path / "public").rglob("*") if path.is_file()])


def test_building_into_other_files_exits_5(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["-w", str(workspace / "acme"), "reporting", "build", "--out", str(tmp_path)]) == 5
    assert "mine.txt" in capsys.readouterr().err


def test_scope_and_supersession_are_recorded(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = tmp_path / "scope.toml"
    decision.write_text(
        'decision = "out"\ncommitments = ["C1"]\nrationale = "Below the frontier of its day."\n'
        '[[comparisons]]\nname = "MMLU"\nfrontier_model = "of 2023"\nours = 41.0\ntheirs = 86.4\n'
        'source = "its report"\ndate = "2023-03-15"\n'
    )
    acme = str(workspace / "acme")
    status, decided = said(capsys, "-w", acme, "--json", "reporting", "scope", MODEL, "--file", str(decision))
    assert (status, decided["decision"]) == (0, "out")
    law = ["--law", "SB 53", "--jurisdiction", "California", "--url", "https://law.example/sb53"]
    law += ["--effective", "2026-01-01", "--rationale", "It asks for the same."]
    assert main(["-w", acme, "reporting", "supersede", "C6", *law]) == 0
    assert "C6 is superseded by SB 53" in capsys.readouterr().out
    decision.write_text("decision = ")
    assert main(["-w", acme, "reporting", "scope", MODEL, "--file", str(decision)]) == 2
    assert main(["-w", acme, "reporting", "scope", MODEL, "--file", "nowhere"]) == 3


def test_the_catalog_is_printed_as_oscal(capsys: pytest.CaptureFixture[str]) -> None:
    status, document = said(capsys, "reporting", "catalog")
    assert status == 0
    assert document["catalog"]["metadata"]["oscal-version"] == "1.2.1"


def test_two_reports_are_compared_at_the_terminal(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acme, trust = str(workspace / "acme"), str(workspace / "acme" / "trust.json")
    old, new = str(tmp_path / "old"), str(tmp_path / "new")
    for out in (old, new):
        assert main(["-w", acme, "reporting", "build", "--out", out]) == 0
    status, found = said(capsys, "reporting", "diff", old, new, "--trust", trust, "--json")
    assert (status, found["answers"]) == (0, ["authenticated", "authenticated"])
    assert all(change["kind"] == "status" for change in found["changes"])
    assert main(["reporting", "diff", old, new, "--trust", trust]) == 0
    assert "Acme AI" in capsys.readouterr().out
    status, done = said(capsys, "-w", acme, "--json", "reporting", "diff-record", old, new)
    assert (status, done["removed"]) == (0, 0)
    status, copies = said(capsys, "reporting", "copies", new, "--trust", trust, "--json")
    assert (status, copies["answer"]) == (0, "authenticated")
    assert "assessment-results.json" in copies["same"]


def test_a_published_report_is_watched_at_the_terminal(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public, trust, state = str(workspace / "public"), str(workspace / "acme" / "trust.json"), str(tmp_path / "state")
    status, found = said(capsys, "monitor", public, "--state", state, "--trust", trust, "--json")
    assert (status, found["answer"], found["looks"][0]["verified"]) == (0, "fine", "authenticated")
    assert main(["reporting", "monitor", public, "--state", state, "--trust", trust, "--times", "2"]) == 0
    shown = capsys.readouterr()
    assert shown.out.startswith("fine: ")
    assert shown.err.count(" fine: as of ") == 2
    other = tmp_path / "other.json"
    other.write_bytes(b"no checkpoint")
    assert main(["monitor", public, "--state", state, "--trust", trust, "--against", str(other)]) == 0
    assert "ignored: What" in capsys.readouterr().err
    moved = tmp_path / "moved"
    (workspace / "public").rename(moved)
    status, found = said(capsys, "monitor", public, "--state", state, "--trust", trust, "--json")
    moved.rename(workspace / "public")
    assert (status, found["answer"]) == (6, "wrong")
