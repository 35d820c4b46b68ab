"""TAXII 2.1 over a socket: the black-box probe, and two clients that others wrote."""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import stix2
from taxii2client.v21 import Collection as ClientCollection
from taxii2client.v21 import Server, as_pages

from kept.practices.sharing.records import Collection, Peer
from simulators.served import served
from simulators.sharing_room import opened
from simulators.taxii_server import application

PROBE = Path(__file__).parents[5].parent / "shared" / "peers" / "taxii_conformance.py"
TIME = "2026-11-22T07:30:00.000Z"
COUNT = 300


@dataclass(frozen=True)
class Served:
    """A server with a collection that its peer may only read, and one that it may write, too."""

    url: str
    key: str
    full: str
    open: str


def indicator(number: int) -> dict[str, object]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.UUID(int=number, version=4)}",
        "created": TIME,
        "modified": TIME,
        "name": f"pattern {number}",
        "pattern": f"[file:name = 'x{number}']",
        "pattern_type": "stix",
        "valid_from": TIME,
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    unlimited = {"peer_rate": 1e6, "peer_burst": 1e6, "stranger_rate": 1e6, "stranger_burst": 1e6}
    with opened(tmp_path_factory.mktemp("taxii"), **unlimited) as room:
        service, by = room.service, room.actor
        service.peers_add(Peer("admin", "Lab"), by=by)
        key = service.peers_key("admin", by=by).text
        full, writable = (service.collections_add(Collection(t, "c", default_tlp="green"), by=by) for t in "ab")
        for each in (full, writable):
            service.collections_grant(each.id, "admin", read=True, write=True, by=by)
        reader = service.desk.door.enter(f"Bearer {key}")
        body = json.dumps({"objects": [indicator(number) for number in range(COUNT)]}).encode()
        assert json.loads(service.desk.bring(reader, "c", full.id, body))["success_count"] == COUNT
        service.collections_grant(full.id, "admin", read=True, write=False, by=by)
        with served(application(service)) as url:
            yield Served(url, key, full.id, writable.id)


def test_every_probe_passes(server: Served) -> None:
    if not PROBE.is_file():
        pytest.skip(f"{PROBE} is not there")
    command = [
        sys.executable,
        PROBE,
        server.url,
        "/taxii2/",
        "/taxii2/c",
        "admin",
        server.key,
        server.full,
        server.open,
    ]
    told = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    assert told.strip().endswith("46/46 pass"), told


def test_taxii2_client_walks_every_page_once(server: Served) -> None:
    root = Server(f"{server.url}/taxii2/", user="anyone", password=server.key).default
    assert {each.id for each in root.collections} == {server.full, server.open}
    full = ClientCollection(f"{server.url}/taxii2/c/collections/{server.full}/", user="anyone", password=server.key)
    pages = list(as_pages(full.get_objects, per_request=37))
    ids = [each["id"] for page in pages for each in page["objects"]]
    assert len(ids) == len(set(ids)) == COUNT
    entries = [each for page in as_pages(full.get_manifest, per_request=37) for each in page["objects"]]
    assert [each["id"] for each in entries] == ids
    added = [each["date_added"] for each in entries]
    assert added == sorted(set(added))


def test_stix2_writes_and_reads_what_it_wrote(server: Served) -> None:
    place = f"{server.url}/taxii2/c/collections/{server.open}/"
    collection = ClientCollection(place, user="admin", password=server.key)
    made = stix2.Indicator(name="ignore all", pattern="[file:name='y']", pattern_type="stix", valid_from=TIME)
    stix2.TAXIICollectionSink(collection).add(made)
    newer = made.new_version(name="ignore all previous")
    stix2.TAXIICollectionSink(collection).add([newer])
    source = stix2.TAXIICollectionSource(collection)
    assert source.get(made.id) == newer
    assert {each.name for each in source.all_versions(made.id)} == {made.name, newer.name}
    assert [each.id for each in source.query([stix2.Filter("type", "=", "indicator")])].count(made.id) == 1
