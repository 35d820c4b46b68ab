"""Disputes: brought by outsiders, shown beside what they are about, and there for good."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from kept.core.statement import Envelope, Statement, sign
from kept.errors import Conflict, Denied, Invalid, NotFound, Unverified
from kept.practices.reporting.records import ReportUnverified
from kept.predicates.dispute import Dispute
from simulators.campaigns import Design
from simulators.forger import STRANGER, document, republished
from simulators.provider import LAB, NOBODY, OUTSIDER, PROVIDER, Provider, check, read

SMALL = Design(domains=("bio",), prompts=5)
WORDS = "I tried it 400 times and it broke every time.\n\n<script>alert(1)</script>"


@pytest.fixture
def tested(provider: Provider) -> Provider:
    provider.campaigns.run(SMALL)
    return provider


def claim_of(provider: Provider) -> str:
    return str(provider.service._derived().document["claims"][0]["id"])


def brought(provider: Provider, target: str, *, by: Any = OUTSIDER, text: str = WORDS) -> bytes:
    return provider.service.dispute(target, text, author="An Outsider", by=by)


def shown(provider: Provider, name: str = "report") -> list[dict[str, Any]]:
    out = provider.report(name)
    assert check(out, provider).answer == "authenticated"
    found: list[dict[str, Any]] = document(read(out))["derived"]["disputes"]
    return found


def test_a_dispute_stands_beside_the_claim_and_changes_no_status(tested: Provider) -> None:
    before = tested.service.status()
    claim = claim_of(tested)
    done = tested.service.dispute_record(brought(tested, claim))
    assert (done.state, done.target) == ("authenticated", f"claim {claim}")
    assert tested.service.status() == before
    (found,) = shown(tested)
    assert found["target"] == {"kind": "claim", "claim": claim, "statement": None, "known": True}
    assert found["state"] == "disputed"
    (one,) = found["disputes"]
    assert (one["author"], one["actors"], one["state"]) == ("An Outsider", ["outsider"], "authenticated")
    assert one["text"] == WORDS


def test_one_by_a_key_that_nobody_knows_is_shown_as_unauthenticated(tested: Provider) -> None:
    done = tested.service.dispute_record(brought(tested, "0", by=NOBODY))
    assert done.state == "unauthenticated"
    (found,) = shown(tested)
    assert found["disputes"][0]["state"] == "unauthenticated"
    assert (found["disputes"][0]["text"], found["disputes"][0]["actors"]) == (WORDS, [])


def test_a_tester_disputes_too_and_what_is_disputed_is_grouped(tested: Provider) -> None:
    for by in (OUTSIDER, LAB):
        tested.service.dispute_record(brought(tested, "1", by=by))
    tested.service.dispute_record(brought(tested, "0"))
    assert [len(each["disputes"]) for each in shown(tested)] == [2, 1]


def test_an_answer_stands_beside_the_dispute_and_does_not_end_it(tested: Provider) -> None:
    first = tested.service.dispute_record(brought(tested, "1")).index
    second = tested.service.dispute_record(brought(tested, "1", by=LAB)).index
    tested.service.dispute_answer(first, "rejects", "We could not repeat it.", by=PROVIDER)
    assert shown(tested, "one")[0]["state"] == "disputed"
    tested.service.dispute_answer(second, "looks into it", "We try again.", by=PROVIDER)
    (found,) = shown(tested, "two")
    assert found["state"] == "disputed, answered"
    assert found["disputes"][0]["answers"][0]["position"] == "rejects"
    with pytest.raises(NotFound, match="no dispute"):
        tested.service.dispute_answer(0, "rejects", "No.", by=PROVIDER)
    with pytest.raises(Denied, match="may not sign"):
        tested.service.dispute_answer(first, "accepts", "Yes.", by=OUTSIDER)


def test_the_provider_cannot_remove_a_dispute(tested: Provider) -> None:
    index = tested.service.dispute_record(brought(tested, "1")).index
    with pytest.raises(Conflict, match="must last"):
        tested.ledger.erase(index, by=PROVIDER, reason="it is embarrassing")
    files = read(tested.report())
    for change in (left_out, said_to_be_erased):
        report = document(files)
        change(report, index)
        folder = tested.folder.parent / f"forged-{change.__name__}"
        for name, data in republished(files, report, tested.key).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        with pytest.raises(ReportUnverified):
            check(folder, tested)


def left_out(report: dict[str, Any], _: int) -> None:
    report["derived"]["disputes"] = []


def said_to_be_erased(report: dict[str, Any], index: int) -> None:
    left_out(report, index)
    report["statements"][index] = {"index": index, "erased": index + 1}


def test_a_dispute_of_what_is_not_there_is_not_found(tested: Provider) -> None:
    for target in ("99", "c-00000000000000ff/bio"):
        with pytest.raises(NotFound):
            tested.service.dispute_record(brought(tested, target))
    assert tested.ledger.size() == 2


def test_the_same_file_is_recorded_once(tested: Provider) -> None:
    data = brought(tested, "1")
    tested.service.dispute_record(data)
    with pytest.raises(Conflict, match="before"):
        tested.service.dispute_record(data)


def resigned(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def make(data: bytes) -> bytes:
        statement = Envelope.parse(data).statement()
        predicate = dict(statement.predicate)
        change(predicate)
        return sign(Statement(statement.subjects, Dispute.of_type, predicate), [STRANGER]).to_bytes()

    return make


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[:-10],
        lambda _: b"",
        lambda _: b"{}",
        lambda _: b"[" * 100_000,
        lambda _: b" " * 1_000_000,
        resigned(lambda said: said.update(log="other.example/kept")),
        resigned(lambda said: said.update(text="x" * 100_000)),
        resigned(lambda said: said.update(text="\u202eevil")),
        resigned(lambda said: said.update(author="")),
        resigned(lambda said: said.update(claim="c-1/bio")),
        resigned(lambda said: said.pop("statement")),
        resigned(lambda said: said.update(_sd=[])),
        resigned(lambda said: said.update(statement=-1)),
    ],
)
def test_a_malformed_file_is_invalid_and_not_recorded(tested: Provider, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Invalid):
        tested.service.dispute_record(spoil(brought(tested, "1")))
    assert tested.ledger.size() == 2


def test_a_false_signature_of_a_known_key_is_unverified(tested: Provider) -> None:
    document = json.loads(brought(tested, "1"))
    document["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()
    with pytest.raises(Unverified):
        tested.service.dispute_record(json.dumps(document).encode())


@pytest.mark.parametrize("text", ["", "   ", "x" * 100_000, "\x00"], ids=["empty", "blank", "long", "nul"])
def test_a_text_that_says_nothing_or_too_much_is_not_signed(tested: Provider, text: str) -> None:
    with pytest.raises(Invalid, match="text"):
        brought(tested, "1", text=text)
