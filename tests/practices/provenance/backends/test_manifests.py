"""Content credentials are signed, read under our trust alone, and never say more than they should."""

import json
import os
import pickle
import random
import re
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from functools import cache
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, KeptError, Unavailable
from kept.practices.provenance.backends import manifests
from kept.practices.provenance.backends.manifests import DETACHED, EMBEDDED, manifest_for, read, sign
from kept.practices.provenance.methods import certificates
from kept.practices.provenance.methods.manifests.definition import mark_binding, payload_of
from kept.practices.provenance.records import Payload
from kept.practices.provenance.records.manifests import (
    ISCC_ALGORITHM,
    MINING,
    Credentials,
    ManifestClaims,
    ManifestTrust,
    MiningEntry,
    SoftBinding,
)
from simulators.authorities import MOMENT, Authority, serving, time_stamping
from simulators.media_files import EVERY, sample

c2pa = pytest.importorskip("c2pa", reason="c2pa-python is not installed (kept[provenance])")

PUBLIC = Path(__file__).parents[5] / "shared" / "data" / "c2pa"
PAYLOAD = Payload(model=0x5A5A5, content=0xC0FFEE1234)
CLAIMS = ManifestClaims(
    service="Acme Images", model="painter-3", model_version="3.1", bindings=(mark_binding(PAYLOAD),)
)
NOBODY = ManifestTrust()
JPEG = "image/jpeg"
CAPTURE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
CREATED = [
    {"label": "c2pa.actions.v2", "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": CAPTURE}]}}
]
AUTHORITY = Authority.make()
CREDENTIALS = AUTHORITY.credentials()
TRUST = AUTHORITY.trust(CREDENTIALS)
SIGNED = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=CLAIMS)


def stranger() -> tuple[Authority, bytes]:
    """Somebody else's authority, and a photograph from a camera that it certified."""
    authority = Authority.make("Lens Company")
    definition = {"claim_generator_info": [{"name": "Camera 9"}], "assertions": CREATED}
    credentials = authority.credentials()
    info = c2pa.C2paSignerInfo(b"es256", credentials.chain.encode(), credentials.key.private, None)
    photograph = BytesIO()
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(definition) as builder:
        builder.sign(signer, JPEG, BytesIO(sample(JPEG, width=200)), photograph)
    return authority, photograph.getvalue()


# Every format


@pytest.mark.parametrize("media_type", EVERY)
def test_every_format_is_signed_and_read_back(media_type):
    content = sample(media_type)
    signed = sign(content, media_type, credentials=CREDENTIALS, claims=CLAIMS)
    assert signed.embedded == (media_type in EMBEDDED)
    beside = None if signed.embedded else signed.manifest
    found = read(signed.data, media_type, trust=TRUST, manifest=beside)
    assert (found.state, found.signature, found.binding, found.ours) == ("trusted", "trusted", "holds", True)
    assert found.failures == ()
    assert (found.generator, found.agents) == ("Acme Images", ("painter-3",))
    assert found.actions == ("c2pa.created", "c2pa.watermarked.bound")
    assert found.sources == ("trainedAlgorithmicMedia",)
    assert [payload_of(one) for one in found.bindings] == [PAYLOAD]
    assert set(found.mining) == set(MINING)


@pytest.mark.parametrize("media_type", sorted(DETACHED & set(EVERY)))
def test_a_format_without_room_stays_as_it_is_and_every_byte_of_it_is_bound(media_type):
    content = sample(media_type)
    signed = sign(content, media_type, credentials=CREDENTIALS, claims=CLAIMS)
    assert signed.data == content
    assert read(content, media_type, trust=TRUST).state == "none"
    changed = content[:-1] + bytes([content[-1] ^ 1])
    found = read(changed, media_type, trust=TRUST, manifest=signed.manifest)
    assert (found.state, found.signature, found.binding) == ("invalid", "trusted", "broken")


def test_content_may_be_left_as_it_is_in_any_format():
    content = sample("image/png")
    manifest = manifest_for(content, "image/png", credentials=CREDENTIALS, claims=CLAIMS)
    assert read(content, "image/png", trust=TRUST, manifest=manifest).state == "trusted"
    assert read(content, "image/png", trust=TRUST).state == "none"


# What is in it


def test_the_librarys_own_reader_agrees_under_our_root_and_has_no_picture_to_show():
    root = certificates.to_pem([AUTHORITY.root])
    context = c2pa.Context.from_dict({"trust": {"trust_anchors": root}})
    with c2pa.Reader(JPEG, BytesIO(SIGNED.data), context=context) as reader:
        assert reader.get_validation_state() == "Trusted"
        report = reader.json()
    assert "thumbnail" not in report
    with c2pa.Reader(JPEG, BytesIO(SIGNED.data)) as reader:
        assert reader.get_validation_state() == "Valid"


def test_nothing_in_a_manifest_comes_from_whoever_uses_the_service(monkeypatch):
    told = []
    for user in ("alice", "bob"):
        for name in ("USER", "LOGNAME", "USERNAME", "HOME", "EMAIL", "HOSTNAME"):
            monkeypatch.setenv(name, f"{user}-{name}")
        data = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=CLAIMS).data
        assert user.encode() not in data
        with c2pa.Reader(JPEG, BytesIO(data)) as reader:
            told.append(sorted(leaves(json.loads(reader.detailed_json()))))
    drawn = re.compile(r"(self#jumbf=.*|urn:c2pa:[-0-9a-f]{36}|xmp.iid:[-0-9a-f]{36}|[A-Za-z0-9+/]{43}=)")
    first, second = ([text for text in each if not drawn.fullmatch(text)] for each in told)
    assert first == second
    ours = {"Acme Images", "painter-3", "3.1", "Acme AI", "Signer", mark_binding(PAYLOAD).value}
    assert ours <= set(first)


def leaves(value):
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from leaves(inner)
    if isinstance(value, str):
        yield value


def test_there_is_no_field_for_a_user():
    assert {field.name for field in fields(ManifestClaims)} == {
        *("service", "model", "model_version"),
        *("bindings", "mining", "edited"),
    }


def test_what_may_be_done_with_content_is_up_to_its_maker():
    mining = (MiningEntry("cawg.ai_training", "constrained", "https://acme.example/licence"),)
    signed = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=replace(CLAIMS, mining=mining))
    assert read(signed.data, JPEG, trust=TRUST).mining == mining


def test_a_fingerprint_is_a_second_binding_and_no_mark():
    fingerprint = SoftBinding(ISCC_ALGORITHM, "SVNDQzpLRUM=")
    both = sign(
        sample(JPEG), JPEG, credentials=CREDENTIALS, claims=replace(CLAIMS, bindings=(*CLAIMS.bindings, fingerprint))
    )
    assert read(both.data, JPEG, trust=TRUST).bindings == (*CLAIMS.bindings, fingerprint)
    alone = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=replace(CLAIMS, bindings=(fingerprint,)))
    assert read(alone.data, JPEG, trust=TRUST).actions == ("c2pa.created",)


def test_the_mark_says_that_its_algorithm_is_not_registered():
    (binding,) = read(SIGNED.data, JPEG, trust=TRUST).bindings
    assert "not registered" in binding.note


# Whose signature counts


def test_a_signer_whom_nobody_trusts_is_untrusted_and_not_ours():
    found = read(SIGNED.data, JPEG, trust=NOBODY)
    assert (found.state, found.signature, found.binding, found.ours) == ("untrusted", "untrusted", "holds", False)
    assert found.failures == ("signingCredential.untrusted",)
    # The name of our certificate isn't enough where nothing vouches for it.
    assert not read(SIGNED.data, JPEG, trust=replace(TRUST, anchors="")).ours


def test_another_signer_of_the_same_authority_is_trusted_and_not_ours():
    other = AUTHORITY.credentials()
    signed = sign(sample(JPEG), JPEG, credentials=other, claims=CLAIMS)
    found = read(signed.data, JPEG, trust=TRUST)
    assert (found.state, found.ours) == ("trusted", False)


def test_a_root_of_time_stamps_vouches_for_no_signer():
    found = read(SIGNED.data, JPEG, trust=replace(TRUST, anchors="", timestamps=TRUST.anchors))
    assert (found.state, found.signature, found.ours) == ("untrusted", "untrusted", False)
    assert "time stamping" in found.why


def test_a_development_chain_says_so_whoever_trusts_it():
    made = certificates.development("Acme AI", algorithm="es256", entropy=draws(7), moment=MOMENT)
    signed = sign(sample(JPEG), JPEG, credentials=Credentials(made.chain, made.key, development=True), claims=CLAIMS)
    for trust, state in ((NOBODY, "untrusted"), (ManifestTrust(development=made.root), "trusted")):
        found = read(signed.data, JPEG, trust=trust)
        assert (found.state, found.development) == (state, True)
        assert "development, not for production" in found.signatory.subject
    assert not read(SIGNED.data, JPEG, trust=TRUST).development


def draws(seed: int):
    return random.Random(seed).randbytes


@pytest.mark.parametrize("algorithm", ["es256", "ed25519"])
def test_both_algorithms_sign(algorithm):
    credentials = AUTHORITY.credentials(algorithm)
    signed = sign(sample(JPEG), JPEG, credentials=credentials, claims=CLAIMS)
    assert read(signed.data, JPEG, trust=AUTHORITY.trust(credentials)).ours


# Time


@pytest.mark.parametrize("algorithm", ["es256", "ed25519"])
def test_a_time_stamp_counts_under_a_root_of_its_own(tmp_path, algorithm):
    with time_stamping(tmp_path / "authority") as authority:
        credentials = AUTHORITY.credentials(algorithm, timestamps=authority.address)
        signed = sign(sample(JPEG), JPEG, credentials=credentials, claims=CLAIMS)
        assert len(authority.answered) == 1
    trusted = read(signed.data, JPEG, trust=AUTHORITY.trust(credentials, timestamps=authority.root))
    assert trusted.signed_at is not None
    assert trusted.timestamp_trusted
    unknown = read(signed.data, JPEG, trust=AUTHORITY.trust(credentials))
    assert unknown.signed_at == trusted.signed_at
    assert not unknown.timestamp_trusted
    assert read(SIGNED.data, JPEG, trust=TRUST).signed_at is None


def test_a_root_of_signers_vouches_for_no_time_stamp(tmp_path):
    with time_stamping(tmp_path / "authority") as authority:
        credentials = AUTHORITY.credentials(timestamps=authority.address)
        signed = sign(sample(JPEG), JPEG, credentials=credentials, claims=CLAIMS)
    trust = AUTHORITY.trust(credentials)
    found = read(signed.data, JPEG, trust=replace(trust, anchors=trust.anchors + authority.root))
    assert found.ours
    assert not found.timestamp_trusted


def test_without_its_time_stamp_nothing_is_signed():
    credentials = AUTHORITY.credentials(timestamps="http://127.0.0.1:9/")
    with pytest.raises(Unavailable) as caught:
        sign(sample(JPEG), JPEG, credentials=credentials, claims=CLAIMS)
    assert caught.value.code == "manifest.timestamp"


def test_an_authority_that_answers_nonsense_is_unavailable():
    class Nonsense(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.send_header("content-length", "4")
            self.end_headers()
            self.wfile.write(b"noon")

        def log_message(self, *args):
            del args

    with serving(Nonsense) as address, pytest.raises(Unavailable):
        sign(sample(JPEG), JPEG, credentials=AUTHORITY.credentials(timestamps=address), claims=CLAIMS)


# What came with the content


def test_a_manifest_that_comes_with_content_becomes_its_parent():
    lens, photograph = stranger()
    trust = replace(TRUST, anchors=TRUST.anchors + certificates.to_pem([lens.root]))
    assert read(photograph, JPEG, trust=trust).captured
    original = (photograph, JPEG)
    for claims in (CLAIMS, replace(CLAIMS, edited=True)):
        signed = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=claims, original=original, trust=trust)
        found = read(signed.data, JPEG, trust=trust)
        assert (found.state, found.ours, found.captured, found.generated) == ("trusted", True, False, claims.edited)
        assert found.earlier == ("digitalCapture",)
        (parent,) = found.ingredients
        assert (parent.relationship, parent.generator, parent.failures, parent.ours) == (
            "parentOf",
            "Camera 9",
            (),
            False,
        )
        edited = ("c2pa.edited",) if claims.edited else ()
        assert found.actions == ("c2pa.opened", *edited, "c2pa.watermarked.bound")


@pytest.mark.parametrize("media_type", EVERY)
def test_what_was_edited_has_what_was_handed_in_for_its_parent_also_without_a_manifest(media_type):
    data = sample(media_type)
    claims = replace(CLAIMS, edited=True)
    signed = sign(data, media_type, credentials=CREDENTIALS, claims=claims)
    found = read(signed.data, media_type, trust=TRUST, manifest=None if signed.embedded else signed.manifest)
    assert (found.state, found.ours, found.generated) == ("trusted", True, True)
    assert found.actions == ("c2pa.opened", "c2pa.edited", "c2pa.watermarked.bound")
    assert found.sources == ("compositeWithTrainedAlgorithmicMedia",)
    (parent,) = found.ingredients
    assert (parent.relationship, parent.signatory, parent.failures) == ("parentOf", None, ())


def test_a_chain_of_parents_names_ours_within():
    again = AUTHORITY.credentials()
    signed = sign(SIGNED.data, JPEG, credentials=again, claims=CLAIMS)
    found = read(signed.data, JPEG, trust=TRUST)
    assert (found.ours, found.generated) == (False, True)
    assert [one.ours for one in found.ingredients] == [True]
    third = sign(signed.data, JPEG, credentials=CREDENTIALS, claims=CLAIMS)
    last = read(third.data, JPEG, trust=TRUST)
    assert (last.state, len(last.ingredients), last.earlier) == ("trusted", 1, ("trainedAlgorithmicMedia",))


def test_a_parent_of_another_format_is_named_too():
    original = (SIGNED.data, JPEG)
    signed = sign(sample("image/png"), "image/png", credentials=CREDENTIALS, claims=CLAIMS, original=original)
    assert read(signed.data, "image/png", trust=TRUST).actions[0] == "c2pa.opened"


def test_a_parent_that_was_changed_is_recorded_as_such():
    broken = changed(SIGNED.data)
    signed = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=CLAIMS, original=(broken, JPEG), trust=TRUST)
    found = read(signed.data, JPEG, trust=TRUST)
    assert found.state == "trusted"
    assert "assertion.dataHash.mismatch" in found.ingredients[0].failures


def test_a_parent_that_cannot_be_read_is_refused_rather_than_dropped():
    at = SIGNED.data.index(b"jumb") + 4
    damaged = SIGNED.data[:at] + b"\xff\xff\xff\xff" + SIGNED.data[at + 4 :]
    with pytest.raises(Invalid) as caught:
        sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=CLAIMS, original=(damaged, JPEG))
    assert caught.value.code == "manifest.parent"


def test_content_without_a_manifest_has_no_parent():
    signed = sign(
        sample(JPEG), JPEG, credentials=CREDENTIALS, claims=CLAIMS, original=(sample("image/png"), "image/png")
    )
    assert read(signed.data, JPEG, trust=TRUST).ingredients == ()


# Kept aside, and found again


@pytest.mark.parametrize(
    ("media_type", "other"), [(JPEG, "image/png"), ("video/mp4", "video/webm"), ("audio/ogg", "audio/wav")]
)
def test_a_manifest_held_against_a_copy_tells_the_signer_from_the_content(media_type, other):
    signed = sign(sample(media_type), media_type, credentials=CREDENTIALS, claims=CLAIMS)
    found = read(sample(other), other, trust=TRUST, manifest=signed.manifest)
    assert (found.state, found.signature, found.binding) == ("invalid", "trusted", "broken")
    assert found.ours
    assert found.content_changed
    assert [payload_of(one) for one in found.bindings] == [PAYLOAD]
    nobody = read(sample(other), other, trust=NOBODY, manifest=signed.manifest)
    assert (nobody.state, nobody.signature, nobody.content_changed) == ("invalid", "untrusted", False)


def test_content_that_was_changed_since_is_invalid_and_still_signed():
    found = read(changed(SIGNED.data), JPEG, trust=TRUST)
    assert (found.state, found.signature, found.content_changed) == ("invalid", "trusted", True)


def changed(data: bytes) -> bytes:
    return data[:-1000] + bytes([data[-1000] ^ 1]) + data[-999:]


def test_a_forged_signature_counts_for_nothing():
    name = SIGNED.data.rindex(b"painter-3")
    forged = SIGNED.data[:name] + b"painter-4" + SIGNED.data[name + 9 :]
    found = read(forged, JPEG, trust=TRUST)
    assert (found.state, found.content_changed) == ("invalid", False)


def test_a_manifest_that_is_only_named_is_not_fetched():
    asked = []

    class Repository(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *args):
            del args

    with serving(Repository) as address:
        info = c2pa.C2paSignerInfo(b"es256", CREDENTIALS.chain.encode(), CREDENTIALS.key.private, None)
        named = BytesIO()
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder({"assertions": CREATED}) as builder:
            builder.set_no_embed()
            builder.set_remote_url(f"{address}manifest.c2pa")
            builder.sign(signer, JPEG, BytesIO(sample(JPEG)), named)
        asked.clear()
        found = read(named.getvalue(), JPEG, trust=TRUST)
        assert (found.state, found.remote) == ("none", f"{address}manifest.c2pa")
        signed = sign(named.getvalue(), JPEG, credentials=CREDENTIALS, claims=CLAIMS)
        assert read(signed.data, JPEG, trust=TRUST).ingredients == ()
        assert asked == []


# The files of others


@pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public C2PA test files are not here (../shared/data/c2pa)")
@pytest.mark.parametrize(
    ("name", "state", "failure"),
    [
        ("A", "none", None),
        ("C", "untrusted", "signingCredential.untrusted"),
        ("CA", "untrusted", "signingCredential.untrusted"),
        ("E-dat-CA", "invalid", "assertion.dataHash.mismatch"),
        ("E-sig-CA", "invalid", "claimSignature.mismatch"),
        ("E-uri-CA", "invalid", "assertion.hashedURI.mismatch"),
    ],
)
def test_the_public_files_read_as_their_names_say(name, state, failure):
    found = read((PUBLIC / f"adobe-20220124-{name}.jpg").read_bytes(), JPEG, trust=TRUST)
    assert found.state == state
    assert failure is None or failure in found.failures
    assert len(found.ingredients) == ("CA" in name)
    assert found.signature == {"none": "unchecked", "E-sig-CA": "broken"}.get(
        state if name == "A" else name, "untrusted"
    )
    assert not found.ours


# Bad input


@pytest.mark.parametrize("data", [b"", pytest.param(b"x" * 2000, id="long")])
def test_content_of_the_wrong_size_is_invalid(monkeypatch, data):
    monkeypatch.setattr(manifests, "CONTENT_LIMIT", 1000)
    with pytest.raises(Invalid):
        read(data, JPEG, trust=NOBODY)
    with pytest.raises(Invalid):
        sign(data, JPEG, credentials=CREDENTIALS, claims=CLAIMS)


def test_a_manifest_that_is_too_large_is_invalid(monkeypatch):
    monkeypatch.setattr(manifests, "MANIFEST_LIMIT", 100)
    with pytest.raises(Invalid):
        read(sample(JPEG), JPEG, trust=NOBODY, manifest=SIGNED.manifest)


def test_what_is_no_picture_is_refused():
    for data in (b"\xff", b"no picture at all", sample(JPEG)[:500]):
        with pytest.raises(Invalid) as caught:
            sign(data, JPEG, credentials=CREDENTIALS, claims=CLAIMS)
        assert caught.value.code == "manifest.content"
    with pytest.raises(Invalid):
        sign(sample(JPEG), "image/gif", credentials=CREDENTIALS, claims=CLAIMS)


def test_a_media_type_that_lies_is_read_by_what_the_bytes_are():
    assert read(SIGNED.data, "image/png", trust=TRUST).ours
    assert read(SIGNED.data, "a\0b", trust=TRUST).ours


@pytest.mark.parametrize("name", ["", "x" * 201, "two\nlines", "nul\0"])
def test_a_name_that_cannot_stand_in_a_manifest_is_invalid(name):
    with pytest.raises(Invalid):
        sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=replace(CLAIMS, model=name))


def test_a_trust_list_that_is_no_pem_is_invalid():
    with pytest.raises(Invalid) as caught:
        read(SIGNED.data, JPEG, trust=ManifestTrust(anchors="anyone"))
    assert caught.value.code == "certificate.damaged"


def test_a_certificate_of_another_key_signs_nothing():
    credentials = replace(CREDENTIALS, chain=AUTHORITY.credentials().chain)
    with pytest.raises(Invalid) as caught:
        sign(sample(JPEG), JPEG, credentials=credentials, claims=CLAIMS)
    assert caught.value.code == "manifest.credentials"


def test_work_is_bounded_by_size():
    # A directory of 65,535 entries: four reads of a few bytes for each.
    entries = b"".join(struct.pack("<HHII", 0x0100, 3, 1, 1) for _ in range(65_535))
    hostile = b"II*\0" + struct.pack("<IH", 8, 65_535) + entries + b"\0\0\0\0"
    found = read(hostile, "image/tiff", trust=NOBODY)
    assert (found.state, found.failures) == ("unreadable", ("kept.effort",))


def packed(parents: int, *, size: int) -> bytes:
    """A picture whose manifests are compressed, each with so many bytes of nothing in it."""
    context = c2pa.Context.from_dict(
        {"builder": {"thumbnail": {"enabled": False}}, "core": {"prefer_compress_manifests": True}}
    )
    info = c2pa.C2paSignerInfo(b"es256", CREDENTIALS.chain.encode(), CREDENTIALS.key.private, None)
    made = b""
    for _ in range(parents + 1):
        opened = [{"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}]
        actions = {"label": "c2pa.actions.v2", "data": {"actions": opened}} if made else CREATED[0]
        thumbnail = {"format": "image/jpeg", "identifier": "picture"}
        definition = {"assertions": [actions], "thumbnail": thumbnail}
        target = BytesIO()
        with c2pa.Signer.from_info(info) as signer, c2pa.Builder(definition, context) as builder:
            builder.add_resource("picture", BytesIO(bytes(size)))
            if made:
                parent = {"title": "parent", "relationship": "parentOf", "label": "parent"}
                builder.add_ingredient(parent, JPEG, BytesIO(made))
            builder.sign(signer, JPEG, BytesIO(sample(JPEG)), target)
        made = target.getvalue()
    return made


def test_what_unpacks_to_too_much_is_not_unpacked():
    assert read(packed(2, size=1000), JPEG, trust=TRUST).state == "trusted"
    large = read(packed(0, size=5 << 20), JPEG, trust=TRUST)
    assert (large.state, "exceeds" in large.why) == ("unreadable", True)
    many = packed(16, size=1000)
    assert read(many, JPEG, trust=TRUST).failures == ("kept.effort",)
    manifest = sign(many, JPEG, credentials=CREDENTIALS, claims=CLAIMS, original=(sample(JPEG), JPEG)).manifest
    assert read(sample(JPEG), JPEG, trust=TRUST, manifest=manifest).signature == "trusted"


def test_without_the_package_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "c2pa", None)
    for call in (
        lambda: read(SIGNED.data, JPEG, trust=NOBODY),
        lambda: sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=CLAIMS),
    ):
        with pytest.raises(Unavailable) as caught:
            call()
        assert "kept[provenance]" in caught.value.hint


def test_many_threads_sign_and_read_at_once():
    def work(number: int) -> str:
        claims = replace(CLAIMS, model=f"painter-{number}")
        signed = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=claims)
        (agent,) = read(signed.data, JPEG, trust=TRUST).agents
        return agent

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(40))) == [f"painter-{number}" for number in range(40)]


def test_a_process_that_was_forked_opens_signers_of_its_own():
    assert read(SIGNED.data, JPEG, trust=TRUST).ours
    child = os.fork()
    if child == 0:
        try:
            signed = sign(sample(JPEG), JPEG, credentials=CREDENTIALS, claims=CLAIMS)
            os._exit(0 if read(signed.data, JPEG, trust=TRUST).ours else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0


def test_credentials_are_neither_shown_nor_copied():
    assert "PRIVATE" not in repr(CREDENTIALS)
    with pytest.raises(TypeError):
        pickle.dumps(CREDENTIALS)


@given(
    st.sampled_from([JPEG, "image/png", "image/tiff", "audio/flac", "audio/mpeg", "video/mp4"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
    st.one_of(st.none(), st.floats(0, 1)),
    st.booleans(),
)
def test_whatever_the_bytes_are_there_is_a_finding_or_one_of_our_errors(media_type, flips, cut, inside):
    data = bytearray(signed_once(media_type))
    start = data.index(b"jumb") - 40 if inside else 0
    length = 4000 if inside else len(data)
    for place, value in flips:
        data[min(start + int(place * (length - 1)), len(data) - 1)] = value
    if cut is not None:
        del data[int(cut * len(data)) :]
    try:
        found = read(bytes(data), media_type, trust=TRUST)
    except KeptError:
        return
    assert found.state in ("none", "trusted", "untrusted", "invalid", "unreadable")
    if found.state == "trusted":
        assert (found.agents, [payload_of(one) for one in found.bindings]) == (("painter-3",), [PAYLOAD])


@given(st.binary(min_size=1, max_size=300), st.binary(min_size=1, max_size=300))
def test_any_bytes_are_read_as_a_manifest_of_any_content(content, manifest):
    assert read(content, JPEG, trust=TRUST, manifest=manifest).state in ("none", "unreadable", "invalid")


@cache
def signed_once(media_type: str) -> bytes:
    return sign(sample(media_type), media_type, credentials=CREDENTIALS, claims=CLAIMS).data
