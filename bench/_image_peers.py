"""Runs other marks on the pictures of a folder, in an interpreter that has them: `_image_peers.py FOLDER ATTACK …`.

Prints for each peer its ms per megapixel, PSNR and the share of exact payloads after each attack, or that it is absent.
"""

import importlib.util
import json
import sys
import time
import types
from pathlib import Path

import cv2
import numpy as np

CODES = {"jpeg 70": 70, "jpeg 50": 50}


class Imwatermark:
    bits = 48

    def __init__(self):
        # Its package asks for PyTorch at import, which only another of its marks uses.
        if importlib.util.find_spec("torch") is None:
            sys.modules["torch"] = types.ModuleType("torch")
        from imwatermark import WatermarkDecoder, WatermarkEncoder

        self.encoder, self.decoder = WatermarkEncoder, WatermarkDecoder

    def embed(self, pixels, bits):
        encoder = self.encoder()
        encoder.set_watermark("bits", [int(bit) for bit in bits])
        return encoder.encode(pixels, "dwtDctSvd")

    def detect(self, pixels):
        return np.array(self.decoder("bits", self.bits).decode(pixels, "dwtDctSvd")).astype(int)


class BlindWatermark:
    bits = 64

    def __init__(self):
        import blind_watermark

        blind_watermark.bw_notes.close()
        self.mark = blind_watermark.WaterMark

    def embed(self, pixels, bits):
        mark = self.mark(password_img=1, password_wm=1)
        mark.read_img(img=pixels)
        mark.read_wm(np.array(bits, bool), mode="bit")
        return np.clip(np.rint(mark.embed()), 0, 255).astype(np.uint8)

    def detect(self, pixels):
        mark = self.mark(password_img=1, password_wm=1)
        return (np.array(mark.extract(embed_img=pixels, wm_shape=self.bits, mode="bit")) > 0.5).astype(int)


def attacked(name, pixels):
    if name in CODES:
        return cv2.imdecode(cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, CODES[name]])[1], 1)
    if name == "turn 5":
        height, width = pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), 5, 1)
        return cv2.warpAffine(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC)
    if name == "resize 0.5":
        return cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return pixels


def measured(peer, paths, names):
    took, exact, errors = {"embed": [], "detect": []}, {name: [] for name in names}, []
    for number, path in enumerate(paths):
        pixels = cv2.imread(str(path))
        size = pixels.shape[0] * pixels.shape[1] / 1e6
        bits = np.random.default_rng(number).integers(0, 2, peer.bits)
        started = time.process_time()
        marked = peer.embed(pixels.copy(), bits)
        took["embed"].append((time.process_time() - started) * 1e3 / size)
        errors.append(np.mean((pixels.astype(float) - marked) ** 2))
        for name in names:
            received = attacked(name, marked)
            started = time.process_time()
            found = peer.detect(received)
            took["detect"].append((time.process_time() - started) * 1e3 / (received.shape[0] * received.shape[1] / 1e6))
            exact[name].append(bool(np.array_equal(found, bits)))
    return {
        "embed ms/MP": round(float(np.median(took["embed"])), 1),
        "check ms/MP": round(float(np.median(took["detect"])), 1),
        "PSNR": round(float(np.mean([20 * np.log10(255) - 10 * np.log10(error) for error in errors])), 1),
        "exact": {name: float(np.mean(values)) for name, values in exact.items()},
    }


def main(folder, *names):
    cv2.setNumThreads(1)
    found = {}
    for name, kind in (("imwatermark dwtDctSvd", Imwatermark), ("blind_watermark", BlindWatermark)):
        try:
            peer = kind()
        except ImportError:
            found[name] = "peer not installed"
        else:
            found[name] = measured(peer, sorted(Path(folder).glob("*.png")), names)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
