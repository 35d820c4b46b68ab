"""Photographs that are found on this machine, and what is done to pictures on their way (RGB arrays of 8 bits)."""

import zlib
from pathlib import Path

import cv2
import numpy as np
import skimage.data

FOLDERS = ("/usr/share/backgrounds/mate/nature", "/usr/share/backgrounds/gnome", "/usr/share/wallpapers")
SCIKIT = "astronaut brick camera chelsea coffee coins grass gravel hubble_deep_field ihc moon retina rocket".split()


def photographs(folder=None, *, most=60):
    """(name, pixels) of what a folder holds, or of what scikit-image and the system's packages bring along."""
    if folder is None:
        for name in SCIKIT:
            pixels = getattr(skimage.data, "immunohistochemistry" if name == "ihc" else name)()
            yield name, np.ascontiguousarray(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3))
    found = [path for each in ([folder] if folder else FOLDERS) for path in sorted(Path(each).rglob("*"))]
    largest = {}
    for path in found:
        if path.suffix in (".jpg", ".png", ".jpeg", ".webp") and "screenshot" not in path.stem:
            # Wallpapers come in several sizes of the same picture; the largest file of a folder is taken.
            place = path.parent if "contents" in path.parts else path
            if place not in largest or path.stat().st_size > largest[place].stat().st_size:
                largest[place] = path
    for place, path in sorted(largest.items())[:most]:
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if pixels is not None:
            name = place.parent.parent.name if "contents" in place.parts else path.stem
            yield name, limited(np.ascontiguousarray(pixels[..., ::-1]), 1600)


def limited(pixels, longest):
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    return pixels if scale >= 1 else resized(pixels, scale, scale)


def resized(pixels, across, along):
    size = max(1, round(pixels.shape[1] * across)), max(1, round(pixels.shape[0] * along))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if min(across, along) < 1 else cv2.INTER_CUBIC)


def coded(kind, *flags):
    def attack(pixels, draw):
        _, data = cv2.imencode(kind, pixels[..., ::-1], list(flags))
        return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])

    return attack


def jpeg(quality):
    return coded(
        ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
    )  # fmt: skip


def resize(across, along=None):
    return lambda pixels, draw: resized(pixels, across, across if along is None else along)


def centre(area):
    def attack(pixels, draw):
        height, width = (int(side * area**0.5) for side in pixels.shape[:2])
        top, left = (pixels.shape[0] - height) // 2, (pixels.shape[1] - width) // 2
        return pixels[top : top + height, left : left + width].copy()

    return attack


def anywhere(area):
    def attack(pixels, draw):
        height, width = (int(side * area**0.5) for side in pixels.shape[:2])
        top, left = draw.integers(0, pixels.shape[0] - height + 1), draw.integers(0, pixels.shape[1] - width + 1)
        return pixels[top : top + height, left : left + width].copy()

    return attack


def turn(degrees, *, grow=False):
    def attack(pixels, draw):
        height, width = pixels.shape[:2]
        cosine, sine = abs(np.cos(np.deg2rad(degrees))), abs(np.sin(np.deg2rad(degrees)))
        size = (int(width * cosine + height * sine), int(height * cosine + width * sine)) if grow else (width, height)
        matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1)
        matrix[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
        return cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_CUBIC)

    return attack


def noise(spread):
    return lambda pixels, draw: rounded(pixels + draw.normal(0, spread, pixels.shape).astype(np.float32))


def blur(spread):
    return lambda pixels, draw: cv2.GaussianBlur(pixels, (0, 0), spread)


def scaled(factor, middle=0):
    return lambda pixels, draw: rounded((pixels.astype(np.float32) - middle) * factor + middle)


def rounded(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def mapped(function):
    table = rounded(np.array([function(level / 255) * 255 for level in range(256)]))
    return lambda pixels, draw: cv2.LUT(pixels, table)


def hue(turn, saturation):
    def attack(pixels, draw):
        planes = cv2.cvtColor(pixels, cv2.COLOR_RGB2HSV).astype(np.int16)
        planes[..., 0] = (planes[..., 0] + turn) % 180
        planes[..., 1] = np.clip(planes[..., 1] * saturation, 0, 255)
        return cv2.cvtColor(planes.astype(np.uint8), cv2.COLOR_HSV2RGB)

    return attack


def sharpen(pixels, draw):
    return cv2.addWeighted(pixels, 2, cv2.GaussianBlur(pixels, (0, 0), 1.5), -1, 0)


def letterbox(pixels, draw):
    bar = pixels.shape[0] // 6
    return cv2.copyMakeBorder(pixels, bar, bar, bar // 3, bar // 3, cv2.BORDER_CONSTANT)


def perspective(part):
    def attack(pixels, draw):
        height, width = pixels.shape[:2]
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        moves = np.array([[1, 0.5], [-0.3, 1], [0, 0], [0.4, -0.5]], np.float32) * part * (width, height)
        matrix = cv2.getPerspectiveTransform(corners, (corners + moves).astype(np.float32))
        return cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC)

    return attack


def salted(share):
    def attack(pixels, draw):
        result, drawn = pixels.copy(), draw.random(pixels.shape[:2])
        result[drawn < share / 2], result[drawn > 1 - share / 2] = 0, 255
        return result

    return attack


def equalised(pixels, draw):
    planes = cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb)
    planes[..., 0] = cv2.equalizeHist(np.ascontiguousarray(planes[..., 0]))
    return cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB)


def grey(pixels, draw):
    return cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def shown(longest, then):
    def attack(pixels, draw):
        scale = longest / max(pixels.shape[:2])
        return then(resized(pixels, scale, scale), draw)

    return attack


def chain(*attacks):
    def attack(pixels, draw):
        for each in attacks:
            pixels = each(pixels, draw)
        return pixels

    return attack


NAMED = {
    "none": lambda pixels, draw: pixels,
    **{f"jpeg {quality}": coded(".jpg", cv2.IMWRITE_JPEG_QUALITY, quality) for quality in (90, 70, 50, 30)},
    "webp 50": coded(".webp", cv2.IMWRITE_WEBP_QUALITY, 50),
    **{f"resize {scale}": resize(scale) for scale in (0.75, 0.5, 1.5)},
    "centre crop 50 %": centre(0.5),
    "random crop 25 %": anywhere(0.25),
    **{f"turn {degrees}": turn(degrees) for degrees in (2, 5, 15)},
    "noise 5": noise(5),
    "noise 10": noise(10),
    "blur 1": blur(1),
    "median 3": lambda pixels, draw: cv2.medianBlur(pixels, 3),
    "brighter": scaled(1.2),
    "darker": scaled(0.8),
    "contrast up": scaled(1.2, 128),
    "contrast down": scaled(0.8, 128),
    "screenshot": chain(resize(0.9), coded(".jpg", cv2.IMWRITE_JPEG_QUALITY, 80)),
    "mirror": lambda pixels, draw: pixels[:, ::-1].copy(),
}
"""The single attacks that published marks were measured with."""

OWN = {
    "jpeg 20, 4:2:0": jpeg(20),
    "avif 40": coded(".avif", cv2.IMWRITE_AVIF_QUALITY, 40, cv2.IMWRITE_AVIF_SPEED, 9),
    "narrower by 10 %": resize(0.9, 1),
    "taller by 15 %": resize(1, 1.15),
    "gamma 0.7": mapped(lambda level: level**0.7),
    "hue and saturation": hue(20, 1.3),
    "blur 1.5": blur(1.5),
    "sharpen": sharpen,
    "turn 45": turn(45, grow=True),
    "quarter turn": lambda pixels, draw: np.rot90(pixels).copy(),
    "half turn": lambda pixels, draw: pixels[::-1, ::-1].copy(),
    "letterbox": letterbox,
    "perspective 1 %": perspective(0.01),
    "salt and pepper 1 %": salted(0.01),
    "16 levels": mapped(lambda level: (min(level * 256, 255) // 16 * 16 + 8) / 255),
    "equalised": equalised,
    "grey": grey,
    "resize 0.4": resize(0.4),
    "resize 2": resize(2),
}

COMBINED = {
    "turn 3, crop 70 %, resize 0.8, jpeg 70": chain(
        turn(3), centre(0.7), resize(0.8), coded(".jpg", cv2.IMWRITE_JPEG_QUALITY, 70)
    ),
    "crop 25 %, 1080 px, jpeg 70": chain(anywhere(0.25), shown(1080, jpeg(70))),
}


def attacked(name, pixels, content):
    """A picture after the attack of that name, the same each time."""
    attack = {**NAMED, **OWN, **COMBINED}[name]
    return attack(pixels, np.random.default_rng(zlib.crc32(f"{name} {content}".encode())))
