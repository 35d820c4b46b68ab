"""The key events of a ledger: all of them, or an error; and the trust file that they begin from."""

import pytest

from core.trust.test_in_a_ledger import House
from kept.core.ledger.tables import BODY
from kept.core.trust import Trust, key_events
from kept.errors import NotFound, Unverified


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.store.close()


def test_every_key_event_is_given_with_its_index_and_nothing_else(house):
    house.say(1)
    introduced = house.change("introduced", house.second)
    house.say(2)
    revoked = house.change("revoked", house.second)
    assert [index for index, _ in key_events(house.ledger)] == [introduced, revoked]


def test_a_key_event_whose_body_is_gone_is_an_error_since_a_stolen_key_would_count_again(house):
    house.change("introduced", house.second)
    revoked = house.change("revoked", house.second)
    house.store.write(lambda connection: connection.execute(BODY.delete().where(BODY.c.position == revoked)))
    with pytest.raises(Unverified, match=f"entry {revoked} is gone") as caught:
        key_events(house.ledger)
    assert caught.value.code == "key-event.missing"


def test_a_trust_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"trust\.json") as caught:
        Trust.load(tmp_path / "trust.json")
    assert caught.value.code == "trust.missing"
