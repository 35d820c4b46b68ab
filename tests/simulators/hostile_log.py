"""A provider, and whoever signs with it, who put harm into every text that a statement may hold, under their true keys.

Nobody lists the fields: each predicate's JSON schema tells which of its texts are free, and how free. `FOLLOWS` names
those that aren't all the same, since a reader computes them again or looks them up.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection

from kept.core.actor import Actor
from kept.core.erasure import ERASURE_TYPE
from kept.core.ledger import Draft, Ledger, Receipt
from kept.core.model import Established, Identity
from kept.core.statement import Envelope, Statement, Subject
from kept.core.trust import KEY_EVENT_TYPE
from kept.predicates import (
    campaign_plan,
    campaign_result,
    comparison,
    dataset_measurement,
    defensive_study,
    detector_evaluation,
    disclosure_summary,
    external_finding,
    gate_decision,
    imported_evaluation,
    insider_exercise,
    judge_calibration,
    mapping_confirmation,
    preregistration,
    provenance_coverage,
    uplift_study,
)
from kept.predicates.gate_decision import GateDecision, Policy
from kept.predicates.schemas import schemas
from simulators import comparisons, studies
from simulators.campaigns import Design
from simulators.comparisons import Log
from simulators.every_type import record_every_type
from simulators.provider import NOBODY, PROVIDER, Provider

Schema = Mapping[str, Any]
Write = Callable[[str, Schema, str], str]

MARK = "pwned=1"
MARKUP = (
    '"><img src=x onerror=window.pwned=1>'
    "<script>window.pwned=1</script></script><script>window.pwned=1</script>'><svg onload=window.pwned=1>"
    "<iframe src=javascript:window.pwned=1></iframe><a href=javascript:window.pwned=1>{{7*7}}${7*7}{%raw%}<!--&lt;]]>"
    "</title></style><style>*{display:none}</style><meta http-equiv=refresh content=0;url=https://x.example/>"
    "<base href=https://x.example/><form action=//x.example><input autofocus onfocus=window.pwned=1>"
)
# From right to left, under a hundred accents, and without a place to break.
WIDE = " سلام חברת א\u0308 Z" + "\u0338\u0361" * 50 + " 漢字" + "w" * 250
LINE = MARKUP + WIDE
PROSE = f"{MARKUP}\n{WIDE}\n\n# {MARKUP}\n\n| a | b |\n\n---\nkey: value\n"
# What only the loosest fields take: directions that are never given back, and controls.
CONTROLS = f"\u202e\u2067{MARKUP}\x00\x07\x1b[31m\r\x85\u2028\ufeff\u202d{WIDE}"
ADDRESS = "https://" + "".join(sign for sign in MARKUP if "!" <= sign <= "~") + "w" * 250
NAME = "w" * 64
LONGEST = 4096  # of a text to which its schema sets no end

EVIL = Identity(name=LINE[:256], established=cast("Established", LINE), evidence=LINE)
TWIN = replace(EVIL, name=(LINE * 9)[:3900])
ORIGIN = ADDRESS.removeprefix("https://")[:250]

FIGURES = (r".*\.method",)
FOLLOWS: Mapping[str, Sequence[str]] = {
    campaign_result.TYPE: (*FIGURES, r"\.truth_comparison\b.*"),
    comparison.TYPE: FIGURES,
    dataset_measurement.TYPE: FIGURES,
    defensive_study.TYPE: FIGURES,
    detector_evaluation.TYPE: FIGURES,
    disclosure_summary.TYPE: FIGURES,
    external_finding.TYPE: FIGURES,
    imported_evaluation.TYPE: FIGURES,
    insider_exercise.TYPE: FIGURES,
    provenance_coverage.TYPE: FIGURES,
    judge_calibration.TYPE: (r"\.agreement\.method",),
    uplift_study.TYPE: FIGURES,
    mapping_confirmation.TYPE: (r"\.item",),
}
# What an entry's model is the digest of, or what a gate can be computed from: harmful here by other ways than a change.
LEFT: Mapping[str, Sequence[str]] = {
    campaign_plan.TYPE: (r"\.model\b.*", r"\.parties\b.*"),
    gate_decision.TYPE: (r"\.reasons\[\]", r"\.policy\.required\[\]"),
}
TRIED = frozenset(
    {
        campaign_plan.TYPE,
        campaign_result.TYPE,
        comparison.TYPE,
        gate_decision.TYPE,
        judge_calibration.TYPE,
        preregistration.TYPE,
    }
)
"""Types whose short names are those of what was tried, which `Design` gives."""
PRINTED = {"type": "string", "maxLength": 1024, "pattern": r"^[^\u0000-\u001f\u007f-\u009f\u2028\u202a-\u202e\ufeff]*$"}
# The two types that the ledger itself reads have no schema.
OWN: Mapping[str, Schema] = {
    ERASURE_TYPE: {"properties": {"reason": {"type": "string", "maxLength": 4096}}},
    KEY_EVENT_TYPE: {"properties": {"key": {"properties": {"name": PRINTED}}, "issued": PRINTED, "by": PRINTED}},
}


@cache
def known_schemas() -> Mapping[str, Schema]:
    """By type, the schema of its predicate."""
    return {**schemas(), **OWN}


def changed(kind: str, predicate: Mapping[str, Any], write: Write) -> dict[str, Any]:
    """The predicate with each of its texts as `write` has it, from its path, its schema and itself."""
    schema = known_schemas()[kind]
    found: dict[str, Any] = _changed(schema, predicate, write, "", schema.get("$defs", {}))
    return found


def declared(kind: str) -> Iterator[tuple[str, Schema]]:
    """The path and the schema of each text of a type; of an object that may hold anything, its path."""
    schema = known_schemas()[kind]
    yield from dict(_declared(schema, "", schema.get("$defs", {}))).items()


@cache
def _worst(longest: int, pattern: str) -> str | None:
    for text in (CONTROLS, PROSE, LINE, ADDRESS):
        fitting = (text * (longest // len(text) + 1))[:longest]
        if re.search(pattern, fitting):
            return fitting
    return None


def worst(schema: Schema) -> str | None:
    """The worst text that a field takes; None where it takes none of those that mean harm."""
    if "enum" in schema or "const" in schema:
        return None
    return _worst(schema.get("maxLength", LONGEST), schema.get("pattern", ""))


def spoiled(statement: Statement) -> Statement:
    """The statement with the worst that each of its texts may be."""
    kind = statement.predicate_type
    if kind not in known_schemas():
        return statement

    def write(path: str, schema: Schema, text: str) -> str:
        # Where nothing is said, another field tells that there is nothing to say.
        if (
            not text
            or MARK in text
            or any(re.fullmatch(one, path) for one in (*FOLLOWS.get(kind, ()), *LEFT.get(kind, ())))
        ):
            return text
        named = kind not in TRIED and re.search(schema.get("pattern", " "), NAME)
        return worst(schema) or (NAME if named and "enum" not in schema else text)

    subjects = tuple(Subject(LINE, one.digest) for one in statement.subjects)
    return Statement(subjects, kind, changed(kind, statement.predicate, write))


class Insider(Ledger):
    """Signs, in the name of whoever it was asked for, something worse than that."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._asked: dict[bytes, Actor] = {}

    def record(
        self, drafts: Sequence[Draft] | Draft, *, by: Actor, rows: Callable[[Connection], None] | None = None
    ) -> tuple[Receipt, ...]:
        listed = [drafts] if isinstance(drafts, Draft) else drafts
        return super().record([replace(each, statement=spoiled(each.statement)) for each in listed], by=by, rows=rows)

    def sign(self, statement: Statement, *, by: Actor) -> Envelope:
        signed = super().sign(statement, by=by)
        self._asked[signed.payload] = by
        return signed

    def record_signed(
        self, envelope: Envelope, *, model: str = "", rows: Callable[[Connection], None] | None = None
    ) -> Receipt:
        draft = Draft(envelope.statement(), model=model)
        return self.record(draft, by=self._asked[envelope.payload], rows=rows)[0]

    def erase(self, index: int, *, by: Actor, reason: str) -> Receipt:
        return super().erase(index, by=by, reason=_worst(4096, "") or reason)


def hostile_provider(folder: Path) -> Provider:
    """A provider whose name, log, key, models and every statement mean harm; its log holds every type."""
    made = Provider(folder, organisation=LINE[:256], origin=ORIGIN, signer=LINE, kind_of_ledger=Insider)
    small = Design(model=EVIL, domains=("bio", NAME), strategies=("plain", f"s{NAME[1:]}"), prompts=6, succeeding=0.3)
    own = replace(comparisons.SMALL, domains=("bio", NAME))
    log = Log(before=replace(own, model=EVIL), after=replace(own, model=TWIN, succeeding=0.4))
    record_every_type(made, small, log=log)
    _decide_on_what_is_gone(made)
    for kind in (f"https://x.example/{LINE}\r\u2028/a-b/v1", f"https://x.example/{CONTROLS}", LINE):
        stranger = Statement((Subject(LINE, {"sha256": "00"}),), kind, {"model": LINE, LINE: LINE})
        made.ledger.record(Draft(stranger, model=LINE), by=PROVIDER)
    void = external_finding.ExternalFinding.of(**studies.finding(model=EVIL.id)).to_statement()
    made.ledger.record(Draft(void, model=EVIL.id), by=NOBODY)
    return made


def _decide_on_what_is_gone(provider: Provider) -> None:
    """A decision of the gate that nobody can compute again, since what it was judged on was erased in part."""
    policy = Policy(required=(LINE[:256],))
    fields = {"policy": policy, "policy_digest": policy.digest, "reasons": (CONTROLS, LINE)}
    made = GateDecision.of(
        model=EVIL.id,
        decision="closed",
        rules=1,
        catalog="sha256:" + "0" * 64,
        size=provider.ledger.size(),
        issued="2026-11-22T07:30:00Z",
        by=LINE[:256],
        **fields,
    )
    provider.ledger.record(Draft(made.to_statement(), model=EVIL.id), by=PROVIDER)


def _changed(schema: Schema, value: Any, write: Write, path: str, defs: Schema) -> Any:
    schema = _branch(schema, value, defs)
    if isinstance(value, str):
        return write(path, schema, value)
    if isinstance(value, list | tuple):
        led = schema.get("prefixItems", ())
        each = [led[at] if at < len(led) else schema.get("items") or {} for at in range(len(value))]
        return [_changed(one, item, write, f"{path}[]", defs) for one, item in zip(each, value, strict=True)]
    if isinstance(value, Mapping):
        held, rest = schema.get("properties", {}), {} if "properties" not in schema else {"const": ""}
        return {
            name: _changed(held.get(name, rest), item, write, f"{path}.{name}", defs) for name, item in value.items()
        }
    return value


def _branch(schema: Schema, value: Any, defs: Schema) -> Schema:
    """The schema that speaks of a value: behind references, and of several the first that it fits."""
    if "$ref" in schema:
        return _branch(defs[schema["$ref"].rpartition("/")[2]], value, defs)
    several = schema.get("anyOf") or schema.get("oneOf") or ()
    found = [one for one in (_branch(each, value, defs) for each in several) if _fits(one, value)]
    return found[0] if found else schema


def _fits(schema: Schema, value: Any) -> bool:
    kinds = {"string": str, "object": Mapping, "array": list | tuple, "null": type(None), "boolean": bool}
    if not isinstance(value, kinds.get(schema.get("type", ""), object)):
        return False
    held = schema.get("properties", {})
    named = [one["const"] == value.get(name) for name, one in held.items() if "const" in one]
    return all(named) and (not held or set(value) <= set(held))


def _declared(schema: Schema, path: str, defs: Schema) -> Iterator[tuple[str, Schema]]:
    if "$ref" in schema:
        yield from _declared(defs[schema["$ref"].rpartition("/")[2]], path, defs)
    elif schema.get("type") == "string" or (schema.get("type") == "object" and "properties" not in schema):
        yield path, schema
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _declared(each, path, defs)
    for name, each in schema.get("properties", {}).items():
        yield from _declared(each, f"{path}.{name}", defs)
    for each in (*schema.get("prefixItems", ()), schema.get("items")):
        if isinstance(each, Mapping):
            yield from _declared(each, f"{path}[]", defs)
