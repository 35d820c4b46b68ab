"""How reports are shown at a terminal, and their files written to a new folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kept.errors import Conflict, Unavailable

if TYPE_CHECKING:
    from kept.practices.disclosure.records import Report, Sealed


def sealed_line(found: Sealed) -> str:
    """A report in one line."""
    state = "discarded" if found.discarded else "released" if found.released else "sealed"
    return (
        f"{found.id}  {found.received}  {found.programme} v{found.version}  {found.route}  {state}  {found.bytes:,} B"
    )


def sealed_lines(found: Sealed) -> list[str]:
    """How a report lies there."""
    return [
        sealed_line(found),
        f"May be read by: {found.readers}; sealed to {found.keys} keys",
        f"Recorded at index {found.recorded}",
        f"Receipt: {found.receipt}; {found.messages} messages",
    ]


def report_value(found: Report) -> dict[str, Any]:
    """A report as plain JSON values, without the bytes of its files."""
    from kept.practices.disclosure.methods.bundles import document_of

    return document_of(found)


def report_lines(found: Report) -> list[str]:
    """A report for people."""
    return list(_lines(found))


def _lines(found: Report) -> Iterator[str]:
    yield found.title
    yield from (
        f"{name}: {value}"
        for name, value in (
            ("Model", found.model),
            ("Severity claimed", found.severity),
            ("Found", found.found),
            ("Harms", ", ".join(found.harms)),
            ("Thanks go to", found.credit),
            ("Contact", found.contact),
        )
        if value
    )
    for title, text in (("What", found.what), ("Steps", found.steps), ("Shown by", found.success)):
        if text:
            yield from ("", f"{title}:", *text.splitlines())
    for number, each in enumerate(found.conversations, start=1):
        yield from ("", f"Conversation {number}:")
        for turn in each.turns:
            first, *more = turn.content.splitlines() or [""]
            yield from (f"  {turn.role}: {first}", *(f"    {line}" for line in more))
    if found.template:
        yield from ("", "Template:", *found.template.text.splitlines())
        yield from (f"  {name}: {', '.join(values)}" for name, values in found.template.slots)
    for file in found.attachments:
        yield f"File {file.name}: {len(file.content):,} bytes, sha256 {file.sha256}"


def write_files(found: Report, folder: Path | None) -> None:
    """Write the files of a report to a new folder, under names made harmless.

    Raises Conflict where it exists, and Unavailable where it can't be written.
    """
    if folder is None:
        return
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError as error:
        raise Conflict(f"{folder} exists already.", code="files.exist", hint="Name a new folder.") from error
    except OSError as error:
        raise Unavailable(f"{folder} can't be made: {error.strerror}.", code="files.unwritable") from error
    for each in found.attachments:
        try:
            (folder / each.name).write_bytes(each.content)
        except OSError as error:
            raise Unavailable(f"{each.name} can't be written: {error.strerror}.", code="files.unwritable") from error
