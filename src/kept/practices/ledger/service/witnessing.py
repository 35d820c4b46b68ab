"""Asking witnesses to cosign, and remembering, outside the workspace, what they hold."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kept.core import canonical, durable
from kept.core.ledger import Ledger
from kept.core.note import Checkpoint, Note, NoteSignature, VerifierKey
from kept.core.reference import load
from kept.core.witness import AddCheckpoint, read_cosignatures
from kept.errors import Conflict, Invalid, KeptError, Unavailable, Unverified
from kept.practices.ledger.ports import Answer, Ask
from kept.practices.ledger.records import Asked, Party

ANSWERS = "witness-answers.json"
LIMIT = 1024 * 1024
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks the parties about one ledger; `clients` maps a URL's scheme to the way to carry a request."""

    ledger: Ledger
    parties: Sequence[Party]
    clients: Mapping[str, str]
    state: Path
    seconds: float

    def held(self) -> Mapping[str, int]:
        """What each witness (by its key) was last known to hold. Raises Unverified when the file is damaged."""
        path = self.state / ANSWERS
        try:
            found = canonical.decode(path.read_bytes(), limit=LIMIT, what=str(path))
        except FileNotFoundError:
            return {}
        except Invalid as error:
            raise Unverified(
                f"What witnesses answered, {path}, is damaged.",
                code="witness.answers-damaged",
                hint="Remove it; the witnesses will be asked again.",
            ) from error
        if not isinstance(found, dict) or not all(isinstance(size, int) for size in found.values()):
            raise Unverified(f"What witnesses answered, {path}, is damaged.", code="witness.answers-damaged")
        return found

    async def cosign(self, note: Note) -> tuple[tuple[Asked, ...], tuple[NoteSignature, ...]]:
        """Ask every party at once to cosign `note`; a failing one doesn't keep the others from it.

        Raises Conflict when a witness holds another history of this log.
        """
        answers = await asyncio.gather(*(self._cosign(party, note) for party in self.parties))
        size = Checkpoint.parse(note.text).size
        self._remember({party.key: size for party, (_, found) in zip(self.parties, answers, strict=True) if found})
        return tuple(asked for asked, _ in answers), tuple(one for _, found in answers for one in found)

    async def _cosign(self, party: Party, note: Note) -> tuple[Asked, tuple[NoteSignature, ...]]:
        name = VerifierKey.parse(party.key).name
        try:
            found = await self._exchange(party, note)
        except Conflict:
            raise
        except Unavailable as error:
            return Asked(name, "unavailable", detail=error.message), ()
        except KeptError as error:
            return Asked(name, "refused", detail=error.message), ()
        return Asked(name, "cosigned", size=Checkpoint.parse(note.text).size), found

    async def _exchange(self, party: Party, note: Note) -> tuple[NoteSignature, ...]:
        size = Checkpoint.parse(note.text).size
        old = min(self.held().get(party.key, 0), size)
        for _ in range(3):
            answer = await self._ask(party, self._request(old, note))
            stale = _stale_size(answer)
            if stale is None:
                break
            if stale > size:
                raise _behind(party, holds=stale, size=size)
            old = stale
        if answer.status != 200:
            raise _refusal(party, answer)
        return read_cosignatures(answer.body, text=note.text, keys=[VerifierKey.parse(party.key)])

    def _request(self, old: int, note: Note) -> bytes:
        size = Checkpoint.parse(note.text).size
        return AddCheckpoint(old, self.ledger.prove_consistency(old, size), note).to_bytes()

    async def _ask(self, party: Party, body: bytes) -> Answer:
        scheme = party.url.partition(":")[0]
        ask: Ask = load(self.clients[scheme])
        return await ask(party.url, body, seconds=self.seconds)

    def _remember(self, sizes: Mapping[str, int]) -> None:
        known = dict(self.held())
        for key, size in sizes.items():
            known[key] = max(size, known.get(key, 0))
        if known:
            durable.write(self.state / ANSWERS, canonical.encode(known))


def _stale_size(answer: Answer) -> int | None:
    """The size that the witness says it holds, in an answer that says so."""
    match = _SIZE.fullmatch(answer.body) if answer.status == 409 and answer.media_type == "text/x.tlog.size" else None
    return int(match[1]) if match else None


def _behind(party: Party, *, holds: int, size: int) -> Conflict:
    return Conflict(
        f"The witness at {party.url} holds {holds} entries of this log, and the checkpoint has {size}: this workspace "
        "was restored from an older copy.",
        code="ledger.fork",
        hint="Go on with the workspace that published last.",
    )


def _refusal(party: Party, answer: Answer) -> KeptError:
    detail = answer.body[:200].decode(errors="replace").strip()
    if answer.status in (409, 422):
        return Conflict(
            f"The witness at {party.url} holds another history of this log (HTTP {answer.status}). {detail}",
            code="ledger.fork",
            hint="Go on with the workspace that published last.",
        )
    if answer.status in (403, 404):
        return Unverified(
            f"The witness at {party.url} does not know this log or its key (HTTP {answer.status}). {detail}",
            code="witness.unknown",
            hint="Send its keeper your log's key: kept ledger key list",
        )
    if answer.status == 400:
        return Invalid(f"The witness at {party.url} finds the request malformed. {detail}", code="witness.malformed")
    return Unavailable(f"The witness at {party.url} answered HTTP {answer.status}. {detail}", code="witness.status")
