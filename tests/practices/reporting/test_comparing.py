"""Reports held against one another, and signed copies against what they are copies of."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kept.errors import Invalid, NotFound, Unavailable, Unverified
from kept.practices.reporting.records import Difference, ReportUnverified
from kept.practices.reporting.service import Service
from kept.predicates.report_diff import TYPE, Change, ReportDiff
from simulators.campaigns import MODEL, Design
from simulators.forger import document, republished, signed
from simulators.provider import LAB, PROVIDER, Provider, check, read, write

SMALL = Design(domains=("bio", "cyber"), prompts=8, succeeding=0.3)
OTHER = replace(MODEL, name="assistant-2", evidence="sha256:" + "8" * 64)


def diff(provider: Provider, old: Path, new: Path, **options: tuple[str, str]) -> Difference:
    return Service.diff(old, new, trust=provider.workspace.trust_file, now=provider.clock(), **options)


def told(changes: Sequence[Change], kind: str) -> list[tuple[str, str]]:
    return [(change.how, change.name.partition(" ")[2] or change.name) for change in changes if change.kind == kind]


def test_a_report_does_not_differ_from_itself(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    out = provider.report()
    found = diff(provider, out, out)
    assert found.changes == ()
    assert found.answers == ("authenticated", "authenticated")


def test_what_a_new_campaign_brings_is_added_and_a_repeated_one_changes_claims(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    old = provider.report("old")
    provider.clock.advance(days=1)
    provider.campaigns.run(replace(SMALL, seed=2, succeeding=0.9))
    provider.campaigns.run(replace(SMALL, strategies=("rot13",)))
    found = diff(provider, old, provider.report("new"))
    changed = [change for change in found.changes if change.kind == "claim" and change.how == "changed"]
    assert {change.name.split(" ")[1] for change in changed} == {
        "bio", "bio/base64/en", "bio/plain/en", "cyber", "cyber/base64/en", "cyber/plain/en",
    }  # fmt: skip
    assert all("%" in change.before and "%" in change.after for change in changed)
    added = {change.name.split(" ")[1] for change in found.changes if change.kind == "claim" and change.how == "added"}
    assert added == {"bio", "bio/rot13/en", "cyber", "cyber/rot13/en"}
    assert found.removed == 0
    assert ("added", "c-0000000000000002") in told(found.changes, "campaign")


def test_a_claim_whose_evidence_was_erased_is_removed_first_of_all(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    old = provider.report("old")
    provider.ledger.erase(1, by=PROVIDER, reason="asked for by a court")
    found = diff(provider, old, provider.report("new"))
    assert found.removed == 6
    assert {change.how for change in found.changes[:6]} == {"removed"}
    assert ("changed", "1") in told(found.changes, "statement")
    assert ("changed", "c-0000000000000001") in told(found.changes, "campaign")


def test_of_two_runs_the_worse_one_cannot_go_unnoticed_behind_the_better(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    provider.campaigns.run(replace(SMALL, seed=2, succeeding=0.0))
    old = provider.report("old")
    provider.ledger.erase(1, by=PROVIDER, reason="asked for by a court")
    found = diff(provider, old, provider.report("new"))
    gone = [change.name for change in found.changes if change.how == "removed"]
    assert "c-0000000000000001/bio/plain/en" in gone
    assert len(gone) == 6


def test_a_status_that_changes_says_from_what_to_what(provider: Provider) -> None:
    old = provider.report("old")
    provider.clock.advance(days=200)
    new = provider.report("new")
    provider.clock.advance(days=200)
    newer = provider.report("newer")
    (change,) = [each for each in diff(provider, old, new).changes if each.kind == "status"]
    assert (change.how, change.name) == ("changed", "C6")
    assert diff(provider, new, newer).old["size"] == 1


def test_a_log_that_does_not_extend_the_old_one_is_a_fork(provider: Provider, tmp_path: Path) -> None:
    provider.campaigns.run(SMALL)
    old = provider.report("old")
    other = Provider(tmp_path / "fork" / "acme")
    other.clock.advance(days=1)
    other.campaigns.run(replace(SMALL, seed=9))
    other.campaigns.run(replace(SMALL, seed=9), by=LAB)
    new = other.report("new")
    other.close()
    with pytest.raises(Unverified, match="does not extend") as caught:
        diff(provider, old, new)
    assert caught.value.code == "diff.fork"


def test_reports_in_the_wrong_order_and_a_forged_one_are_refused(provider: Provider, tmp_path: Path) -> None:
    provider.campaigns.run(SMALL)
    old = provider.report("old")
    provider.clock.advance(days=1)
    new = provider.report("new")
    with pytest.raises(Invalid, match="after the new one") as caught:
        diff(provider, new, old)
    assert caught.value.hint == "Name the earlier report first."
    report = document(read(new))
    report["derived"]["claims"].pop()
    forged = write(tmp_path / "forged", republished(read(new), report, provider.key))
    with pytest.raises(ReportUnverified):
        diff(provider, old, forged)


def test_a_release_is_held_against_its_predecessor(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    provider.campaigns.run(replace(SMALL, model=OTHER, domains=("bio",)))
    out = provider.report()
    found = diff(provider, out, out, release=(MODEL.name, "assistant-2"))
    assert found.release == (MODEL.id, OTHER.id)
    gone = {change.name.split(" ")[0] for change in found.changes if change.kind == "claim" and change.how == "removed"}
    assert {"cyber", "cyber/plain/en", "cyber/base64/en"} <= gone
    with pytest.raises(NotFound, match="assistant-9"):
        diff(provider, out, out, release=(MODEL.name, "assistant-9"))


def test_a_recorded_diff_is_a_signed_statement_that_anyone_can_compute_again(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    old = provider.report("old")
    provider.clock.advance(days=1)
    provider.campaigns.run(replace(SMALL, seed=2, succeeding=0.9))
    new = provider.report("new")
    done = provider.service.diff_record(old, new, by=PROVIDER)
    (held,) = [each for each in provider.ledger.statements() if each.entry.predicate == TYPE]
    assert held.index == done.index
    assert held.statement is not None
    stated = ReportDiff.parse(held.statement)
    found = diff(provider, old, new)
    assert stated.changes == found.changes
    assert done.changes == len(found.changes)
    assert check(provider.report("next"), provider).answer == "authenticated"


def test_copies_are_made_anew_and_compared(provider: Provider, tmp_path: Path) -> None:
    pytest.importorskip("typst", reason="typst isn't installed (the extra: reports)")
    provider.campaigns.run(SMALL)
    out = provider.folder.parent / "report"
    provider.service.build(out, by=PROVIDER, pdf=True)
    trust, now = provider.workspace.trust_file, provider.clock()
    found = Service.copies(out, trust=trust, now=now)
    assert found.same == tuple(sorted(name for name in read(out) if name.startswith(("assess", "model-c", "report.p"))))
    assert found.absent == ()
    better = read(out)["assessment-results.json"].replace(b'"not-satisfied"', b'"satisfied"')
    forged = write(tmp_path / "forged", signed({**read(out), "assessment-results.json": better}, provider.key))
    assert check(forged, provider).answer == "authenticated"
    with pytest.raises(Unverified, match=r"assessment-results\.json is not what this release makes"):
        Service.copies(forged, trust=trust, now=now)


def test_copies_of_another_release_can_t_be_compared(provider: Provider, tmp_path: Path) -> None:
    report = document(read(provider.report()))
    report["generator"] = "kept 9.9.9"
    other = write(tmp_path / "other", republished(read(provider.folder.parent / "report"), report, provider.key))
    with pytest.raises((Unavailable, ReportUnverified)):
        Service.copies(other, trust=provider.workspace.trust_file, now=provider.clock())


def test_a_report_built_since_another_records_what_changed_also_in_its_own_folder(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    out = provider.report()
    first = document(read(out))
    provider.clock.advance(days=1)
    provider.campaigns.run(replace(SMALL, strategies=("rot13",)))
    built = provider.service.build(out, by=PROVIDER, since=out)
    assert built.changes == built.index + 1
    (held,) = [each for each in provider.ledger.statements() if each.entry.predicate == TYPE]
    assert held.statement is not None
    stated = ReportDiff.parse(held.statement)
    assert (stated.old.size, stated.new.size) == (first["log"]["size"], document(read(out))["log"]["size"])
    assert {change.how for change in stated.changes if change.kind == "claim"} == {"added"}
    assert check(out, provider).answer == "authenticated"


def test_nothing_is_built_since_what_is_no_report_of_this_log(provider: Provider, tmp_path: Path) -> None:
    other = Provider(tmp_path / "other" / "acme")
    other.campaigns.run(replace(SMALL, seed=9))
    stranger = other.report()
    other.close()
    provider.campaigns.run(SMALL)
    before = provider.ledger.size()
    with pytest.raises(Unverified):
        provider.service.build(provider.folder.parent / "new", by=PROVIDER, since=stranger)
    assert provider.ledger.size() == before
    assert not (provider.folder.parent / "new").exists()
