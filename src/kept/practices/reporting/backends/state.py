"""What a monitor remembers, in a file that its owner names: replaced whole, or not at all."""

from pathlib import Path

from kept.core import durable
from kept.core.workspace import FILE
from kept.errors import Invalid, NotFound, Unavailable

LIMIT = 256 * 1024 * 1024


class StateFile:
    """A file outside any workspace: no backup of a workspace may bring back what a monitor once knew."""

    def read(self, path: Path) -> bytes | None:
        """The bytes, or nothing where there is no file yet. Raises Invalid and Unavailable."""
        _check_place(path)
        try:
            return _read(path)
        except FileNotFoundError:
            return None

    def read_other(self, path: Path) -> bytes:
        """The bytes of what somebody else remembers. Raises NotFound, Invalid and Unavailable."""
        try:
            return _read(path)
        except FileNotFoundError as error:
            raise NotFound(f"{path} isn't there.", code="monitor.state") from error

    def write(self, path: Path, data: bytes) -> None:
        """Put the bytes there, durably. Raises Unavailable."""
        _check_place(path)
        durable.write(path, data)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Unavailable(f"{path} can't be read: {error.strerror}.", code="monitor.state") from error
    if len(data) > LIMIT:
        raise Invalid(f"{path} has more than {LIMIT} bytes, which is all that is read.", code="monitor.state")
    return data


def _check_place(path: Path) -> None:
    inside = [folder for folder in path.absolute().parents if (folder / FILE).is_file()]
    if inside:
        raise Invalid(
            f"{path} stands in the workspace {inside[0]}.",
            code="monitor.state",
            hint="Keep what you saw where nobody who is watched can restore it.",
        )


STATE = StateFile()
