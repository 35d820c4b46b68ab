"""The chain of events shows what was changed, left out, put in or cut off; a text that was erased breaks nothing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Unverified
from kept.practices.disclosure.methods.triage.chain import FIRST, Link, check, digest_of, text_digest


def chained(*kinds: str, case: str = "r-0000000000000001") -> list[Link]:
    links: list[Link] = []
    previous = FIRST
    for number, kind in enumerate(kinds, start=1):
        told = {"by": "ada", "audience": "staff", "details": {"days": number}, "text": text_digest(kind, b"salt")}
        digest = digest_of(case, number, kind, 1000 * number, previous=previous, **told)
        links.append(Link(case, number, kind, 1000 * number, previous=previous, digest=digest, **told))
        previous = digest
    return links


def test_a_whole_chain_holds() -> None:
    links = chained("received", "acknowledged", "noted")
    assert check(links, head=links[-1].digest) == 3
    assert check([], head=FIRST) == 0


@given(st.integers(0, 3), st.sampled_from(["kind", "by", "audience", "text", "at", "details", "case", "number"]))
def test_a_change_of_any_field_is_seen(place: int, field: str) -> None:
    links = chained("received", "acknowledged", "reproduced", "fixed")
    other = {"at": 7, "number": 9, "details": {"days": 99}}.get(field, "other")
    links[place] = replace(links[place], **{field: other})
    with pytest.raises(Unverified, match=f"Event {place + 1} of"):
        check(links, head=chained("received", "acknowledged", "reproduced", "fixed")[-1].digest)


def test_what_was_left_out_put_in_or_cut_off_is_seen() -> None:
    links = chained("received", "acknowledged", "reproduced")
    head = links[-1].digest
    for wrong in ([links[0], links[2]], [*links[:1], links[0], *links[1:]], links[:2], [], [links[1], links[0]]):
        with pytest.raises(Unverified):
            check(wrong, head=head)


def test_a_text_stands_there_by_its_salted_digest_alone() -> None:
    assert text_digest("hello", b"a") != text_digest("hello", b"b")
