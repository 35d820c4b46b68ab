"""How fast weights are sealed and unsealed: against a bare loop of the cipher, a plain read, and other formats.

All on one file of bfloat16 tensors, in memory (/dev/shm) where there is room, so that no disk is measured. Each time is
the least of several interleaved rounds of wall time. "Warm" is a buffer that was written before; "fresh" is memory that
the system hands out, page by page, while it is filled. The peers run in the interpreter that `--peers` names: one with
cryptotensors and tensorizer (and torch); openssl and age are the programs on the path. Without them, their rows say so.

Usage: python bench/weights_sealed.py [--quick] [--size MEBIBYTES] [--folder FOLDER] [--peers PYTHON] [--cpu]
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from kept.core.keys import public_key
from kept.core.keys.software import SoftwareSigner
from kept.core.statement import sign
from kept.practices.weights.backends.containers.checking import check
from kept.practices.weights.backends.containers.opening import safe_open, several
from kept.practices.weights.backends.containers.reading import open_sealed
from kept.practices.weights.backends.containers.sealing import seal
from kept.practices.weights.methods.sealed.keys import Keys
from kept.practices.weights.methods.sealed.layout import PAGE, Preamble
from kept.practices.weights.methods.sealed.writing import chunk_binding, chunk_nonce
from kept.practices.weights.records.sealed import Commission

MEBIBYTE = 1 << 20
KEY = bytes(range(32))
SIGNER = SoftwareSigner.from_seed(bytes(32))
ROW = 2048
"""Elements of a row: 4 KiB of bfloat16."""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path("/dev/shm") if Path("/dev/shm").is_dir() else None)
    parser.add_argument("--peers", default="")
    parser.add_argument("--cpu", action="store_true", help="processor time instead of wall time, for a busy machine")
    options = parser.parse_args()
    size, rounds = (options.size or (128 if options.quick else 2048)), (3 if options.quick else 5)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        plain = Path(folder) / "plain"
        write_plain(plain, size)
        sealed = Path(folder) / "sealed"
        sealing = sealed_in(plain, sealed, rounds)
        reading = read_from(plain, sealed, rounds)
        rows = row_of(sealed)
        ages = aged(plain, rounds)
        reading["verify without a key"] = least(lambda: check(sealed), 1)
        peers = peers_of(plain, options.peers, min(rounds, 2))
    print(json.dumps({"bench": "weights_sealed", "rows": report(size, sealing, reading, rows, ages, peers)}))


def write_plain(place, size):
    """A safetensors file of `size` MiB: tensors of 32 MiB, whose bytes repeat (no format here compresses)."""
    each = 32 * MEBIBYTE
    count = max(1, size * MEBIBYTE // each)
    shape = [each // 2 // ROW, ROW]
    header = json.dumps(
        {
            f"layer.{number:04}": {
                "dtype": "BF16",
                "shape": shape,
                "data_offsets": [number * each, (number + 1) * each],
            }
            for number in range(count)
        }
    ).encode()
    header += b" " * (-len(header) % 8)
    bits = (np.random.default_rng(1).standard_normal(each // 2).astype("f4").view("u4") >> 16).astype("u2").tobytes()
    with place.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for _ in range(count):
            file.write(bits)


def commission():
    return Commission(
        keyed=lambda file_id, salt: (bytearray(KEY), b"{}"),
        sign=lambda said: sign(said, [SIGNER]),
        keys=(public_key(SIGNER),),
        issued="2026-11-28T12:00:00Z",
        by="bench",
        entropy=os.urandom,
    )


def sealed_in(plain, sealed, rounds):
    """Seconds to seal, and for `openssl enc`, which doesn't authenticate what it encrypts; CPU seconds too."""
    took = {"kept": [], "kept cpu": [], "openssl aes-256-ctr": [], "openssl aes-256-cbc": []}
    scratch = plain.with_name("openssl")
    for _ in range(rounds):
        sealed.unlink(missing_ok=True)
        cpu = time.process_time()
        took["kept"].append(timed(lambda: seal(plain, sealed, commission())))
        took["kept cpu"].append(time.process_time() - cpu)
        for mode in ("ctr", "cbc"):
            if shutil.which("openssl"):
                command = ["openssl", "enc", f"-aes-256-{mode}", "-K", KEY.hex(), "-iv", "00" * 16]
                command += ["-in", str(plain), "-out", str(scratch)]
                took[f"openssl aes-256-{mode}"].append(
                    timed(lambda command=command: subprocess.run(command, check=True))
                )
                scratch.unlink()
    return {name: min(times) for name, times in took.items() if times}


def read_from(plain, sealed, rounds):
    """Seconds for all tensors: into a warm buffer, into fresh memory, by the bare cipher, and a plain read."""
    model = open_sealed(sealed, KEY)
    size = model.size
    warm = np.ones(size, np.uint8)
    view = warm.data
    pieces, cipher = bare(sealed, view)
    took = {}

    def note(name, work):
        took.setdefault(name, []).append(timed(work))

    def loop():
        for nonce, chunk, binding, out in pieces:
            cipher.decrypt_into(nonce, chunk, binding, out)

    def copy():
        with plain.open("rb") as file:
            file.readinto(np.empty(plain.stat().st_size, np.uint8))

    for _ in range(2 * rounds):
        note("warm", lambda: model.read_into(0, size, view, threads=several()))
        note("bare loop", loop)
        note("one thread", lambda: model.read_into(0, size, view, threads=1))
        note("fresh", lambda: model.read_into(0, size, np.empty(size, np.uint8).data, threads=several()))
        note("plain read, fresh", copy)
    half = min(size, 256 * MEBIBYTE)
    took["sha256 of a part"] = [least(lambda: hashlib.sha256(view[:half]).digest(), rounds)]
    took["sha256 of two parts, two threads"] = [
        least(lambda: in_two(lambda: hashlib.sha256(view[:half]).digest()), rounds)
    ]
    return {name: min(times) for name, times in took.items()}


def bare(sealed, view):
    """The same chunks for a loop that does nothing else, and the cipher."""
    data = memoryview(np.memmap(sealed, np.uint8, "r"))
    preamble = Preamble.parse(bytes(data[:PAGE]))
    keys = Keys.unlock(KEY, preamble)
    count, size = preamble.draft.count, preamble.draft.chunk_bytes
    pieces = []
    for index in range(count):
        start, stop = preamble.chunk(index)
        out = view[index * size : index * size + preamble.plain(index)]
        pieces.append((chunk_nonce(index), data[start:stop], chunk_binding(preamble.file_id, index, count), out))
    return pieces, keys.body


def row_of(sealed):
    """Seconds for one row of 4 KiB: from a file that is open, and with opening it."""
    with safe_open(sealed, "np", key=KEY) as opened:
        names = opened.offset_keys()
    model = open_sealed(sealed, KEY)
    out, took = bytearray(2 * ROW), {"open": [], "whole": []}
    chosen = np.random.default_rng(2).integers(0, model.size // (2 * ROW), 200)
    for row in chosen:
        start = int(row) * 2 * ROW
        took["open"].append(timed(lambda start=start: model.read_into(start, start + 2 * ROW, out)))

    def whole():
        opened = open_sealed(sealed, KEY)
        start, _ = opened.tensor(names[len(names) // 2]).start, 0
        opened.read_into(start, start + 2 * ROW, out)
        opened.close()

    for _ in range(50):
        took["whole"].append(timed(whole))
    return {name: {"least": min(times), "median": sorted(times)[len(times) // 2]} for name, times in took.items()}


def aged(plain, rounds):
    """Seconds for age to encrypt into a file and to decrypt into nothing; empty without it."""
    if not shutil.which("age"):
        return {}
    key, sealed = plain.with_name("key"), plain.with_name("age")
    subprocess.run(["age-keygen", "-o", str(key)], check=True, capture_output=True)
    public = subprocess.run(["age-keygen", "-y", str(key)], check=True, capture_output=True, text=True).stdout.strip()
    save = least(lambda: subprocess.run(["age", "-r", public, "-o", str(sealed), str(plain)], check=True), 1)
    command = ["age", "-d", "-i", str(key), "-o", "/dev/null", str(sealed)]
    load = least(lambda: subprocess.run(command, check=True), min(rounds, 2))
    sealed.unlink()
    return {"save": save, "load": load}


def peers_of(plain, interpreter, rounds):
    if not interpreter:
        return {}
    script = Path(__file__).with_name("_weights_peers.py")
    command = [interpreter, str(script), str(plain), str(rounds), *(["--cpu"] if "--cpu" in sys.argv else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the peers failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def report(size, sealing, reading, rows, ages, peers):
    loads = {"cryptotensors": peers.get("cryptotensors", {}).get("load"), "age": ages.get("load")}
    loads["tensorizer"] = peers.get("tensorizer", {}).get("load")
    known = {name: took for name, took in loads.items() if took}
    speed = {name: f"{size * MEBIBYTE / took / 1e9:.2f} GB/s" for name, took in {**reading, **known}.items()}
    speed["sha256 of a part"] = f"{reading['sha256 of a part']:.3f} s"
    speed["sha256 of two parts, two threads"] = f"{reading['sha256 of two parts, two threads']:.3f} s"
    sealed = {name: f"{size * MEBIBYTE / took / 1e9:.2f} GB/s" for name, took in sealing.items()}
    saved = peers.get("tensorizer", {}).get("save")
    theirs = peers.get("cryptotensors", {}).get("row")
    least_ratio = min(known.values()) / reading["warm"] if len(known) == 3 else None
    return [
        row(
            f"unseal {size} MiB into warm buffers, against a bare loop of decrypt_into over the same bytes",
            ("≥ 0.85 of its speed", lambda ratio: ratio >= 0.85),
            reading["bare loop"] / reading["warm"],
            "ratio",
            speed,
        ),
        row(
            "unseal into warm buffers, against the fastest of cryptotensors, tensorizer (encrypted) and age",
            ("≥ 5 times its speed", lambda ratio: ratio >= 5),
            least_ratio,
            "times",
            {name: f"{took / reading['warm']:.1f} times" for name, took in known.items()} or {"peers": "none: --peers"},
        ),
        row(
            "unseal into fresh memory, against a plain read of the plain file",
            ("≤ 1.2 of its time", lambda ratio: ratio <= 1.2),
            reading["fresh"] / reading["plain read, fresh"],
            "ratio",
            {},
        ),
        row(
            "one row of 4 KiB from an open sealed file",
            ("≤ 1 ms", lambda took: took <= 1),
            rows["open"]["median"] * 1000,
            "ms",
            {
                "least ms": round(rows["open"]["least"] * 1000, 3),
                "with opening ms": round(rows["whole"]["median"] * 1000, 3),
            },
        ),
        row(
            "the same with opening the file, against cryptotensors",
            ("≥ 10 times as fast", lambda ratio: ratio >= 10),
            theirs / rows["whole"]["least"] if theirs else None,
            "times",
            {"cryptotensors ms": round(theirs * 1000, 2)} if theirs else {"peers": "none: --peers"},
        ),
        *(
            row(
                f"seal, against openssl enc -{mode} of the same file (which authenticates nothing)",
                ("≥ 1.5 times its speed", lambda ratio: ratio >= 1.5),
                sealing[f"openssl {mode}"] / sealing["kept"] if f"openssl {mode}" in sealing else None,
                "times",
                sealed,
            )
            for mode in ("aes-256-cbc", "aes-256-ctr")
        ),
        row(
            "seal, against tensorizer (encrypted)",
            ("≥ 4 times its speed", lambda ratio: ratio >= 4),
            saved / sealing["kept"] if saved else None,
            "times",
            {"tensorizer": f"{size * MEBIBYTE / saved / 1e9:.2f} GB/s"} if saved else {"peers": "none: --peers"},
        ),
    ]


def row(what, reach, measured, unit, detail):
    said, holds = reach
    kept = measured is not None and bool(holds(measured))
    return {"what": what, "reach": said, "measured": measured, "unit": unit, "holds": kept, "detail": detail}


def in_two(work):
    threads = [threading.Thread(target=work) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def least(work, rounds):
    return min(timed(work) for _ in range(rounds))


def timed(work):
    began = CLOCK()
    work()
    return CLOCK() - began


def processor():
    """Seconds of the processor, of this process and of those that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


CLOCK = processor if "--cpu" in sys.argv else time.perf_counter


if __name__ == "__main__":
    main()
