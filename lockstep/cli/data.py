"""The commands `lockstep data list | check | export | generate`, and the group they stand in.

Reads no recording and asks no venue: `import` and `download` have modules of their own.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lockstep.cli import data_download, data_import
from lockstep.cli.data_options import (
    Catalog,
    Instrument,
    Start,
    existing,
    moment_ns,
    number,
)
from lockstep.cli.output import Json, Quiet, answer, answer_json, columns

if TYPE_CHECKING:
    from backtest.catalogue import Catalogue, Stream
    from backtest.catalogue.check import StreamCheck

One = Annotated[
    str | None, typer.Option("--instrument", metavar="ID", help="Only this instrument.")
]
StreamName = Annotated[
    str | None,
    typer.Option("--stream", metavar="NAME", help="A stream such as quotes, book or bars-1m."),
]
Gap = Annotated[
    str | None,
    typer.Option(metavar="SPAN", help="Open market without a row that counts as a gap, as 90m."),
]
Target = Annotated[
    Path, typer.Option("--to", metavar="FILE", help="A file .csv, .csv.gz or .parquet.")
]
End = Annotated[
    str | None, typer.Option(metavar="TIME", help="Rows before this date or time (UTC).")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Import, download, list, check, export and generate recorded data.")
    group.command("import")(data_import.import_command)
    group.command("download")(data_download.download_command)
    group.command("list")(list_command)
    group.command("check")(check)
    group.command("export")(export)
    group.command("generate")(generate)
    app.add_typer(group, name="data")


def list_command(catalog: Catalog, *, as_json: Json = False, quiet: Quiet = False) -> None:
    """List what a catalogue holds, one stream a line."""
    from dataclasses import asdict

    from backtest.catalogue.columns import iso_time, stream_name

    rows = existing(catalog).listing()
    if as_json:
        streams = [{**asdict(row), "stream": stream_name((row.kind, row.spec))} for row in rows]
        answer_json({"catalog": catalog, "streams": streams})
        return
    heading = ("instrument", "stream", "rows", "first", "last", "partitions", "kB")
    table = [
        (
            row.instrument,
            stream_name((row.kind, row.spec)),
            f"{row.rows:,}",
            iso_time(row.first),
            iso_time(row.last),
            str(row.partitions),
            f"{row.bytes / 1000:,.0f}",
        )
        for row in rows
    ]
    answer(columns(table if quiet else [heading, *table]) if table else "nothing")


def check(
    catalog: Catalog,
    *,
    instrument: One = None,
    gap: Gap = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Look over stored data; the exit code is 1 when something is wrong.

    Reports gaps in trading hours, duplicates, crossed quotes, time that goes back, impossible bars,
    arrivals before their events, damaged files, and books that are not the venue's own.
    """
    from backtest.catalogue.check import check_stream

    catalogue = existing(catalog)
    length = _span_ns(gap)
    found = [
        check_stream(catalogue, name, stream, length)
        for name in _instruments(catalogue, instrument)
        for stream in catalogue.streams(name)
    ]
    clean = not any(one.findings for one in found)
    if as_json:
        answer_json({"catalog": catalog, "clean": clean, "streams": found})
    else:
        answer("\n".join(line for one in found for line in _lines(one, quiet=quiet)) or "nothing")
    if not clean:
        raise typer.Exit(1)


def export(
    catalog: Catalog,
    instrument: Instrument,
    to: Target,
    *,
    stream: StreamName = None,
    start: Start = None,
    end: End = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write the rows of a stream to a CSV or Parquet file.

    Times are UTC, with nanoseconds. Without --stream the instrument must have one stream only.
    """
    from backtest.catalogue.columns import stream_name
    from backtest.catalogue.export import export_rows
    from engine.errors import UsageError

    catalogue = existing(catalog)
    if not to.parent.is_dir():
        raise UsageError(f"{to.parent} is no folder; make it, or choose another --to")
    chosen = _stream(catalogue, instrument, stream)
    span = moment_ns(start), moment_ns(end, as_end=True)
    rows = export_rows(catalogue, instrument, chosen, to, *span)
    if as_json:
        answer_json(
            {"instrument": instrument, "stream": stream_name(chosen), "rows": rows, "file": to}
        )
    elif quiet:
        answer(str(to))
    else:
        answer(f"wrote {rows:,} rows of {instrument} {stream_name(chosen)} to {to}")


def generate(  # noqa: PLR0913 - every argument is an option of the command line
    catalog: Catalog,
    *,
    instrument: Annotated[str, typer.Option(metavar="ID", help="What to draw.")] = "EURUSD.SIM",
    bars: Annotated[int | None, typer.Option(min=0, help="Bars to draw.")] = None,
    quotes: Annotated[int, typer.Option(min=0, help="Quotes to draw.")] = 0,
    trades: Annotated[int, typer.Option(min=0, help="Trades to draw.")] = 0,
    bar: Annotated[str, typer.Option(metavar="SPEC", help="Length of the bars.")] = "1m",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another walk.")] = 7,
    start: Start = None,
    price: Annotated[float | None, typer.Option(min=0, help="Where the walk begins.")] = None,
    tick: Annotated[str | None, typer.Option(help="Price step.")] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of prices.")] = None,
    calendar: Annotated[str | None, typer.Option(help="Trading hours: always, fx, ...")] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Draw bars, quotes and trades of a random walk; the same seed gives the same rows.

    Without sizes it draws 250,000 one-minute bars.
    """
    from backtest.catalogue import Catalogue
    from backtest.catalogue.columns import stream_name
    from backtest.catalogue.generate import START_NS, GeneratedSize, example_facts
    from backtest.catalogue.generate import generate as draw
    from backtest.importers.definition import find_definition

    catalogue = Catalogue(catalog)
    example, first_price = example_facts(instrument)
    if catalogue.streams(instrument):
        example = {}
    given = {"tick": tick and number("tick", tick), "currency": currency, "calendar": calendar}
    facts = {**example, **{key: value for key, value in given.items() if value is not None}}
    definition, _ = find_definition(catalogue, instrument, facts)
    count = (0 if quotes or trades else 250_000) if bars is None else bars
    size = GeneratedSize(bars=count, quotes=quotes, trades=trades, spec=bar)
    begin = moment_ns(start)
    written = draw(
        catalogue,
        definition,
        size,
        seed,
        START_NS if begin is None else begin,
        price or first_price,
    )
    if as_json:
        streams = [
            {"stream": stream_name(one.stream), "rows": one.offered, "stored": one.added}
            for one in written
        ]
        answer_json(
            {"catalog": catalog, "instrument": instrument, "seed": seed, "streams": streams}
        )
    elif not quiet:
        for one in written:
            name = f"{instrument} {stream_name(one.stream)}"
            answer(f"{name}: {one.offered:,} drawn, {one.added:,} stored")


def _instruments(catalogue: "Catalogue", instrument: str | None) -> tuple[str, ...]:
    if instrument is None:
        return catalogue.instruments()
    catalogue.instrument(instrument)
    return (instrument,)


def _stream(catalogue: "Catalogue", instrument: str, name: str | None) -> "Stream":
    from backtest.catalogue.columns import parse_stream, stream_name
    from engine.errors import DataError

    if name is not None:
        return parse_stream(name)
    catalogue.instrument(instrument)
    held = catalogue.streams(instrument)
    if len(held) > 1:
        names = ", ".join(map(stream_name, held))
        raise DataError(f"{instrument} has the streams {names}; choose one with --stream")
    return held[0]


def _lines(checked: "StreamCheck", *, quiet: bool) -> list[str]:
    from backtest.catalogue.columns import iso_time

    name = f"{checked.instrument} {checked.stream}"
    if not checked.findings:
        compared = f", {checked.compared:,} compared" if checked.compared else ""
        return [] if quiet else [f"ok     {name}: {checked.rows:,} rows{compared}"]
    lines = []
    for found in checked.findings:
        detail = f", {found.detail}" if found.detail else ""
        count = f"{found.what} ({found.rows:,} of {checked.rows:,} rows)"
        lines.append(f"wrong  {name}: {count}, first {iso_time(found.first)}{detail}")
    return lines


def _span_ns(text: str | None) -> int | None:
    from engine.config.values import span_ns
    from engine.errors import UsageError

    try:
        return None if text is None else span_ns(text)
    except ValueError as error:
        raise UsageError(f"--gap: {error}") from None
