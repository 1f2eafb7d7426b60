"""Bring a venue's bars into a catalogue, span by span, all or nothing.

Speaks no protocol; the venue's own flows ask, and the connector drives them.
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterable

import msgspec
import numpy as np

from backtest.catalogue import Catalogue, Columns
from backtest.catalogue.columns import BAR_COLUMNS, PRICE_COLUMNS
from backtest.catalogue.schema import Source
from backtest.catalogue.session import StreamWritten
from connectors.frame.connector import Connector
from connectors.frame.timing import Clock, pause
from engine.errors import DataError, VenueError
from engine.model.decimals import to_units
from engine.model.instrument import Instrument
from engine.model.market import Bar

SPAN_NS = 30 * 86_400 * 1_000_000_000
"""How much is asked for and stored at a time; it bounds what is in memory."""

_READY_NS = 30 * 1_000_000_000
_LOOK_NS = 20_000_000

Tell = Callable[[float], None]
"""Takes the part that is done, from 0 to 1."""


class Downloaded(msgspec.Struct, frozen=True):
    """Count what a download brought: bars of the venue, those that are new, first and last."""

    instrument: str
    spec: str
    bars: int
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
    """Store the complete bars of an instrument with `period[0] <= ts_open < period[1]` (ns).

    Bars that are stored already change nothing. Raises VenueError when the venue does not know the
    instrument or cannot be reached, DataError for bars that are off its grid of decimals.
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
        bars = await connector.history(instrument.id, spec, at, until)
        if bars:
            parts.append(columns_of(bars, instrument, spec))
            digest.update(msgspec.msgpack.encode(bars))
        at = until
        tell((at - start) / (end - start))
    rows = sum(map(len, parts))
    source = Source(f"{instrument.venue} history {instrument.id} {spec}", digest.hexdigest())
    written = await asyncio.to_thread(_written, catalogue, instrument, parts, source)
    opened = [part.arrays["ts_open"] for part in parts]
    return Downloaded(
        instrument.id,
        spec,
        rows,
        sum(each.added for each in written),
        int(opened[0][0]) if opened else None,
        int(opened[-1][-1]) if opened else None,
    )


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


def _units(value: float, digits: int, bar: Bar, name: str) -> int:
    units = to_units(value, digits)
    if units is None:
        raise DataError(
            f"{bar.instrument}: {name} {value!r} of the bar that opens at {bar.ts_open} has more "
            f"than {digits} decimals; give the instrument more price_digits"
        )
    return units
