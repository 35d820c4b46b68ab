"""What a mark in a sound costs, what it survives, and that unmarked sounds show none.

Sounds: the music of Debian's asc-music and speech of espeak-ng where they are installed, and made ones: chords over
noise, a beat, a hum. `--folder` adds WAV, FLAC, MP3, Ogg and M4A files of yours. Each is cut into pieces of 10 s. Each
piece is marked once, attacked in every way, and searched without the original; a find counts where the whole payload is
right. Codecs work through libsndfile and FFmpeg (PyAV), so that what is measured is what a user has.

Times are of the processor, over all threads, reading and writing of files excluded. The peer is audiowmark, where its
command is installed, over the same pieces at its default strength.

Usage: python bench/provenance_sound.py [--quick] [--folder FOLDER] [--show]
"""

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import soundfile

from kept.practices.provenance.backends import sounds
from kept.practices.provenance.methods import media, presence
from kept.practices.provenance.methods.sound import detect, embed, searching
from kept.practices.provenance.methods.sound.hearing import heard
from kept.practices.provenance.methods.sound.pattern import RATE, pattern
from kept.practices.provenance.methods.sound.rates import converted
from kept.practices.provenance.records import MarkKey, Payload

PIECE = 10
MUSIC = Path("/usr/share/games/asc/music")
KEY = MarkKey("bench", bytes(range(32)))
TEXT = (
    "A commitment is kept when anyone can see that it was. The mark names the service, and never a person. When the "
    "speaker pauses, nothing is heard, and nothing may be added there either. Noise, cuts and a change of speed are "
    "what happens to every recording sooner or later, and a mark that does not outlive them is of no use to anybody."
)
VOICES = (("en-us", 150), ("es", 140), ("de", 165), ("sw", 150))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--show", action="store_true", help="tell each piece on stderr")
    options = parser.parse_args()
    draw = np.random.default_rng(7)
    pieces = list(contents(options.folder, options.quick))
    chosen = pieces[:: max(1, len(pieces) // 6)] if options.quick else pieces
    table, quality = attacked(chosen, draw, options.show)
    rows = [of_quality(quality), *of_attacks(table), of_unmarked(pieces, 20 if options.quick else 60)]
    rows += of_speed(made(44_100, 2, 4), 44_100)
    rows += of_peer(chosen)
    print(json.dumps({"bench": "provenance_sound", "rows": rows}))


# The sounds.


def contents(folder, quick):
    """Name, samples and rate of each piece."""
    for path in sorted(MUSIC.glob("*.mp3")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        for start in (20, 50, 80, 110):
            if len(samples) >= (start + PIECE) * rate:
                yield f"{path.stem} {start}", samples[start * rate : (start + PIECE) * rate], rate
    if shutil.which("espeak-ng"):
        for voice, speed in VOICES:
            said = subprocess.run(
                ["espeak-ng", "-v", voice, "-s", str(speed), "--stdout", TEXT], stdout=subprocess.PIPE, check=True
            ).stdout
            samples, rate = soundfile.read(BytesIO(said), dtype="float32", always_2d=True)
            for start in (0, 9):
                yield f"espeak {voice} {start}", samples[start * rate : (start + PIECE) * rate], rate
    for seed in range(24):
        rate = (44_100, 48_000, 22_050, 32_000)[seed % 4]
        yield f"made {seed}", made(rate, 1 + seed // 4 % 2, seed), rate
    for path in sorted(folder.rglob("*")) if folder else ():
        try:
            data = path.read_bytes()
            sound = sounds.read(data, media.sniff(data))
        except (OSError, ValueError, sounds.Invalid) as error:
            print(f"{path}: {error}", file=sys.stderr)
            continue
        for start in range(0, len(sound.samples) - PIECE * sound.rate, PIECE * sound.rate * (1 if quick else 3)):
            yield f"{path.stem} {start}", sound.samples[start : start + PIECE * sound.rate], sound.rate


def made(rate, channels, seed):
    """Chords with envelopes, of a random tempo and timbre, over noise and a beat."""
    draw = np.random.default_rng(seed)
    count = PIECE * rate
    sound = draw.uniform(0.002, 0.03) * draw.standard_normal((count, channels), np.float32)
    steepness, decay, step = draw.uniform(0.8, 2), draw.uniform(1, 6), draw.uniform(0.25, 1.2)
    for start in np.arange(0, PIECE, step):
        rings = sound[int(start * rate) :][: 3 * rate]
        moments = (np.arange(len(rings)) / rate).astype(np.float32)
        fade = np.exp(-decay * moments) * np.minimum(1, moments / 0.01)
        beat = draw.uniform(0, 0.4) * np.exp(-30 * moments) * draw.standard_normal(len(moments), np.float32)
        rings += beat[:, None]
        for note in draw.choice(np.arange(40, 80), 3, replace=False):
            pan = draw.uniform(0.3, 1, channels)
            for overtone in range(1, 13):
                pitch = 440 * 2 ** ((note - 69) / 12) * overtone
                if pitch < 0.45 * rate:
                    tone = fade * np.sin(2 * np.pi * pitch * moments + draw.uniform(0, 6.28)) / overtone**steepness
                    rings += (tone[:, None] * pan).astype(np.float32)
    return (draw.uniform(0.3, 0.95) * sound / np.abs(sound).max()).astype(np.float32)


# What is done to them.


def at_rate(samples, source, target):
    return np.stack([converted(channel, source, target) for channel in samples.T], axis=1)


def by_soundfile(samples, rate, form, subtype, level=None, mode=None):
    buffer = BytesIO()
    channels = samples.shape[1]
    with soundfile.SoundFile(
        buffer, "w", rate, channels, subtype, format=form, compression_level=level, bitrate_mode=mode
    ) as file:
        for start in range(0, len(samples), 1 << 16):
            file.write(samples[start : start + (1 << 16)])
    buffer.seek(0)
    return soundfile.read(buffer, dtype="float32", always_2d=True)


def by_av(samples, rate, codec, form, bits):
    buffer = BytesIO()
    layout = "mono" if samples.shape[1] == 1 else "stereo"
    with av.open(buffer, "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout, bit_rate=bits)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T.astype(np.float32)), "fltp", layout)
        frame.sample_rate = rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    buffer.seek(0)
    with av.open(buffer) as container:
        return np.concatenate([each.to_ndarray() for each in container.decode(audio=0)], axis=1).T, rate


def mp3(bits):
    return lambda samples, rate, draw: by_av(*playable(samples, rate), "libmp3lame", "mp3", bits)


def playable(samples, rate):
    """As it is, or at 44.1 kHz where MP3 and AAC have no such rate."""
    return (
        (samples, rate)
        if rate in (8000, 16_000, 22_050, 32_000, 44_100, 48_000)
        else (at_rate(samples, rate, 44_100), 44_100)
    )


def noise(decibels):
    def add(samples, rate, draw):
        level = np.sqrt(np.mean(samples**2)) * 10 ** (-decibels / 20)
        return samples + level * draw.standard_normal(samples.shape, np.float32), rate

    return add


def speed(factor):
    """Resampled so that it plays so many times as fast, by linear interpolation at four times the rate."""

    def play(samples, rate, draw):
        fine = at_rate(samples, rate, 4 * rate)
        places = np.arange(int(len(samples) / factor)) * factor * 4
        return np.stack([np.interp(places, np.arange(len(fine)), each) for each in fine.T], axis=1).astype("f"), rate

    return play


def cut(seconds):
    def keep(samples, rate, draw):
        start = int(draw.integers(0, len(samples) - seconds * rate + 1))
        return samples[start : start + seconds * rate], rate

    return keep


def filtered(gain):
    """Through a filter that is given as gain over frequency in Hz."""

    def through(samples, rate, draw):
        spectrum = np.fft.rfft(samples, axis=0)
        shape = gain(np.fft.rfftfreq(len(samples), 1 / rate))[:, None]
        return np.fft.irfft(spectrum * shape, len(samples), axis=0).astype(np.float32), rate

    return through


def echo(samples, rate, draw):
    later = np.zeros_like(samples)
    gap = int(0.11 * rate)
    later[gap:] = samples[:-gap]
    return samples + 0.4 * later, rate


def mono_at(target):
    return lambda samples, rate, draw: (at_rate(samples.mean(axis=1, keepdims=True), rate, target), target)


def after(*attacks):
    def all_of_them(samples, rate, draw):
        for attack in attacks:
            samples, rate = attack(samples, rate, draw)
        return samples, rate

    return all_of_them


ASKED = {
    "nothing": lambda samples, rate, draw: (samples, rate),
    "MP3 128 kb/s": mp3(128_000),
    "MP3 64 kb/s": mp3(64_000),
    "AAC 48 kb/s": lambda samples, rate, draw: by_av(*playable(samples, rate), "aac", "mp4", 48_000),
    "16 kHz mono": mono_at(16_000),
    "speed + 2 %": speed(1.02),
    "speed - 2 %": speed(0.98),
    "white noise at 20 dB": noise(20),
}
FURTHER = {
    "cut to 5 s": cut(5),
    "cut to 7 s, MP3 64 kb/s": after(cut(7), mp3(64_000)),
    "speed + 5 %": speed(1.05),
    "speed - 5 %": speed(0.95),
    "speed + 1.3 %, cut to 8 s, MP3 64 kb/s": after(speed(1.013), cut(8), mp3(64_000)),
    "8 kHz mono": mono_at(8_000),
    "Opus 32 kb/s": lambda samples, rate, draw: by_av(
        *(mono_at(48_000)(samples, rate, draw)), "libopus", "ogg", 32_000
    ),
    "Vorbis at its coarsest": lambda samples, rate, draw: by_soundfile(samples, rate, "OGG", "VORBIS", 1.0),
    "telephone, 300 to 3,400 Hz": filtered(lambda hertz: ((hertz > 300) & (hertz < 3400)).astype(float)),
    "treble - 12 dB, bass + 6 dB": filtered(lambda hertz: np.where(hertz < 300, 2, np.where(hertz > 2500, 0.25, 1))),
    "echo": echo,
    "clipped at a third": lambda samples, rate, draw: (
        np.clip(samples, *(np.abs(samples).max() / 3 * np.array([-1, 1]))),
        rate,
    ),
    "8 bits": lambda samples, rate, draw: (np.round(samples * 127).astype(np.float32) / 127, rate),
    "upside down, a tenth as loud": lambda samples, rate, draw: (-0.1 * samples, rate),
    "MP3 64 kb/s twice": after(mp3(64_000), mp3(64_000)),
}
HARSH = {
    "white noise at 10 dB": noise(10),
    "AAC 24 kb/s": lambda samples, rate, draw: by_av(*playable(samples, rate), "aac", "mp4", 24_000),
    "cut to 3 s": cut(3),
}


def attacked(pieces, draw, show):
    """For each attack, how many of the payloads were exact; and how far each mark lies under its sound."""
    table, quality = {}, []
    for name, samples, rate in pieces:
        payload = Payload(int(draw.integers(1 << 20)), int(draw.integers(1 << 40)))
        marked = embed(samples, rate, payload, KEY)
        quality.append(10 * math.log10(float(np.sum(samples**2) / np.sum((marked - samples) ** 2))))
        failed = []
        for attack, change in (ASKED | FURTHER | HARSH).items():
            changed, heard_at = change(marked, rate, draw)
            found = detect(changed, heard_at, [KEY])
            exact = found is not None and found.payload == payload
            table.setdefault(attack, []).append(exact)
            if not exact:
                failed.append(attack)
        if show:
            print(f"{name}: {quality[-1]:.1f} dB, lost after: {', '.join(failed) or 'nothing'}", file=sys.stderr)
    return table, quality


def of_quality(quality):
    return {
        "what": "signal over the mark, in each sound",
        "reach": "≥ 30 dB",
        "measured": min(quality),
        "unit": "dB",
        "holds": min(quality) >= 30,
        "detail": {
            "pieces": len(quality),
            "mean dB": round(float(np.mean(quality)), 2),
            "most dB": round(max(quality), 2),
        },
    }


def of_attacks(table):
    for title, attacks, reach in (
        (f"payload exact from {PIECE} s after each attack that is asked for", ASKED, 0.95),
        (f"payload exact from {PIECE} s after each further attack", FURTHER, 0.85),
        ("payload exact after what is too much for some sounds", HARSH, None),
    ):
        shares = {attack: float(np.mean(table[attack])) for attack in attacks}
        least = min(shares.values())
        yield {
            "what": title,
            "reach": f"≥ {reach:.0%} after the worst" if reach else "(told, not promised)",
            "measured": least,
            "unit": "share",
            "holds": reach is None or least >= reach,
            "detail": {attack: f"{sum(table[attack])}/{len(table[attack])}" for attack in attacks},
        }


def of_unmarked(pieces, keys):
    """No mark where there is none: every offset under many keys, then the whole search; and the tail of the scores."""
    drawn = [pattern(MarkKey("k", number.to_bytes(32, "big"))) for number in range(keys)]
    highest, over, trials, found = [], {4.0: 0, 4.5: 0, 5.0: 0, 5.5: 0}, 0, 0
    searched = 0
    for _, samples, rate in pieces:
        plain = heard(converted(samples.mean(axis=1), rate, RATE))
        for each in drawn:
            scores = np.abs(searching.offsets(plain, each.sync, each.sync_phasors))
            highest.append(float(scores.max()))
            trials += 2 * len(scores)
            for level in over:
                over[level] += int((scores > level).sum())
        detected = detect(samples, rate, [KEY, MarkKey("other", b"\7" * 32)])
        found += detected is not None
        searched += 2 * 2 * 2700 * 2048
    ratios = {
        f"P(z > {level}) over its bound": round(count / (trials * math.exp(-(level**2) / 2)), 3)
        for level, count in over.items()
    }
    return {
        "what": "marks found in unmarked sounds at the gate of 1e-9",
        "reach": "0, and the tail of the scores under its bound",
        "measured": found,
        "unit": "finds",
        "holds": found == 0 and all(ratio <= 1 for ratio in ratios.values()),
        "detail": {
            "sounds": len(pieces),
            "key and offset trials": trials,
            "trials of the searches over speeds": searched,
            "highest score": round(max(highest), 2),
            "score that all of these would pass at 1e-9": round(presence.threshold(1e-9, trials), 2),
            **ratios,
        },
    }


def of_speed(samples, rate):
    """How many times as fast as it plays a minute of that sound is marked and checked, in processor time."""
    long = np.concatenate([samples] * 6)
    marked = embed(long, rate, Payload(1, 2), KEY)
    fast = speed(1.02)(marked, rate, None)[0]
    cases = (
        ("marked", lambda: embed(long, rate, Payload(1, 2), KEY), len(long)),
        ("checked where the mark is at its own speed", lambda: detect(marked, rate, [KEY]), len(long)),
        ("checked where it plays 2 % faster", lambda: detect(fast, rate, [KEY]), len(fast)),
        ("checked where there is no mark, over all speeds", lambda: detect(long, rate, [KEY]), len(long)),
        ("10 s checked where there is no mark, over all speeds", lambda: detect(samples, rate, [KEY]), len(samples)),
    )
    for what, work, count in cases:
        took = min(processor_time(work) for _ in range(3))
        times = count / rate / took
        yield {
            "what": f"a minute of {samples.shape[1]} channels at {rate} Hz {what}" if count > 20 * rate else what,
            "reach": "≥ 40 × real time on one core",
            "measured": times,
            "unit": "ratio",
            "holds": times >= 40,
            "detail": {"processor seconds": round(took, 3)},
        }


def processor_time(work):
    started = time.process_time()
    work()
    return time.process_time() - started


def of_peer(pieces):
    """audiowmark over the same pieces, where its command is installed."""
    if shutil.which("audiowmark") is None:
        print("audiowmark isn't installed: no peer is measured", file=sys.stderr)
        return
    exact, shown = {name: [] for name in ASKED}, "0123456789abcdef0123456789abcdef"
    draw = np.random.default_rng(7)
    for _, samples, rate in pieces:
        with tempfile.TemporaryDirectory() as folder:
            plain, marked, changed = (Path(folder) / f"{name}.wav" for name in ("plain", "marked", "changed"))
            soundfile.write(plain, samples, rate)
            subprocess.run(["audiowmark", "add", plain, marked, shown], check=True, capture_output=True)
            kept, rate = soundfile.read(marked, dtype="float32", always_2d=True)
            for name, change in ASKED.items():
                soundfile.write(changed, *change(kept, rate, draw))
                got = subprocess.run(["audiowmark", "get", changed], capture_output=True, text=True).stdout
                exact[name].append(shown in got)
    shares = {name: float(np.mean(found)) for name, found in exact.items()}
    yield {
        "what": "(the peer) audiowmark's payload exact after each attack that is asked for",
        "reach": "(compared with the row above)",
        "measured": min(shares.values()),
        "unit": "share",
        "holds": True,
        "detail": {name: f"{sum(found)}/{len(found)}" for name, found in exact.items()},
    }


if __name__ == "__main__":
    main()
