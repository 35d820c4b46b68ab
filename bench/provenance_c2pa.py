"""What content credentials cost: signing and verifying a 12 MP JPEG and others, beside SHA-256 of the same bytes.

Predicted: the library reads a JPEG some three times to sign it and twice to verify it, and hashes it three times in
all; with what it copies and parses, some eight times the hash. The watermark isn't in these figures: they are what
comes on top. Times are of the processor, on one thread, since others may share the machine.
"""

import hashlib
import io
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import cv2
import numpy as np
import soundfile

from kept.practices.provenance.backends.manifests import EMBEDDED, read, sign
from kept.practices.provenance.methods.manifests.definition import mark_binding
from kept.practices.provenance.records import Payload
from kept.practices.provenance.records.manifests import ManifestClaims
from simulators.authorities import Authority
from simulators.media_files import sample, sound

CLAIMS = ManifestClaims("Acme Images", "painter-3", bindings=(mark_binding(Payload(model=1, content=2)),))
AUTHORITY = Authority.make()
CREDENTIALS = AUTHORITY.credentials()
TRUST = AUTHORITY.trust(CREDENTIALS)


def photograph() -> bytes:
    """12 MP of something like a photograph: a sky, an edge, grain."""
    cv2.setNumThreads(1)
    generator = np.random.default_rng(7)
    coarse = cv2.resize(generator.uniform(30, 220, (24, 32, 3)), (4000, 3000), interpolation=cv2.INTER_CUBIC)
    picture = np.uint8(np.clip(coarse + generator.normal(0, 9, coarse.shape), 0, 255))
    return bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1])


def record(minutes: float) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, sound(60 * minutes), 48_000, format="WAV")
    return file.getvalue()


def cost(work: Callable[[], object], rounds: int) -> list[float]:
    """Milliseconds of the processor, sorted."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append((time.process_time() - start) * 1000)
    return sorted(taken)


def measured(data: bytes, media_type: str, rounds: int) -> dict[str, Any]:
    def signing() -> object:
        return sign(data, media_type, credentials=CREDENTIALS, claims=CLAIMS)

    signed = sign(data, media_type, credentials=CREDENTIALS, claims=CLAIMS)
    beside = None if signed.embedded else signed.manifest
    assert read(signed.data, media_type, trust=TRUST, manifest=beside).ours
    return {
        "sign": cost(signing, rounds),
        "verify": cost(lambda: read(signed.data, media_type, trust=TRUST, manifest=beside), rounds),
        "hash": cost(lambda: hashlib.sha256(data).digest(), rounds),
        "megabytes": len(data) / 1e6,
        "added": len(signed.manifest),
    }


def main() -> None:
    rounds = 5 if "--quick" in sys.argv else 25
    rows = []
    for what, data, media_type, limit in (
        ("12 MP JPEG", photograph(), "image/jpeg", 25.0),
        ("WAV of a minute", record(1), "audio/wav", None),
        ("small MP4", sample("video/mp4"), "video/mp4", None),
        ("small WebM, manifest beside it", sample("video/webm"), "video/webm", None),
    ):
        assert media_type in EMBEDDED or media_type == "video/webm"
        found = measured(data, media_type, rounds)
        signing, verifying, hashing = (found[name] for name in ("sign", "verify", "hash"))
        both = statistics.median(signing) + statistics.median(verifying)
        rows.append(
            {
                "what": f"C2PA, sign and verify over the watermark's cost: {what}",
                "reach": f"≤ {limit:.0f} ms" if limit else "(shown)",
                "measured": both,
                "unit": "ms",
                "holds": limit is None or both <= limit,
                "detail": {
                    "sign": f"{statistics.median(signing):.1f} ms",
                    "verify": f"{statistics.median(verifying):.1f} ms",
                    "the least of both": f"{signing[0] + verifying[0]:.1f} ms",
                    "over SHA-256 of the same bytes": f"{both / statistics.median(hashing):.1f}×",
                    "content": f"{found['megabytes']:.1f} MB",
                    "manifest": f"{found['added']:,} bytes",
                },
            }
        )
    print(json.dumps({"bench": "provenance_c2pa", "rows": rows}))


if __name__ == "__main__":
    main()
