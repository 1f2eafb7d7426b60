"""What a run trades and where its data is: definitions from configuration and catalogue.

Reads metadata only; the rows themselves go through the replay.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

import msgspec

from backtest.book_start import book_from
from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Columns, Kind, Stream
from backtest.events import Event, events_of
from engine.bars import BarSpec, make_builder
from engine.config.definitions import define
from engine.config.sections import Config
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.strategy.context import choose_source

_DAY_NS = 86_400_000_000_000
CHUNK_ROWS = 4096
"""How many rows of a stream are made into events at a time: few enough to stay in the cache."""
_SPARE = 4
"""How many times the expected rows are read to build bars for a warm-up, for gaps in the data."""
_TICKS_PER_BAR = 5_000
"""How many ticks are read for each bar of a warm-up; busier markets get fewer bars than asked."""


class DataSource(Mapping[str, Instrument]):
    """Map instruments to definitions and to their recordings in a catalogue.

    `[instruments]` may define an instrument, change single facts of a recorded one, or name the
    recording that stands for it (`"SBER.ALOR" = "SBER.MOEX"`).
    """

    def __init__(self, config: Config, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._recordings = config.recordings()
        self._changes = config.definitions()
        self._known: dict[str, Instrument] = {}

    def __getitem__(self, name: str) -> Instrument:
        """Return the definition of an instrument. Raises KeyError for one that nobody defines."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._define(name)
        return found

    def __iter__(self) -> Iterator[str]:
        """Name every instrument of the configuration and the catalogue, each once."""
        return iter(
            dict.fromkeys((*self._changes, *self._recordings, *self.catalogue.instruments()))
        )

    def __len__(self) -> int:
        """Return how many instruments are defined."""
        return len(list(iter(self)))

    def streams(self, name: str) -> tuple[Stream, ...]:
        """Return the (kind, spec) of everything recorded for an instrument."""
        return self.catalogue.streams(self.recording(name))

    def recording(self, name: str) -> str:
        """Return the name under which an instrument's data is in the catalogue."""
        return self._recordings.get(name, name)

    def read(
        self, name: str, stream: Stream, start: int | None, end: int | None
    ) -> Iterator[Columns]:
        """Yield the rows of a stream between two times, in chunks."""
        kind, spec = stream
        return self.catalogue.read(self.recording(name), kind, spec, start, end, CHUNK_ROWS)

    def run_through(self, name: str, stream: Stream, start: int, end: int) -> Iterator[Columns]:
        """Yield what `read` does; of a book, first the book that was there at the start."""
        if stream[0] in ("book", "book_orders"):
            recording = self.recording(name)
            return book_from(self.catalogue, recording, stream, start, end, CHUNK_ROWS)
        return self.read(name, stream, start, end)

    def bars(self, instrument: str, spec: str, count: int, before: int) -> list[Bar]:
        """Return the last `count` bars closed before a time; built where they are not recorded."""
        found = choose_source(BarSpec.parse(spec), self.streams(instrument))
        if found is None:
            return []
        made, (kind, finer) = found
        recorded = (kind, finer) == ("bars", str(made))
        enough = count if recorded else count * _rows_per_bar(made, finer)
        name = self.recording(instrument)
        rows = self.catalogue.tail(name, cast("Kind", kind), finer, before, enough)
        definition = self[instrument]
        events = events_of(definition, rows)
        if not recorded:
            return _built(definition, made, events, before)[-count:]
        return [event for event in events if isinstance(event, Bar)]

    def _define(self, name: str) -> Instrument:
        recorded = None
        if self.streams(name):
            recorded = self.catalogue.instrument(self.recording(name))
        change = self._changes.get(name)
        if change is not None:
            return define(name, change, recorded)
        if recorded is None:
            raise KeyError(name)
        return recorded if recorded.id == name else msgspec.structs.replace(recorded, id=name)


def _rows_per_bar(spec: BarSpec, finer: str | None) -> int:
    if finer is None:
        return _TICKS_PER_BAR
    inner = BarSpec.parse(finer)
    ratio = (spec.step_ns or spec.step * _DAY_NS) // (inner.step_ns or inner.step * _DAY_NS)
    return max(1, ratio) * _SPARE


def _built(
    instrument: Instrument, spec: BarSpec, events: Iterable[Event], before: int
) -> list[Bar]:
    """Build bars from rows; the first is left out, since its beginning may not have been read."""
    made: list[Bar] = []
    builder = make_builder(instrument, spec, made.append, lambda _ts: None)
    for event in events:
        if isinstance(event, Bar):
            builder.close_until(event.ts_open)
            builder.on_bar(event)
        elif isinstance(event, QuoteTick):
            builder.close_until(event.ts_recv)
            builder.on_quote(event)
        elif isinstance(event, TradeTick):
            builder.close_until(event.ts_recv)
            builder.on_trade(event)
    builder.close_until(before - 1)
    return made[1:]
