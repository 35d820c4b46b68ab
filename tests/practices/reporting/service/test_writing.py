"""Written parts and the release report: who wrote what, what is missing, and what became of it."""

from typing import Any

import pytest

from kept.core.ledger import Draft
from kept.errors import Conflict, Invalid, NotFound, Unverified
from kept.predicates.release_report import ReleaseReport
from kept.predicates.written_part import SECTIONS
from simulators.campaigns import Design
from simulators.forger import document
from simulators.provider import PROVIDER, Provider, check, read

SMALL = Design(domains=("bio",), prompts=5)
MODEL = SMALL.model.id
BY = {"author": "R. Rivera", "role": "head of evaluation"}


@pytest.fixture
def tested(provider: Provider) -> Provider:
    provider.campaigns.run(SMALL)
    return provider


def sections(provider: Provider, name: str = "report") -> dict[str, Any]:
    """By model: what the report shows."""
    out = provider.report(name)
    assert check(out, provider).answer == "authenticated"
    return {each["model"]: each for each in document(read(out))["derived"]["sections"]}


def contents(provider: Provider) -> str:
    """How C6.contents reads."""
    status = next(row for row in provider.service.status() if row["commitment"] == "C6")
    return next(str(one["reading"]) for one in status["findings"] if one["requirement"] == "C6.contents")


def test_a_section_that_nobody_wrote_is_shown_as_not_written(tested: Provider) -> None:
    found = sections(tested)
    assert [each["section"] for each in found[MODEL]["sections"]] == list(SECTIONS)
    assert found[MODEL]["missing"] == list(SECTIONS)
    assert {each["state"] for each in found[""]["sections"]} == {"not written"}


def test_a_written_part_has_text_author_date_and_place_and_a_newer_one_supersedes_it(tested: Provider) -> None:
    first = tested.service.write(
        "capabilities", "It adds.\r\n\r\nIt subtracts.\n", model="assistant", **BY, by=PROVIDER
    )
    second = tested.service.write(
        "capabilities", "It adds.", model=MODEL, author="S. Sato", role="editor", date="2026-11-21", by=PROVIDER
    )
    shown = sections(tested)[MODEL]["sections"][0]
    assert shown["state"] == "written"
    assert shown["part"]["index"] == second.index
    assert (shown["part"]["author"], shown["part"]["date"], shown["part"]["text"]) == (
        "S. Sato",
        "2026-11-21",
        "It adds.",
    )
    assert shown["history"] == [{"index": first.index, "author": "R. Rivera", "date": "2026-11-22"}]
    assert not shown["bound"]


def test_what_is_written_for_the_whole_organisation_stands_for_every_model_until_it_writes_its_own(
    tested: Provider,
) -> None:
    wide = tested.service.write("reporting-weaknesses", "Write to security@acme.example.", **BY, by=PROVIDER)
    found = sections(tested)
    for model in ("", MODEL):
        shown = next(each for each in found[model]["sections"] if each["section"] == "reporting-weaknesses")
        assert (shown["part"]["index"], shown["part"]["model"]) == (wide.index, "")
    own = tested.service.write("reporting-weaknesses", "Use the form.", model=MODEL, **BY, by=PROVIDER)
    tested.service.write("reporting-weaknesses", "Write to us.", **BY, by=PROVIDER)
    assert sections(tested, "later")[MODEL]["sections"][-1]["part"]["index"] == own.index
    report = tested.service.release_report(MODEL, by=PROVIDER)
    assert report.sections == ("reporting-weaknesses",)
    assert sections(tested, "last")[MODEL]["sections"][-1]["bound"]


def test_a_release_report_meets_the_promise_only_with_all_its_contents(tested: Provider) -> None:
    assert contents(tested) == "missing"
    for section in SECTIONS[:-6]:
        tested.service.write(section, "Text.", model=MODEL, **BY, by=PROVIDER)
    partial = tested.service.release_report(MODEL, by=PROVIDER)
    assert "societal-risk" in partial.missing
    assert contents(tested) == "missing"
    tested.service.write("societal-risk", "Text.", model=MODEL, **BY, by=PROVIDER)
    assert contents(tested) == "missing", "written, and not bound"
    tested.service.release_report(MODEL, by=PROVIDER)
    assert contents(tested) == "met"
    tested.service.release_report(MODEL, withdraw="A figure was wrong.", by=PROVIDER)
    assert contents(tested) == "contradicted"
    with pytest.raises(Conflict, match="stands"):
        tested.service.release_report(MODEL, withdraw="Again.", by=PROVIDER)


def test_a_bound_part_that_was_erased_is_no_longer_stated(tested: Provider) -> None:
    indices = tested.write_everything(MODEL)
    assert contents(tested) == "met"
    tested.ledger.erase(indices["capabilities"], by=PROVIDER, reason="asked for by its author")
    assert contents(tested) == "missing"
    found = sections(tested)[MODEL]
    assert found["unreadable"] == [indices["capabilities"]]
    assert "capabilities" in found["missing"]


@pytest.mark.parametrize("index", [0, 2, 99], ids=["another kind of statement", "another section", "not before it"])
def test_a_signed_report_that_binds_what_is_no_such_part_fails_verification(tested: Provider, index: int) -> None:
    tested.service.write("limitations", "It forgets.", model=MODEL, **BY, by=PROVIDER)
    made = ReleaseReport.binding({"capabilities": index}, model=MODEL, issued="2026-11-22T07:30:00Z", by="provider")
    tested.ledger.record(Draft(made.to_statement(), model=MODEL), by=PROVIDER)
    with pytest.raises(Unverified, match=r"names the statement 99|no such part"):
        tested.report()


def test_an_unknown_section_is_invalid_and_the_nearest_is_named(tested: Provider) -> None:
    with pytest.raises(Invalid, match="capabilitys") as caught:
        tested.service.write("capabilitys", "Text.", model=MODEL, **BY, by=PROVIDER)
    assert caught.value.hint == 'Did you mean "capabilities"?'


@pytest.mark.parametrize("field", ["text", "author", "role"])
@pytest.mark.parametrize("bad", ["x" * 100_000, "a\u202eb", "\x00", "   "], ids=["long", "turned", "nul", "blank"])
def test_texts_that_are_too_long_or_cannot_be_seen_are_invalid_and_nothing_is_recorded(
    tested: Provider, field: str, bad: str
) -> None:
    size = tested.ledger.size()
    details = {"text": "Text.", **BY, field: bad}
    with pytest.raises(Invalid, match=field):
        tested.service.write("limitations", model=MODEL, **details, by=PROVIDER)
    assert tested.ledger.size() == size


def test_a_report_of_nothing_is_a_conflict_and_of_nobody_not_found(tested: Provider) -> None:
    with pytest.raises(Conflict, match="Nothing is written"):
        tested.service.release_report(MODEL, by=PROVIDER)
    with pytest.raises(NotFound):
        tested.service.release_report("nobody", by=PROVIDER)
    with pytest.raises(Invalid, match="about a model"):
        tested.service.write("capabilities", "Text.", **BY, by=PROVIDER)
