"""Writes the vectors of verdicts, one for every combination of findings: `python tests/vectors/generate_verdicts.py`.

The decisions stand here by hand, as a table read from the top: the first line that fits a combination decides it.
"""

import json
from itertools import product
from pathlib import Path

FOLDER = Path(__file__).parent / "provenance"
MANIFEST = ("absent", "ours", "other", "untrusted", "broken", "invalid", "unchecked")
WATERMARK = ("absent", "found", "revoked", "unchecked")
REGISTRY = ("unasked", "resolved", "contradicts", "unknown", "offline")
FINGERPRINT = ("none", "agrees", "inconclusive", "disagrees")

# manifest; watermark; registry; fingerprint; verdict; origin. `*` is anything, `/` divides what may stand there.
TABLE = """
ours           ; *             ; *                            ; *                        ; trusted-manifest ; ours
other          ; found         ; resolved                     ; none/agrees/inconclusive ; trusted-manifest ; unknown
other          ; *             ; resolved/contradicts/unknown ; agrees                   ; trusted-manifest ; unknown
other          ; *             ; *                            ; *                        ; trusted-manifest ; other
*              ; found/revoked ; resolved/contradicts         ; disagrees                ; copied-mark      ; unknown
broken/invalid ; found         ; resolved                     ; none/agrees/inconclusive ; tampered         ; ours
broken/invalid ; *             ; resolved/contradicts/unknown ; agrees                   ; tampered         ; ours
broken/invalid ; *             ; *                            ; *                        ; tampered         ; unknown
*              ; found         ; resolved                     ; none/agrees/inconclusive ; recovered        ; ours
*              ; *             ; resolved/contradicts/unknown ; agrees                   ; fingerprint-only ; ours
*              ; *             ; *                            ; *                        ; none             ; unknown
"""


def rows() -> list[tuple[str, ...]]:
    """The lines of the table."""
    return [tuple(cell.strip() for cell in line.split(";")) for line in TABLE.strip().splitlines()]


def fits(pattern: str, state: str) -> bool:
    """Whether a cell of the table allows a state."""
    return pattern == "*" or state in pattern.split("/")


def verdicts() -> list[list[str]]:
    """Every combination with its verdict and origin."""
    found = []
    for states in product(MANIFEST, WATERMARK, REGISTRY, FINGERPRINT):
        row = next(row for row in rows() if all(map(fits, row, states)))
        found.append([*states, *row[4:]])
    return found


def main() -> None:
    """Write the file."""
    FOLDER.mkdir(exist_ok=True)
    lines = ",\n".join(json.dumps(each) for each in verdicts())
    (FOLDER / "verdicts.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
