"""The Soft Binding Resolution API, in the shapes of its OpenAPI document."""

import hashlib
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from kept.practices.provenance.records import Payload, Registration
from kept.practices.provenance.service.binding import WATERMARK, watermark_value
from simulators.planted_room import MODEL, PlantedRoom, picture

BOX = "/provenance"
LABEL = "urn:c2pa:3b1f9ae1-9d4f-4e37-8a37-0a7d5a1f2a33"


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


ACTIVE = box(b"jumb", box(b"jumd", b"active") + box(b"cbor", b"claim"))
STORE = box(b"jumb", box(b"jumd", b"c2pa") + box(b"jumb", box(b"jumd", b"parent")) + ACTIVE)


@pytest.fixture
def registered(room: PlantedRoom) -> Payload:
    """One picture with a manifest in the registry."""
    content = room.registry.draw()
    digest = hashlib.sha256(picture()).hexdigest()
    told = Registration(content, MODEL, "mk-1", "image/png", f"sha256:{digest}", manifest_id=LABEL, manifest=STORE)
    room.registry.register(told)
    return Payload(room.registry.model_number(MODEL), content)


def test_a_watermark_leads_to_the_manifest(client: TestClient, registered: Payload) -> None:
    asked = {"alg": WATERMARK, "value": watermark_value(registered)}
    expected = {"matches": [{"manifestId": LABEL, "similarityScore": 100}]}
    found = client.get(f"{BOX}/matches/byBinding", params={**asked, "maxResults": 1})
    assert (found.status_code, found.json()) == (200, expected)
    assert client.post(f"{BOX}/matches/byBinding", json=asked).json() == expected
    manifest = client.get(f"{BOX}/manifests/{LABEL}")
    assert (manifest.status_code, manifest.content) == (200, STORE)
    assert manifest.headers["content-type"] == "application/c2pa"


def test_the_active_manifest_alone_can_be_asked_for(client: TestClient, registered: Payload) -> None:
    found = client.get(f"{BOX}/manifests/{LABEL}", params={"returnActiveManifest": "true"})
    assert found.content == ACTIVE


def test_content_leads_to_the_manifest(client: TestClient, registered: Payload) -> None:
    for content, matches in ((picture(), [{"manifestId": LABEL, "similarityScore": 100}]), (picture(5), [])):
        found = client.post(f"{BOX}/matches/byContent", content=content, headers={"Content-Type": "image/png"})
        assert (found.status_code, found.json()) == (200, {"matches": matches})


def test_what_is_unknown_leads_nowhere(client: TestClient) -> None:
    found = client.get(f"{BOX}/matches/byBinding", params={"alg": WATERMARK, "value": watermark_value(Payload(1, 2))})
    assert (found.status_code, found.json()) == (200, {"matches": []})
    assert client.get(f"{BOX}/manifests/urn:c2pa:none").status_code == 404


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({}, 400),
        ({"alg": "com.example.other", "value": "AAAA"}, 400),
        ({"alg": WATERMARK, "value": "no base64!"}, 400),
        ({"alg": WATERMARK, "value": "AAAA", "maxResults": 0}, 400),
        ({"alg": WATERMARK, "value": "A" * 4000}, 414),
    ],
)
def test_a_wrong_query_is_refused_as_the_interface_says(
    client: TestClient, parameters: dict[str, str], status: int
) -> None:
    assert client.get(f"{BOX}/matches/byBinding", params=parameters).status_code == status


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"alg": 1, "value": ""}', b'{"alg": "x"}', b"[" * 60_000])
def test_a_wrong_body_is_refused(client: TestClient, body: bytes) -> None:
    assert client.post(f"{BOX}/matches/byBinding", content=body).status_code == 400


def test_what_is_neither_picture_nor_sound_nor_video_is_no_asset(client: TestClient) -> None:
    assert client.post(f"{BOX}/matches/byContent", content=b"%PDF-1.7 ...").status_code == 415


def test_the_algorithms_are_named_and_ours_says_that_it_is_on_no_list(client: TestClient) -> None:
    found = client.get(f"{BOX}/services/supportedAlgorithms").json()
    assert found == {"watermarks": [{"alg": WATERMARK}], "fingerprints": [{"alg": "io.iscc.v0"}]}
    assert WATERMARK.startswith("unregistered.")


def test_pages_of_other_sites_may_ask_but_may_not_use_the_check_page(
    client: TestClient, build: Callable[..., ASGIApp]
) -> None:
    open_to_all = client.get(f"{BOX}/services/supportedAlgorithms").headers
    assert open_to_all["access-control-allow-origin"] == "*"
    assert open_to_all["cross-origin-resource-policy"] == "cross-origin"
    assert client.options(f"{BOX}/matches/byContent").headers["access-control-allow-headers"] == "Content-Type"
    closed = client.post(f"{BOX}/check", content=picture()).headers
    assert "access-control-allow-origin" not in closed
    assert closed["cross-origin-resource-policy"] == "same-origin"
