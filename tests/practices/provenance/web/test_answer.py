"""What the public is told is coarse, whatever was found."""

from dataclasses import replace
from typing import Any, get_args

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
from kept.practices.provenance.web import answer
from kept.practices.provenance.web.words import spoken

WORDS = spoken("en", organisation="Acme AI", megabytes="100")
MARKED = WatermarkFinding("found", 7, 0x123456789A, "mk-1", 1e-40)
MODEL = "sha256:" + "a1" * 32
EVIDENCE = Evidence(
    ManifestFinding(),
    MARKED,
    RegistryFinding("resolved", MODEL, 0x123456789A),
    FingerprintFinding("agrees", 0x123456789A, 0.97, 400, iscc="ISCC:AAAA"),
)


def told(evidence: Evidence) -> answer.PublicVerdict:
    return answer.told(judge(evidence), model="Acme Paint 2", language="en", words=WORDS)


def test_the_band_is_a_bound_and_says_nothing_more_below_one_in_a_billion() -> None:
    assert [answer.band(p) for p in (0.0, 1e-300, 1e-9, 2e-9, 1e-6, 5e-4, 0.2, 1.0)] == [
        *("1e-9", "1e-9", "1e-9", "1e-6", "1e-6", "1e-3", "1", "1")
    ]


@given(st.floats(0, 1))
def test_a_p_value_is_never_above_its_band(p_value: float) -> None:
    assert p_value <= float(answer.band(p_value))


@pytest.mark.parametrize(
    "change",
    [
        {"watermark": replace(MARKED, p_value=1e-10)},
        {"watermark": replace(MARKED, key_id="mk-2")},
        {"fingerprint": FingerprintFinding("agrees", 0x123456789A, 0.71, 30)},
        {"fingerprint": FingerprintFinding("inconclusive", 0x123456789A, 0.5, 3)},
    ],
)
def test_what_an_attacker_would_watch_changes_nothing_in_the_answer(change: dict[str, Any]) -> None:
    assert told(replace(EVIDENCE, **change)) == told(EVIDENCE)


def test_neither_ids_nor_likeness_stand_in_the_answer() -> None:
    document = told(EVIDENCE).model_dump_json()
    for secret in ("123456789a", "mk-1", "1e-40", "0.97", "400", "ISCC", MODEL):
        assert secret not in document


def test_the_signer_is_named_only_where_it_is_trusted() -> None:
    for state in get_args(records.ManifestState):
        found = told(Evidence(ManifestFinding(state, signer="Someone" * 100)))
        assert bool(found.signer) == (state in ("ours", "other", "broken"))
        assert len(found.signer or "") <= answer.SIGNER_LIMIT


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("O=Acme AI, OU=development, not for production, CN=Acme AI development signer", "Acme AI"),
        ("CN=Camera 3,O=Lenses\\, Ltd,C=DE", "Lenses, Ltd"),
        ("CN=Somebody", "Somebody"),
        ("Camera & Co", "Camera & Co"),
        ("", None),
    ],
)
def test_a_signer_is_called_as_its_organisation(subject: str, name: str | None) -> None:
    assert answer.signed_by(subject) == name


def test_what_could_not_be_looked_for_is_told() -> None:
    found = told(Evidence(ManifestFinding("unchecked"), WatermarkFinding("unchecked"), RegistryFinding("offline")))
    assert (found.verdict, found.unchecked) == ("none", ["manifest", "watermark", "registry"])
    assert told(Evidence()).unchecked == []
