"""Peers that are known by a client certificate: let in by its public key, and by nothing once that is revoked."""

import asyncio
import ssl
from pathlib import Path

import pytest

from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable
from kept.practices.sharing.backends.taxii_client import TaxiiClient
from kept.practices.sharing.records import Collection, Peer
from kept.surfaces.tls import context, trust
from simulators.certificates import certificate as made
from simulators.served import served
from simulators.sharing_room import opened
from simulators.taxii_server import application


def certificate_in(path: Path) -> str:
    text = path.read_text()
    return text[text.index("-----BEGIN CERTIFICATE") :]


def asked(url: str, **more: str) -> list[str]:
    async def ask() -> list[str]:
        client = TaxiiClient(url.replace("127.0.0.1", "localhost") + "/taxii2/", **more)
        try:
            return [each.title for each in await client.collections()]
        finally:
            await client.close()

    return asyncio.run(ask())


def test_a_peer_is_known_by_its_certificate_until_it_is_revoked(tmp_path: Path) -> None:
    server, lab, stranger = (made(tmp_path, name) for name in ("server", "lab", "stranger"))
    authority = tmp_path / "authority.pem"
    authority.write_text(certificate_in(server))
    with opened(tmp_path / "room") as room:
        service, by = room.service, room.actor
        service.peers_add(Peer("lab", "Lab"), by=by)
        service.peers_certify("lab", certificate_in(lab), by=by)
        place = service.collections_add(Collection("shared", "c"), by=by)
        service.collections_grant(place.id, "lab", read=True, write=False, by=by)
        with pytest.raises(Conflict):
            service.peers_certify("lab", certificate_in(lab), by=by)
        with pytest.raises(Invalid):
            service.peers_certify("lab", "-----BEGIN CERTIFICATE-----", by=by)
        tls = context(server)
        trust(tls, service.client_certificates)
        with served(application(service), tls=tls) as url:
            assert asked(url, identity=str(lab), authority=str(authority)) == ["shared"]
            with pytest.raises(Denied):
                asked(url, authority=str(authority))
            with pytest.raises(Unavailable):
                asked(url, identity=str(stranger), authority=str(authority))
            with pytest.raises(Unavailable, match="nobody vouches for here"):
                asked(url, identity=str(lab), authority=str(made(tmp_path, "another")))
            service.peers_revoke("lab", by=by)
            with pytest.raises(Denied):
                asked(url, identity=str(lab), authority=str(authority))


def test_what_is_no_certificate_is_said_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        context(tmp_path / "none.pem")
    (tmp_path / "half.pem").write_text(certificate_in(made(tmp_path, "x")))
    with pytest.raises(Invalid):
        context(tmp_path / "half.pem")
    assert context(made(tmp_path, "y")).minimum_version == ssl.TLSVersion.TLSv1_2
