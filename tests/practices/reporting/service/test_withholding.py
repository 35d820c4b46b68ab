"""Withholding: never alone, never for ever, and always for an auditor to check."""

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kept.core import redaction
from kept.core.ledger import Draft
from kept.errors import Denied, Invalid, NotFound, Unverified
from kept.practices.reporting.methods.governance.withheld import withheld
from kept.practices.reporting.service import Service
from kept.predicates.approval import Approval
from kept.predicates.withholding import Withholding
from simulators.campaigns import Design
from simulators.forger import document
from simulators.provider import COUNSEL, LAB, PROVIDER, REVIEWER, Provider, check, read

SMALL = Design(domains=("bio",), prompts=5)
MODEL = SMALL.model.id
SECRET = "The lever is behind the door."
PLEA = {"reason": "security", "why": "It names a place.", "until": "2026-12-31"}
NAMED = {"name": "R. Rivera", "role": "independent reviewer"}


@pytest.fixture
def written(provider: Provider) -> tuple[Provider, int]:
    """A provider, and the index of a part with something to hide."""
    provider.campaigns.run(SMALL)
    by = {"author": "S. Sato", "role": "editor", "by": PROVIDER}
    return provider, provider.service.write("safety-procedures", SECRET, model=MODEL, **by).index


def shown(provider: Provider, name: str = "report") -> tuple[dict[str, Any], str]:
    """What the report says of withholdings, and all of its text."""
    out = provider.report(name)
    assert check(out, provider).answer == "authenticated"
    files = read(out)
    return document(files)["derived"], files["report.json"].decode() + files["index.html"].decode()


def leaks(provider: Provider, index: int, text: str) -> bool:
    return SECRET in text or provider.ledger.body(index).disclosures[0] in text


def test_what_may_be_withheld_is_shown_until_somebody_asks(written: tuple[Provider, int]) -> None:
    provider, index = written
    derived, text = shown(provider)
    assert derived["withheld"] == []
    assert leaks(provider, index, text)


def test_a_withheld_field_is_left_out_and_the_report_says_of_what_class_by_whom_and_until_when(
    written: tuple[Provider, int],
) -> None:
    provider, index = written
    asked = provider.service.withhold(index, ["text"], **PLEA, by=PROVIDER)
    derived, text = shown(provider, "waiting")
    assert derived["withheld"][0]["state"] == "not reviewed"
    assert not leaks(provider, index, text)
    provider.service.approve(asked.index, **NAMED, by=REVIEWER)
    derived, text = shown(provider)
    (held,) = derived["withheld"]
    assert (held["state"], held["names"], held["hidden"]) == ("withheld", ["text"], 1)
    assert (held["reason"], held["until"], held["statement"]) == ("security", "2026-12-31", index)
    assert (held["reviews"][0]["name"], held["reviews"][0]["actors"]) == ("R. Rivera", ["reviewer"])
    assert not leaks(provider, index, text)
    section = derived["sections"][1]["sections"][9]
    assert (section["section"], section["state"], section["part"]["text"]) == ("safety-procedures", "withheld", None)


def test_a_withheld_section_is_not_one_that_the_report_states(provider: Provider) -> None:
    provider.campaigns.run(SMALL)
    index = provider.write_everything(MODEL)["capabilities"]
    before = {row["commitment"]: row["state"] for row in provider.service.status()}["C6"]
    asked = provider.service.withhold(index, ["text"], **PLEA, by=PROVIDER)
    provider.service.approve(asked.index, **NAMED, by=REVIEWER)
    status = next(row for row in provider.service.status() if row["commitment"] == "C6")
    contents = next(each for each in status["findings"] if each["requirement"] == "C6.contents")
    assert contents["reading"] == "missing"
    assert status["state"] == before == "partly"


def test_it_lapses_after_its_day_and_ends_when_it_is_refused(written: tuple[Provider, int]) -> None:
    provider, index = written
    asked = provider.service.withhold(index, ["text"], **PLEA, by=PROVIDER)
    provider.service.approve(asked.index, **NAMED, by=REVIEWER)
    provider.service.approve(asked.index, name="C. Chen", role="counsel", refuse=True, note="No.", by=COUNSEL)
    derived, text = shown(provider, "refused")
    assert (derived["withheld"][0]["state"], leaks(provider, index, text)) == ("refused", True)
    provider.service.approve(asked.index, name="C. Chen", role="counsel", by=COUNSEL)
    derived, text = shown(provider, "again")
    assert (derived["withheld"][0]["state"], leaks(provider, index, text)) == ("withheld", False)
    assert [each["counts"] for each in derived["withheld"][0]["reviews"]] == [True, False, True]
    provider.clock.advance(days=60)
    derived, text = shown(provider, "lapsed")
    assert (derived["withheld"][0]["state"], leaks(provider, index, text)) == ("lapsed", True)


def test_whoever_withholds_does_not_review_and_nobody_reviews_twice_or_without_the_role(
    written: tuple[Provider, int],
) -> None:
    provider, index = written
    asked = provider.service.withhold(index, ["text"], **PLEA, by=PROVIDER).index
    with pytest.raises(Denied, match="another holder"):
        provider.service.approve(asked, **NAMED, by=PROVIDER)
    with pytest.raises(Denied, match="may not sign"):
        provider.service.approve(asked, **NAMED, by=LAB)
    provider.service.approve(asked, **NAMED, by=REVIEWER)
    with pytest.raises(Denied, match="already"):
        provider.service.approve(asked, **NAMED, by=REVIEWER)
    with pytest.raises(Invalid, match="refusal says why"):
        provider.service.approve(asked, **NAMED, refuse=True, by=REVIEWER)
    with pytest.raises(NotFound, match="no request"):
        provider.service.approve(index, **NAMED, by=REVIEWER)


def test_an_approval_by_the_same_holder_that_is_in_the_log_all_the_same_counts_for_nothing(
    written: tuple[Provider, int],
) -> None:
    provider, index = written
    asked = provider.service.withhold(index, ["text"], **PLEA, by=PROVIDER).index
    made = Approval.of(
        request=asked, entry=provider.ledger.entry(asked).digest, verdict="approved", model=MODEL, **NAMED,
        issued="2026-11-22T07:30:00Z", by="reviewer",
    )  # fmt: skip
    provider.ledger.record(Draft(made.to_statement(), model=MODEL), by=PROVIDER)
    (held,) = shown(provider)[0]["withheld"]
    assert held["state"] == "not reviewed"
    assert not held["reviews"][0]["counts"]


def test_a_withholding_of_digests_that_are_not_there_fails_verification(written: tuple[Provider, int]) -> None:
    provider, index = written
    made = Withholding.of(
        statement=index, entry=provider.ledger.entry(index).digest, model=MODEL, names=("text",),
        digests=(redaction.digest("other"),), **PLEA, issued="2026-11-22T07:30:00Z", by="provider",
    )  # fmt: skip
    provider.ledger.record(Draft(made.to_statement(), model=MODEL), by=PROVIDER)
    with pytest.raises(Unverified, match="doesn't have"):
        provider.report()


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"names": ["author"]}, Invalid, "no field 'author'"),
        ({"reason": "privcy"}, Invalid, "no class"),
        ({"until": "2026-11-21"}, Invalid, "gone by"),
        ({"until": "never"}, Invalid, "until"),
        ({"why": "\u202e"}, Invalid, "why"),
        ({"why": "x" * 100_000}, Invalid, "why"),
        ({"index": 99}, NotFound, "no entry 99"),
        ({"names": []}, Invalid, "names"),
    ],
)
def test_bad_requests_are_named_and_not_recorded(
    written: tuple[Provider, int], change: dict[str, Any], kind: type[Exception], said: str
) -> None:
    provider, index = written
    size = provider.ledger.size()
    asked = {"index": index, "names": ["text"], **PLEA, **change}
    with pytest.raises(kind, match=said):
        provider.service.withhold(asked.pop("index"), asked.pop("names"), **asked, by=PROVIDER)
    assert provider.ledger.size() == size


def test_the_nearest_class_of_reasons_is_named(written: tuple[Provider, int]) -> None:
    with pytest.raises(Invalid) as caught:
        written[0].service.withhold(written[1], ["text"], **{**PLEA, "reason": "privcy"}, by=PROVIDER)
    assert caught.value.hint == 'Did you mean "privacy"?'


def sealed(provider: Provider, index: int) -> tuple[dict[str, Any], Path]:
    asked = provider.service.withhold(index, ["text"], **PLEA, by=PROVIDER)
    provider.service.approve(asked.index, **NAMED, by=REVIEWER)
    return dict(provider.service.seal(index, auditor="Audit Ltd")), provider.report()


def unseal(provider: Provider, held: dict[str, Any], report: Path) -> Any:
    trust = provider.workspace.trust_file
    return Service.unseal(json.dumps(held).encode(), report, trust=trust, now=provider.clock())


def test_an_auditor_sees_what_is_withheld_and_that_it_is_what_was_committed_to(written: tuple[Provider, int]) -> None:
    provider, index = written
    held, report = sealed(provider, index)
    found = unseal(provider, held, report)
    assert (found.auditor, found.withheld, found.fields["text"]) == ("Audit Ltd", ("text",), SECRET)
    assert found.index == index


def test_another_body_is_not_the_one_that_was_committed_to(written: tuple[Provider, int]) -> None:
    provider, index = written
    held, report = sealed(provider, index)
    softer = redaction.conceal({"text": "Nothing."}, ["text"], provider.entropy)[1]
    other = base64.b64encode(provider.ledger.body(0).envelope).decode()
    for change, said in (
        ({"disclosures": list(softer)}, "matches no digest"),
        ({"disclosures": []}, "leaves out 1"),
        ({"envelope": other}, "not the body"),
        ({"salt": base64.b64encode(bytes(32)).decode()}, "not the body"),
        ({"index": 0}, "another entry"),
        ({"index": 10**9}, "another entry"),
        ({"origin": "other.example/kept"}, "another entry"),
    ):
        with pytest.raises(Unverified, match=said):
            unseal(provider, {**held, **change}, report)
    (report / "report.json").write_bytes(b"{}")
    with pytest.raises(Unverified):
        unseal(provider, held, report)


@pytest.mark.parametrize("change", [{"kept_sealed": 2}, {"salt": "%"}, {"index": "0"}, {"auditor": 1}, {"more": 1}])
def test_a_malformed_file_is_invalid(written: tuple[Provider, int], change: dict[str, Any]) -> None:
    provider, index = written
    held, report = sealed(provider, index)
    with pytest.raises(Invalid):
        unseal(provider, {**held, **change}, report)


def test_fields_that_are_hidden_for_no_recorded_reason_are_told(written: tuple[Provider, int]) -> None:
    provider, index = written
    known = provider.service._known()
    known[index] = replace(known[index], hidden=known[index].digests)
    (found,) = withheld(known, {}, as_of="2026-11-22T07:30:00Z")
    assert (found["state"], found["statement"], found["index"]) == ("unexplained", index, None)
