"""Keys that others seal to are kept like keys that sign."""

import os
import pickle

import pytest

from kept.core.keys import Keyhole, create
from kept.core.keys.exchange import ExchangeKey, create_exchange, open_exchange
from kept.errors import Conflict, Denied, Invalid, NotFound


def keyhole(folder, passphrase=b"passphrase"):
    return Keyhole(folder, lambda: passphrase, {})


def test_a_key_survives_the_journey_to_its_file(tmp_path):
    made = create_exchange("file:keys/a.pem", keyhole(tmp_path), os.urandom)
    assert open_exchange("file:keys/a.pem", keyhole(tmp_path)).public == made.public
    assert (tmp_path / "keys/a.pem").stat().st_mode & 0o777 == 0o600


def test_an_existing_key_is_never_replaced(tmp_path):
    create_exchange("file:a.pem", keyhole(tmp_path), os.urandom)
    with pytest.raises(Conflict):
        create_exchange("file:a.pem", keyhole(tmp_path), os.urandom)


def test_a_wrong_passphrase_is_denied_and_a_missing_file_not_found(tmp_path):
    create_exchange("file:a.pem", keyhole(tmp_path), os.urandom)
    with pytest.raises(Denied):
        open_exchange("file:a.pem", keyhole(tmp_path, b"other"))
    with pytest.raises(NotFound):
        open_exchange("file:b.pem", keyhole(tmp_path))


def test_a_key_that_signs_is_none_to_seal_to(tmp_path):
    create("file:a.pem", base=tmp_path, passphrase=lambda: b"passphrase", entropy=os.urandom)
    with pytest.raises(Invalid) as caught:
        open_exchange("file:a.pem", keyhole(tmp_path))
    assert caught.value.code == "key.algorithm"


@pytest.mark.parametrize("uri", ["", "a.pem", "env:A", "file:"])
def test_another_address_is_invalid(tmp_path, uri):
    with pytest.raises(Invalid):
        open_exchange(uri, keyhole(tmp_path))


def test_a_key_is_neither_shown_nor_pickled():
    seed = bytes(range(32))
    key = ExchangeKey.from_seed(seed)
    assert seed.hex() not in repr(key)
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(Invalid):
        ExchangeKey.from_seed(b"short")
