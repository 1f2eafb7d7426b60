"""The options of the commands of `lockstep data`.

Runs nothing.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from backtest.catalogue import Catalogue

Catalog = Annotated[
    Path, typer.Option("--catalog", metavar="DIR", help="The folder of the recorded data.")
]
Instrument = Annotated[
    str, typer.Option("--instrument", metavar="ID", help="SYMBOL.VENUE, such as EURUSD.SIM.")
]
Start = Annotated[str | None, typer.Option(metavar="TIME", help="From this date or time on (UTC).")]

Files = Annotated[list[Path], typer.Argument(metavar="FILES...", help="Plain, .gz or .zip files.")]
FormatName = Annotated[
    str,
    typer.Argument(
        metavar="FORMAT",
        help="csv, histdata, lean-equity, lean-forex, binance, lobster, finam, tinvest, "
        "tinvest-daily or algopack.",
    ),
]

# About the instrument.
Tick = Annotated[str | None, typer.Option(help="Price step.")]
Currency = Annotated[str | None, typer.Option(help="Currency of prices.")]
PriceDigits = Annotated[
    int | None, typer.Option(min=0, max=12, help="Decimals of prices, if more than the tick's.")
]
QuantityStep = Annotated[str | None, typer.Option(help="Smallest step of quantities.")]
Multiplier = Annotated[str | None, typer.Option(help="Money for a move of 1 with quantity 1.")]
CalendarName = Annotated[
    str | None,
    typer.Option(help="always, fx, us-equities, moex-equities or moex-derivatives."),
]
InstrumentFile = Annotated[
    Path | None, typer.Option(metavar="TOML", help="A file with facts of the instrument.")
]

# About the recording.
TimeZone = Annotated[
    str | None, typer.Option("--timezone", help="Zone of the times: Europe/Moscow, UTC, UTC-5.")
]
BarLength = Annotated[str | None, typer.Option("--bar", metavar="SPEC", help="Length: 1m, 1d.")]
LabelName = Annotated[
    Literal["start", "end"] | None, typer.Option("--label", help="What the time of a bar is.")
]
ColumnMap = Annotated[
    list[str] | None,
    typer.Option(
        "--columns", metavar="FIELD=COLUMN,...", help="Columns by name, or by place from 1."
    ),
]
Delimiter = Annotated[str | None, typer.Option(help="Between columns: one character, or tab.")]
Header = Annotated[
    bool | None, typer.Option("--header/--no-header", help="Whether line 1 names the columns.")
]
TimeFormat = Annotated[
    str | None,
    typer.Option(help="iso, epoch-s, epoch-ms, epoch-us, epoch-ns, or as strptime has it."),
]
DecimalPoint = Annotated[str | None, typer.Option("--decimal", help="Decimal point of numbers.")]
Encoding = Annotated[str | None, typer.Option(help="Encoding of the text, such as cp1251.")]
PriceFactor = Annotated[str | None, typer.Option(help="Multiply prices by this.")]
QuantityFactor = Annotated[str | None, typer.Option(help="Multiply sizes and volumes by this.")]
Symbol = Annotated[str | None, typer.Option(help="Which instrument of several in the files.")]
FoldName = Annotated[
    Literal["refuse", "earlier", "later"],
    typer.Option("--fold", help="Which pass of an hour that clocks show twice."),
]

# About strictness.
Sort = Annotated[bool, typer.Option("--sort", help="Bring rows into the order of time.")]
DropDuplicates = Annotated[
    bool, typer.Option("--drop-duplicates", help="Drop exact copies of rows.")
]
CorrectSkew = Annotated[
    bool, typer.Option("--correct-skew", help="Move a recorder's slow clock forward.")
]
QuantityDigits = Annotated[
    int | None,
    typer.Option(min=0, max=12, help="Round sizes and volumes to so many decimals."),
]
Replace = Annotated[bool, typer.Option("--replace", help="Overwrite stored rows of the same time.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything but store.")]


def existing(catalog: Path) -> "Catalogue":
    """Return the catalogue in a folder; raises DataError when there is no such folder."""
    from backtest.catalogue import Catalogue
    from engine.errors import DataError

    if not catalog.is_dir():
        raise DataError(f"{catalog} is no folder; check --catalog, or run `lockstep data import`")
    return Catalogue(catalog)


def moment_ns(text: str | None, *, as_end: bool = False) -> int | None:
    """Return a date or time in nanoseconds UTC; a date as an end includes its whole day."""
    from engine.config.values import Moment
    from engine.errors import UsageError

    if text is None:
        return None
    try:
        moment = Moment(text)
    except ValueError as error:
        raise UsageError(f"{'--end' if as_end else '--start'}: {error}") from None
    return moment.end_ns if as_end else moment.ns


def number(name: str, text: str) -> float:
    """Return a number as TOML would give it; its shortest decimal is what was typed."""
    from engine.errors import UsageError

    try:
        return float(text)
    except ValueError:
        words = name.replace("_", "-")
        raise UsageError(f"--{words} {text!r} is no number; write it like 0.01") from None
