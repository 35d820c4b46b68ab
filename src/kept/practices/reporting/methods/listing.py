"""The statements of a report as every format lists them."""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kept.practices.reporting.methods.statements import read_entry

KIND = re.compile(r".*/([a-z0-9-]+)/v[0-9]+")


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of the log: its kind in words, the hexadecimal salted digest, and signed, void or erased by which."""

    index: int
    kind: str
    predicate: str
    model: str
    digest: str
    state: str


def listing(report: Mapping[str, Any]) -> Iterator[Listed]:
    """Every statement of a verified report, in the log's order."""
    void = frozenset(report["derived"]["void"])
    for held, encoded in zip(report["statements"], report["log"]["entries"], strict=True):
        index = held["index"]
        entry = read_entry(index, base64.b64decode(encoded))
        state = f"erased by statement {held['erased']}" if "erased" in held else "void" if index in void else "signed"
        yield Listed(
            index=index,
            kind=KIND.sub(r"\1", entry.predicate).replace("-", " "),
            predicate=entry.predicate,
            model=entry.model,
            digest=entry.digest.removeprefix("sha256:"),
            state=state,
        )
