"""The TAXII routes: what the standard says of media types, errors, filters and headers, and what hostile peers try."""

import base64
import gzip
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient

from kept.practices.sharing.records import Collection, Peer
from kept.practices.sharing.web.taxii.parameters import next_of
from simulators.indicators import TIME, indicator
from simulators.sharing_room import Room, opened
from simulators.taxii_server import application

MEDIA = "application/taxii+json;version=2.1"
COUNT = 20


@dataclass
class Api:
    """The server as one peer speaks to it, and one collection that it may read and write, and one that it may read."""

    client: TestClient
    room: Room
    key: str
    place: str
    readable: str

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"authorization": f"Bearer {self.key}", "accept": MEDIA, **headers})

    def post(self, data: Any, *, place: str = "", **headers: str) -> Any:
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        whole = {"authorization": f"Bearer {self.key}", "accept": MEDIA, "content-type": MEDIA, **headers}
        return self.client.post(f"{place or self.place}objects/", content=body, headers=whole)

    def delete(self, path: str) -> Any:
        return self.client.delete(path, headers={"authorization": f"Bearer {self.key}", "accept": MEDIA})


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    limits = {"peer_rate": 1e6, "peer_burst": 1e6, "stranger_rate": 1e6, "stranger_burst": 1e6, "largest_post_mb": 1}
    with opened(tmp_path_factory.mktemp("taxii"), page_limit=8, **limits) as room:
        service, by = room.service, room.actor
        service.peers_add(Peer("lab", "Lab"), by=by)
        key = service.peers_key("lab", by=by).text
        places = []
        for title, write in (("a", True), ("b", False)):
            made = service.collections_add(Collection(title, "c", default_tlp="green"), by=by)
            service.collections_grant(made.id, "lab", read=True, write=write, by=by)
            places.append(f"/taxii2/c/collections/{made.id}/")
        with TestClient(application(service)) as client:
            found = Api(client, room, key, *places)
            assert found.post({"objects": [indicator(number) for number in range(COUNT)]}).status_code == 202
            yield found


def check_error(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA
    document: dict[str, Any] = answer.json()
    assert document["http_status"] == str(status)
    assert document["title"]
    return document


@pytest.mark.parametrize(
    "accept",
    [
        MEDIA,
        "application/taxii+json; version=2.1",
        "application/taxii+json",
        'application/taxii+json;version="2.1"',
        "APPLICATION/TAXII+JSON;VERSION=2.1",
        "text/html, application/*;q=0.1",
        "*/*",
        "*/*;q=0, application/taxii+json",
        "application/taxii+json;q=0, application/taxii+json;version=2.1;q=0.5",
        "",
    ],
)
def test_what_leaves_room_for_taxii_is_answered_with_it(api: Api, accept: str) -> None:
    answer = api.get("/taxii2/", accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, MEDIA)


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "application/taxii+json;version=2.0",
        f"{MEDIA};q=0",
        f"{MEDIA};q=0., */*",
        "application/json",
        "x" * 5000,
    ],
)
def test_what_leaves_none_is_406(api: Api, accept: str) -> None:
    check_error(api.get("/taxii2/", accept=accept), 406)


def test_what_is_accepted_may_stand_on_several_lines(api: Api) -> None:
    lines = [("authorization", f"Bearer {api.key}"), ("accept", "text/html"), ("accept", MEDIA)]
    assert api.client.get("/taxii2/", headers=lines).status_code == 200


def test_nobody_is_asked_for_a_key_by_either_scheme(api: Api) -> None:
    answer = api.client.get("/taxii2/", headers={"accept": MEDIA})
    check_error(answer, 401)
    assert "Basic" in answer.headers["www-authenticate"]
    assert "Bearer" in answer.headers["www-authenticate"]
    basic = base64.b64encode(f"anyone:{api.key}".encode()).decode()
    assert api.get("/taxii2/", authorization=f"Basic {basic}").status_code == 200


@pytest.mark.parametrize(
    "shown",
    [
        b"Basic \xe9", b"Basic !!!", b"Basic", b"Basic " + b"A" * 4000, b"Basic " + base64.b64encode(b"a:\xe9"),
        b"Bearer \xe9", b"Bearer", b"Bearer kept-peer-0000000000000000." + b"A" * 43, b"Digest x", b"\xff",
    ],
)  # fmt: skip
def test_what_is_no_key_lets_nobody_in_whatever_its_bytes(api: Api, shown: bytes) -> None:
    check_error(api.client.get("/taxii2/", headers={b"accept": MEDIA.encode(), b"authorization": shown}), 401)


def test_discovery_names_the_roots_of_this_reader_at_the_address_that_was_asked(api: Api) -> None:
    assert api.get("/taxii2/").json() == {
        "title": "Acme AI",
        "api_roots": ["http://testserver/taxii2/c/"],
        "default": "http://testserver/taxii2/c/",
    }
    assert api.get("/taxii2/c/").json()["max_content_length"] == 1_000_000
    check_error(api.get("/taxii2/elsewhere/"), 404)


@pytest.mark.parametrize(
    "query",
    [
        "added_after=notatime",
        "added_after=2026-13-01T00:00:00Z",
        "added_after=",
        "limit=0",
        "limit=-1",
        "limit=abc",
        "limit=٣",
        "limit=",
        "next=garbage",
        "next=",
        "next=%F0%9F%98%80",
        "next=" + "A" * 5000,
        "match[version]=yesterday",
        "match[id]=",
        "match[type]=" + ",".join(map(str, range(101))),
        "match[version]=last,,first",
        "match[type]=note&match[type]=indicator",
        "limit=1&limit=2",
    ],
)
@pytest.mark.parametrize("resource", ["objects/", "manifest/"])
def test_what_can_not_be_meant_is_400(api: Api, query: str, resource: str) -> None:
    check_error(api.get(f"{api.place}{resource}?{query}"), 400)


@pytest.mark.parametrize(
    "query",
    [
        "match[type]='; DROP TABLE sharing_objects;--",
        "match[id]=x' OR '1'='1",
        "match[type]=%00",
        "match[spec_version]=2.0",
        "added_after=9999-12-31T23:59:59.999999Z",
        "next=" + next_of(2**63 - 1),
    ],
)
def test_what_finds_nothing_is_an_empty_envelope(api: Api, query: str) -> None:
    answer = api.get(f"{api.place}objects/?{query}")
    assert (answer.status_code, answer.content) == (200, b"{}")
    assert len(api.get(f"{api.place}objects/").json()["objects"]) == 8


def test_a_limit_that_is_too_large_is_the_largest(api: Api) -> None:
    page = api.get(f"{api.place}objects/?limit=5000").json()
    assert (len(page["objects"]), page["more"]) == (8, True)


def walked(api: Api, resource: str, limit: int, *, by_time: bool) -> Iterator[Any]:
    query = ""
    while True:
        answer = api.get(f"{api.place}{resource}/?limit={limit}{query}")
        page = answer.json()
        yield answer
        if not page.get("more"):
            return
        after = f"&added_after={answer.headers['x-taxii-date-added-last']}"
        query = after if by_time else f"&next={page['next']}"


@pytest.mark.parametrize("by_time", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_all_that_came_in_one_request_is_found_once_by_next_or_by_time(api: Api, limit: int, by_time: bool) -> None:
    found = [
        each["id"] for answer in walked(api, "objects", limit, by_time=by_time) for each in answer.json()["objects"]
    ]
    assert found[:COUNT] == [indicator(number)["id"] for number in range(COUNT)]
    assert len(set(found)) == len(found)


def test_the_headers_say_when_the_first_and_the_last_were_added(api: Api) -> None:
    manifest = api.get(f"{api.place}manifest/?limit=3")
    entries = manifest.json()["objects"]
    assert manifest.headers["x-taxii-date-added-first"] == entries[0]["date_added"]
    assert manifest.headers["x-taxii-date-added-last"] == entries[-1]["date_added"]
    after = entries[1]["date_added"]
    following = api.get(f"{api.place}manifest/?added_after={after}").json()["objects"]
    assert following[0] == entries[2]
    assert entries[0] == {
        "id": indicator(0)["id"],
        "date_added": entries[0]["date_added"],
        "version": TIME,
        "media_type": "application/stix+json;version=2.1",
    }


def test_the_same_version_again_is_a_success_and_an_invalid_object_a_failure(api: Api) -> None:
    status = api.post({"objects": [indicator(0), {"type": "indicator", "id": "bad"}]}).json()
    assert (status["status"], status["success_count"], status["failure_count"]) == ("complete", 1, 1)
    assert status["successes"] == [{"id": indicator(0)["id"], "version": TIME}]
    assert "STIX 2.1" in status["failures"][0]["message"]
    assert api.get(f"/taxii2/c/status/{status['id']}/").json() == status


def test_who_may_only_read_is_told_so_before_its_body_is_read(api: Api) -> None:
    check_error(api.post(b"x" * 100_000, place=api.readable), 403)


def test_a_bundle_of_100_mb_is_refused_by_its_length_alone(api: Api) -> None:
    def endless() -> Iterator[bytes]:
        yield from itertools.repeat(b'{"objects":[', 10_000_000)

    check_error(api.post(b"{", **{"content-length": str(100_000_000)}), 413)
    answer = api.client.post(
        f"{api.place}objects/",
        content=endless(),
        headers={"authorization": f"Bearer {api.key}", "content-type": MEDIA},
    )
    check_error(answer, 413)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{not json",
        b"\xff\xfe",
        b"[" * 200_000,
        b'{"objects":' + b"[" * 70 + b"]" * 70 + b"}",
        b'{"objects":[{"a":' * 50_000,
        b'{"objects":[],"objects":[{}]}',
        b'{"objects":[{"type":"indicator","n":1e999}]}',
        b'{"objects":"all"}',
    ],
)
def test_a_malformed_body_is_400_and_leaves_nothing(api: Api, body: bytes) -> None:
    before = api.get(f"{api.place}manifest/?added_after=2026-01-01T00:00:00Z").headers["x-taxii-date-added-first"]
    check_error(api.post(body), 400)
    after = api.get(f"{api.place}manifest/?added_after=2026-01-01T00:00:00Z").headers["x-taxii-date-added-first"]
    assert after == before


@pytest.mark.parametrize("kind", ["application/json", "", "application/stix+json;version=2.1", "text/html"])
def test_another_media_type_is_415(api: Api, kind: str) -> None:
    check_error(api.post({"objects": [indicator(0)]}, **{"content-type": kind}), 415)


def test_poisoned_content_is_kept_as_it_is_and_nothing_more(api: Api) -> None:
    poison = indicator(900, name="<script>alert(1)</script>\u202e", pattern="[file:name MATCHES '(a+)+$']")
    assert api.post({"objects": [poison]}).json()["success_count"] == 1
    answer = api.get(f"{api.place}objects/{poison['id']}/")
    assert answer.json()["objects"] == [poison]
    assert answer.headers["content-type"] == MEDIA


@pytest.mark.parametrize(
    "path", ["nope/", "c/collections/x/", "c/collections/%2e%2e%2fx/", "c/status/x/", "c/collections/x/objects/"]
)
def test_what_is_not_there_is_a_404_that_taxii_clients_read(api: Api, path: str) -> None:
    check_error(api.get(f"/taxii2/{path}"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "", "GET, HEAD"),
        ("POST", "c/collections/", "GET, HEAD"),
        ("PATCH", "c/collections/x/objects/", "GET, HEAD, POST"),
        ("OPTIONS", "c/collections/x/objects/indicator--1/", "DELETE, GET, HEAD"),
        ("POST", "no/such/path/at/all", "GET, HEAD"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_told_which_it_does(
    api: Api, method: str, path: str, allowed: str
) -> None:
    for headers in ({}, {"authorization": f"Bearer {api.key}"}, {"accept": "text/html"}):
        answer = api.client.request(method, f"/taxii2/{path}", headers=headers)
        check_error(answer, 405)
        assert answer.headers["allow"] == allowed


def test_a_version_of_an_object_is_had_and_deleted_by_its_time(api: Api) -> None:
    newer = "2026-11-24T00:00:00.123456Z"
    api.post({"objects": [indicator(901), indicator(901, modified=newer)]})
    place = f"{api.place}objects/{indicator(901)['id']}/"
    assert api.get(f"{place}versions/").json() == {"versions": [TIME, newer]}
    assert api.get(f"{place}?match[version]={newer}").json()["objects"][0]["modified"] == newer
    assert api.get(f"{place}?match[version]=1999-01-01T00:00:00Z").json() == {}
    assert api.delete(f"{place}?match[version]={newer}").status_code == 200
    assert api.get(f"{place}versions/").json() == {"versions": [TIME]}
    assert api.delete(place).status_code == 200
    check_error(api.get(f"{place}versions/"), 404)
    check_error(api.delete(place), 404)


def test_a_peer_that_floods_waits_and_the_others_do_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    limits = {"peer_rate": 0.01, "peer_burst": 3, "stranger_rate": 0.01, "stranger_burst": 2}
    with opened(tmp_path_factory.mktemp("flood"), **limits) as room:
        keys = {}
        for name in ("loud", "calm"):
            room.service.peers_add(Peer(name, name), by=room.actor)
            keys[name] = {"authorization": f"Bearer {room.service.peers_key(name, by=room.actor).text}"}
        with TestClient(application(room.service)) as client:
            answers = [client.get("/taxii2/", headers=keys["loud"]) for _ in range(5)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
            assert int(answers[-1].headers["retry-after"]) > 1
            assert client.get("/taxii2/", headers=keys["calm"]).status_code == 200
            guesses = [client.get("/taxii2/", headers={"authorization": "Bearer guess"}) for _ in range(4)]
            assert [answer.status_code for answer in guesses] == [401, 401, 429, 429]
            # Nor is what no path takes free for anybody.
            assert [client.put("/taxii2/x/").status_code for _ in range(2)] == [429, 429]
            assert client.get("/taxii2/", headers=keys["calm"]).status_code == 200
        assert {row.name: row.state for row in room.service.peers_list()} == {"loud": "active", "calm": "active"}


def test_a_peer_that_brings_more_and_more_fills_no_disk(tmp_path_factory: pytest.TempPathFactory) -> None:
    with opened(tmp_path_factory.mktemp("full"), peer_mb_rate=0.001, peer_mb_burst=0.02) as room:
        service, by = room.service, room.actor
        made = service.collections_add(Collection("shared", "c", default_tlp="green"), by=by)
        keys = {}
        for name in ("loud", "calm"):
            service.peers_add(Peer(name, name), by=by)
            service.collections_grant(made.id, name, read=True, write=True, by=by)
            keys[name] = {"authorization": f"Bearer {service.peers_key(name, by=by).text}", "content-type": MEDIA}
        with TestClient(application(service)) as client:
            place = f"/taxii2/c/collections/{made.id}/objects/"
            large = [json.dumps({"objects": [indicator(number, name="x" * 9_000)]}).encode() for number in range(4)]
            answers = [client.post(place, content=each, headers=keys["loud"]) for each in large]
            assert [answer.status_code for answer in answers] == [202, 202, 429, 429]
            assert int(answers[-1].headers["retry-after"]) > 1
            assert client.post(place, content=large[3], headers=keys["calm"]).status_code == 202


def test_a_body_that_is_compressed_is_415_and_says_so(api: Api) -> None:
    told = check_error(api.post(gzip.compress(b'{"objects":[]}'), **{"content-encoding": "gzip"}), 415)
    assert "Content-Encoding" in told["description"]


def test_where_no_version_is_left_nothing_is_said_of_versions(api: Api) -> None:
    answer = api.get(f"{api.place}objects/{indicator(1)['id']}/versions/?added_after=2999-01-01T00:00:00Z")
    assert (answer.status_code, answer.content) == (200, b"{}")
