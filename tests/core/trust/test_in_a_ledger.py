"""Keys in files are rotated and revoked in a real ledger, and what they proved before is still proved."""

import hashlib
from datetime import UTC, datetime
from itertools import count

import pytest

from kept.core.actor import Actor
from kept.core.keys import create, public_key
from kept.core.ledger import SCHEMA, Draft, Ledger
from kept.core.merkle import leaf_hash, verify_inclusion
from kept.core.note import LOG_KEY, VerifierKey
from kept.core.statement import Statement, Subject
from kept.core.store import Store
from kept.core.trust import KEY_EVENT_TYPE, KeyEvent, KeyHistory, Rule, Trust, TrustedKey, TrustedLog
from kept.errors import Unverified

TYPE = "https://kept.example/predicates/test/v1"
BY = Actor("provider")


class House:
    """A store, a ledger, and key files; `signs_with` is what the provider's keyring holds at the moment."""

    def __init__(self, folder):
        numbers = count()
        self.entropy = lambda size: hashlib.shake_256(str(next(numbers)).encode()).digest(size)
        self.folder = folder
        self.store = Store.open(f"sqlite:///{folder / 'store.db'}", [SCHEMA])
        self.old, self.second, self.log = (self.make(name) for name in ("old", "second", "log"))
        self.signs_with = [self.old]
        self.ledger = Ledger(
            self.store,
            origin="log.example/acme",
            log_signer=lambda: self.log,
            keyring=lambda actor: self.signs_with,
            folder=folder / "ledger",
            state=folder / "state",
            clock=lambda: datetime(2026, 11, 22, 7, 30, tzinfo=UTC),
            entropy=self.entropy,
        )
        self.trust = Trust(
            "Acme AI",
            TrustedLog("log.example/acme", (str(VerifierKey("log.example/acme", LOG_KEY, self.log.public)),)),
            (self.held(self.old),),
            {"default": Rule(frozenset({"provider"}), 1, ("ed25519",))},
        )

    def make(self, name):
        uri = f"file:keys/{name}.pem"
        return create(uri, base=self.folder, passphrase=lambda: b"passphrase", entropy=self.entropy)

    def held(self, signer):
        return TrustedKey("provider", public_key(signer), frozenset({"provider"}))

    def say(self, number):
        statement = Statement((Subject("thing", {"sha256": "00"}),), TYPE, {"number": number})
        return self.ledger.record(Draft(statement), by=BY)[0].index

    def change(self, kind, signer, **more):
        event = KeyEvent(kind, self.held(signer), "2026-11-22T07:30:00Z", "provider", **more)
        return self.ledger.record(Draft(event.to_statement()), by=BY)[0].index

    def history(self):
        events = ((one.index, one.envelope) for one in self.ledger.statements(KEY_EVENT_TYPE))
        return KeyHistory.replay(self.trust, events)

    def check(self, index):
        """What a stranger does with one entry: inclusion, body, signature."""
        entry, size = self.ledger.entry(index), self.ledger.size()
        proof = self.ledger.prove_inclusion(index, size)
        verify_inclusion(leaf_hash(entry.raw), index=index, size=size, proof=proof, root=self.ledger.root(size))
        found = next(one for one in self.ledger.statements(entry.predicate) if one.index == index)
        return self.trust.authorise(
            found.envelope, predicate_type=entry.predicate, index=index, history=self.history()
        ).actors


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.store.close()


def test_a_rotation_breaks_no_old_proof(house):
    before = house.say(1)
    rotation = house.change("rotated", house.second, replaces=house.old.key_id)
    late = house.say(2)
    house.signs_with = [house.second]
    after = house.say(3)
    assert house.history().refused == ()
    assert [house.check(index) for index in (before, rotation, after)] == [("provider",)] * 3
    with pytest.raises(Unverified) as caught:
        house.check(late)
    assert caught.value.code == "trust.not-in-effect"


def test_a_revocation_takes_what_came_after_the_theft_and_leaves_what_came_before(house):
    before = house.say(1)
    house.change("introduced", house.second)
    stolen = house.say(2)
    house.signs_with = [house.second]
    house.change("revoked", house.old, compromised_since=stolen)
    after = house.say(3)
    assert house.history().refused == ()
    assert [house.check(index) for index in (before, after)] == [("provider",)] * 2
    with pytest.raises(Unverified) as caught:
        house.check(stolen)
    assert caught.value.code == "trust.not-in-effect"
