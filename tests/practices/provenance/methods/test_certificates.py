"""Chains are issued to C2PA's profile, and one that can't sign manifests is refused with what is wrong."""

import random
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import PolicyBuilder, Store
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid
from kept.practices.provenance.methods import certificates
from kept.practices.provenance.methods.certificates import DEVELOPMENT, check_signer, is_development, read_chain
from simulators.authorities import MOMENT, Authority

AUTHORITY = Authority.make()
KEY = certificates.certificate_key(certificates.make_private("es256", random.Random(1).randbytes))
CHAIN = AUTHORITY.certify(KEY)


def development(algorithm="es256", organisation="Acme AI", seed=1):
    return certificates.development(
        organisation, algorithm=algorithm, entropy=random.Random(seed).randbytes, moment=MOMENT
    )


@pytest.mark.parametrize("algorithm", ["es256", "ed25519"])
def test_a_development_chain_signs_and_every_certificate_says_what_it_is(algorithm):
    made = development(algorithm)
    chain = read_chain(made.chain, what="chain") + read_chain(made.root, what="root")
    assert len(chain) == 3
    assert all(is_development(one) for one in chain)
    assert check_signer(made.chain, made.key, moment=MOMENT) == made.chain
    for below, above in zip(chain, chain[1:] + chain[-1:], strict=True):
        below.verify_directly_issued_by(above)


def test_a_chain_holds_under_an_independent_verifier():
    leaf, issuing = read_chain(CHAIN, what="chain")
    verifier = PolicyBuilder().store(Store([AUTHORITY.root])).time(MOMENT)
    policy = x509.verification.ExtensionPolicy
    verifier = verifier.extension_policies(ca_policy=policy.webpki_defaults_ca(), ee_policy=policy.permit_all())
    assert len(verifier.build_client_verifier().verify(leaf, [issuing]).chain) == 3


def test_the_same_draws_give_the_same_chain():
    assert development(seed=2) == development(seed=2)
    assert development(seed=2).root != development(seed=3).root


@given(st.text(min_size=1, max_size=300).filter(lambda name: name.isprintable() and name.strip()))
def test_any_name_of_an_organisation_can_stand_in_one(name):
    made = development(organisation=name)
    (root,) = read_chain(made.root, what="root")
    assert certificates.signatory(root).subject.count(DEVELOPMENT) >= 1


def test_the_root_is_left_out():
    whole = CHAIN + certificates.to_pem([AUTHORITY.root])
    assert check_signer(whole, KEY, moment=MOMENT) == CHAIN


def unfit(pem, key=KEY, moment=MOMENT):
    with pytest.raises(Invalid) as caught:
        check_signer(pem, key, moment=moment)
    return caught.value


def test_a_chain_in_the_wrong_order_is_unfit():
    leaf, issuing = read_chain(CHAIN, what="chain")
    assert "issue each other" in unfit(certificates.to_pem([issuing, leaf])).message


def test_a_certificate_of_another_key_is_unfit():
    other = certificates.certificate_key(certificates.make_private("es256", random.Random(9).randbytes))
    assert "another key" in unfit(CHAIN, other).message


@pytest.mark.parametrize("shift", [timedelta(days=-1), timedelta(days=1095)])
def test_a_certificate_out_of_its_time_is_unfit(shift):
    assert "valid from" in unfit(CHAIN, moment=MOMENT + shift).message


@pytest.mark.parametrize(
    "purpose",
    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE],
)
def test_a_certificate_for_something_else_is_unfit(purpose):
    assert "isn't for signing" in unfit(AUTHORITY.certify(KEY, purpose=purpose)).message


def test_an_authority_is_no_signer():
    issuer = AUTHORITY.issuer
    key = certificates.certificate_key(issuer.private)
    assert "authority" in unfit(certificates.to_pem([AUTHORITY.issuing]), key).message


def test_a_certificate_that_vouches_for_itself_is_unfit():
    private = certificates.make_private("es256", random.Random(4).randbytes)
    self_made = certificates.Issuer(certificates.named("Acme AI", "Signer"), private)
    leaf = certificates.signer(self_made.name, private.public_key(), self_made, moment=MOMENT, serial=b"1" * 16)
    assert "self-signed" in unfit(certificates.to_pem([leaf]), certificates.certificate_key(private)).message


def test_a_curve_that_is_not_signed_with_is_invalid():
    with pytest.raises(Invalid) as caught:
        certificates.spki(ec.derive_private_key(7, ec.SECP384R1()).public_key())
    assert "Ed25519" in caught.value.hint


@given(st.one_of(st.binary(max_size=300), st.integers(0, len(CHAIN) - 1).map(lambda at: CHAIN[:at].encode())))
def test_what_is_no_file_of_certificates_is_invalid(data):
    try:
        found = read_chain(data, what="It")
    except Invalid:
        return
    assert certificates.to_pem(found) in CHAIN


def test_a_file_of_too_many_bytes_is_invalid():
    with pytest.raises(Invalid) as caught:
        read_chain("x" * (certificates.LIMIT + 1), what="It")
    assert caught.value.code == "certificate.too-large"
