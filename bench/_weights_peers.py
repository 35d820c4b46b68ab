"""Times other sealed formats on a safetensors file, in an interpreter that has them.

Usage: _weights_peers.py FILE ROUNDS [--cpu]

Prints one JSON object: for cryptotensors and tensorizer, the least seconds to save, to load, and to read one row.
"""

import base64
import json
import os
import sys
import time
from pathlib import Path


def main(place: str, rounds: int) -> None:
    """Both peers, one after the other; what they write is taken away again."""
    print(json.dumps({"cryptotensors": cryptotensors(place, rounds), "tensorizer": tensorizer(place, rounds)}))


def tensors_of(place):
    import torch

    data = torch.from_file(place, shared=False, size=os.path.getsize(place), dtype=torch.uint8)
    length = int.from_bytes(bytes(data[:8].tolist()), "little")
    header = json.loads(bytes(data[8 : 8 + length].tolist()))
    body = data[8 + length :]
    return {
        name: body[slice(*each["data_offsets"])].view(torch.bfloat16).view(each["shape"])
        for name, each in header.items()
    }


def cryptotensors(place, rounds):
    import cryptotensors as peer
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptotensors.torch import load_file, save_file

    signer = Ed25519PrivateKey.generate()
    enc = {"kty": "oct", "alg": "aes256gcm", "k": base64_of(os.urandom(32)), "kid": "enc"}
    public, private = signer.public_key().public_bytes_raw(), signer.private_bytes_raw()
    sign = {
        "kty": "okp",
        "crv": "Ed25519",
        "alg": "ed25519",
        "x": base64_of(public),
        "d": base64_of(private),
        "kid": "sign",
    }
    peer.register_direct_key_provider(keys=[enc, sign])
    tensors, out = tensors_of(place), f"{place}.cryptotensors"
    name = sorted(tensors)[len(tensors) // 2]
    took = {"save": [], "load": [], "row": []}
    try:
        for _ in range(rounds):
            Path(out).unlink(missing_ok=True)
            timed(took["save"], lambda: save_file(tensors, out, config={"enc_key": enc, "sign_key": sign}))
            timed(took["load"], lambda: load_file(out))

        def row():
            with peer.safe_open(out, framework="pt") as opened:
                return opened.get_slice(name)[7:8]

        for _ in range(5 * rounds):
            timed(took["row"], row)
    finally:
        Path(out).unlink(missing_ok=True)
    return {what: min(times) for what, times in took.items()}


def base64_of(data):
    return base64.b64encode(data).decode()


def tensorizer(place, rounds):
    from tensorizer import DecryptionParams, EncryptionParams, TensorDeserializer, TensorSerializer

    tensors, out = tensors_of(place), f"{place}.tensors"
    chosen = EncryptionParams.random()
    took = {"save": [], "load": []}

    def save():
        made = TensorSerializer(out, encryption=chosen)
        made.write_state_dict(tensors)
        made.close()

    def load():
        with TensorDeserializer(out, device="cpu", encryption=DecryptionParams.from_key(chosen.key)) as found:
            return list(found.values())

    try:
        for _ in range(rounds):
            Path(out).unlink(missing_ok=True)
            timed(took["save"], save)
            timed(took["load"], load)
    finally:
        Path(out).unlink(missing_ok=True)
    return {what: min(times) for what, times in took.items()}


def timed(into, work):
    began = CLOCK()
    work()
    into.append(CLOCK() - began)


CLOCK = time.process_time if "--cpu" in sys.argv else time.perf_counter

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
