"""Makes a replay worker hostile: once it is confined it tries, in C, all that it must not, and says how that went.

Python runs this at its start where this file's folder, or a copy of it, is on PYTHONPATH; told.json beside it says what
there is to be had. What each attempt came to goes to standard error as JSON: "done", or the name of the error.
"""

import contextlib
import ctypes
import errno
import json
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kept.errors import KeptError
from kept.practices.disclosure.service.replaying import working

TOLD: dict[str, Any] = json.loads(Path(__file__).with_name("told.json").read_text())
C = ctypes.CDLL(None, use_errno=True)
C.mmap.restype = C.malloc.restype = ctypes.c_void_p
FOUND: dict[str, str] = {}
READ, WRITE, CREATE = os.O_RDONLY, os.O_WRONLY, os.O_WRONLY | os.O_CREAT
BUFFER = ctypes.create_string_buffer(16)


def native(name: str, result: int | None) -> None:
    """Note what a call in C came to: -1 with a reason, or anything else."""
    FOUND[name] = errno.errorcode[ctypes.get_errno()] if result in (-1, None) else "done"


def python(name: str, what: Callable[[], object]) -> None:
    """Note what something in Python came to."""
    try:
        what()
        FOUND[name] = "done"
    except (KeptError, OSError) as error:
        FOUND[name] = type(error).__name__


def opened(path: str, flags: int = READ) -> int:
    return int(C.open(path.encode(), flags, 0o600))


def connected(port: int) -> int:
    made = C.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    if made < 0:
        return -1
    address = struct.pack("=H", socket.AF_INET) + struct.pack(">H4s8x", port, socket.inet_aton("127.0.0.1"))
    found = int(C.connect(made, address, len(address)))
    reason = ctypes.get_errno()
    C.close(made)
    ctypes.set_errno(reason)
    return found


def forked() -> int:
    made = int(C.fork())
    if made == 0:
        C._exit(0)
    return made


def files() -> None:
    for name in ("key", "secret", "elsewhere", "environ", "memory"):
        native(f"read {name}", opened(TOLD[name]))
    for name in ("new", "new elsewhere", "new key"):
        native(f"write {name}", opened(TOLD[name], CREATE))
    native("write kept.toml", opened(TOLD["toml"], WRITE))
    native("read kept.toml", opened(TOLD["toml"]))
    native("remove kept.toml", C.unlink(TOLD["toml"].encode()))
    native("move kept.toml", C.rename(TOLD["toml"].encode(), TOLD["new"].encode()))
    native("make a folder", C.mkdir(TOLD["new"].encode(), 0o700))


def network() -> None:
    native("connect to the model", connected(TOLD["port"]))
    native("connect to another port", connected(TOLD["other port"]))
    native("send datagrams", C.socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
    native("speak raw", C.socket(socket.AF_INET, socket.SOCK_RAW, 1))
    native("speak SCTP", C.socket(socket.AF_INET, socket.SOCK_STREAM, 132))
    native("reach local services", C.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0))
    pair = (ctypes.c_int * 2)()
    native("reach them by a pair", C.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM, 0, pair))
    mine = C.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    native("serve", -1 if mine < 0 else C.listen(mine, 1))


def processes() -> None:
    native("fork", forked())
    program = ctypes.c_char_p(b"/bin/true")
    native("start a program", C.execv(program, (ctypes.c_char_p * 2)(program, None)))
    native("trace the parent", C.ptrace(16, os.getppid(), 0, 0))  # PTRACE_ATTACH
    place = ctypes.create_string_buffer(struct.pack("@PN", ctypes.addressof(BUFFER), 16))
    native("read the parent's memory", C.process_vm_readv(os.getppid(), place, 1, place, 1, 0))
    native("signal the parent", C.kill(os.getppid(), 0))
    native("raise the limits of the parent", C.prlimit(os.getppid(), 7, ctypes.create_string_buffer(16), None))
    native("enter another namespace", C.unshare(0x1000_0000))


def resources() -> None:
    native("fill the memory", None if not C.malloc(ctypes.c_size_t(TOLD["memory size"])) else 0)
    native("fill memory that no limit counts", C.memfd_create(b"hidden", 0))
    store = opened(TOLD["store"], os.O_RDWR)
    native("fill the disk", C.pwrite(store, BUFFER, 16, ctypes.c_long(1 << 40)))
    native("use what was inherited", C.read(TOLD["descriptor"], BUFFER, 1))
    held = []
    with contextlib.suppress(OSError):
        while len(held) < 2000:
            held.append(os.open("/dev/null", READ))
    FOUND["open files without end"] = "done" if len(held) == 2000 else "EMFILE"
    for each in held:
        os.close(each)


def in_python() -> None:
    python("python: read key", lambda: Path(TOLD["key"]).read_bytes())
    python("python: write", lambda: Path(TOLD["new"]).write_text(""))
    python("python: program", lambda: os.system("true"))
    python("python: other port", lambda: socket.create_connection(("127.0.0.1", TOLD["other port"])))
    FOUND["passphrase"] = "done" if "KEPT_PASSPHRASE" in os.environ else "absent"
    FOUND["code of the workspace"] = "done" if any(path in ("", os.getcwd()) for path in sys.path) else "absent"


class Hostile(working.Worker):
    """The worker, misled as soon as it works."""

    async def work(self, *, only: str = "") -> Any:
        for tries in (files, network, processes, resources, in_python):
            tries()
        told = {
            "confinement": list(self._confinement.holds),
            "lacking": list(self._confinement.lacking),
            "found": FOUND,
        }
        os.write(2, json.dumps(told).encode())
        os._exit(9)


working.Worker.work = Hostile.work
