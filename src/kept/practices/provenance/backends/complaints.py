"""What a codec says of a damaged file: some only print it, so their words are caught before they reach anyone.

libjpeg, libpng and mpg123 print to the process's standard error and go on with whatever they have. Here that descriptor
is led aside while a codec works, by one thread at a time; what others write meanwhile is passed on behind it.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STANDARD_ERROR = 2
_FROM_A_CODEC = re.compile(
    rb"Corrupt JPEG|Premature end|Warning: |Invalid SOS|Inconsistent progression|Invalid progressive|Unsupported|"
    rb"Bogus |Unknown Adobe|libpng |\[src/libmpg123/|\[ ?(ERROR|WARN|INFO|FATAL):|OpenCV"
)
_OF_DAMAGE = re.compile(r"Corrupt JPEG data|Premature end|Inconsistent progression|libpng error|\[ ?(ERROR|FATAL):")
_one_at_a_time = threading.Lock()


@contextmanager
def heard() -> Iterator[list[str]]:
    """Codecs speak into the list, which is filled when the block is left: each line that tells of damage."""
    damage: list[str] = []
    with _one_at_a_time, tempfile.TemporaryFile() as aside:
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            before = os.dup(_STANDARD_ERROR)
        except OSError:  # the process has no standard error, so nothing can reach it
            yield damage
            return
        os.dup2(aside.fileno(), _STANDARD_ERROR)
        try:
            yield damage
        finally:
            os.dup2(before, _STANDARD_ERROR)
            os.close(before)
            aside.seek(0)
            _sort(aside.read(1 << 20), damage)


def _sort(said: bytes, damage: list[str]) -> None:
    mine = False
    for line in said.splitlines(keepends=True):
        # A message of OpenCV goes on over lines that are quoted or empty.
        mine = bool(_FROM_A_CODEC.match(line)) or (mine and (line.startswith(b">") or not line.strip()))
        if not mine:
            os.write(_STANDARD_ERROR, line)
        elif _OF_DAMAGE.match(text := line.decode("utf-8", "replace").strip()):
            damage.append(text)
