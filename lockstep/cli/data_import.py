"""The command `lockstep data import`.

Passes on what was said and prints the report; `backtest.importers` reads the files.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lockstep.cli import data_options as option
from lockstep.cli.output import Json, Quiet, answer, answer_json, note

if TYPE_CHECKING:
    from backtest.importers import ImportRequest

_FACTS = ("tick", "currency", "price_digits", "quantity_step", "multiplier", "calendar")
_NUMBERS = ("tick", "quantity_step", "multiplier")


def import_command(  # noqa: PLR0913 - every argument is one of the command line
    format: option.FormatName,  # noqa: A002 - how the command line calls it
    files: option.Files,
    catalog: option.Catalog,
    instrument: option.Instrument,
    *,
    tick: option.Tick = None,
    currency: option.Currency = None,
    price_digits: option.PriceDigits = None,
    quantity_step: option.QuantityStep = None,
    multiplier: option.Multiplier = None,
    calendar: option.CalendarName = None,
    instrument_file: option.InstrumentFile = None,
    timezone: option.TimeZone = None,
    bar: option.BarLength = None,
    label: option.LabelName = None,
    columns: option.ColumnMap = None,
    delimiter: option.Delimiter = None,
    header: option.Header = None,
    time_format: option.TimeFormat = None,
    decimal: option.DecimalPoint = None,
    encoding: option.Encoding = None,
    price_factor: option.PriceFactor = None,
    quantity_factor: option.QuantityFactor = None,
    symbol: option.Symbol = None,
    fold: option.FoldName = "refuse",
    sort: option.Sort = False,
    drop_duplicates: option.DropDuplicates = False,
    correct_skew: option.CorrectSkew = False,
    quantity_digits: option.QuantityDigits = None,
    replace: option.Replace = False,
    dry_run: option.DryRun = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Import recordings of one format as data of one instrument, all or nothing.

    An import that would be wrong is refused, with the line and the option that mends it. Importing
    the same rows again changes nothing.
    """
    request = _request(locals())
    import msgspec

    from backtest.catalogue import Catalogue
    from backtest.importers import import_files
    from backtest.importers.describe import describe

    with _rows_shown(quiet=quiet or as_json) as tell:
        report = import_files(Catalogue(catalog), request, tell)
    for warning in report.warnings:
        note(f"warning: {warning}")
    if as_json:
        answer_json(msgspec.structs.asdict(report))
    elif not quiet:
        answer("\n".join(describe(report)))


def _request(said: Mapping[str, Any]) -> "ImportRequest":
    """Return the request for the values of the options, by name."""
    from dataclasses import fields

    from backtest.importers import ImportOptions, ImportPolicy, ImportRequest

    options = {field.name: said[field.name] for field in fields(ImportOptions)}
    options["columns"] = _column_map(said["columns"] or [])
    facts = {name: said[name] for name in _FACTS if said[name] is not None}
    facts |= {name: option.number(name, facts[name]) for name in _NUMBERS if name in facts}
    return ImportRequest(
        format=said["format"],
        files=tuple(said["files"]),
        instrument=said["instrument"],
        definition=facts,
        definition_file=said["instrument_file"],
        options=ImportOptions(**options),
        policy=ImportPolicy(**{field.name: said[field.name] for field in fields(ImportPolicy)}),
    )


def _column_map(texts: list[str]) -> dict[str, str]:
    """Return `a=b,c=d` as a mapping; the option may be given several times."""
    from engine.errors import UsageError

    found = {}
    for pair in (pair for text in texts for pair in text.split(",")):
        field, equals, column = pair.partition("=")
        if not (field and equals and column):
            raise UsageError(f"--columns {pair!r} is not FIELD=COLUMN, such as open=Open or bid=2")
        found[field.strip()] = column
    return found


@contextmanager
def _rows_shown(*, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show on a terminal how many rows have been read, as nobody knows how many there are."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("reading") as status:
        yield lambda rows: status.update(f"{rows:,} rows read")
