"""Import small files as a person would, and read back what was stored.

It checks nothing.
"""

import gzip
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from backtest.catalogue import Catalogue, Kind
from backtest.catalogue.columns import COLUMN_NAMES, PRICE_COLUMNS, iso_time
from backtest.importers import (
    ImportOptions,
    ImportPolicy,
    ImportReport,
    ImportRequest,
    import_files,
)
from backtest.importers.report import StreamReport
from engine.model.decimals import canonical
from tests.recorded.rows import stored

INSTRUMENT = "TEST.SIM"
CENTS: Mapping[str, object] = {"tick": 0.01, "currency": "USD"}
POLICY = frozenset(ImportPolicy.__dataclass_fields__)


class Desk:
    """Import files into one catalogue; options and policy are told apart by their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.catalogue = Catalogue(folder / "catalog")

    def write(self, name: str, text: str, encoding: str = "utf-8") -> Path:
        """Write a plain, .gz or one-member .zip file."""
        path = self.folder / name
        data = text.encode(encoding)
        if path.suffix == ".gz":
            path.write_bytes(gzip.compress(data))
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(f"{path.stem.removesuffix('.csv')}.csv", data)
        else:
            path.write_bytes(data)
        return path

    def run(
        self,
        format_name: str,
        *files: Path,
        instrument: str = INSTRUMENT,
        definition: Mapping[str, object] | None = CENTS,
        **said: Any,  # noqa: ANN401 - the options of all formats
    ) -> ImportReport:
        """Import files; the instrument is one of cents, unless told otherwise."""
        return import_files(
            self.catalogue,
            ImportRequest(
                format=format_name,
                files=files,
                instrument=instrument,
                definition=definition or {},
                options=ImportOptions(**{k: v for k, v in said.items() if k not in POLICY}),
                policy=ImportPolicy(**{k: v for k, v in said.items() if k in POLICY}),
            ),
        )

    def rows(
        self, kind: Kind, spec: str | None = None, instrument: str = INSTRUMENT
    ) -> list[list[Any]]:
        """Return stored rows: times as text, numbers as canonical floats, None for missing."""
        columns = stored(self.catalogue, kind, spec, instrument)
        definition = self.catalogue.instrument(instrument)
        found: list[list[Any]] = []
        for name in COLUMN_NAMES[kind]:
            values = columns.arrays[name].tolist()
            if name.startswith("ts_"):
                found.append([iso_time(value) for value in values])
            elif name == "aggressor":
                found.append(values)
            else:
                is_price = name in PRICE_COLUMNS[kind]
                digits = definition.price_digits if is_price else definition.quantity_digits
                found.append([None if v == -(2**63) else canonical(v, digits) for v in values])
        return [list(row) for row in zip(*found, strict=True)]


def only(report: ImportReport) -> StreamReport:
    """Return the one stream of a report."""
    (stream,) = report.streams
    return stream


def minutes(first: str, count: int, step: int = 1) -> list[str]:
    """Return `count` times `step` minutes apart, as ISO text without offset."""
    start = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return [f"{start + timedelta(minutes=step * n):%Y-%m-%d %H:%M:%S}" for n in range(count)]
