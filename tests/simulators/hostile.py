"""Reports whose every word was written by somebody who means harm, or who writes in another script."""

import copy
from collections.abc import Mapping
from typing import Any

MARKUP = (
    '</script><script>alert(1)</script> #panic() #import "/etc/passwd": * $x$ @ref <label> [a](javascript:x) | `x` '
    '\\u{7} #eval("1") {{7*7}} ${7*7} --- \n---\nkey: value\n# heading\n%PDF-1.7 *bold* _it_ ~s~ // /* https://x.example'
)
ARABIC = "شركة ألف للذكاء الاصطناعي"
HEBREW = "חברת אלף לבינה מלאכותית"
COMBINING = "Z̸̢̛͎͚a̴͎̽l̷̫̓g̵̭̈o̸ " + "e" + "\u0301" * 400
STRANGE = (
    "中文 😀 한국 हिन्दी ไทย \ue000 \uffff "
    "\x00\x07\x1b[31m \u202eevil\u202c \u2066x\u2069 \u2028 \ufeff \x85 \x9f א\u093f"
)
LONG = "x" * 100_000
LONG_WORDS = "سلام" * 25_000
TEXTS = {
    "markup": MARKUP,
    "arabic": ARABIC,
    "hebrew": HEBREW,
    "combining": COMBINING,
    "strange": STRANGE,
    "long": LONG,
    "long and right to left": LONG_WORDS,
}
CLAIM = ("domain", "strategy", "language", "assurance")


def poisoned(report: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The report with `text` in every field that is read by people; what is a key or a time stays."""
    found: dict[str, Any] = copy.deepcopy(dict(report))
    derived = found["derived"]
    found["organisation"]["name"] = found["generator"] = found["log"]["origin"] = text
    found["log"]["checkpoint"] = f"{text}\n"
    for source in found["catalog"]["sources"]:
        source["title"] = source["date"] = text
    for commitment in found["catalog"]["commitments"]:
        commitment["title"] = commitment["summary"] = text
    for model in derived["models"]:
        model["name"] = model["established"] = model["evidence"] = text
    for status in derived["statuses"]:
        status["state"], status["missing"] = text, [text] * 3
        for finding in status["findings"]:
            finding["why"] = text
    for campaign in derived["campaigns"]:
        campaign["reason"] = campaign["state"] = text
    for claim in derived["claims"]:
        claim.update(dict.fromkeys(CLAIM, text))
        claim["probes"] = [text]
        claim["estimate"]["method"] = claim["worst"]["method"] = text
        claim["reproduce"] = {"command": text}
    for matrix in derived["coverage"]:
        matrix["domains"] = [text]
        for cell in matrix["cells"]:
            cell["domain"] = cell["language"] = text
    for each in derived["sections"]:
        for section in each["sections"]:
            part = {"index": 0, "model": each["model"], "author": text, "role": text, "date": text, "text": text}
            section.update(state="written", part=part)
    for framework in derived["answers"]:
        said = {"model": "", "state": text, "name": text, "role": text, "note": text, "statements": [0]}
        framework["items"][0]["confirmed"] = [said]
    target = {"kind": "claim", "claim": text, "statement": None, "known": False}
    answer = {"index": 0, "position": text, "text": text, "issued": None, "actors": [text]}
    dispute = {"index": 0, "state": text, "author": text, "text": text, "issued": None, "answers": [answer]}
    derived["disputes"] = [{"target": target, "state": text, "disputes": [dispute]}]
    hidden = {"statement": 0, "names": [text], "hidden": 1, "reason": text, "why": text, "until": text, "state": text}
    derived["withheld"] = [{**hidden, "reviews": [{"name": text, "verdict": text}]}]
    said = {"index": 0, "issued": None, "actors": [text], "name": text, "role": text}
    review = {"name": text, "verdict": text, "note": text}
    gate = {
        "decisions": [{**said, "decision": text, "reasons": [text]}],
        "overrides": [{**said, "state": text, "reason": text, "reviews": [review]}],
        "vetoes": [{**said, "event": text, "reason": text}],
    }
    derived["gates"] = [{"model": text, "state": text, **gate}]
    for release in derived["register"]["releases"]:
        release["name"] = release["version"] = text
    return found
