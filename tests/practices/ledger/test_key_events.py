"""Keys of other organisations: how they are handed over and introduced, and who may not."""

import pytest

from kept.core.actor import Actor
from kept.core.trust import KEY_EVENT_TYPE, Trust
from kept.errors import Denied, Invalid, NotFound

ROOT = Actor("root", roles=frozenset({"root"}))


def test_a_root_introduces_a_testers_key_and_it_counts_from_there(organisation):
    acme, lab = organisation("acme", root=True), organisation("lab")
    pem = lab.service.key_export(by=lab.actor)
    (receipt,) = acme.service.key_introduce("Red Lab", pem.encode(), roles=["tester"], by=ROOT)
    row = next(row for row in acme.service.key_list() if row.holder == "Red Lab")
    assert (row.roles, row.since, row.until, row.address) == (("tester",), receipt.index + 1, None, "")
    assert row.key_id == lab.service.key_list()[0].key_id


@pytest.mark.parametrize("root", [True, False])
def test_a_provider_alone_introduces_nobody_and_nothing_is_recorded(organisation, root):
    acme, lab = organisation("acme", root=root), organisation("lab")
    pem = lab.service.key_export(by=lab.actor).encode()
    with pytest.raises(Denied, match="Only 'Red Lab', or the role 'root'") as caught:
        acme.service.key_introduce("Red Lab", pem, roles=["tester"], by=acme.actor)
    assert "kept init --root" in caught.value.hint
    assert list(acme.app.ledger.statements(KEY_EVENT_TYPE)) == []


def test_a_key_that_was_known_in_another_role_is_not_introduced_again(organisation):
    acme, lab = organisation("acme", root=True), organisation("lab")
    pem = lab.service.key_export(by=lab.actor).encode()
    acme.service.key_introduce("Red Lab", pem, roles=["tester"], by=ROOT)
    with pytest.raises(Denied, match="known before"):
        acme.service.key_introduce("Another", pem, roles=["tester"], by=ROOT)
    with pytest.raises(Invalid, match="no file of public keys"):
        acme.service.key_introduce("Another", b"key", roles=["tester"], by=ROOT)


def test_all_keys_of_a_holder_are_handed_over(organisation):
    lab = organisation("lab", post_quantum=True)
    assert lab.service.key_export(by=lab.actor).count("BEGIN PUBLIC KEY") == 2
    with pytest.raises(NotFound):
        lab.service.key_export("nobody", by=lab.actor)


def test_an_introduced_key_is_revoked_by_the_root(organisation):
    acme, lab = organisation("acme", root=True), organisation("lab")
    acme.service.key_introduce("Red Lab", lab.service.key_export(by=lab.actor).encode(), roles=["tester"], by=ROOT)
    row = next(row for row in acme.service.key_list() if row.holder == "Red Lab")
    acme.service.key_revoke(row.key_id, by=ROOT)
    ended = next(row for row in acme.service.key_list() if row.holder == "Red Lab")
    assert ended.until == 1
    assert isinstance(acme.service.trust(), Trust)
