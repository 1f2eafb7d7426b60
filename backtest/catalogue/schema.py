"""Give the catalogue's files their Parquet schema and self-describing metadata.

Opens no file; pyarrow is imported by the functions that need it, never when this module is.
"""

from functools import lru_cache
from typing import Any

import msgspec

from backtest.catalogue.columns import COLUMN_NAMES, NULLABLE, SMALL, Kind
from engine.errors import DataError
from engine.model.instrument import Instrument

SCHEMA_VERSION = 1
ROW_GROUP_ROWS = 65_536
"""Rows in a row group: the unit in which files are written and read, and so what bounds memory."""
COMPRESSION = "lz4"
"""Delta packing leaves a codec little to do, so the one that decodes faster is taken."""

_SCHEMA = b"lockstep.schema"
_INSTRUMENT = b"lockstep.instrument"
_SOURCE = b"lockstep.source"
_CONTENT = b"lockstep.content"
_RANGE = b"lockstep.range"


class Source(msgspec.Struct, frozen=True):
    """Name one file that rows came from, and the SHA-256 of its bytes as they were read."""

    name: str
    sha256: str


class RowRange(msgspec.Struct, frozen=True):
    """Count the rows of a file and give its first and last `ts_recv`."""

    rows: int
    first: int
    last: int


class FileFacts(msgspec.Struct, frozen=True):
    """Hold what the metadata of one catalogue file says about it."""

    instrument: Instrument
    sources: tuple[Source, ...]
    content: str
    range: RowRange


def arrow_schema(kind: Kind, instrument: Instrument, sources: tuple[Source, ...]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Return the pyarrow schema of a kind, with the metadata known before any row is."""
    import pyarrow as pa

    fields = [_field(name) for name in COLUMN_NAMES[kind]]
    if kind == "trades":
        fields.append(pa.field("trade_id", pa.string()))
    metadata = {
        _SCHEMA: str(SCHEMA_VERSION).encode(),
        _INSTRUMENT: msgspec.json.encode(instrument),
        _SOURCE: msgspec.json.encode(sources),
    }
    return pa.schema(fields, metadata=metadata)


def closing_metadata(content: str, row_range: RowRange) -> dict[bytes, bytes]:
    """Return the metadata that is only known once every row is written."""
    return {_CONTENT: content.encode(), _RANGE: msgspec.json.encode(row_range)}


def file_facts(metadata: dict[bytes, bytes] | None, where: str) -> FileFacts:
    """Read the metadata of a file; DataError when it is not ours or of another version."""
    found = metadata or {}
    version = found.get(_SCHEMA, b"").decode()
    if version != str(SCHEMA_VERSION):
        msg = (
            f"{where} has catalogue schema {version or 'none'}, this version reads "
            f"{SCHEMA_VERSION}; "
            "import the recording again with this version, or read it with the one that wrote it"
        )
        raise DataError(msg)
    try:
        return FileFacts(
            instrument=_instrument(found[_INSTRUMENT]),
            sources=msgspec.json.decode(found[_SOURCE], type=tuple[Source, ...]),
            content=found[_CONTENT].decode(),
            range=msgspec.json.decode(found[_RANGE], type=RowRange),
        )
    except (KeyError, msgspec.MsgspecError) as error:
        msg = (
            f"{where} has damaged catalogue metadata ({error}); delete the file and import its "
            "recording again"
        )
        raise DataError(msg) from error


@lru_cache(maxsize=256)
def _instrument(encoded: bytes) -> Instrument:
    # Every partition repeats the definition, and a calendar of holidays takes a while to check.
    return msgspec.json.decode(encoded, type=Instrument)


def _field(name: str) -> Any:  # noqa: ANN401 - pyarrow ships no types
    import pyarrow as pa

    kind = pa.int8() if name in SMALL else pa.int64()
    return pa.field(name, kind, nullable=name in NULLABLE)
