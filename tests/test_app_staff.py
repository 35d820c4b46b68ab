"""What staff record is signed by the provider's key, and names their pseudonym."""

from pathlib import Path

import pytest

from kept.core.actor import Actor
from kept.core.ledger import Draft
from kept.core.statement import Envelope, Statement, Subject
from kept.errors import Denied, NotFound
from simulators.portal import portal


def test_a_person_with_an_account_signs_by_the_providers_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal(tmp_path, monkeypatch) as served:
        ledger, accounts = served.app.ledger, served.app.accounts
        accounts.invite("eve", roles=["admin"])
        account = accounts.invite("ada", roles=["triage"])
        draft = Draft(
            Statement((Subject("a", {"sha256": "0" * 64}),), "https://kept.dev/test/v1", {"by": account.actor.id})
        )
        (receipt,) = ledger.record(draft, by=account.actor)
        own = served.app.keyring.signers(served.app.actor(None))
        envelope = Envelope.parse(ledger.body(receipt.index).envelope)
        assert [each.key_id for each in envelope.signatures] == [signer.key_id for signer in own]
        with pytest.raises(NotFound):
            ledger.record(draft, by=Actor("p-0000000000000000", "person", frozenset({"triage"})))
        with pytest.raises(NotFound):
            ledger.record(draft, by=Actor("mallory", "person", frozenset({"provider"})))
        accounts.disable("ada")
        with pytest.raises(Denied):
            ledger.record(draft, by=account.actor)
