"""Say in lines for people what an import did.

Leaves out counts that are zero; the report itself holds them all.
"""

from collections.abc import Iterator

from backtest.catalogue.columns import iso_time
from backtest.importers.report import ImportReport, StreamReport

_WORDS = {
    "rows_read": "read",
    "stored": "stored",
    "unchanged": "already there",
    "removed": "replaced",
    "duplicates_dropped": "duplicates dropped",
    "duplicates_kept": "duplicates kept",
    "out_of_order": "out of order, sorted",
    "crossed": "crossed",
    "off_grid": "off the grid",
    "rounded": "values rounded",
}
_ALWAYS = ("rows_read", "stored")


def describe(report: ImportReport) -> Iterator[str]:
    """Yield the report line by line, warnings left out."""
    for stream in report.streams:
        yield _stream(report.instrument, stream)
    for what, count in report.ignored.items():
        yield f"not stored: {count:,} {what}"
    for what, count in report.marked.items():
        yield f"kept: {count:,} {what}"
    if report.skew is not None:
        skew = report.skew
        least, median, most, added = (
            f"{ns / 1e6:,.3f} ms"
            for ns in (skew.minimum, skew.median, skew.maximum, skew.corrected)
        )
        yield f"arrival minus event: least {least}, median {median}, most {most}; added {added}"


def _stream(instrument: str, stream: StreamReport) -> str:
    counts = ((name, getattr(stream, name), words) for name, words in _WORDS.items())
    words = [f"{count:,} {what}" for name, count, what in counts if count or name in _ALWAYS]
    if stream.first is not None and stream.last is not None:
        words.append(f"{iso_time(stream.first)} to {iso_time(stream.last)}")
    return f"{instrument} {stream.stream}: {', '.join(words)}"
