"""A manifest that content lost is found again, by its mark and by what it looks like; and the web asks this service."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kept.errors import Invalid, NotFound
from kept.practices.provenance.backends import pictures
from kept.practices.provenance.methods.attacks.pictures import ATTACKS
from kept.practices.provenance.methods.jumbf import active_label
from kept.practices.provenance.methods.picture import Picture, as_rgb
from kept.practices.provenance.methods.standins import picture
from kept.practices.provenance.service.binding import ISCC, WATERMARK
from simulators.provenance_room import opened

if TYPE_CHECKING:
    from kept.practices.provenance.service import Service
    from kept.practices.provenance.web.asked import Asked

    def asked(service: Service) -> Asked:
        """The service answers what the pages ask."""
        return service


MODEL = "sha256:" + "a1" * 32
JPEG = "image/jpeg"


def test_a_stripped_copy_leads_to_its_manifest(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        service = room.service
        service.keys_new()
        plain = pictures.write(Picture(picture(1, height=400, width=480), JPEG), JPEG)
        made = service.mark(plain, JPEG, MODEL)
        entry = service._registry.get(int(service.check(made, JPEG).content_id or "", 16))
        assert entry is not None
        pixels = as_rgb(pictures.read(made, JPEG).pixels)
        cropped, small = (
            pictures.write(Picture(ATTACKS[name](pixels, 1), JPEG), JPEG) for name in ("crop-half", "none")
        )
        for data, algorithm in ((cropped, None), (cropped, WATERMARK), (small, ISCC)):
            (found,) = service.matches_by_content(data, JPEG, alg=algorithm)
            assert found.manifest_id == entry.manifest_id
        assert active_label(service.get_manifest(str(entry.manifest_id))) == entry.manifest_id
        assert service.public_name(MODEL) == MODEL
        assert service.organisation == "Acme AI"
        with pytest.raises(Invalid):
            service.matches_by_content(cropped, JPEG, alg="com.example")
        with pytest.raises(NotFound):
            service.get_manifest("urn:c2pa:none")


def test_a_mark_under_a_revoked_key_leads_nowhere(tmp_path: Path) -> None:
    with opened(tmp_path) as room:
        service = room.service
        key = service.keys_new().id
        plain = pictures.write(Picture(picture(1, height=400, width=480), JPEG), JPEG)
        made = service.mark(plain, JPEG, MODEL)
        service.keys_revoke(key, reason="Leaked.")
        assert service.matches_by_content(made, JPEG, alg=WATERMARK) == ()
