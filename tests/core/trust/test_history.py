"""How keys come and go without breaking what they proved."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kept.core.keys import public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.statement import Envelope, sign
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent, KeyHistory, Trust, TrustedKey, verifier_key
from kept.errors import Invalid, KeptError
from simulators.organisation import (
    LOG,
    LOG2,
    NEXT_KEY,
    ORIGIN,
    OTHER,
    PLAN,
    PROVIDER,
    PROVIDER_KEY,
    ROOT,
    ROTATION,
    SIGNERS,
    STRANGER,
    SUCCESSOR,
    TESTER,
    TRUST,
    authorise,
    event,
    history,
    log_key,
    refused,
    signed,
    trusted,
)


def test_rotation_keeps_what_the_old_key_proved():
    known = history((5, ROTATION))
    assert known.refused == ()
    assert authorise(signed(PROVIDER), 4, known).actors == ("provider",)
    assert authorise(ROTATION, 5, known).actors == ("provider",)


def test_after_rotation_only_the_new_key_counts():
    known = history((5, ROTATION))
    assert refused(signed(PROVIDER), 6, known) == "trust.not-in-effect"
    assert authorise(signed(SUCCESSOR), 6, known).key_ids == (SUCCESSOR.key_id,)


def test_the_new_key_says_nothing_about_the_past():
    assert refused(signed(SUCCESSOR), 5, history((5, ROTATION))) == "trust.not-in-effect"


def test_a_rotation_that_a_stranger_signed_has_no_effect():
    known = history((5, event("rotated", NEXT_KEY, STRANGER, replaces=PROVIDER.key_id)))
    assert [one.code for one in known.refused] == ["trust.unknown-key"]
    assert authorise(signed(PROVIDER), 6, known)
    assert refused(signed(SUCCESSOR), 6, known) == "trust.unknown-key"


def test_a_rotated_key_does_not_come_back():
    back = event("rotated", PROVIDER_KEY, SUCCESSOR, replaces=SUCCESSOR.key_id)
    known = history((5, ROTATION), (6, back))
    assert [(one.index, one.code) for one in known.refused] == [(6, "key-event.known-key")]
    assert authorise(signed(SUCCESSOR), 7, known)


def test_a_verifier_whose_trust_file_already_has_the_new_key_agrees():
    newer = Trust(TRUST.organisation, TRUST.log, (*TRUST.signers, NEXT_KEY), TRUST.policy)
    known = history((5, ROTATION), trust=newer)
    assert known.refused == ()
    assert refused(signed(PROVIDER), 6, known, trust=newer) == "trust.not-in-effect"
    assert authorise(signed(SUCCESSOR), 6, known, trust=newer)


# Revocation


def test_a_revoked_key_counts_up_to_its_revocation():
    known = history((5, event("revoked", PROVIDER_KEY, PROVIDER)))
    assert authorise(signed(PROVIDER), 5, known)
    assert refused(signed(PROVIDER), 6, known) == "trust.not-in-effect"


def test_a_compromise_reaches_back_to_the_index_it_names():
    known = history((5, event("revoked", PROVIDER_KEY, ROOT, compromised_since=3)))
    assert authorise(signed(PROVIDER), 2, known)
    assert refused(signed(PROVIDER), 3, known) == "trust.not-in-effect"


def test_a_compromise_of_the_future_is_refused():
    known = history((5, event("revoked", PROVIDER_KEY, ROOT, compromised_since=6)))
    assert [one.code for one in known.refused] == ["key-event.compromised"]


def test_a_revoked_key_cannot_name_its_successor():
    known = history((5, event("revoked", PROVIDER_KEY, ROOT)), (6, ROTATION))
    assert [(one.index, one.code) for one in known.refused] == [(6, "trust.not-in-effect")]
    assert refused(signed(SUCCESSOR), 7, known) == "trust.unknown-key"


def test_the_order_of_a_rotation_and_a_revocation_matters():
    revocation = event("revoked", PROVIDER_KEY, ROOT)
    rotated_first = history((5, ROTATION), (6, revocation))
    revoked_first = history((5, revocation), (6, ROTATION))
    assert authorise(signed(SUCCESSOR), 7, rotated_first)
    assert refused(signed(SUCCESSOR), 7, revoked_first) == "trust.unknown-key"


def test_a_compromise_takes_what_the_stolen_key_introduced():
    thief = trusted("provider", STRANGER, "provider")
    grandchild = trusted("provider", OTHER, "provider")
    known = history(
        (5, event("introduced", thief, PROVIDER)),
        (6, event("introduced", grandchild, STRANGER)),
        (9, event("revoked", PROVIDER_KEY, ROOT, compromised_since=4)),
    )
    assert known.refused == ()
    assert refused(signed(STRANGER), 7, known) == "trust.not-in-effect"
    assert refused(signed(OTHER), 7, known) == "trust.not-in-effect"


def test_a_compromise_gives_back_nothing_that_the_stolen_key_took():
    known = history((5, ROTATION), (9, event("revoked", PROVIDER_KEY, ROOT, compromised_since=4)))
    assert refused(signed(SUCCESSOR), 7, known) == "trust.not-in-effect"
    assert refused(signed(PROVIDER), 7, known) == "trust.not-in-effect"


def test_what_was_introduced_by_others_too_outlives_the_compromise():
    change = KeyEvent("introduced", NEXT_KEY, "2026-11-22T07:30:00Z", "provider")
    known = history(
        (5, sign(change.to_statement(), [PROVIDER, ROOT])),
        (9, event("revoked", PROVIDER_KEY, ROOT, compromised_since=4)),
    )
    assert authorise(signed(SUCCESSOR), 7, known)


def test_events_out_of_ledger_order_are_invalid():
    for indices in ((5, 5), (6, 5)):
        with pytest.raises(Invalid) as caught:
            history(*((index, ROTATION) for index in indices))
        assert caught.value.code == "key-event.order"


# Who may change whose keys


@pytest.mark.parametrize(
    ("kind", "key", "by"),
    [
        ("introduced", trusted("tester", STRANGER, "tester"), PROVIDER),
        ("introduced", trusted("sock puppet", STRANGER, "provider"), PROVIDER),
        ("introduced", trusted("provider", STRANGER, "provider", "tester"), PROVIDER),
        ("introduced", trusted("provider", STRANGER, "root"), PROVIDER),
        ("revoked", trusted("tester", TESTER, "tester"), PROVIDER),
        ("revoked", trusted("board", ROOT, "root"), TESTER),
    ],
)
def test_without_the_root_role_only_ones_own_keys_and_roles_change(kind, key, by):
    assert [one.code for one in history((5, event(kind, key, by))).refused] == ["key-event.grant"]


def test_a_tester_rotates_its_own_key():
    key = trusted("tester", OTHER, "tester")
    known = history((5, event("rotated", key, TESTER, replaces=TESTER.key_id)))
    assert known.refused == ()
    assert authorise(signed(PROVIDER, OTHER, kind=PLAN), 6, known)


def test_root_brings_in_somebody_new():
    known = history((5, event("introduced", trusted("auditor", OTHER, "tester"), ROOT)))
    assert authorise(signed(OTHER, PROVIDER, kind=PLAN), 6, known).actors == ("auditor", "provider")


def test_root_alone_signs_no_ordinary_statement():
    assert refused(signed(ROOT)) == "trust.threshold"


def test_revoking_a_key_that_nobody_knows_is_refused():
    known = history((5, event("revoked", trusted("provider", OTHER, "provider"), ROOT)))
    assert [one.code for one in known.refused] == ["key-event.unknown-key"]


def test_a_rotation_stays_with_its_holder():
    known = history((5, event("rotated", trusted("provider", OTHER, "provider"), ROOT, replaces=TESTER.key_id)))
    assert [one.code for one in known.refused] == ["key-event.grant"]


def test_a_malformed_event_is_listed_and_changes_nothing():
    known = history((5, signed(PROVIDER, kind=KEY_EVENT_TYPE, event="revokd")))
    assert [(one.index, one.code) for one in known.refused] == [(5, "trust.malformed")]
    assert authorise(signed(PROVIDER), 6, known)


# Log keys


def test_log_keys_follow_the_size_of_the_tree():
    known = history((5, event("rotated", log_key(LOG2), PROVIDER, replaces=LOG.key_id)))
    old, new = verifier_key(log_key(LOG)), verifier_key(log_key(LOG2))
    assert known.log_keys(5) == (old,)
    assert known.log_keys(6) == (old, new)
    assert known.log_keys(7) == (new,)


def test_a_log_key_of_another_origin_is_refused():
    foreign = TrustedKey("elsewhere.example/log", public_key(LOG2), frozenset(), "log")
    known = history((5, event("introduced", foreign, PROVIDER)))
    assert [one.code for one in known.refused] == ["key-event.grant"]


def test_a_log_key_is_ed25519():
    quantum = TrustedKey(ORIGIN, public_key(SoftwareSigner.from_seed(b"\x0b" * 32, "ml-dsa-65")), frozenset(), "log")
    known = history((5, event("introduced", quantum, PROVIDER)))
    assert [one.code for one in known.refused] == ["key-event.grant"]


# Invariants

KEYS = {signer.key_id: signer for signer in SIGNERS}
NAMES = ("provider", "tester", "board")
ROLES = ("provider", "tester", "root")


@st.composite
def key_events(draw):
    key = TrustedKey(
        draw(st.sampled_from(NAMES)),
        public_key(draw(st.sampled_from(SIGNERS[:5]))),
        frozenset(draw(st.sets(st.sampled_from(ROLES), min_size=1))),
    )
    kind = draw(st.sampled_from(["introduced", "rotated", "revoked"]))
    more = {}
    if kind == "rotated":
        more["replaces"] = draw(st.sampled_from([one for one in SIGNERS[:5] if one.key_id != key.key_id])).key_id
    if kind == "revoked":
        more["compromised_since"] = draw(st.none() | st.integers(0, 12))
    return event(kind, key, draw(st.sampled_from(SIGNERS[:5])), **more)


def verdict(envelope: Envelope, index: int, known: KeyHistory) -> bool:
    try:
        authorise(envelope, index, known)
    except KeptError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(st.lists(key_events(), max_size=8), st.sampled_from(SIGNERS[:5]), st.sampled_from(SIGNERS[:5]), st.data())
def test_an_appended_revocation_never_makes_a_statement_valid(events, target, by, data):
    numbered = list(enumerate(events))
    before = history(*numbered)
    held = before.tenures.get(target.key_id)
    key = held.holder if held else trusted("provider", target, "provider")
    since = data.draw(st.none() | st.integers(0, len(events)))
    after = history(*numbered, (len(events), event("revoked", key, by, compromised_since=since)))
    for signer in SIGNERS[:5]:
        envelope = signed(signer)
        for index in range(len(events) + 3):
            assert verdict(envelope, index, before) or not verdict(envelope, index, after)


@settings(max_examples=60, deadline=None)
@given(st.lists(key_events(), max_size=8))
def test_the_same_events_give_the_same_history(events):
    numbered = list(enumerate(events))
    assert history(*numbered) == history(*numbered)


@settings(max_examples=60, deadline=None)
@given(st.lists(key_events(), max_size=8))
def test_nobody_without_a_key_in_the_trust_file_ever_gets_one_alone(events):
    """STRANGER's own events never count before somebody known has brought the stranger in."""
    known = history(*enumerate(events))
    introduced = known.tenures.get(STRANGER.key_id)
    if introduced is not None:
        first = events[introduced.since - 1]
        assert STRANGER.key_id not in {one.key_id for one in first.signatures}
