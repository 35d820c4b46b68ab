"""What four findings come to: every combination, then what speaks against each other and what is named."""

import json
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.practices.provenance import records
from kept.practices.provenance.methods.verdict import judge
from kept.practices.provenance.records import (
    Evidence,
    FingerprintFinding,
    ManifestFinding,
    RegistryFinding,
    WatermarkFinding,
)

VECTORS = json.loads((Path(__file__).parents[3] / "vectors" / "provenance" / "verdicts.json").read_text("utf-8"))
AXES = (records.ManifestState, records.WatermarkState, records.RegistryState, records.FingerprintState)
ALL = list(product(*(get_args(axis) for axis in AXES)))
MODEL, OTHER_MODEL = "sha256:" + "a" * 64, "sha256:" + "b" * 64
MARKED, P_VALUE = 0x123456789A, 1e-40


def evidence(manifest="absent", watermark="absent", registry="unasked", fingerprint="none", **says) -> Evidence:
    found = watermark in ("found", "revoked")
    return Evidence(
        ManifestFinding(manifest, **says),
        WatermarkFinding(watermark, 7 if found else None, MARKED if found else None, "k1", P_VALUE if found else None),
        RegistryFinding(registry, MODEL if registry in ("resolved", "contradicts") else None, MARKED),
        FingerprintFinding(fingerprint, MARKED if fingerprint != "none" else None),
    )


def conflicts(*states: str, **says) -> tuple[str, ...]:
    return judge(evidence(*states, **says)).conflicts


def test_the_vectors_hold_every_combination_once() -> None:
    assert sorted(tuple(row[:4]) for row in VECTORS) == sorted(ALL)
    assert len(ALL) == 560


def test_every_combination_has_the_verdict_and_origin_of_the_table() -> None:
    for *states, verdict, origin in VECTORS:
        judged = judge(evidence(*states))
        assert (judged.verdict, judged.origin) == (verdict, origin), states


def test_every_verdict_and_origin_is_reached() -> None:
    assert {row[4] for row in VECTORS} == set(get_args(records.Summary))
    assert {row[5] for row in VECTORS} == set(get_args(records.Origin))


def test_a_copied_mark_needs_positive_disagreement_and_an_entry_to_disagree_with() -> None:
    for states in ALL:
        judged = judge(evidence(*states))
        if judged.verdict == "copied-mark" or "copied-mark" in judged.conflicts:
            assert states[3] == "disagrees"
            assert states[2] in ("resolved", "contradicts")


def test_nothing_is_recovered_against_a_disagreement_a_revoked_key_or_a_registry_that_is_not_there() -> None:
    for states in ALL:
        if judge(evidence(*states)).verdict == "recovered":
            assert states[1:3] == ("found", "resolved")
            assert states[3] != "disagrees"


def test_what_was_not_checked_never_says_more_than_what_was_checked_and_not_found() -> None:
    for manifest, watermark, registry, fingerprint in ALL:
        unchecked = judge(evidence(manifest, "unchecked", registry, fingerprint))
        absent = judge(evidence(manifest, "absent", registry, fingerprint))
        assert (unchecked.verdict, unchecked.origin) == (absent.verdict, absent.origin)
        without = judge(evidence("unchecked", watermark, registry, fingerprint))
        assert without.verdict == judge(evidence("absent", watermark, registry, fingerprint)).verdict


def test_origin_is_ours_only_by_our_signer_or_by_an_entry_of_our_registry() -> None:
    for states in ALL:
        if judge(evidence(*states)).origin == "ours":
            assert states[0] == "ours" or states[2] in ("resolved", "contradicts", "unknown")
            assert states[0] != "other"


@pytest.mark.parametrize(
    ("states", "says", "expected"),
    [
        (("other", "found", "resolved", "agrees"), {"made": "digitalCapture"}, ("camera-manifest",)),
        (("untrusted", "found", "resolved", "agrees"), {"made": "digitalCapture"}, ("camera-manifest",)),
        (("other", "found", "resolved", "agrees"), {"made": "trainedAlgorithmicMedia"}, ("other-manifest",)),
        (("other", "absent", "resolved", "agrees"), {}, ("other-manifest",)),
        (("other", "found", "resolved", "agrees"), {"within": True}, ()),
        (("other", "absent", "unasked", "none"), {"made": "digitalCapture"}, ()),
        (("ours", "found", "resolved", "agrees"), {"model": MODEL, "content": MARKED}, ()),
        (("ours", "found", "resolved", "agrees"), {"model": OTHER_MODEL}, ("manifest-model",)),
        (("ours", "found", "resolved", "agrees"), {"content": 1}, ("manifest-content",)),
        (("ours", "found", "resolved", "disagrees"), {"content": 1}, ("copied-mark",)),
        (("broken", "found", "resolved", "agrees"), {}, ("broken-manifest",)),
        (("invalid", "absent", "unasked", "none"), {}, ("broken-manifest",)),
        (("absent", "revoked", "resolved", "inconclusive"), {}, ("revoked-key",)),
        (("absent", "revoked", "resolved", "disagrees"), {}, ("copied-mark", "revoked-key")),
        (("absent", "found", "contradicts", "inconclusive"), {}, ("registry-model",)),
        (("absent", "found", "unknown", "none"), {}, ("unregistered-mark",)),
        (("absent", "found", "offline", "none"), {}, ("registry-offline",)),
        (("absent", "absent", "offline", "none"), {}, ()),
    ],
)
def test_what_speaks_against_each_other_is_named(
    states: tuple[str, ...], says: dict, expected: tuple[str, ...]
) -> None:
    assert conflicts(*states, **says) == expected


def test_whoever_edits_what_we_made_and_names_it_leaves_it_ours() -> None:
    assert judge(evidence("other", "found", "resolved", "agrees", within=True)).origin == "ours"
    assert judge(evidence("other", "absent", "unasked", "none", within=True)).origin == "other"


def test_a_copied_mark_names_the_content_that_it_was_copied_from_and_no_model() -> None:
    judged = judge(evidence("absent", "found", "resolved", "disagrees"))
    assert (judged.model, judged.content_id, judged.p_value) == (None, "123456789a", P_VALUE)


def test_a_mark_that_nothing_bears_out_is_still_told() -> None:
    judged = judge(evidence("absent", "found", "offline", "none"))
    assert (judged.verdict, judged.model, judged.content_id) == ("none", None, "123456789a")
    assert judged.p_value == P_VALUE


def test_the_model_is_that_of_the_registry_then_of_our_manifest() -> None:
    assert judge(evidence("ours", "found", "resolved", "agrees", model=OTHER_MODEL)).model == MODEL
    assert judge(evidence("ours", model=OTHER_MODEL, content=5)).model == OTHER_MODEL
    assert judge(evidence("ours", model=OTHER_MODEL, content=5)).content_id == "0000000005"
    assert judge(evidence("untrusted", model=OTHER_MODEL)).model is None


@given(st.sampled_from(ALL), st.sampled_from(["", "digitalCapture", "trainedAlgorithmicMedia"]), st.booleans())
def test_the_document_has_its_eight_fields_and_is_plain_json(states: tuple[str, ...], made: str, within: bool) -> None:
    document = judge(evidence(*states, made=made, within=within)).document()
    fields = ["verdict", "origin", "conflicts", "model", "content_id", "p_value", "manifest", "fingerprint"]
    assert list(document) == fields
    assert json.loads(json.dumps(document)) == document
    assert (document["manifest"] is None) == (states[0] == "absent")
    assert (document["fingerprint"] is None) == (states[3] == "none")
