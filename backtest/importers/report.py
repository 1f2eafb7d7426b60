"""Say what an import did: every row that was read is accounted for.

Prints nothing; the command line does.
"""

from dataclasses import dataclass

import msgspec


@dataclass
class Tally:
    """Count the rows of one stream by what was found; `first_off_grid` is `file:line`."""

    read: int = 0
    rounded: int = 0
    off_grid: int = 0
    crossed: int = 0
    duplicates_kept: int = 0
    duplicates_dropped: int = 0
    sorted: int = 0
    first_off_grid: str = ""


class StreamReport(msgspec.Struct, frozen=True, kw_only=True):
    """Account for one stream.

    `rows_read` came from the files; of them `stored` are new in the catalogue, `unchanged` were
    there already and `duplicates_dropped` are in neither. `removed` stored rows gave way
    (--replace). `rounded` counts values, the rest rows. Times are `ts_recv` in nanoseconds UTC.
    """

    stream: str
    rows_read: int
    stored: int
    unchanged: int
    removed: int
    duplicates_dropped: int
    duplicates_kept: int
    rounded: int
    off_grid: int
    first_off_grid: str
    crossed: int
    out_of_order: int
    partitions: int
    first: int | None
    last: int | None


class SkewReport(msgspec.Struct, frozen=True, kw_only=True):
    """Give `ts_recv - ts_event` in nanoseconds, over rows that have both from different clocks.

    `median` is that of an even sample. `corrected` was added to every `ts_recv`.
    """

    rows: int
    minimum: int
    median: int
    maximum: int
    corrected: int


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """Account for one import.

    `ignored` counts messages that are rows of no stream, `marked` rows that were kept though the
    recording marks them. `warnings` are one sentence each.
    """

    format: str
    instrument: str
    files: tuple[str, ...]
    dry_run: bool
    price_digits: int
    quantity_digits: int
    rows_read: int
    streams: tuple[StreamReport, ...]
    ignored: dict[str, int]
    marked: dict[str, int]
    skew: SkewReport | None
    warnings: tuple[str, ...]
