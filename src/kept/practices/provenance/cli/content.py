"""`kept provenance mark` and `check`: parse, one service call, render."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from kept.errors import Conflict
from kept.interface.terminal import emit, json_option

if TYPE_CHECKING:
    from rich.console import Console

    from kept.practices.provenance.records import Verdict
    from kept.practices.provenance.service import Service

# What each verdict says, and does not say, in one sentence.
PLAIN = {
    "trusted-manifest": "A trusted key signed a manifest for exactly this content.",
    "recovered": "Our mark is in it and leads to our registry; nothing speaks against it.",
    "fingerprint-only": "It looks like content that we registered; no mark of ours that counts leads there.",
    "copied-mark": "Our mark is in it, and was copied from other content.",
    "tampered": "It carries a manifest that does not hold: the content or the manifest was changed.",
    "none": "Nothing was found. That does not say that no AI made it.",
}


def add_content(group: click.Group, service: Callable[[], Service]) -> None:
    """Add the verbs about one piece of content."""

    @group.command(help="Mark IN as made by a model, and write it to OUT: whole, or not at all.")
    @click.argument("source", metavar="IN")
    @click.argument("target", metavar="OUT")
    @click.option("--model", required=True, help="Its id (sha256:…), its name in kept.toml, or its URI.")
    @click.option("--media-type", default="", help="What IN is; told by its first bytes without this.")
    @click.option("--edited", is_flag=True, help="The model changed what somebody else had made, rather than made it.")
    @click.option("--in-place", is_flag=True, help="Let OUT be IN.")
    @json_option
    def mark(source: str, target: str, model: str, media_type: str, edited: bool, in_place: bool) -> None:
        from kept.practices.provenance.backends.places import PLACES
        from kept.practices.provenance.methods import media

        if not in_place and PLACES.same(source, target):
            raise Conflict(f"{target} is the input.", code="mark.in-place", hint="Name another file, or --in-place.")
        data = PLACES.read(source, limit=media.LIMITS.bytes, named=True)
        made = service().mark(data, _type(data, source, target, media_type), model, edited=edited)
        PLACES.put(target, made)
        emit({"file": target, "bytes": len(made), "sha256": _digest(made)}, f"{target} is marked.")

    @group.command(help="Tell whether FILE was made here: the verdict on its manifest, mark, entry and fingerprint.")
    @click.argument("file")
    @click.option("--media-type", default="", help="What FILE is; told by its first bytes without this.")
    @json_option
    def check(file: str, media_type: str) -> None:
        from kept.practices.provenance.backends.places import PLACES
        from kept.practices.provenance.methods import media

        data = PLACES.read(file, limit=media.LIMITS.bytes, named=True)
        verdict = service().check(data, _type(data, file, "", media_type))
        emit(verdict.document(), lambda console: _print_verdict(verdict, console))


def _type(data: bytes, source: str, target: str, given: str) -> str:
    """The media type that was given, or that the names speak of, or that the content shows. Raises Invalid."""
    from kept.errors import Invalid
    from kept.practices.provenance.methods import media

    found = given or media.named(source) or media.sniff(data)
    wanted = media.named(target)
    if wanted is not None and wanted != media.canonical(found):
        raise Invalid(
            f"{target} names another format than {source} has ({found}).",
            code="mark.format",
            hint="Content is marked as it is; convert it before.",
        )
    return found


def _digest(data: bytes) -> str:
    import hashlib

    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _print_verdict(verdict: Verdict, console: Console) -> None:
    from rich.markup import escape

    document = verdict.document()
    console.print(f"[bold]{verdict.verdict}[/bold]: {PLAIN[verdict.verdict]}")
    console.print(f"origin: {verdict.origin}")
    for conflict in verdict.conflicts:
        console.print(f"conflict: {conflict}")
    for name in ("model", "content_id"):
        if document[name] is not None:
            console.print(f"{name.replace('_', ' ')}: {escape(document[name])}")
    if verdict.p_value is not None:
        console.print(f"mark: chance on unmarked content at most {verdict.p_value:.1e}")
    for name in ("manifest", "fingerprint"):
        if document[name] is not None:
            console.print(f"{name}: {escape(document[name]['state'])}")
