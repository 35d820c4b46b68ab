"""Verdicts as an Apache Parquet file, one row for each file that was checked."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from kept.errors import Unavailable

_ROWS_AT_ONCE = 16_384


def ready() -> None:
    """Raises Unavailable where the package that writes them is not installed."""
    _arrow("pyarrow")


def encode(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The file: path, verdict, origin, conflicts (a list), model, content_id, p_value, media_type and error, as null
    where there is none.
    """
    arrow, parquet = _arrow("pyarrow"), _arrow("pyarrow.parquet")
    text = arrow.string()
    kinds = {"conflicts": arrow.list_(text), "p_value": arrow.float64()}
    names = ("path", "verdict", "origin", "conflicts", "model", "content_id", "p_value", "media_type", "error")
    schema = arrow.schema([(name, kinds.get(name, text)) for name in names])
    sink = arrow.BufferOutputStream()
    left = iter(rows)
    with parquet.ParquetWriter(sink, schema, compression="zstd") as writer:
        while some := list(islice(left, _ROWS_AT_ONCE)):
            writer.write_table(arrow.Table.from_pylist([dict(row) for row in some], schema=schema))
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _arrow(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Unavailable(
            "Tables of verdicts are written by pyarrow, which is not installed.",
            code="bulk.no-pyarrow",
            hint="Install it with: pip install 'kept[provenance]'",
        ) from error
