"""What opens a door: keys and tokens, by their issuers' shapes, by what stands before them, and by their entropy."""

import math
import re
from collections import Counter

from kept.practices.sharing.methods.scanning.finding import Detector

_BITS, _HEX_BITS = 3.6, 3.0
_WORD = re.compile(r"[a-z]{4,}|[A-Z][a-z]{3,}")
_HEX = re.compile(r"[0-9a-f]+|[0-9A-F]+")


def entropy(text: str) -> float:
    """Bits for each character, by how often each occurs (Shannon 1948)."""
    counts = Counter(text)
    return sum(-count / len(text) * math.log2(count / len(text)) for count in counts.values())


def _random(text: str) -> bool:
    """Whether letters and digits are mixed as nobody writes: no words, and much entropy."""
    if _HEX.fullmatch(text):
        return len(text) >= 32 and entropy(text) >= _HEX_BITS
    kinds = sum(map(bool, (re.search("[a-z]", text), re.search("[A-Z]", text), re.search("[0-9]", text))))
    worded = sum(map(len, _WORD.findall(text)))
    return kinds == 3 and entropy(text) >= _BITS and worded < len(text) / 2


def _said(text: str) -> bool:
    """Whether a value after `password:` is one: a word of plain letters may be only what a sentence goes on with."""
    return not text.isalpha() or (len(text) >= 10 and entropy(text) >= _BITS) or not (text.islower() or text.istitle())


_ISSUED = (
    r"(?:AKIA|ASIA|AGPA|AROA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_\w{40,255}|glpat-[\w-]{20,}"
    r"|sk-(?:[a-z]{2,12}-){0,2}[A-Za-z0-9_-]{20,}|[srp]k_(?:live|test)_[0-9A-Za-z]{16,}|xox[abeoprs]-[\w-]{10,}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[\w-]{50,}|dop_v1_[0-9a-f]{64}|AGE-SECRET-KEY-1[0-9A-Z]{58}|kept-(?:peer-)?[0-9a-f]{16}\.[\w-]{20,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}|EAA[A-Za-z0-9]{40,}|[0-9]{8,10}:AA[\w-]{33}"
)
SECRETS = (
    Detector("private key", re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")),
    Detector("issued key", re.compile(rf"(?<![\w-])(?:{_ISSUED})(?![\w-])")),
    Detector(
        "credentials in an address", re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@]{1,64}:(?P<it>[^\s/@]{1,128})@")
    ),
    Detector(
        "password",
        re.compile(
            r"(?i:\b(?:password|passwd|passphrase|pwd|api[_ -]?key|secret(?:[_ -]?key)?|access[_ -]?token"
            r"|auth[_ -]?token|bearer|token|pin)\b)(?i:\s+is)?\s*(?:[:=]\s*|\s)[\"'`]?(?P<it>[^\s\"'`,;]{6,200})"
        ),
        lambda text: _said(text.rstrip(".)")),
    ),
    Detector("identifier", re.compile(r"(?<![\w-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-])")),
    Detector("random token", re.compile(r"(?<![\w/+=.-])[A-Za-z0-9_+/=-]{20,512}(?![\w/+=-])"), _random),
)
