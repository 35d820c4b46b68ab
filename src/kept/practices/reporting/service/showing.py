"""Showing a report that was built: its files as they are, to whoever asks the portal."""

from __future__ import annotations

from pathlib import Path

from kept.core.reference import load
from kept.errors import NotFound
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.ports import Folder
from kept.practices.reporting.records import MANIFEST, PAGE, REPORT, Files
from kept.practices.reporting.service.room import Room


class Showing(Room):
    """Gives out the files of the report that `published` of kept.toml names."""

    _held: tuple[tuple[int, int], Files] | None = None

    def shown(self, name: str) -> bytes:
        """A file of the published report by its name there. Raises NotFound, also where none is published."""
        found = self._published_files().contents.get(name)
        if found is None:
            raise NotFound(f"The report has no file {name[:80]!r}.", code="report.file")
        return found

    def _published_files(self) -> Files:
        """The files as they stand; a report is replaced as a whole, so one look at its manifest tells."""
        where = self._settings.published
        folder: Path = self._context.workspace.folder / where
        try:
            told = (folder / MANIFEST).stat() if where else None
        except OSError:
            told = None
        if told is None:
            raise NotFound("No report is published here.", code="report.unpublished")
        stamp = (told.st_ino, told.st_mtime_ns)
        if self._held is None or self._held[0] != stamp:
            reader: Folder = load(PRACTICE.backends["folder"]["file"])
            files = reader.read(folder)
            if not {PAGE, REPORT} <= set(files.contents):
                raise NotFound("No whole report is published here.", code="report.unpublished")
            self._held = (stamp, files)
        return self._held[1]
