"""Bring a venue's bars or quotes into a catalogue, span by span, all or nothing.

Speaks no protocol; the venue's own flows ask, and the connector drives them.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable
from math import isnan

import msgspec
import numpy as np

from backtest.catalogue import Catalogue, Columns
from backtest.catalogue.columns import BAR_COLUMNS, MISSING, PRICE_COLUMNS, QUOTE_COLUMNS
from backtest.catalogue.schema import Source
from backtest.catalogue.session import StreamWritten
from connectors.frame.connector import Connector
from connectors.frame.timing import Clock, pause
from engine.errors import DataError, VenueError
from engine.model.decimals import to_units
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick

QUOTES = "quotes"
"""What is asked for in place of the name of bars."""

SPAN_NS = 30 * 86_400 * 1_000_000_000
"""How much is asked for and stored at a time; it bounds what is in memory."""

_READY_NS = 30 * 1_000_000_000
_LOOK_NS = 20_000_000

Tell = Callable[[float], None]
"""Takes the part that is done, from 0 to 1."""


class Downloaded(msgspec.Struct, frozen=True):
    """Count what a download brought: rows of the venue, those that are new, first and last."""

    instrument: str
    spec: str
    rows: int
    added: int
    first: int | None
    last: int | None


async def download(
    connector: Connector,
    clock: Clock,
    catalogue: Catalogue,
    name: str,
    spec: str,
    period: tuple[int, int],
    tell: Tell,
) -> Downloaded:
    """Store what began in a period (ns): the complete bars of a name, or with QUOTES the quotes.

    What is stored already changes nothing. Raises VenueError when the venue does not know the
    instrument or cannot be reached, DataError for what is off its grid of decimals.
    """
    try:
        found = await connector.open((name,))
        if not found:
            raise VenueError(f"the venue does not know {name}; check its name on the venue's page")
        await _ready(connector, clock)
        return await _store(connector, catalogue, found[0], spec, period, tell)
    finally:
        await connector.close()


async def _ready(connector: Connector, clock: Clock) -> None:
    """Wait for the links: at some venues history is asked for on one."""
    end = clock.now() + _READY_NS
    while not connector.is_ready:
        if clock.now() >= end:
            raise VenueError("the venue's connections were not ready within 30 s; try again")
        await pause(clock, clock.now() + _LOOK_NS)


async def _store(
    connector: Connector,
    catalogue: Catalogue,
    instrument: Instrument,
    spec: str,
    period: tuple[int, int],
    tell: Tell,
) -> Downloaded:
    start, end = period
    digest = hashlib.sha256()
    parts: list[Columns] = []
    at = start
    while at < end:
        until = min(at + SPAN_NS, end)
        part, content = await _part(connector, instrument, spec, at, until)
        if len(part):
            parts.append(part)
            digest.update(content)
        at = until
        tell((at - start) / (end - start))
    rows = sum(map(len, parts))
    source = Source(f"{instrument.venue} history {instrument.id} {spec}", digest.hexdigest())
    written = await asyncio.to_thread(_written, catalogue, instrument, parts, source)
    began = [part.arrays["ts_event" if spec == QUOTES else "ts_open"] for part in parts]
    return Downloaded(
        instrument.id,
        spec,
        rows,
        sum(each.added for each in written),
        int(began[0][0]) if began else None,
        int(began[-1][-1]) if began else None,
    )


async def _part(
    connector: Connector, instrument: Instrument, spec: str, start: int, end: int
) -> tuple[Columns, bytes]:
    """Return what the venue has of a span, and its content for the digest."""
    if spec == QUOTES:
        quotes = await connector.quote_history(instrument.id, start, end)
        return quote_columns(quotes, instrument), msgspec.msgpack.encode(quotes)
    bars = await connector.history(instrument.id, spec, start, end)
    return columns_of(bars, instrument, spec), msgspec.msgpack.encode(bars)


def _written(
    catalogue: Catalogue, instrument: Instrument, parts: list[Columns], source: Source
) -> Iterable[StreamWritten]:
    return catalogue.write(instrument, parts, (source,)) if parts else ()


def columns_of(bars: Iterable[Bar], instrument: Instrument, spec: str) -> Columns:
    """Return bars as columns of the catalogue; they are known when they close.

    Raises DataError for a price or volume with more decimals than the instrument has.
    """
    rows: dict[str, list[int]] = {name: [] for name in BAR_COLUMNS}
    for bar in bars:
        rows["ts_open"].append(bar.ts_open)
        rows["ts_close"].append(bar.ts_close)
        rows["ts_recv"].append(bar.ts_close)
        for name in PRICE_COLUMNS["bars"]:
            value = getattr(bar, name)
            rows[name].append(_units(value, instrument.price_digits, bar, name))
        rows["volume"].append(_units(bar.volume, instrument.quantity_digits, bar, "volume"))
    arrays = {name: np.array(values, dtype=np.int64) for name, values in rows.items()}
    return Columns(instrument.id, "bars", spec, arrays)


def quote_columns(quotes: Iterable[QuoteTick], instrument: Instrument) -> Columns:
    """Return quotes as columns of the catalogue; a side or size that is not there is MISSING.

    Raises DataError for a price or size with more decimals than the instrument has.
    """
    rows: dict[str, list[int]] = {name: [] for name in QUOTE_COLUMNS}
    for quote in quotes:
        rows["ts_event"].append(quote.ts_event)
        rows["ts_recv"].append(quote.ts_recv)
        for name in QUOTE_COLUMNS[2:]:
            value = getattr(quote, name)
            is_price = name in PRICE_COLUMNS["quotes"]
            digits = instrument.price_digits if is_price else instrument.quantity_digits
            rows[name].append(MISSING if isnan(value) else _units(value, digits, quote, name))
    arrays = {name: np.array(values, dtype=np.int64) for name, values in rows.items()}
    return Columns(instrument.id, "quotes", None, arrays)


def _units(value: float, digits: int, row: Bar | QuoteTick, name: str) -> int:
    units = to_units(value, digits)
    if units is None:
        raise DataError(
            f"{row.instrument}: {name} {value!r} at {row.ts_event} has more than {digits} "
            "decimals; give the instrument more of them"
        )
    return units
