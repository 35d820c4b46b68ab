"""The server's own log: one JSON object a line."""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, TextIO


class JsonLines(logging.Formatter):
    """A record as one line: its time, level, logger, words, and what it was told beside them."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; of an exception only its kind, since its words may repeat what somebody sent."""
        document: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[0]:
            document["error"] = record.exc_info[0].__name__
        return json.dumps(document, ensure_ascii=False)


def begin(*, requests: bool, stream: TextIO | None = None) -> None:
    """Write the log to `stream`, which is stderr; a line for each request only where `requests` are asked for."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines())
    # The reader of forms tells of every byte that a stranger sends and it doesn't expect.
    levels = {
        "kept": logging.INFO if requests else logging.WARNING,
        "uvicorn": logging.WARNING,
        "python_multipart": logging.ERROR,
    }
    for name, level in levels.items():
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(level)
