"""The verbs that need no workspace: sealing a report on one's own machine, and what follows from a receipt code."""

from __future__ import annotations

from collections.abc import Sequence

from kept.core.context import Entropy
from kept.core.reference import load
from kept.errors import Invalid
from kept.practices.disclosure import PRACTICE
from kept.practices.disclosure.methods import receipts
from kept.practices.disclosure.methods.bundles import write_bundle
from kept.practices.disclosure.records import Report
from kept.practices.disclosure.records.intake import Prepared

RECIPIENTS = 39


class Sealing:
    """Seals reports as the form's own script does."""

    @staticmethod
    def encrypt(report: Report, recipients: Sequence[str], *, entropy: Entropy) -> Prepared:
        """Seal a report to recipients of age ("age1…"), and to the receipt code that is drawn for its thread.

        So its reporter can open their copy of it, which proves what they said.

        Raises Invalid for what is no recipient, and Unavailable where pyrage is missing.
        """
        if not 0 < len(recipients) <= RECIPIENTS:
            raise Invalid(
                f"A report is sealed to 1 to {RECIPIENTS} keys, not {len(recipients)}.",
                code="seal.recipients",
                hint="They stand in the programme's recipients.txt.",
            )
        age = PRACTICE.backends["age"]
        code = receipts.code_of(entropy(receipts.CODE_BYTES))
        keys = receipts.keys_of(code)
        own: str = load(age["recipient"])(keys.identity)
        sealed: bytes = load(age["encrypt"])(write_bundle(report), [*recipients, own])
        return Prepared(sealed, code, keys.access, own)

    @staticmethod
    def receipt_keys(code: str) -> receipts.Keys:
        """What follows from a receipt code: what opens its thread, and the identity that reads its replies.

        Raises Invalid for a code that was mistyped.
        """
        return receipts.keys_of(code)
