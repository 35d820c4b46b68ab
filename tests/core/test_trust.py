"""Who may sign what, at which index, and how keys come and go without breaking what they proved."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kept.core.keys import PublicKey, public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.note import COSIGNER_KEY, VerifierKey
from kept.core.statement import Envelope, Signature, Statement, Subject, sign
from kept.core.trust import (
    KEY_EVENT_TYPE,
    Authorised,
    KeyEvent,
    KeyHistory,
    Rule,
    Trust,
    TrustedKey,
    TrustedLog,
    Witness,
    WitnessRule,
    verifier_key,
)
from kept.errors import Invalid, KeptError, Unverified

TEST = "https://kept.example/predicates/test/v1"
PLAN = "https://kept.example/predicates/plan/v1"
ORIGIN = "kept.example/log"
SIGNERS = [SoftwareSigner.from_seed(bytes([n]) * 32) for n in range(1, 9)]
PROVIDER, SUCCESSOR, TESTER, ROOT, STRANGER, LOG, LOG2, OTHER = SIGNERS
QUANTUM = SoftwareSigner.from_seed(b"\x0a" * 32, "ml-dsa-65")


def trusted(name: str, signer: SoftwareSigner, *roles: str) -> TrustedKey:
    return TrustedKey(name, public_key(signer), frozenset(roles))


def rule(*roles: str, threshold: int = 1, algorithms: tuple = ("ed25519",)) -> Rule:
    return Rule(frozenset(roles), threshold, algorithms)


def log_key(signer: SoftwareSigner) -> TrustedKey:
    return TrustedKey(ORIGIN, public_key(signer), frozenset(), "log")


WITNESS = str(VerifierKey("witness.example/w", COSIGNER_KEY, OTHER.public))
TRUST = Trust(
    "Acme AI",
    TrustedLog(ORIGIN, (verifier_key(log_key(LOG)),)),
    (
        trusted("provider", PROVIDER, "provider"),
        trusted("provider", QUANTUM, "provider"),
        trusted("tester", TESTER, "tester"),
        trusted("board", ROOT, "root"),
    ),
    {
        "default": rule("provider"),
        PLAN: rule("provider", "tester", threshold=2),
        KEY_EVENT_TYPE: rule("provider", "tester", "root"),
    },
)


def signed(*signers: SoftwareSigner, kind: str = TEST, **predicate) -> Envelope:
    return sign(Statement((Subject("model", {"sha256": "00"}),), kind, predicate), signers)


def event(kind: str, key: TrustedKey, by: SoftwareSigner, **more) -> Envelope:
    change = KeyEvent(kind, key, "2026-11-22T07:30:00Z", "someone", **more)
    return sign(change.to_statement(), [by])


def history(*events: tuple[int, Envelope], trust: Trust = TRUST) -> KeyHistory:
    return KeyHistory.replay(trust, events)


def authorise(envelope: Envelope, index: int = 0, known: KeyHistory | None = None, *, trust: Trust = TRUST):
    kind = envelope.statement().predicate_type
    return trust.authorise(envelope, predicate_type=kind, index=index, history=known)


def refused(envelope: Envelope, index: int = 0, known: KeyHistory | None = None, *, trust: Trust = TRUST) -> str:
    with pytest.raises(Unverified) as caught:
        authorise(envelope, index, known, trust=trust)
    return caught.value.code


PROVIDER_KEY = trusted("provider", PROVIDER, "provider")
NEXT_KEY = trusted("provider", SUCCESSOR, "provider")
ROTATION = event("rotated", NEXT_KEY, PROVIDER, replaces=PROVIDER.key_id)


# Policy


def test_a_trusted_key_in_the_right_role_is_enough():
    assert authorise(signed(PROVIDER)) == Authorised(("provider",), frozenset({"provider"}), (PROVIDER.key_id,))


def test_a_report_signed_again_with_another_key_is_not_authorised():
    assert refused(signed(STRANGER)) == "trust.unknown-key"


def test_a_known_key_in_another_role_is_not_enough():
    assert refused(signed(TESTER)) == "trust.threshold"


def test_a_stranger_beside_the_provider_changes_nothing():
    assert authorise(signed(PROVIDER, STRANGER)).actors == ("provider",)


def test_a_bad_signature_by_a_known_key_spoils_the_envelope():
    good = signed(PROVIDER, QUANTUM)
    spoilt = Envelope(good.payload, (good.signatures[0], Signature(QUANTUM.key_id, b"\x00" * 3309)))
    assert refused(spoilt) == "signature.bad"


def test_two_keys_of_one_holder_count_once():
    assert refused(signed(PROVIDER, QUANTUM, kind=PLAN)) == "trust.threshold"


def test_two_holders_make_two():
    assert authorise(signed(PROVIDER, TESTER, kind=PLAN)).actors == ("provider", "tester")


def test_every_required_algorithm_must_be_there_for_a_holder_to_count():
    both = Trust(
        TRUST.organisation,
        TRUST.log,
        TRUST.signers,
        {"default": rule("provider", algorithms=("ed25519", "ml-dsa-65"))},
    )
    assert refused(signed(PROVIDER), trust=both) == "trust.threshold"
    assert refused(signed(QUANTUM), trust=both) == "trust.threshold"
    assert authorise(signed(QUANTUM, PROVIDER), trust=both).actors == ("provider",)


def test_algorithms_of_two_holders_do_not_add_up_to_one():
    both = Trust(
        TRUST.organisation,
        TRUST.log,
        TRUST.signers,
        {"default": rule("provider", "tester", algorithms=("ed25519", "ml-dsa-65"))},
    )
    assert refused(signed(TESTER, QUANTUM), trust=both) == "trust.threshold"


def test_the_entry_and_the_statement_must_name_the_same_predicate():
    with pytest.raises(Unverified) as caught:
        TRUST.authorise(signed(PROVIDER), predicate_type=PLAN, index=0)
    assert caught.value.code == "trust.predicate-type"


def test_a_log_key_signs_no_statements():
    assert refused(signed(LOG)) == "trust.unknown-key"


# Rotation


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


# Key events as statements


def test_a_key_event_survives_the_journey():
    change = KeyEvent("rotated", NEXT_KEY, "2026-11-22T07:30:00Z", "provider", replaces=PROVIDER.key_id)
    assert KeyEvent.parse(Statement.parse(change.to_statement().to_bytes())) == change


@pytest.mark.parametrize(
    "change",
    [
        {"event": "rotatd"},
        {"event": "introduced"},
        {"replaces": None},
        {"replaces": NEXT_KEY.key_id},
        {"compromised_since": 4},
        {"note": "?"},
        {"issued": ""},
        {"key": {}},
        {"key": None},
    ],
)
def test_a_key_event_of_another_shape_is_invalid(change):
    good = KeyEvent("rotated", NEXT_KEY, "2026-11-22T07:30:00Z", "provider", replaces=PROVIDER.key_id).to_statement()
    with pytest.raises(Invalid):
        KeyEvent.parse(Statement(good.subjects, good.predicate_type, {**good.predicate, **change}))


def test_a_key_event_about_another_subject_is_invalid():
    good = KeyEvent("introduced", NEXT_KEY, "2026-11-22T07:30:00Z", "provider").to_statement()
    with pytest.raises(Invalid) as caught:
        KeyEvent.parse(Statement((Subject("x", {"sha256": PROVIDER.key_id}),), KEY_EVENT_TYPE, good.predicate))
    assert caught.value.code == "key-event.subject"


# Vectors, which the browser's verifier runs too


def vectors(name: str) -> list[dict]:
    return json.loads((Path(__file__).parents[1] / f"vectors/trust/{name}.json").read_text(encoding="utf-8"))


def replayed(case: dict) -> tuple[Trust, KeyHistory]:
    trust = Trust.from_document(case["trust"])
    events = [(index, Envelope.parse(json.dumps(envelope).encode())) for index, envelope in case["events"]]
    return trust, KeyHistory.replay(trust, events)


@pytest.mark.parametrize("case", vectors("policy") + vectors("history"), ids=lambda case: case["name"])
def test_decision_vectors(case):
    trust, known = replayed(case)
    assert [[one.index, one.code] for one in known.refused] == case["refused"]
    envelope = Envelope.parse(json.dumps(case["envelope"]).encode())
    about = {"predicate_type": case["predicate_type"], "index": case["index"], "history": known}
    if "error" in case:
        with pytest.raises(Unverified) as caught:
            trust.authorise(envelope, **about)
        assert caught.value.code == case["error"]
        return
    assert list(trust.authorise(envelope, **about).actors) == case["actors"]


@pytest.mark.parametrize("case", vectors("log_keys"), ids=lambda case: case["name"])
def test_log_key_vectors(case):
    _, known = replayed(case)
    assert {size: list(known.log_keys(int(size))) for size in case["keys"]} == case["keys"]


@pytest.mark.parametrize("case", vectors("documents"), ids=lambda case: case["name"])
def test_document_vectors(case):
    if case["error"] is None:
        Trust.from_document(case["trust"])
        return
    with pytest.raises(Invalid) as caught:
        Trust.from_document(case["trust"])
    assert caught.value.code == case["error"]


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


WHOLE = signed(PROVIDER, TESTER, kind=PLAN)


def fails(data: bytes) -> None:
    """Whatever is not the envelope that was signed is an error of a known kind."""
    with pytest.raises((Invalid, Unverified)):
        TRUST.authorise(Envelope.parse(data), predicate_type=PLAN, index=0)


@given(st.integers(0, len(WHOLE.to_bytes()) * 8 - 1))
def test_no_envelope_with_a_flipped_bit_is_authorised(bit):
    data = bytearray(WHOLE.to_bytes())
    data[bit // 8] ^= 1 << bit % 8
    fails(bytes(data))


@given(st.integers(0, len(WHOLE.to_bytes()) - 1))
def test_no_truncated_envelope_is_authorised(length):
    fails(WHOLE.to_bytes()[:length])


@given(st.integers(1, 64), st.data())
def test_no_envelope_with_two_pieces_exchanged_is_authorised(size, data):
    whole = WHOLE.to_bytes()
    first = data.draw(st.integers(0, len(whole) - 2 * size))
    second = data.draw(st.integers(first + size, len(whole) - size))
    one, other = whole[first : first + size], whole[second : second + size]
    assume(one != other)
    fails(whole[:first] + other + whole[first + size : second] + one + whole[second + size :])


def test_exchanged_signatures_are_not_authorised():
    first, second = WHOLE.signatures
    exchanged = (Signature(first.key_id, second.value), Signature(second.key_id, first.value))
    fails(Envelope(WHOLE.payload, exchanged).to_bytes())
    again = Envelope(WHOLE.payload, (second, first))
    assert TRUST.authorise(again, predicate_type=PLAN, index=0).actors == ("provider", "tester")


# The trust file


def document() -> dict:
    return json.loads(TRUST.to_bytes())


def parse(value: object) -> Trust:
    return Trust.parse(json.dumps(value).encode())


def test_a_trust_file_survives_the_journey():
    full = Trust(
        TRUST.organisation,
        TRUST.log,
        TRUST.signers,
        TRUST.policy,
        WitnessRule(1, 3600, (Witness(WITNESS, "Another Organisation"),)),
    )
    assert Trust.parse(full.to_bytes()) == full


def test_a_bare_witness_is_a_group_of_its_own():
    found = parse({**document(), "witnesses": {"minimum": 1, "freshness_seconds": 60, "keys": [WITNESS]}})
    assert found.witnesses.keys == (Witness(WITNESS, "witness.example/w"),)


def changed(path: str, value: object) -> dict:
    found = document()
    *parents, last = [int(part) if part.isdigit() else part for part in path.split("/")]
    place = found
    for part in parents:
        place = place[part]
    place[last] = value
    return found


VKEY = document()["log"]["keys"][0]


@pytest.mark.parametrize(
    ("path", "value", "near"),
    [
        ("singers", [], '"signers"'),
        ("signers/0/role", ["provider"], '"roles"'),
        ("signers/0/algorithm", "ed2551", '"ed25519"'),
        ("signers/2/algorithm", "mldsa65", '"ml-dsa-65"'),
        ("policy/default/treshold", 1, '"threshold"'),
        ("policy/default/roles", ["provder"], '"provider"'),
        ("policy/default/algorithms", ["ed22519"], '"ed25519"'),
        ("policy/defualt", {}, '"default"'),
        ("witnesses/minimun", 0, '"minimum"'),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(path, value, near):
    with pytest.raises(Invalid) as caught:
        parse(changed(path, value))
    assert near in caught.value.hint


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("version", 2, "trust.version"),
        ("version", True, "trust.version"),
        ("organisation", "", "trust.malformed"),
        ("organisation", "a\nb", "trust.malformed"),
        ("log", [], "trust.malformed"),
        ("log/keys", [], "trust.malformed"),
        ("log/keys", [VKEY, VKEY], "trust.malformed"),
        ("log/keys/0", VKEY.replace("example", "exemple"), "note.key-id"),
        ("log/keys/0", "kept.example/log+0011", "note.key"),
        ("log/keys/0", VKEY + " ", "trust.malformed"),
        ("log/keys/0", WITNESS, "trust.log-key"),
        ("log/origin", "elsewhere.example/log", "trust.origin"),
        ("signers", [], "trust.malformed"),
        ("signers/0/public", "AAAA", "key.length"),
        ("signers/0/public", "!", "trust.malformed"),
        ("signers/0/public", document()["signers"][2]["public"], "trust.repeated-key"),
        ("signers/0/public", base64.b64encode(LOG.public).decode(), "trust.repeated-key"),
        ("signers/0/roles", [], "trust.malformed"),
        ("signers/0/roles", "provider", "trust.malformed"),
        ("policy", {}, "trust.malformed"),
        ("policy/a\x1b[31m:", {}, "trust.malformed"),
        ("policy/default/threshold", 0, "trust.malformed"),
        ("policy/default/threshold", True, "trust.malformed"),
        ("policy/default/threshold", 1.0, "trust.malformed"),
        ("policy/default/roles", [], "trust.malformed"),
        ("policy/default/algorithms", [], "trust.malformed"),
        ("witnesses/minimum", 1, "trust.witnesses"),
        ("witnesses/minimum", -1, "trust.malformed"),
        ("witnesses/freshness_seconds", 0, "trust.malformed"),
        ("witnesses/keys", ["x"], "note.key"),
        ("witnesses/keys", [{"key": WITNESS}], "trust.malformed"),
        ("witnesses/keys", [VKEY], "trust.witness-key"),
        ("witnesses/keys", [WITNESS, {"key": WITNESS, "group": "g"}], "trust.repeated-key"),
    ],
)
def test_a_trust_file_of_another_shape_is_invalid(path, value, code):
    with pytest.raises(Invalid) as caught:
        parse(changed(path, value))
    assert caught.value.code == code


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_trust_file_and_nothing_worse(data):
    with pytest.raises(Invalid):
        Trust.parse(data)


@given(st.integers(0, len(TRUST.to_bytes()) * 8 - 1))
def test_a_flipped_bit_leaves_a_trust_file_or_an_error_of_a_known_kind(bit):
    data = bytearray(TRUST.to_bytes())
    data[bit // 8] ^= 1 << bit % 8
    try:
        Trust.parse(bytes(data))
    except Invalid:
        return


@given(st.integers(0, len(TRUST.to_bytes()) - 3))
def test_a_truncated_trust_file_is_invalid(length):
    with pytest.raises(Invalid):
        Trust.parse(TRUST.to_bytes()[:length])


def test_a_public_key_shows_no_bytes_of_itself():
    key = PublicKey("ed25519", PROVIDER.public)
    assert repr(key) == f"PublicKey(algorithm='ed25519', key_id='{PROVIDER.key_id}')"
