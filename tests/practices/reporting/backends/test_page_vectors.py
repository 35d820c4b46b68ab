"""The browser's verifier agrees with Python on every vector: estimates, facts, statuses, statements and trust."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from kept.core import canonical
from kept.core.commitments import catalog

VECTORS = Path(__file__).parents[3] / "vectors"
# What only a strict reader of files refuses; the browser reads trust files that their owner made.
COMMITMENTS = sorted(path.stem for path in (VECTORS / "status").glob("*.json"))

# Runs `work` and tells what it gave, or why it did not.
ATTEMPT = """
async (work) => {
  try { return { value: await work() }; }
  catch (error) { return { error: error.message, kind: error.constructor.name }; }
}
"""


def vectors(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((VECTORS / name).read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def page(page: Page) -> Page:
    page.evaluate(f"window.attempt = {ATTEMPT}")
    return page


def run(page: Page, work: str, argument: Any) -> Any:
    """What the JavaScript expression `work` gives for `it`, for all cases in one call."""
    each = f"for (const it of cases) told.push(await attempt(async () => {work}));"
    return page.evaluate(
        f"async (cases) => {{ const k = window.kept; const told = []; {each} return told; }}", argument
    )


def names(cases: list[dict[str, Any]], told: list[dict[str, Any]], wrong: Any) -> list[str]:
    return [case["name"] for case, one in zip(cases, told, strict=True) if wrong(case, one)]


def close(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return set(one) == set(other) and all(close(one[key], other[key]) for key in one)
    if isinstance(one, float) or isinstance(other, float):
        return abs(one - other) <= 1e-9
    return bool(one == other)


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("clopper_pearson", "k.clopperPearson(it.arguments[0], it.arguments[1], it.level, it.unassessed)"),
        ("clustered", "k.clustered(it.arguments[0], it.level, it.unassessed)"),
        ("rate", "k.rate(it.arguments[0], it.level)"),
        ("worst_case", "k.worstCase(it.arguments[0], it.level)"),
    ],
)
def test_estimates_are_the_same(page: Page, function: str, call: str) -> None:
    cases = [
        {**case, "level": case["options"].get("level", 0.95), "unassessed": case["options"].get("unassessed", 0)}
        for name in ("intervals", "clusters")
        for case in vectors(f"estimate/{name}.json")
        if case["function"] == function
    ]
    assert cases
    told = run(page, call, cases)
    assert not names(cases, told, lambda case, one: not close(case["expect"], one.get("value")))


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("stopping_point", "k.stoppingPoint(it.arguments[0], it.options.bound, it.options.alpha)"),
        ("anytime", "k.anytime(it.arguments[0], it.options.level ?? 0.95)"),
    ],
)
def test_a_sequential_test_stops_at_the_same_prompt(page: Page, function: str, call: str) -> None:
    cases = [case for case in vectors("estimate/sequential.json") if case["function"] == function and "expect" in case]
    assert cases
    told = run(page, call, cases)
    assert not names(cases, told, lambda case, one: not close(case["expect"], one.get("value")))


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("corrected", "k.corrected(it.arguments[0], it.arguments[1], it.options.level ?? 0.95)"),
        ("corrected_worst_case", "k.correctedWorstCase(it.arguments[0], it.arguments[1], it.options.level ?? 0.95)"),
        (
            "corrected_rate",
            "k.correctedRate(it.arguments[0], it.arguments[1], it.options.clusters ?? null, it.options.level ?? 0.95)",
        ),
    ],
)
def test_corrected_rates_are_the_same(page: Page, function: str, call: str) -> None:
    cases = [case for case in vectors("estimate/corrected.json") if case["function"] == function]
    assert cases
    told = run(page, call, cases)
    assert not names(cases, told, lambda case, one: ("error" in case) != ("error" in one))
    answered = [(case, one) for case, one in zip(cases, told, strict=True) if "expect" in case]
    assert not [case["name"] for case, one in answered if not close(case["expect"], one["value"])]


@pytest.mark.parametrize(
    ("function", "call"),
    [
        ("paired_difference", "k.pairedDifference(it.arguments[0], it.options.level ?? 0.95)"),
        ("sign_test", "k.signTest(it.arguments[0])"),
        ("equivalence", "k.equivalenceOf(it.arguments[0], it.options.margin, it.options.alpha)"),
        ("benjamini_hochberg", "Object.fromEntries(k.benjaminiHochberg(new Map(Object.entries(it.arguments[0]))))"),
        (
            "detectable_difference",
            "k.detectableDifference({ trials: 1, alike: 0, alpha: 0.05, power: 0.8, ...it.options })",
        ),
    ],
)
def test_differences_of_pairs_are_the_same(page: Page, function: str, call: str) -> None:
    cases = [case for case in vectors("estimate/paired.json") if case["function"] == function]
    assert cases
    told = run(page, call, cases)
    assert not names(cases, told, lambda case, one: ("error" in case) != ("error" in one))
    answered = [(case, one) for case, one in zip(cases, told, strict=True) if "expect" in case]
    assert not [case["name"] for case, one in answered if not close(case["expect"], one["value"])]


def test_facts_are_the_same(page: Page) -> None:
    cases = vectors("facts/extract.json")
    call = "k.extractFact(it.type, it.predicate, { index: it.index, model: it.model, assurance: 'self' })"
    told = run(page, call, cases)
    assert not names(cases, told, lambda case, one: not close(case["expect"], one.get("value")))


@pytest.mark.parametrize("commitment", COMMITMENTS)
def test_statuses_are_the_same(page: Page, commitment: str) -> None:
    cases = vectors(f"status/{commitment}.json")
    rules = json.dumps(catalog.document())
    call = (
        f"(() => {{ const c = {rules}; const p = c.commitments.find((one) => one.id === '{commitment}');"
        " const { model, facts, decisions } = it;"
        " return k.statusOf(c, p, facts, { model, asOf: k.timeOf(it.as_of), decisions }); })()"
    )
    told = run(page, call, cases)

    def wrong(case: dict[str, Any], one: dict[str, Any]) -> bool:
        return any(one["value"][name] != expected for name, expected in case["expect"].items())

    assert not names(cases, told, wrong)
    assert {case["expect"]["state"] for case in cases} > {"kept", "not tested"}


def test_envelopes_hold_or_not_alike(page: Page) -> None:
    cases = vectors("statement/envelopes.json")
    call = """(async () => {
      const envelope = k.parseEnvelope(k.utf8(it.envelope), "it");
      for (const { algorithm, public: key } of it.keys) {
        const raw = k.fromBase64(key, "it");
        const id = await k.keyIdOf(algorithm, raw);
        const found = envelope.signatures.find((one) => one.keyId === id);
        if (!found) throw new Error("no signature names the key");
        const message = k.signedMessage(envelope.payload);
        if (!await k.signatureHolds(algorithm, raw, found.value, message)) throw new Error("false");
      }
      envelope.statement();
    })()"""
    told = run(page, call, cases)
    assert not names(cases, told, lambda case, one: (case["error"] is not None) != ("error" in one))


def test_the_message_that_is_signed_is_the_same(page: Page) -> None:
    cases = [case for case in vectors("statement/encoding.json") if case["type"] == "application/vnd.in-toto+json"]
    assert cases
    told = run(page, "k.toBase64(k.signedMessage(it.payload ? k.fromBase64(it.payload, 'it') : k.utf8('')))", cases)
    assert [one["value"] for one in told] == [case["message"] for case in cases]


def test_key_ids_are_the_same(page: Page) -> None:
    cases = vectors("statement/keys.json")
    told = run(page, "k.keyIdOf(it.algorithm, k.fromBase64(it.public, 'it'))", cases)
    assert [one.get("value") for one in told] == [case.get("key_id") for case in cases]


def test_what_is_revealed_is_the_same(page: Page) -> None:
    cases = vectors("statement/redaction.json")
    told = run(page, "k.revealed(it.predicate, it.disclosures)", cases)
    assert not names(cases, told, lambda case, one: one.get("value") != case.get("revealed"))


@pytest.mark.parametrize("name", ["policy", "history"])
def test_who_stands_behind_a_statement_is_the_same(page: Page, name: str) -> None:
    cases = [_encoded(case) for case in vectors(f"trust/{name}.json")]
    call = """(async () => {
      const envelope = (text) => k.parseEnvelope(k.utf8(text), "it");
      const trust = await k.readTrust(it.trust);
      const tenures = await k.replayKeys(trust, it.events.map(([index, text]) => [index, envelope(text)]));
      return (await k.authorise(trust, tenures, envelope(it.envelope), it.predicate_type, it.index)).actors;
    })()"""
    told = run(page, call, cases)
    assert not names(cases, told, lambda case, one: one.get("value") != case.get("actors"))


def test_the_keys_that_may_sign_a_checkpoint_are_the_same(page: Page) -> None:
    cases = [_encoded(case) for case in vectors("trust/log_keys.json")]
    call = """(async () => {
      const trust = await k.readTrust(it.trust);
      const events = it.events.map(([index, text]) => [index, k.parseEnvelope(k.utf8(text), "it")]);
      const tenures = await k.replayKeys(trust, events);
      const found = {};
      for (const size of Object.keys(it.keys)) {
        const keys = await k.logKeysAt(trust, tenures, Number(size));
        found[size] = keys.map((key) => `${key.name}+${key.keyId}`);
      }
      return found;
    })()"""
    told = run(page, call, cases)
    for case, one in zip(cases, told, strict=True):
        expected = {size: [key.rpartition("+")[0] for key in keys] for size, keys in case["keys"].items()}
        assert one.get("value") == expected, case["name"]


def test_trust_files_are_read_alike(page: Page) -> None:
    cases = vectors("trust/documents.json")
    told = run(page, "k.readTrust(it.trust).then(() => true)", cases)
    assert not names(cases, told, lambda case, one: (case["error"] is not None) != ("error" in one))


def _encoded(case: dict[str, Any]) -> dict[str, Any]:
    def text(envelope: Any) -> str:
        return envelope if isinstance(envelope, str) else canonical.encode(envelope).decode()

    events = [[index, text(envelope)] for index, envelope in case.get("events", [])]
    found = {**case, "events": events}
    return found | ({"envelope": text(case["envelope"])} if "envelope" in case else {})
