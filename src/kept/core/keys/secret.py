"""Files that only their owner may read, the passphrase kept in one of them outside the workspace, and other secrets."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from kept.core import durable
from kept.core.context import Entropy
from kept.errors import Conflict, Denied, Invalid, NotFound, Unavailable

VARIABLE = "KEPT_PASSPHRASE"
SECRET_BYTES = 32
FILE_LIMIT = 64 * 1024
SECRET_LIMIT = 4096


def choose_passphrase(environ: Mapping[str, str], secret: Path) -> bytes:
    """The passphrase of the workspace's keys: KEPT_PASSPHRASE when it is set, else what the secret file holds.

    Raises NotFound when neither is there, and Denied when the file is open to others.
    """
    given = environ.get(VARIABLE, "")
    if given:
        return given.encode()
    try:
        found = read_private(secret).strip()
    except NotFound as error:
        raise NotFound(
            f"There is no passphrase for the keys: {secret} does not exist.",
            code="passphrase.missing",
            hint=f"Set {VARIABLE}, or bring the secret file back from its backup.",
        ) from error
    if not found:
        raise Invalid(f"{secret} is empty.", code="passphrase.empty", hint="Bring it back from its backup.")
    return found


def create_secret(path: Path, entropy: Entropy) -> bytes:
    """Make a secret file of 256 random bits in hex, mode 0600, and return its text. Raises Conflict if it exists."""
    text = entropy(SECRET_BYTES).hex().encode()
    write_private(path, text + b"\n")
    return text


def write_private(path: Path, data: bytes) -> None:
    """Write a new file of mode 0600: whole and durable, or not there at all. Raises Conflict or Unavailable."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            durable.stage(partial, data, mode=0o600)
            # A link fails where a rename would replace a key that is already there.
            os.link(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        # The folder may be new, and is then an entry of its own parent.
        for folder in (path.parent, path.parent.parent):
            durable.sync(folder)
    except FileExistsError as error:
        raise Conflict(f"{path} already exists; it is left as it was.", code="key.exists") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror}.", code="key.unwritable") from error


def read_private(path: Path) -> bytes:
    """At most 64 KiB of a regular file that nobody but its owner may read or write.

    Raises NotFound, Denied (open to others, or not readable), Invalid (too large, not a file) or Unavailable.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError as error:
        raise NotFound(f"There is no key file {path}.", code="key.missing") from error
    except PermissionError as error:
        raise Denied(f"{path} may not be read.", code="key.unreadable") from error
    except OSError as error:
        raise Unavailable(f"{path} can't be opened: {error.strerror}.", code="key.unreadable") from error
    try:
        _check_private(os.fstat(descriptor), path)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(FILE_LIMIT + 1)
    finally:
        os.close(descriptor)
    if len(data) > FILE_LIMIT:
        raise Invalid(f"{path} is larger than {FILE_LIMIT} bytes.", code="key.too-large")
    return data


def secret_at(address: str, *, folder: Path, environ: Mapping[str, str]) -> str:
    """A password or a key for somebody's server: what stands at "env:NAME" or in the private file "file:PATH" (from
    `folder`), "" for no address.

    Raises NotFound where nothing does, Denied for a file that others can read, and Invalid for what is no such secret.
    """
    if not address:
        return ""
    scheme, _, place = address.partition(":")
    text = environ.get(place, "") if scheme == "env" else read_private(folder / place).decode("utf-8", "replace")
    text = text.strip()
    if not text:
        raise NotFound(
            f"There is no secret at {address}.", code="secret.missing", hint="Set it, or name another place."
        )
    if len(text) > SECRET_LIMIT or not text.isprintable() or not text.isascii():
        raise Invalid(
            f"What stands at {address} is no secret: it is one line of plain letters.", code="secret.malformed"
        )
    return text


def _check_private(status: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Invalid(f"{path} is not a file.", code="key.not-a-file")
    if os.name == "posix" and stat.S_IMODE(status.st_mode) & 0o077:
        raise Denied(f"{path} is open to other users.", code="key.exposed", hint=f"Run: chmod 600 {path}")
