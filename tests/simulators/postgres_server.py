"""A private PostgreSQL server: Debian's own binaries, in a temporary folder, reachable by a unix socket alone."""

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

START_SECONDS = 60


def find_binaries() -> Path | None:
    """The folder of Debian's newest PostgreSQL server, or None where the package is absent."""
    folders = [initdb.parent for initdb in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(folders, key=lambda folder: float(folder.parent.name), default=None)


class PostgresServer:
    """Started by `start`, stopped by `stop`; `crash` kills it without letting it write anything more."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._binaries = binaries
        self._numbers = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._as_owner: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            self._as_owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}

    def initialise(self) -> None:
        command = [self._binaries / "initdb", "-D", self.data, "-U", "kept", "--auth=trust", "--no-sync", "-E", "UTF8"]
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        subprocess.run(
            command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, env=environment, **self._as_owner
        )

    def start(self) -> None:
        command = [self._binaries / "postgres", "-D", self.data, "-k", self.folder, "-c", "listen_addresses="]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._as_owner)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return self.execute("SELECT 1")
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "server.log").read_text()) from error
                time.sleep(0.05)

    def stop(self) -> None:
        """End at once, without writing what only a restart would need."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=START_SECONDS)

    def crash(self) -> None:
        """Like pulling the plug on the server: its processes end where they are."""
        children = subprocess.run(["pgrep", "-P", str(self._process.pid)], capture_output=True, text=True).stdout
        os.kill(self._process.pid, signal.SIGKILL)
        for child in children.split():
            try:
                os.kill(int(child), signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait()
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def end_sessions(self) -> None:
        """End every other session, as a restart or an administrator does; what they were at is undone."""
        self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND usename = 'kept' AND backend_type = 'client backend'"
        )

    def new_database(self) -> str:
        """The URL of a database that nothing else uses, and that goes with its server."""
        name = f"kept_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a database that nothing else uses, and that is gone after the block, whoever is in it still."""
        url = self.new_database()
        try:
            yield url
        finally:
            self.execute(f"DROP DATABASE {urlsplit(url).path[1:]} WITH (FORCE)")

    def databases(self) -> list[str]:
        """The names of those that were made and are there still."""
        with psycopg.connect(host=str(self.folder), user="kept", dbname="postgres") as connection:
            rows = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE 'kept%' ORDER BY 1"
            ).fetchall()
        return [name for (name,) in rows]

    def url(self, database: str) -> str:
        return f"postgresql://kept@/{database}?host={self.folder}"

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        with psycopg.connect(host=str(self.folder), user="kept", dbname=database, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server(binaries: Path) -> Iterator[PostgresServer]:
    """A running server that is gone, with all that it stored, when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="kept-pg-", dir="/tmp"))  # a socket's path has at most 107 bytes
    server = PostgresServer(folder, binaries)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
