"""How much the public may ask of a checker."""

import math
from dataclasses import dataclass, fields

from kept.errors import Invalid

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class UploadSettings:
    """What [practices.provenance] in kept.toml may say of uploads.

    `upload_bytes` is the most that one may have, and `upload_seconds` how long it may take; `uploads_bytes` is what all
    may hold together, in memory. `checks_at_once` are done at a time; a check costs a second of work, and tells
    something. A caller has `checks_burst` at once, and then `checks_a_minute`.
    """

    upload_bytes: int = 100 * MEBIBYTE
    uploads_bytes: int = 512 * MEBIBYTE
    upload_seconds: float = 300
    checks_at_once: int = 2
    checks_a_minute: float = 10
    checks_burst: int = 10

    def __post_init__(self) -> None:
        """Raises Invalid for a limit under which nothing could be checked."""
        for field in fields(UploadSettings):
            value = getattr(self, field.name)
            kinds = int | float if field.type is float else int
            if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < math.inf:
                raise _wrong(f"{field.name} = {value!r} is no limit", "It is a number above 0.")
        if self.upload_bytes < MEBIBYTE:
            raise _wrong("upload_bytes is less than a MiB", "Count bytes: 104857600 are 100 MiB.")
        if self.uploads_bytes < self.upload_bytes:
            raise _wrong("uploads_bytes is less than upload_bytes", "All uploads together hold one at least.")


def _wrong(what: str, hint: str) -> Invalid:
    return Invalid(f"[practices.provenance] {what}.", code="provenance.uploads", hint=hint)
