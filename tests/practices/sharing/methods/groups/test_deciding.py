"""What a group decides: one vote for each member, by their own key, and one result for whoever has the same votes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.sharing.methods.groups import check_draft, digest_of, result
from kept.practices.sharing.records.groups import Draft, Rules, Vote

MEMBERS = ("acme", "birch", "cedar", "dune", "elm")
OPENED, CLOSES = "2026-11-01T00:00:00.000Z", "2026-11-15T00:00:00.000Z"
BEFORE, AFTER = "2026-11-10T00:00:00.000Z", "2026-11-15T00:00:00.001Z"
DRAFT = check_draft(
    Draft(
        "d-1",
        "watch",
        "definition",
        "What a jailbreak is",
        "A way round a safeguard.",
        MEMBERS,
        Rules(),
        OPENED,
        CLOSES,
    )
)


def vote(member, choice="yes", cast="2026-11-05T00:00:00.000Z", **more):
    told = {"id": f"{member}-{choice}-{cast}", "draft": DRAFT.digest, "signer": member}
    return Vote(**{**told, "member": member, "choice": choice, "cast": cast, **more})


def why(votes, **more):
    return {each.vote.id: each.why for each in result(DRAFT, votes, now=AFTER, **more).votes}


def decision(*votes, now=AFTER, draft=DRAFT):
    return result(draft, votes, now=now).decision


def test_before_the_close_nothing_is_decided():
    assert decision(*(vote(member) for member in MEMBERS), now=BEFORE) == "open"
    assert decision(*(vote(member) for member in MEMBERS), now=CLOSES) == "open"


def test_two_thirds_of_those_who_said_yes_or_no_adopt():
    assert decision(vote("acme"), vote("birch"), vote("cedar", "no")) == "rejected"
    assert decision(vote("acme"), vote("birch"), vote("cedar"), vote("dune", "no")) == "adopted"
    assert decision(vote("acme"), vote("birch"), vote("cedar", "abstain")) == "adopted"


def test_too_few_voters_decide_nothing():
    assert decision(vote("acme"), vote("birch")) == "no quorum"
    assert decision() == "no quorum"


def test_abstentions_alone_adopt_nothing():
    assert decision(*(vote(member, "abstain") for member in MEMBERS)) == "rejected"


def test_the_last_vote_before_the_close_counts():
    first, second = vote("acme", "no"), vote("acme", "yes", "2026-11-06T00:00:00.000Z")
    late = vote("acme", "no", AFTER)
    assert why([second, late, first]) == {first.id: "replaced", second.id: "", late.id: "late"}


def test_one_moment_with_two_choices_counts_for_nothing_and_so_do_those_before():
    twice = [vote("acme", "yes"), vote("acme", "no")]
    earlier = vote("acme", "yes", "2026-11-02T00:00:00.000Z")
    assert set(why([*twice, earlier]).values()) == {"two at once", "replaced"}
    assert result(DRAFT, [*twice, earlier], now=AFTER).yes == ()


def test_the_same_vote_sent_twice_is_one():
    found = result(DRAFT, [vote("acme", id="a"), vote("acme", id="b")], now=AFTER)
    assert found.yes == ("acme",)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"draft": "sha256:" + "0" * 64}, "other text"),
        ({"signer": ""}, "unsigned"),
        ({"signer": "birch"}, "unsigned"),
        ({"member": "zebra", "signer": "zebra"}, "no member"),
        ({"cast": "2026-10-31T23:59:59.999Z"}, "early"),
        ({"cast": AFTER}, "late"),
        ({"cast": "2026-11-05T00:00:00Z"}, "no time"),
        ({"cast": "2026-99-05T00:00:00.000Z"}, "no time"),
    ],
)
def test_what_does_not_count_is_shown_with_its_reason(more, reason):
    given = vote(**{"member": "acme", **more})
    assert why([given]) == {given.id: reason}
    assert decision(given) == "no quorum"


votes = st.lists(
    st.builds(
        vote,
        st.sampled_from((*MEMBERS, "zebra")),
        st.sampled_from(("yes", "no", "abstain")),
        st.sampled_from((OPENED, BEFORE, CLOSES, AFTER)),
        signer=st.sampled_from((*MEMBERS, "")),
    ),
    max_size=20,
)


@given(votes, st.randoms())
def test_the_order_in_which_votes_arrive_changes_nothing(cast, random):
    shuffled = [*cast, *cast[:3]]
    random.shuffle(shuffled)
    assert result(DRAFT, shuffled, now=AFTER) == result(DRAFT, cast, now=AFTER)


@given(votes)
def test_nobody_counts_twice_and_only_members_count(cast):
    found = result(DRAFT, cast, now=AFTER)
    counted = [*found.yes, *found.no, *found.abstained]
    assert len(counted) == len(set(counted))
    assert set(counted) <= set(MEMBERS)


def test_a_changed_word_or_member_is_another_draft():
    for changed in (
        {"text": "Another."},
        {"members": MEMBERS[:4]},
        {"rules": Rules(threshold=MILLION)},
        {"closes": AFTER},
    ):
        assert digest_of(replace(DRAFT, **changed)) != DRAFT.digest


MILLION = 1_000_000


@pytest.mark.parametrize(
    "changed",
    [
        {"title": " "},
        {"text": ""},
        {"members": ("acme",)},
        {"members": ("acme", "acme")},
        {"rules": Rules(quorum=0)},
        {"rules": Rules(threshold=MILLION // 2)},
        {"closes": OPENED},
        {"closes": "tomorrow"},
    ],
)
def test_a_draft_that_nobody_could_vote_on_is_refused(changed):
    with pytest.raises(Invalid) as caught:
        check_draft(replace(DRAFT, digest="", **changed))
    assert caught.value.code == "groups.draft"


def test_a_digest_of_another_text_is_refused():
    with pytest.raises(Invalid) as caught:
        check_draft(replace(DRAFT, text="Another."))
    assert caught.value.code == "groups.digest"
