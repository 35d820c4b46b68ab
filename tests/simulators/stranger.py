"""A reader of sealed weights by someone who has docs/sealed-weights.md and none of kept's code."""

import base64
import hashlib
import hmac
import json
import struct
from pathlib import Path

from blake3 import blake3
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

STATEMENT, PAYLOAD = "https://in-toto.io/Statement/v1", "application/vnd.in-toto+json"
TYPES = "https://kept.example/sealed-weights/"
# DER of a SubjectPublicKeyInfo up to the key, RFC 8410 and RFC 9881.
SPKI = {"ed25519": "302a300506032b6570032100", "ml-dsa-65": "308207b2300b0609608648016503040312038207a100"}


class Refused(Exception):
    """The file is not as the document says."""


def need(holds, why):
    if not holds:
        raise Refused(why)


def b3(data):
    return blake3(data).digest()


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class File:
    """One sealed file: what its preamble says, and where its parts are."""

    def __init__(self, data):
        need(len(data) >= 4096 and data[:8] == b"KEPTSEAL", "magic")
        self.data = data
        version, self.kind, self.chunk, self.slot, self.body = struct.unpack_from("<IIIIQ", data, 8)
        self.salt, self.commitment, self.parent = data[32:64], data[64:96], data[96:128]
        self.payload, self.manifest = struct.unpack_from("<II", data, 128)
        need(version == 1 and self.kind in (1, 2), "version or kind")
        need(self.chunk in [1 << bits for bits in range(12, 25)], "chunk")
        need(self.slot % 4096 == 0 and self.slot <= 1 << 20, "slot")
        need((self.slot == 0) == any(self.parent), "a shard has no slots, and all others do")
        need(self.body <= 1 << 50 and not (self.kind == 2 and (self.body or any(self.parent))), "body")
        need(64 <= self.payload <= 25_000_064, "payload")
        need(4096 <= self.manifest <= 8_388_608 and self.manifest % 4096 == 0, "manifest")
        need(not any(data[136:4096]), "preamble")
        self.id = b3(data[:64])
        self.count = -(-self.body // self.chunk)
        self.manifest_at = 4096 + 2 * self.slot
        self.table_at = self.manifest_at + self.manifest
        self.header_at = self.table_at + 32 * self.count
        self.gap_at = self.header_at + self.payload + 16
        self.body_at = -(-self.gap_at // 4096) * 4096
        need(len(data) == self.body_at + self.body + 16 * self.count, "length")
        self.table, self.header = data[self.table_at : self.header_at], data[self.header_at : self.gap_at]
        self.root = b3(b"kept/sealed/v1 root\0" + self.table)

    def sealed(self, index):
        start = self.body_at + index * (self.chunk + 16)
        return self.data[start : start + min(self.chunk, self.body - index * self.chunk) + 16]


def derive(key, salt, info, length):
    return HKDF(SHA512(), length, salt, info).derive(key)


def opened(data, key):
    """The file, the SHA-256 of its plaintext, its header, and what decrypts a chunk."""
    file = File(data)
    keys = derive(key, file.salt, b"kept/sealed/v1 keys\0" + file.id, 96)
    need(hmac.compare_digest(keys[64:], file.commitment), "another key")
    try:
        payload = AESGCM(keys[:32]).decrypt(bytes(12), file.header, data[:4096])
    except InvalidTag as error:
        raise Refused("header") from error
    need(payload[32:64] == file.root, "root")
    cipher = AESGCM(keys[32:64])

    def chunk(index):
        binding = file.id + index.to_bytes(8, "big") + file.count.to_bytes(8, "big")
        try:
            return cipher.decrypt(index.to_bytes(12, "big"), file.sealed(index), binding)
        except InvalidTag as error:
            raise Refused(f"chunk {index}") from error

    return file, payload[:32], payload[64:], chunk


def plaintext(data, key):
    """The safetensors file (or the index) that was sealed."""
    file, digest, header, chunk = opened(data, key)
    start = len(header).to_bytes(8, "little") + header if file.kind == 1 else header
    whole = start + b"".join(map(chunk, range(file.count)))
    need(hashlib.sha256(whole).digest() == digest, "plaintext")
    return whole


def tensor(data, key, name):
    """The bytes of one tensor, from the chunks that hold it alone."""
    file, _, header, chunk = opened(data, key)
    start, stop = json.loads(header)[name]["data_offsets"]
    if start == stop:
        return b""
    first, last = start // file.chunk, (stop - 1) // file.chunk
    run = b"".join(chunk(index) for index in range(first, last + 1))
    return run[start - first * file.chunk : stop - first * file.chunk]


def shard_key(folder_key, data):
    file = File(data)
    return derive(folder_key, file.salt, b"kept/sealed/v1 shard key\0" + file.id, 32)


def statement(raw, kind):
    """The statement in an envelope of the one form, and the check of its signatures."""
    try:
        envelope = json.loads(raw)
        payload = base64.b64decode(envelope["payload"], validate=True)
        said = json.loads(payload)
        need(canonical(envelope) == raw and canonical(said) == payload, "not canonical")
        need(set(envelope) == {"payload", "payloadType", "signatures"}, "envelope")
        need(set(said) == {"_type", "subject", "predicateType", "predicate"}, "statement")
        need((envelope["payloadType"], said["_type"]) == (PAYLOAD, STATEMENT), "type")
        need(said["predicateType"] == TYPES + kind, "type")
        keys = {key_id(key): key for key in said["predicate"]["keys"]}
        need(1 <= len(keys) == len(said["predicate"]["keys"]) <= 16, "keys")
        signatures = {each["keyid"]: each for each in envelope["signatures"]}
        need(len(signatures) == len(envelope["signatures"]) and set(signatures) == set(keys), "signers")
        message = b"DSSEv1 %d %b %d %b" % (len(PAYLOAD), PAYLOAD.encode(), len(payload), payload)
        for name, each in signatures.items():
            need(set(each) == {"keyid", "sig"}, "signature")
            signature = base64.b64decode(each["sig"], validate=True)
            need(base64.b64encode(signature).decode() == each["sig"], "base64")
            public = bytes.fromhex(keys[name]["public"])
            made = Ed25519PublicKey if keys[name]["algorithm"] == "ed25519" else MLDSA65PublicKey
            made.from_public_bytes(public).verify(signature, message)
    except (ValueError, KeyError, TypeError, InvalidSignature) as error:
        raise Refused(f"statement: {error!r}") from error
    return said


def key_id(key):
    need(set(key) == {"algorithm", "public"} and key["public"] == key["public"].lower(), "key")
    return hashlib.sha256(bytes.fromhex(SPKI[key["algorithm"]] + key["public"])).hexdigest()


def named(digest):
    return "blake3:" + digest.hex()


def fingerprints(file):
    return {"preamble": named(b3(file.data[:4096])), "header": named(b3(file.header)), "root": named(file.root)}


def verify(data):
    """What was signed of a file, every byte of which was looked at."""
    file = File(data)
    area = data[file.manifest_at : file.table_at]
    length = int.from_bytes(area[:4], "little")
    need(0 < length <= len(area) - 4 and not any(area[4 + length :]), "manifest")
    said = statement(area[4 : 4 + length], "manifest/v1")
    kind = {1: "weights", 2: "index"}[file.kind]
    made = {
        "version": 1, "file": file.id.hex(), "kind": kind, "bytes": file.body, "chunks": file.count,
        **fingerprints(file),
        **{name: said["predicate"].get(name) for name in ("shards", "keys", "issued", "by")},
    }  # fmt: skip
    need(canonical(said["predicate"]) == canonical(made), "manifest")
    subjects = [(kind, said["subject"][0]["digest"]["sha256"])]
    subjects += [(shard["name"], shard["sha256"]) for shard in made["shards"]]
    expected = [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects]
    need(said["subject"] == expected, "subjects")
    for index in range(file.count):
        need(b3(file.sealed(index)) == file.table[32 * index : 32 * index + 32], f"chunk {index}")
    need(not any(data[file.gap_at : file.body_at]), "gap")
    if file.slot:
        generations = [found[0] for place in (0, 1) if (found := keys_in(file, place))]
        need(generations and len(set(generations)) == len(generations), "generations")
    return said


def keys_in(file, place):
    """Generation and key envelope in a slot, None where it is zero."""
    start = 4096 + place * file.slot
    slot = file.data[start : start + file.slot]
    if not any(slot):
        return None
    magic, generation, long, signed = struct.unpack_from("<8sQII", slot)
    need(magic == b"KEPTSLOT" and generation >= 1 and 24 + long + signed <= len(slot), "slot")
    envelope, rest = slot[24 : 24 + long], slot[24 + long :]
    need(not any(rest[signed:]), "slot")
    said = statement(rest[:signed], "keys/v1")
    made = {
        "version": 1, "file": file.id.hex(), "generation": generation, "envelope": named(b3(envelope)),
        **{name: said["predicate"].get(name) for name in ("keys", "issued", "by")},
    }  # fmt: skip
    need(canonical(said["predicate"]) == canonical(made), "slot")
    need(said["subject"] == [{"name": "sealed file", "digest": {"blake3": file.id.hex()}}], "slot")
    return generation, envelope


def verify_folder(folder):
    """Verify a sealed folder, and tell what it is named by."""
    (index,) = Path(folder).glob("*.safetensors.index.json.sealed")
    said = verify(index.read_bytes())
    shards = said["predicate"]["shards"]
    need(
        {path.name for path in Path(folder).glob("*.sealed")} - {index.name}
        == {f"{each['name']}.sealed" for each in shards},
        "shards",
    )
    for shard in shards:
        need("/" not in shard["name"] and not shard["name"].startswith("."), "name")
        data = (Path(folder) / f"{shard['name']}.sealed").read_bytes()
        own = verify(data)
        digest = own["subject"][0]["digest"]["sha256"]
        made = {"name": shard["name"], "file": File(data).id.hex(), "sha256": digest, **fingerprints(File(data))}
        need(shard == made and File(data).parent == File(index.read_bytes()).id, "shard")
    lines = sorted(f"{each['sha256']}  {each['name']}\n" for each in shards)
    lines.sort(key=lambda line: line[66:])
    return hashlib.sha256("".join(lines).encode()).hexdigest()
