"""A filter of system calls (seccomp): what no replay needs is refused by the kernel, whichever code asks for it.

It is a list of refusals, so that a newer C library goes on working; what it must hold against, Landlock holds against
too where both can. Numbers are those of the kernel's tables, structures those of linux/filter.h and linux/seccomp.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kept.core.confinement.system import call

# Architecture -> (AUDIT_ARCH, number of seccomp, which of the two columns of `_NUMBERS`).
_MACHINES: Mapping[str, tuple[int, int, int]] = {
    "x86_64": (0xC000_003E, 317, 0),
    "aarch64": (0xC000_00B7, 277, 1),
}
_X32 = 0x4000_0000

# Linux's numbers on x86_64 and aarch64; None where a machine hasn't the call.
_REFUSED: Mapping[str, tuple[int | None, int | None]] = {
    # other programs and processes, and what they hold
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440), "kcmp": (312, 272),
    "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    # serving, and ways around this filter
    "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # memory that no limit counts
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "semget": (64, 190), "mq_open": (240, 180),
    # the kernel itself, its keys, and what is mounted
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432),
    "fspick": (433, 433), "mount_setattr": (442, 442), "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265), "init_module": (175, 105), "finit_module": (313, 273),
    "delete_module": (176, 106), "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142),
    "swapon": (167, 224), "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "personality": (135, 92),
}  # fmt: skip
_JUDGED: Mapping[str, tuple[int, int]] = {
    "clone": (56, 220), "clone3": (435, 435), "socket": (41, 198), "socketpair": (53, 199), "sendto": (44, 206),
    "sendmsg": (46, 211), "sendmmsg": (307, 269), "kill": (62, 129), "tgkill": (234, 131), "prlimit64": (302, 261),
}  # fmt: skip

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _FAIL, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_SET_FILTER, _ALL_THREADS = 1, 1

_CLONE_THREAD = 0x1_0000
_LOCAL, _INET, _INET6 = 1, 2, 10
_STREAM, _DATAGRAM, _KIND = 1, 2, 0xF
_PROTOCOLS = (0, 6, 17)  # the usual one, TCP, UDP: of MPTCP and SCTP, Landlock knows nothing
_FAST_OPEN = 0x2000_0000  # connects by sending, which passes by rules for connections

Instruction = tuple[int, int, int, int]  # code, where to go if true, where if not, operand


@dataclass(frozen=True, slots=True)
class Sockets:
    """Which sockets may still be made: to the network, to look up names there (UDP), to this machine's own services."""

    network: bool = False
    names: bool = False
    local: bool = False


def supported() -> bool:
    """Whether the calls of this machine are known here."""
    return platform.system() == "Linux" and platform.machine() in _MACHINES


def refuse(sockets: Sockets) -> None:
    """Have the kernel refuse, in all threads and for good, what no replay needs. Raises OSError."""
    _, number, _ = _MACHINES[platform.machine()]
    packed = b"".join(
        struct.pack("=HBBI", *each) for each in program(sockets, machine=platform.machine(), own=os.getpid())
    )
    held = ctypes.create_string_buffer(packed, len(packed))
    # struct sock_fprog: how many instructions, and where they stand.
    told = ctypes.create_string_buffer(struct.pack("@HP", len(packed) // 8, ctypes.addressof(held)))
    if call(number, ctypes.c_uint(_SET_FILTER), ctypes.c_uint(_ALL_THREADS), told) != 0:
        raise OSError("a thread of the process can't be filtered")


def program(sockets: Sockets, *, machine: str, own: int) -> list[Instruction]:
    """The filter for a machine, in the kernel's little language; `own` is the id of the process that it is for."""
    architecture, _, column = _MACHINES[machine]
    made = [_load(_ARCHITECTURE), (_EQUAL, 1, 0, architecture), _ret(_KILL), _load(_NUMBER)]
    if machine == "x86_64":
        made += [(_AT_LEAST, 0, 1, _X32), _refusal()]
    for numbers in _REFUSED.values():
        refused = numbers[column]
        if refused is not None:
            made += [(_EQUAL, 0, 1, refused), _refusal()]
    for name, body in _bodies(sockets, own):
        made += [(_EQUAL, 0, len(body), _JUDGED[name][column]), *body]
    return [*made, _ret(_ALLOW)]


def _bodies(sockets: Sockets, own: int) -> Iterator[tuple[str, list[Instruction]]]:
    """What is judged by its arguments; each body ends the program whichever way it goes."""
    yield "clone", [_load_argument(0), (_ANY_BIT, 0, 1, _CLONE_THREAD), _ret(_ALLOW), _refusal()]
    # Its arguments stand in memory that the filter can't read; without it, the C library takes clone.
    yield "clone3", [_ret(_FAIL | errno.ENOSYS)]
    yield "socket", _socket(sockets)
    # Half of a pair for datagrams could still connect to a service of this machine.
    yield "socketpair", _one_of(1, (_STREAM,), mask=_KIND)
    for name, flags in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        yield name, [_load_argument(flags), (_ANY_BIT, 0, 1, _FAST_OPEN), _refusal(), _ret(_ALLOW)]
    for name in ("kill", "tgkill"):
        yield name, _one_of(0, (own,))
    yield "prlimit64", _one_of(0, (0, own))


def _socket(sockets: Sockets) -> list[Instruction]:
    domains = ((_INET, _INET6) if sockets.network else ()) + ((_LOCAL,) if sockets.local else ())
    kinds = (_STREAM, _DATAGRAM) if sockets.names else (_STREAM,)
    return [*_unless(0, domains, 0), *_unless(1, kinds, _KIND), *_unless(2, _PROTOCOLS, 0), _ret(_ALLOW)]


def _one_of(argument: int, allowed: tuple[int, ...], *, mask: int = 0) -> list[Instruction]:
    return [*_unless(argument, allowed, mask), _ret(_ALLOW)]


def _unless(argument: int, allowed: tuple[int, ...], mask: int) -> list[Instruction]:
    """Refuse where an argument, under a mask, is none of those that are allowed; else go on."""
    masked: list[Instruction] = [(_AND, 0, 0, mask)] if mask else []
    matches = [(_EQUAL, len(allowed) - place, 0, each) for place, each in enumerate(allowed)]
    return [_load_argument(argument), *masked, *matches, _refusal()]


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _load_argument(number: int) -> Instruction:
    """The lower half of an argument; both machines are little-endian."""
    return _load(_FIRST_ARGUMENT + 8 * number)


def _ret(what: int) -> Instruction:
    return (_RETURN, 0, 0, what)


def _refusal() -> Instruction:
    return _ret(_FAIL | errno.EPERM)
