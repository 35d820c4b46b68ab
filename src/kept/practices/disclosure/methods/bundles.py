"""What is encrypted in a report: a tar archive whose first member is report.json, and whose files stand in files/.

`age -d report.age | tar x` opens it without this program. Plain JSON, or plain text, is read too: whoever encrypts with
nothing but age sends that. Nothing in it is ever unpacked: what is compressed stays as it came.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kept.core import canonical
from kept.errors import Invalid
from kept.practices.disclosure.methods.archives import read_members
from kept.practices.disclosure.methods.file_names import distinct_names
from kept.practices.disclosure.records import Attachment, Conversation, Report, Template, Turn

VERSION = 1
MEMBER = "report.json"
DOCUMENT_LIMIT = 8 * 1024 * 1024
FILES = 32
TURNS = 2_000
"""How many turns a conversation may have; how many of them can be replayed, `kept.core.replay` says."""
_TEXT = 200_000

_Line = Annotated[str, Field(max_length=300)]
_Text = Annotated[str, Field(max_length=_TEXT)]
_Slot = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Turn(_Part):
    role: Literal["system", "user", "assistant", "tool"]
    content: _Text


_Conversation = Annotated[tuple[_Turn, ...], Field(max_length=TURNS)]


class _Template(_Part):
    text: _Text
    slots: Mapping[_Slot, tuple[_Text, ...]] = Field(default_factory=dict, max_length=16)


class _File(_Part):
    name: _Line
    media_type: Annotated[str, Field(max_length=100)] = ""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class _Document(_Part):
    version: Literal[1]
    title: _Line
    what: _Text
    model: _Line = ""
    steps: _Text = ""
    success: _Text = ""
    severity: Literal["low", "medium", "high", "critical", ""] = ""
    harms: tuple[_Line, ...] = Field(default=(), max_length=32)
    conversations: tuple[_Conversation, ...] = Field(default=(), max_length=100)
    template: _Template | None = None
    files: tuple[_File, ...] = Field(default=(), max_length=FILES)
    language: Annotated[str, Field(max_length=35)] = ""
    found: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""
    credit: _Line = ""
    contact: _Line = ""
    source: _Line = ""


def read_bundle(data: bytes) -> Report:
    """The report in what was decrypted. Raises Invalid for an archive or a document that is malformed."""
    if data[257:262] == b"ustar":
        return _from_archive(data)
    if data.lstrip()[:1] == b"{":
        return read_report(data)
    return _from_anything(data)


def read_report(data: bytes, contents: Sequence[bytes] = ()) -> Report:
    """The report in report.json, at most 8 MiB, with the bytes of its files. Raises Invalid for anything else."""
    document = canonical.decode(data, limit=DOCUMENT_LIMIT, what="The report")
    try:
        found = _Document.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "it"
        raise _malformed(f"{place}: {first['msg']}") from error
    if len(contents) != len(found.files):
        raise _malformed(f"it names {len(found.files)} files and holds {len(contents)}")
    for file, content in zip(found.files, contents, strict=True):
        if file.sha256 and file.sha256 != hashlib.sha256(content).hexdigest():
            raise _malformed(f"the bytes of {file.name[:80]!r} are others than it says")
    return _report(found, contents)


def document_of(report: Report) -> dict[str, Any]:
    """What report.json says of a report, as plain JSON values."""
    template = report.template
    return {
        "version": VERSION,
        "title": report.title,
        "what": report.what,
        "model": report.model,
        "steps": report.steps,
        "success": report.success,
        "severity": report.severity,
        "harms": list(report.harms),
        "conversations": [
            [{"role": turn.role, "content": turn.content} for turn in each.turns] for each in report.conversations
        ],
        "template": template and {"text": template.text, "slots": {name: list(held) for name, held in template.slots}},
        "files": [
            {"name": each.name, "media_type": each.media_type, "sha256": each.sha256} for each in report.attachments
        ],
        "language": report.language,
        "found": report.found,
        "credit": report.credit,
        "contact": report.contact,
        "source": report.source,
    }


def write_bundle(report: Report) -> bytes:
    """The archive of a report: what is encrypted. Its members have no owner and no time."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        members = [(MEMBER, canonical.encode(document_of(report)))]
        members += [(f"files/{at}", each.content) for at, each in enumerate(report.attachments, start=1)]
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _from_archive(data: bytes) -> Report:
    try:
        contents = read_members(data, first=MEMBER, most=FILES)
    except ValueError as error:
        raise _malformed(f"in its archive, {error}") from error
    if not contents:
        raise _malformed("it is empty")
    return read_report(contents[0], contents[1:])


def _from_anything(data: bytes) -> Report:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        file = Attachment("report", "application/octet-stream", hashlib.sha256(data).hexdigest(), data)
        return Report("A file without words", "", attachments=(file,))
    if not text.strip() or len(text) > _TEXT or "\x00" in text:
        raise _malformed(f"its text is empty, has more than {_TEXT} characters, or is none")
    title = next((line.strip() for line in text.splitlines() if line.strip()), "A report without words")
    return Report(title[:200], text)


def _report(found: _Document, contents: Sequence[bytes]) -> Report:
    names = distinct_names([file.name for file in found.files])
    plain = found.model_dump(include={"title", "what", "model", "steps", "success", "severity", "harms"})
    more = found.model_dump(include={"language", "found", "credit", "contact", "source"})
    template = found.template
    return Report(
        **plain,
        **more,
        conversations=tuple(
            Conversation(tuple(Turn(turn.role, turn.content) for turn in each)) for each in found.conversations
        ),
        template=Template(template.text, tuple(sorted(template.slots.items()))) if template else None,
        attachments=tuple(
            Attachment(name, file.media_type, hashlib.sha256(content).hexdigest(), content)
            for name, file, content in zip(names, found.files, contents, strict=True)
        ),
    )


def _malformed(why: str) -> Invalid:
    return Invalid(
        f"The report can't be read: {why}.", code="report.malformed", hint="Decrypt it with age, and read it by hand."
    )
