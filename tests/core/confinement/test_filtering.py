"""The filter of system calls, run here as the kernel runs it: what it refuses, lets be, and judges by arguments."""

import errno

import pytest

from kept.core.confinement.filtering import Instruction, Sockets, program

ALLOW, EPERM, ENOSYS, KILL = 0x7FFF_0000, 0x0005_0000 | errno.EPERM, 0x0005_0000 | errno.ENOSYS, 0x8000_0000
OWN = 4711
ARCHITECTURES = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
# A few numbers of each machine's own table, by name.
NUMBERS = {
    "x86_64": {"read": 0, "openat": 257, "socket": 41, "socketpair": 53, "clone": 56, "clone3": 435, "execve": 59,
               "ptrace": 101, "kill": 62, "sendto": 44, "prlimit64": 302, "io_uring_setup": 425, "connect": 42},
    "aarch64": {"read": 63, "openat": 56, "socket": 198, "socketpair": 199, "clone": 220, "clone3": 435, "execve": 221,
                "ptrace": 117, "kill": 129, "sendto": 206, "prlimit64": 261, "io_uring_setup": 425, "connect": 203},
}  # fmt: skip
ALL = Sockets(network=True, names=True, local=True)
UNIX, INET, INET6, NETLINK = 1, 2, 10, 16
STREAM, DATAGRAM, RAW, CLOEXEC = 1, 2, 3, 0o2000000


def run(made: list[Instruction], *, number: int, architecture: int, arguments: tuple[int, ...]) -> int:
    """What the kernel does by a filter: classic BPF over `struct seccomp_data`, whose words are 32 bits."""
    words = {0: number, 4: architecture}
    for at in range(6):
        value = arguments[at] if at < len(arguments) else 0
        words |= {16 + 8 * at: value & 0xFFFF_FFFF, 20 + 8 * at: value >> 32}
    accumulator, at = 0, 0
    while True:
        code, true, false, operand = made[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            accumulator = words[operand]
        elif code == 0x54:
            accumulator &= operand
        else:
            holds = {
                0x15: accumulator == operand,
                0x35: accumulator >= operand,
                0x45: bool(accumulator & operand),
            }[code]
            at += true if holds else false


@pytest.mark.parametrize("machine", ARCHITECTURES)
@pytest.mark.parametrize(
    ("name", "arguments", "sockets", "verdict"),
    [
        ("read", (), Sockets(), ALLOW),
        ("openat", (), Sockets(), ALLOW),
        ("connect", (), Sockets(), ALLOW),
        ("execve", (), ALL, EPERM),
        ("ptrace", (), ALL, EPERM),
        ("io_uring_setup", (), ALL, EPERM),
        ("clone", (0x1_0000 | 0x100,), Sockets(), ALLOW),
        ("clone", (17,), ALL, EPERM),
        ("clone3", (), ALL, ENOSYS),
        ("kill", (OWN, 2), Sockets(), ALLOW),
        ("kill", (1, 0), ALL, EPERM),
        ("kill", (0xFFFF_FFFF, 9), ALL, EPERM),
        ("prlimit64", (0, 7), Sockets(), ALLOW),
        ("prlimit64", (OWN, 7), Sockets(), ALLOW),
        ("prlimit64", (1, 7), ALL, EPERM),
        ("sendto", (3, 0, 0, 0), Sockets(), ALLOW),
        ("sendto", (3, 0, 0, 0x2000_0000), ALL, EPERM),
        ("socketpair", (UNIX, STREAM | CLOEXEC), Sockets(), ALLOW),
        ("socketpair", (UNIX, DATAGRAM), ALL, EPERM),
        ("socket", (INET, STREAM), Sockets(), EPERM),
        ("socket", (INET, STREAM | CLOEXEC, 6), Sockets(network=True), ALLOW),
        ("socket", (INET6, STREAM, 0), Sockets(network=True), ALLOW),
        ("socket", (INET, DATAGRAM, 17), Sockets(network=True), EPERM),
        ("socket", (INET, DATAGRAM, 17), Sockets(network=True, names=True), ALLOW),
        ("socket", (INET, STREAM, 262), ALL, EPERM),
        ("socket", (INET, RAW, 0), ALL, EPERM),
        ("socket", (UNIX, STREAM, 0), Sockets(network=True, names=True), EPERM),
        ("socket", (UNIX, STREAM, 0), Sockets(local=True), ALLOW),
        ("socket", (NETLINK, RAW, 0), ALL, EPERM),
    ],
)
def test_each_call_is_judged(
    machine: str, name: str, arguments: tuple[int, ...], sockets: Sockets, verdict: int
) -> None:
    told = {"number": NUMBERS[machine][name], "architecture": ARCHITECTURES[machine]}
    assert run(program(sockets, machine=machine, own=OWN), **told, arguments=arguments) == verdict


def test_calls_of_another_architecture_end_the_process_and_those_of_x32_are_refused() -> None:
    made = program(ALL, machine="x86_64", own=OWN)
    assert run(made, number=0, architecture=0x4000_0003, arguments=()) == KILL
    assert run(made, number=0x4000_0000, architecture=ARCHITECTURES["x86_64"], arguments=()) == EPERM
    assert len(made) < 4096  # BPF_MAXINSNS
