"""What is registered is found again, by anyone who may, and by nobody once it is erased; on either database."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import iscc_core
import numpy as np
import pytest
from sqlalchemy import select

from kept.core.store import Store
from kept.errors import Conflict, Invalid, NotFound, Unavailable
from kept.practices.provenance.records import Payload, Registration
from kept.practices.provenance.service.binding import ISCC, WATERMARK, iscc_value, watermark_value
from kept.practices.provenance.service.registry import Registry, Taken
from kept.practices.provenance.service.tables import CODES, ENTRIES, FINGERPRINTS, MANIFESTS, SCHEMA

MODEL = "sha256:" + "a1" * 32
NUMBERS = np.random.default_rng(1)


def now() -> datetime:
    return datetime(2026, 11, 28, 23, 30, tzinfo=UTC)


def entropy(length: int) -> bytes:
    return bytes(NUMBERS.bytes(length))


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store.open(url, [SCHEMA])
    yield opened
    opened.close()


@pytest.fixture
def registry(store: Store) -> Registry:
    return Registry(store, now, entropy)


def iscc(body: int, kind: str = "IMAGE") -> str:
    """The ISCC of 64 given bits, and 192 more that don't count."""
    subtype = getattr(iscc_core.ST_CC, kind)
    code = iscc_core.encode_component(
        iscc_core.MT.CONTENT, subtype, iscc_core.VS.V0, 256, body.to_bytes(8, "big") + bytes(24)
    )
    return f"ISCC:{code}"


def told(registry: Registry, *, code: int | None = None, name: str = "", **change: Any) -> Registration:
    content = registry.draw()
    file = hashlib.sha256(content.to_bytes(8, "big")).hexdigest()
    plain = Registration(content, MODEL, "mk-1", "image/png", f"sha256:{file}")
    if code is not None:
        plain = replace(plain, iscc=iscc(code))
    if name:
        plain = replace(plain, manifest_id=name, manifest=b"manifest " + name.encode())
    return replace(plain, **change)


def test_what_was_registered_is_held_to_the_field(registry: Registry) -> None:
    given = told(registry, code=5, name="urn:c2pa:1", fingerprint=b"\x01\x02")
    (entry,) = registry.register(given)
    assert entry == registry.get(given.content)
    assert registry.by_sha256(given.sha256) == (entry,)
    assert (entry.content, entry.model, entry.key_id, entry.media_type) == (given.content, MODEL, "mk-1", "image/png")
    assert (entry.created, entry.state, entry.iscc, entry.sha256) == ("2026-11-28", "current", given.iscc, given.sha256)
    assert entry.manifest_sha256 == "sha256:" + hashlib.sha256(b"manifest urn:c2pa:1").hexdigest()
    assert registry.fingerprint(given.content) == b"\x01\x02"
    assert registry.get_manifest("urn:c2pa:1") == b"manifest urn:c2pa:1"
    assert registry.count() == 1


def test_what_was_not_registered_is_not_held(registry: Registry) -> None:
    assert registry.get(7) is None
    assert registry.fingerprint(7) is None
    assert registry.by_sha256("sha256:" + "00" * 32) == ()
    assert registry.nearest(iscc(0)) == ()
    assert registry.model(3) is None
    assert registry.count() == 0


def test_there_is_no_place_for_a_user() -> None:
    assert {each.name for each in fields(Registration)} == {
        "content",
        "model",
        "key_id",
        "media_type",
        "sha256",
        "iscc",
        "fingerprint",
        "manifest_id",
        "manifest",
    }
    assert set(ENTRIES.c.keys()) == {
        "number",
        "content",
        "model",
        "key_id",
        "media_type",
        "created",
        "state",
        "sha256",
        "iscc",
    }
    assert ENTRIES.c.created.type.length == len("2026-11-28")


def test_an_id_that_is_in_use_is_not_drawn_again(store: Store) -> None:
    drawn = iter([7, 9, 7, 7, 8])
    registry = Registry(store, now, lambda length: (next(drawn) << 24).to_bytes(length))
    assert registry.register(told(registry))[0].content == 7  # and 9 >> 20 is the number of the model
    assert registry.draw() == 8


def test_randomness_that_never_changes_is_noticed(store: Store) -> None:
    registry = Registry(store, now, lambda length: bytes(length))
    registry.register(told(registry))
    with pytest.raises(Unavailable, match="in a row"):
        registry.draw()


def test_an_id_that_was_taken_meanwhile_is_refused_and_nothing_of_the_batch_is_kept(registry: Registry) -> None:
    first, second = told(registry), told(registry, code=3, name="urn:c2pa:2", fingerprint=b"x")
    registry.register(first)
    with pytest.raises(Taken, match="Draw another id"):
        registry.register(second, replace(first, sha256="sha256:" + "00" * 32))
    assert registry.get(second.content) is None
    assert registry.nearest(iscc(3)) == ()
    with pytest.raises(NotFound):
        registry.get_manifest("urn:c2pa:2")
    assert registry.count() == 1


def test_a_manifest_is_registered_once(registry: Registry) -> None:
    registry.register(told(registry, name="urn:c2pa:1"))
    with pytest.raises(Conflict, match="registered already"):
        registry.register(told(registry, name="urn:c2pa:1"))


@pytest.mark.parametrize(
    "change",
    [
        {"content": -1},
        {"content": 1 << 40},
        {"model": "gpt"},
        {"sha256": "sha256:00"},
        {"key_id": ""},
        {"key_id": "someone@example.org"},
        {"media_type": "text/plain"},
        {"media_type": "image/png; name=alice.png"},
        {"manifest": b"x"},
        {"manifest_id": "urn:c2pa:1"},
        {"manifest_id": "with space", "manifest": b"x"},
        {"iscc": "ISCC:EEA"},
        {"iscc": iscc(3, "AUDIO")},
        {"fingerprint": bytes((4 << 20) + 1)},
    ],
)
def test_a_field_of_another_form_is_refused(registry: Registry, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        registry.register(told(registry, **change))
    assert registry.count() == 0


def test_a_model_keeps_its_number(registry: Registry) -> None:
    number = registry.model_number(MODEL, name="first")
    assert 0 <= number < 1 << 20
    assert registry.model_number(MODEL) == number
    assert registry.model(number) == MODEL
    assert registry.model_number("sha256:" + "b2" * 32) != number
    with pytest.raises(Invalid, match="not a model's digest"):
        registry.model_number("first")


def test_the_nearest_come_first_and_only_within_the_radius_and_the_kind(registry: Registry) -> None:
    codes = {0: 0b1111, 1: 0b1, 2: (1 << 64) - 1, 3: 0}
    given = {place: told(registry, code=code) for place, code in codes.items()}
    sound = told(registry, media_type="audio/flac", iscc=iscc(0, "AUDIO"))
    registry.register(*given.values(), sound)
    found = registry.nearest(iscc(0), radius=4)
    assert [(each.entry.content, each.distance) for each in found] == [
        (given[3].content, 0),
        (given[1].content, 1),
        (given[0].content, 4),
    ]
    assert len(registry.nearest(iscc(0), radius=4, limit=2)) == 2
    assert [each.entry.content for each in registry.nearest(iscc((1 << 64) - 1))] == [given[2].content]
    assert [each.entry.content for each in registry.nearest(iscc(0, "AUDIO"))] == [sound.content]
    assert registry.nearest(iscc(0, "VIDEO")) == ()


def test_it_finds_what_another_process_registered_meanwhile(url: str, registry: Registry) -> None:
    registry.register(told(registry, code=1))
    assert len(registry.nearest(iscc(1))) == 1
    other = Store.open(url, [SCHEMA])
    Registry(other, now, entropy).register(told(registry, code=1), told(registry, code=2))
    other.close()
    assert [each.distance for each in registry.nearest(iscc(1))] == [0, 0, 2]


def test_writers_at_once_lose_nothing(url: str, registry: Registry) -> None:

    def write(_: int) -> list[int]:
        store = Store.open(url, [SCHEMA])
        mine = Registry(store, now, entropy)
        try:
            found = []
            for _ in range(10):
                mine.register(told(mine, code=0))
                found.append(len(mine.nearest(iscc(0), limit=100)))
            return found
        finally:
            store.close()

    with ThreadPoolExecutor(4) as writers:
        for seen in writers.map(write, range(4)):
            assert seen == sorted(seen)
            assert seen[0] >= 1
    assert len(registry.nearest(iscc(0), limit=100)) == registry.count() == 40


def test_bindings_lead_to_manifests(registry: Registry) -> None:
    given = told(registry, code=0, name="urn:c2pa:1")
    near = told(registry, code=0b11, name="urn:c2pa:2")
    registry.register(given, near, told(registry, code=0))
    payload = Payload(model=registry.model_number(MODEL), content=given.content)
    (match,) = registry.matches_by_binding(WATERMARK, watermark_value(payload))
    assert (match.manifest_id, match.similarity_score) == ("urn:c2pa:1", 100)
    found = registry.matches_by_binding(ISCC, iscc_value(iscc(0)))
    assert [(each.manifest_id, each.similarity_score) for each in found] == [("urn:c2pa:1", 100), ("urn:c2pa:2", 97)]
    assert registry.matches_by_content(iscc(0)) == found
    assert registry.matches_by_content(iscc(0b1), iscc(0), max_results=1) == found[:1]
    assert registry.matches_by_content() == ()


def test_a_mark_that_names_another_model_leads_nowhere(registry: Registry) -> None:
    given = told(registry, name="urn:c2pa:1")
    registry.register(given)
    other = registry.model_number("sha256:" + "b2" * 32)
    for model in (other, (registry.model_number(MODEL) + 1) % (1 << 20)):
        value = watermark_value(Payload(model=model, content=given.content))
        assert registry.matches_by_binding(WATERMARK, value) == ()
    unknown = watermark_value(Payload(model=other, content=given.content ^ 1))
    assert registry.matches_by_binding(WATERMARK, unknown) == ()


def test_the_algorithms_are_named_as_the_api_names_them() -> None:
    assert Registry.supported_algorithms() == {
        "watermarks": [{"alg": "unregistered.kept.watermark.1"}],
        "fingerprints": [{"alg": "io.iscc.v0"}],
    }


def test_a_withdrawn_entry_still_answers_here_and_no_longer_to_others(registry: Registry) -> None:
    given = told(registry, code=0, name="urn:c2pa:1", fingerprint=b"x")
    registry.register(given)
    assert registry.withdraw(given.content).state == "withdrawn"
    assert registry.matches_by_content(iscc(0)) == ()
    with pytest.raises(NotFound):
        registry.get_manifest("urn:c2pa:1")
    assert [each.entry.state for each in registry.nearest(iscc(0))] == ["withdrawn"]
    assert registry.fingerprint(given.content) == b"x"


def test_of_an_erased_entry_only_its_id_is_left(registry: Registry, store: Store) -> None:
    given = told(registry, code=0, name="urn:c2pa:1", fingerprint=b"x")
    registry.register(given, told(registry, code=1))
    assert len(registry.nearest(iscc(0))) == 2
    erased = registry.erase(given.content)
    assert (erased.state, erased.iscc, erased.sha256, erased.manifest_id) == ("erased", None, None, None)
    assert registry.get(given.content) == erased == registry.erase(given.content) == registry.withdraw(given.content)
    assert [each.distance for each in registry.nearest(iscc(0))] == [1]
    assert registry.by_sha256(given.sha256) == ()
    assert registry.fingerprint(given.content) is None
    with store.read() as connection:
        for table, left in ((CODES, 1), (FINGERPRINTS, 0), (MANIFESTS, 0), (ENTRIES, 2)):
            assert len(connection.execute(select(table)).all()) == left
    with pytest.raises(Taken):
        registry.register(given)


@pytest.mark.parametrize("verb", ["withdraw", "erase"])
def test_what_is_not_there_cannot_be_taken_back(registry: Registry, verb: str) -> None:
    with pytest.raises(NotFound, match="0000000007"):
        getattr(registry, verb)(7)


def test_a_manifest_that_was_altered_is_not_handed_out(registry: Registry, store: Store) -> None:
    registry.register(told(registry, name="urn:c2pa:1"))
    store.write(lambda connection: connection.execute(MANIFESTS.update().values(data=b"another")))
    with pytest.raises(Unavailable, match="not as it was registered"):
        registry.get_manifest("urn:c2pa:1")
