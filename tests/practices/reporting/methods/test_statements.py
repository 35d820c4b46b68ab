"""From entries and bodies to what is known: nothing that decides about keys may be left out."""

import pytest

from kept.core.trust import KEY_EVENT_TYPE
from kept.errors import Unverified
from kept.practices.reporting.methods.statements import history
from kept.practices.reporting.records import Entry, Material
from simulators.organisation import PROVIDER, PROVIDER_KEY, ROOT, TRUST, event, refused, signed

REVOCATION = event("revoked", PROVIDER_KEY, ROOT)
ENTRIES = [Entry(0, KEY_EVENT_TYPE, "", "sha256:" + "00" * 32)]


def test_a_revocation_in_the_report_ends_its_key():
    material = Material(0, b"", salt=bytes(32), envelope=REVOCATION.to_bytes())
    known = history([material], ENTRIES, TRUST)
    assert refused(signed(PROVIDER), 1, known) == "trust.not-in-effect"


def test_a_revocation_that_is_withheld_fails_the_report():
    with pytest.raises(Unverified) as caught:
        history([Material(0, b"", erased_by=1)], ENTRIES, TRUST)
    assert caught.value.code == "report.key-event"
