"""The machine-readable files of a report."""

from collections.abc import Mapping
from typing import Any

from kept.core import canonical
from kept.core.commitments import oscal
from kept.practices.reporting.records import CATALOG, CHECKPOINT, OUTCOMES, REPORT


class Json:
    """report.json, the checkpoint, the catalog as OSCAL, and one file of outcome records per campaign."""

    def render(self, report: Mapping[str, Any], encoded: bytes) -> Mapping[str, bytes]:
        """The files by name."""
        files = {REPORT: encoded, CHECKPOINT: report["log"]["checkpoint"].encode()}
        files[CATALOG] = canonical.encode(oscal.catalog())
        for campaign, lines in report["outcomes"].items():
            files[f"{OUTCOMES}/{campaign}.jsonl"] = lines.encode()
        return files


JSON = Json()
