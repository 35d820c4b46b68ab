"""The page and the report that it embeds: compressed, in base64, in one script element that runs nothing."""

import base64
import binascii
import zlib

from kept.errors import Unverified

LIMIT = 256 * 1024 * 1024
EMBEDDED = "kept-report"
BEGIN, END = f'<script type="application/octet-stream" id="{EMBEDDED}">', "</script>"
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def escape(json_text: str) -> str:
    """JSON that can stand inside a script element: it can't end the element, nor start a comment or a line."""
    for character, replacement in UNSAFE.items():
        json_text = json_text.replace(character, replacement)
    return json_text


def pack(encoded: bytes) -> str:
    """The bytes of a report as a page embeds them: zlib (RFC 1950) in base64."""
    return base64.b64encode(zlib.compress(encoded, 6)).decode()


def unpack(packed: str) -> bytes:
    """The bytes that were packed, at most 256 MiB. Raises Unverified for anything that `pack` can't have written."""
    try:
        compressed = base64.b64decode(packed.encode("ascii"), validate=True)
        reader = zlib.decompressobj()
        found = reader.decompress(compressed, LIMIT + 1)
    except (binascii.Error, UnicodeEncodeError, zlib.error) as error:
        raise Unverified(
            f"The report embedded in index.html can't be unpacked: {error}.", code="report.page"
        ) from error
    if base64.b64encode(compressed).decode() != packed or not reader.eof or reader.unused_data or len(found) > LIMIT:
        raise Unverified("The report embedded in index.html is not one whole report.", code="report.page")
    return found


def check(page: bytes, *, made: bytes, encoded: bytes) -> None:
    """Check that the page is the one `made` of the report `encoded`, however either was compressed.

    Raises Unverified, telling where they part.
    """
    before, packed, after = parts(page)
    if unpack(packed) != encoded:
        raise Unverified("The report embedded in index.html is not report.json.", code="report.page")
    expected_before, _, expected_after = parts(made)
    for found, expected in ((before, expected_before), (after, expected_after)):
        if found != expected:
            raise Unverified(
                f"index.html is not what report.json gives: {_parting(found, expected)}.", code="report.page"
            )


def parts(page: bytes) -> tuple[str, str, str]:
    """What stands before, in and behind the embedded report. Raises Unverified where there is none."""
    try:
        text = page.decode()
    except UnicodeDecodeError as error:
        raise Unverified(f"index.html is not UTF-8 at byte {error.start}.", code="report.page") from error
    before, begin, rest = text.partition(BEGIN)
    packed, end, after = rest.partition(END)
    if not begin or not end:
        raise Unverified("index.html embeds no report.", code="report.page")
    return before, packed, after


def _parting(found: str, expected: str) -> str:
    at = next((at for at, (one, other) in enumerate(zip(found, expected, strict=False)) if one != other), None)
    at = min(len(found), len(expected)) if at is None else at
    line = found.count("\n", 0, at) + 1
    return f"line {line} reads {found[max(0, at - 20) : at + 40]!r}, not {expected[max(0, at - 20) : at + 40]!r}"
