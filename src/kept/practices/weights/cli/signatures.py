"""`kept weights signature`: parse, one service call, render."""

from __future__ import annotations

import os

import click

from kept.interface.terminal import emit, json_option


def add_signatures(group: click.Group) -> None:
    """Add the verbs about OpenSSF model-signing signatures."""

    @group.group(name="signature", help="OpenSSF model-signing signatures, as the model_signing package has them.")
    def signature() -> None:
        pass

    @signature.command(help="Sign every file of MODEL, a folder or a file, sealed or plain, and write OUT.")
    @click.argument("model")
    @click.argument("out")
    @click.option("--key", required=True, metavar="PEM", help="A private key on P-256, P-384 or P-521.")
    @json_option
    def write(model: str, out: str, key: str) -> None:
        from kept.practices.weights.service.signatures import Signatures

        passphrase = os.environ.get("KEPT_MODEL_PASSPHRASE", "")
        made = Signatures.signature_write(model, out, key, passphrase=passphrase.encode() or None)
        emit(made, f"{out} signs {made.parts} files of {made.name}.")

    @signature.command(help="Check that MODEL is exactly what was signed in SIGNATURE; exit 6 where it isn't.")
    @click.argument("model")
    @click.argument("signature", metavar="SIGNATURE")
    @click.option("--key", required=True, metavar="PEM", help="The public key of whoever you trust.")
    @json_option
    def check(model: str, signature: str, key: str) -> None:
        from kept.practices.weights.service.signatures import Signatures

        found = Signatures.signature_check(model, signature, key)
        emit(found, f"{model} is what was signed: {found.parts} files by {found.algorithm}.")
