"""Whatever a reader reports, nothing but a signer under our own list of signers is trusted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance.methods.manifests.reading import DEVELOPED, LISTED, MOST, STAMPED, reading
from kept.practices.provenance.records.manifests import ManifestTrust, Signatory

US = Signatory("O=Acme AI, CN=Signer", "O=Acme AI, CN=Issuing", "255")
TRUST = ManifestTrust(anchors="set", own=frozenset({US}))
CERTIFICATE = {
    "serialNumber": "ff",
    "subject": {"CN": "Signer", "O": "Acme AI"},
    "issuer": {"O": "Acme AI", "CN": "Issuing"},
}
GOOD = ("claimSignature.validated", "signingCredential.trusted", "assertion.dataHash.match")


def report(*, success=GOOD, failure=(), list_name=LISTED, deltas=()):
    return {
        "active_manifest": "m",
        "manifests": {"m": {}},
        "validation_results": {
            "activeManifest": {
                "success": [{"code": code} for code in success],
                "failure": [{"code": code} for code in failure],
            },
            "ingredientDeltas": [{"validationDeltas": {"failure": [{"code": code} for code in deltas]}}],
            "trustListUri": list_name,
        },
    }


DETAILED = {"manifests": [{"label": "m", "signature": {"certificateInfo": CERTIFICATE}, "assertions": {}}]}


def test_our_signer_under_our_list_is_ours():
    found = reading("Trusted", report(), DETAILED, TRUST)
    assert (found.state, found.signature, found.signatory, found.ours) == ("trusted", "trusted", US, True)


@pytest.mark.parametrize("list_name", [None, STAMPED, "system_anchors", "urn:other", ["urn:kept:trusted"]])
def test_a_signer_under_any_other_list_is_not_trusted(list_name):
    found = reading("Trusted", report(list_name=list_name), DETAILED, TRUST)
    assert (found.state, found.signature, found.ours) == ("untrusted", "untrusted", False)


def test_a_development_list_is_named_as_one():
    found = reading("Trusted", report(list_name=DEVELOPED), DETAILED, TRUST)
    assert (found.state, found.development) == ("trusted", True)


@pytest.mark.parametrize(
    ("failure", "signature", "changed"),
    [
        (("assertion.dataHash.mismatch",), "trusted", True),
        (("assertion.bmffHash.mismatch", "assertion.dataHash.mismatch"), "trusted", True),
        (("assertion.hashedURI.mismatch",), "trusted", False),
        (("signingCredential.expired",), "broken", False),
        (("signingCredential.ocsp.revoked", "assertion.dataHash.mismatch"), "broken", False),
        (("signingCredential.untrusted", "assertion.dataHash.mismatch"), "untrusted", False),
    ],
)
def test_what_fails_says_whether_the_signature_still_counts(failure, signature, changed):
    found = reading("Invalid", report(failure=failure), DETAILED, TRUST)
    assert (found.state, found.signature, found.content_changed) == ("invalid", signature, changed)


def test_a_changed_assertion_beside_changed_content_is_more_than_changed_content():
    failure = ("assertion.dataHash.mismatch", "assertion.hashedURI.mismatch")
    found = reading("Invalid", report(failure=failure), DETAILED, TRUST)
    assert not found.content_changed


def test_without_a_signature_that_was_validated_nothing_counts():
    found = reading("Trusted", report(success=("signingCredential.trusted",)), DETAILED, TRUST)
    assert (found.signature, found.state) == ("broken", "untrusted")


def test_an_ingredient_of_ours_counts_only_where_its_signature_held():
    detailed = {"manifests": [*DETAILED["manifests"], {**DETAILED["manifests"][0], "label": "p"}]}

    def within(code, deltas=()):
        told = report(deltas=deltas)
        results = {"activeManifest": {"success": [{"code": code}]}}
        told["manifests"]["m"] = {"ingredients": [{"active_manifest": "p", "validation_results": results}]}
        return [one.ours for one in reading("Trusted", told, detailed, TRUST).ingredients]

    assert within("claimSignature.validated") == [True]
    assert within("claimSignature.mismatch") == [False]
    assert within("claimSignature.validated", ["claimSignature.mismatch"]) == [False]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = [
    *("manifests", "active_manifest", "validation_results", "activeManifest", "success", "failure", "code", "label"),
    *("assertions", "c2pa.actions", "c2pa.actions.v2", "actions", "action", "softwareAgent", "digitalSourceType"),
    *("parameters", "ingredients", "signature", "certificateInfo", "serialNumber", "subject", "claim", "time"),
    *("claim_generator_info", "c2pa.soft-binding", "blocks", "value", "alg", "name", "cawg.training-mining", "entries"),
    *("ingredientDeltas", "validationDeltas", "signature_info", "trustListUri"),
]
documents = st.recursive(
    json_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=15,
).filter(lambda value: isinstance(value, dict))


@given(documents, documents)
def test_any_report_is_read(told, detailed):
    found = reading("Trusted", told, detailed, TRUST)
    assert found.state in ("trusted", "untrusted")


def test_a_long_manifest_is_cut():
    actions = [{"action": "c2pa.edited", "softwareAgent": "x" * 10_000}] * 5000
    detailed = {"manifests": [{"label": "m", "assertions": {"c2pa.actions.v2": {"actions": actions}}}]}
    found = reading("Trusted", report(), detailed, TRUST)
    assert len(found.actions) == MOST
    assert len(found.agents[0]) == 500
