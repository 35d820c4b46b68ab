"""GnuPG, as whoever fetches signed documents runs it: with a keyring of its own, and nothing of ours."""

import shutil
import subprocess
from pathlib import Path

import pytest

needed = pytest.mark.skipif(shutil.which("gpg") is None, reason="GnuPG is not installed: apt install gnupg")


class Gnupg:
    """A reader with an empty keyring in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True)
        self._folder = folder

    def run(self, *arguments: str, given: bytes = b"", agent: bool = False) -> tuple[int, str]:
        """The exit status, and the status lines and messages of a call; `agent` lets it start one."""
        alone = [] if agent else ["--no-autostart"]
        command = ["gpg", "--homedir", str(self._folder), "--batch", "--no-tty", "--status-fd", "1", *alone, *arguments]
        done = subprocess.run(command, input=given, capture_output=True, timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def opens(self, sealed: bytes, passphrase: str) -> bool:
        """Whether it decrypts a message by a passphrase; the agent that this takes is ended."""
        (self._folder / "sealed").write_bytes(sealed)
        asked = ("--pinentry-mode", "loopback", "--passphrase-fd", "0", "--decrypt", str(self._folder / "sealed"))
        try:
            return self.run(*asked, given=f"{passphrase}\n".encode(), agent=True)[0] == 0
        finally:
            subprocess.run(["gpgconf", "--homedir", str(self._folder), "--kill", "all"], timeout=60, check=True)

    def take(self, certificate: str) -> None:
        """Import a public key."""
        status, told = self.run("--import", given=certificate.encode())
        assert status == 0, told

    def believes(self, document: bytes, signature: bytes, *, by: str) -> bool:
        """Whether it finds a good signature over the document by the key of a fingerprint."""
        (self._folder / "signed").write_bytes(document)
        (self._folder / "signature").write_bytes(signature)
        status, told = self.run("--verify", str(self._folder / "signature"), str(self._folder / "signed"))
        valid = [line for line in told.splitlines() if line.startswith("[GNUPG:] VALIDSIG ")]
        return status == 0 and "REVKEYSIG" not in told and [line.split()[-1] for line in valid] == [by]
