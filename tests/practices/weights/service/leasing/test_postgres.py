"""Leases on PostgreSQL: the same people, the same rules."""

import pytest

from kept.errors import Denied
from simulators.lent_weights import lent_weights
from simulators.sealed_files import plain_file


def test_a_lease_from_its_request_to_the_destruction_of_its_key(tmp_path, postgres_url):
    with lent_weights(tmp_path, url=postgres_url) as lent:
        service, place = lent.room.service, str(tmp_path / "model.sealed")
        (tmp_path / "model.safetensors").write_bytes(plain_file())
        service.seal(str(tmp_path / "model.safetensors"), place, by=lent.acting("provider"))
        asked = service.request(place, purpose="eval", bytes=10**9, seconds=3600, by=lent.acting("bob"))
        with pytest.raises(Denied):
            lent.key(asked.lease)
        assert service.approve(asked.lease.id, by=lent.acting("maria")).state == "requested"
        with pytest.raises(Denied):
            service.approve(asked.lease.id, by=lent.acting("maria"))
        assert service.approve(asked.lease.id, by=lent.acting("wei")).state == "granted"
        key = lent.key(asked.lease)
        assert len(service.keys_rotate(by=lent.acting("provider")).files) == 1
        assert lent.key(asked.lease) == key
        service.revoke(asked.lease.id, reason="done", by=lent.acting("jonas"))
        with pytest.raises(Denied) as caught:
            lent.key(asked.lease)
        assert caught.value.code == "lease.revoked"
        refused = service.request(place, purpose="more", bytes=1, seconds=60, by=lent.acting("bob"))
        assert service.deny(refused.lease.id, reason="no", by=lent.acting("wei")).state == "denied"
        for name in ("maria", "jonas"):
            done = service.keys_destroy("weights-2", confirm="weights-2", reason="end", by=lent.acting(name))
        assert done.kek.state == "destroyed"
        states = {row.lease.id: row.state for row in service.leases()}
        assert states == {asked.lease.id: "revoked", refused.lease.id: "denied"}
        lent.room.ledger.check()
