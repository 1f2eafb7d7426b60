"""Put a venue's simulator together: its wire, a broker, and the exchange of the backtest behind it.

Opens no socket and holds no rule of its own.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from heapq import merge
from importlib.metadata import entry_points
from itertools import chain

import msgspec

from backtest.catalogue import Catalogue, Stream
from backtest.events import events_of
from backtest.exchange.account import VenueAccount
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from connectors.frame.package import GROUP, VenuePackage
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.market import GeneratedMarket
from connectors.simulation.races import Races
from connectors.simulation.simulator import Simulator, SimulatorTerms
from engine.errors import UsageError
from engine.model.instrument import Instrument
from engine.model.market import Bar, MarketEvent, QuoteTick, TradeTick

_TICKS = 5_000

QUOTES = ExchangeModels(fills="quotes")
"""What fills orders at a simulated venue unless told otherwise: its quotes and trades, no fees."""


def venue_names() -> list[str]:
    """Return the names of the venues that are installed, in small letters."""
    return sorted(entry_points(group=GROUP).names)


def venue_package(name: str) -> VenuePackage:
    """Return a venue by its name, in whatever case; raises UsageError when there is none."""
    for entry in entry_points(group=GROUP):
        if entry.name == name.lower():
            package: VenuePackage = entry.load()
            return package
    known = ", ".join(venue_names())
    raise UsageError(f"venue {name!r} is not installed; choose one of {known}")


def make_broker(
    package: VenuePackage,
    *,
    instruments: Iterable[Instrument] = (),
    accounts: Iterable[AccountTerms] = (),
    models: ExchangeModels = QUOTES,
) -> SimulatedBroker:
    """Return a broker with an exchange behind it; what is not given is the package's own.

    Orders that an account's money does not cover are rejected by the exchange.
    """
    listed = tuple(instruments) or package.instruments
    known = tuple(accounts) or package.accounts
    money = [VenueAccount(terms.id, terms.currency, terms.balance) for terms in known]
    exchange = Exchange(listed, models, accounts=money)
    return SimulatedBroker(exchange, listed, known, package.ids)


def make_simulator(
    package: VenuePackage,
    broker: SimulatedBroker,
    faults: FaultPlan | None = None,
    terms: SimulatorTerms | None = None,
) -> Simulator:
    """Return the venue's simulator on top of a broker, whose races the faults play."""
    plan = faults or FaultPlan()
    broker.before_change = Races(broker, plan).before_change
    return package.simulator(broker, plan, terms or SimulatorTerms())


def generated_rows(package: VenuePackage, seed: int, start: int) -> Iterator[MarketEvent]:
    """Return quotes and trades without end of all that a venue lists, drawn from a seed."""
    markets = [
        GeneratedMarket(
            instrument=instrument,
            price=package.prices.get(instrument.id) or _some_price(instrument),
            seed=seed,
        )
        for instrument in package.instruments
    ]
    return merge(*(market.rows(start) for market in markets), key=arrival)


def recorded_rows(
    catalogue: Catalogue, recording: str, instrument: Instrument
) -> Iterator[MarketEvent]:
    """Return the quotes and trades of a recording, as rows of the instrument that it stands for.

    A recording of bars alone gives four quotes a bar, made up: a tick wide, through open, the
    nearer of high and low, the other, and close. Raises UsageError when there is neither.
    """
    streams = catalogue.streams(recording)
    ticks = [stream for stream in streams if stream[0] in ("quotes", "trades")]
    chosen = ticks or [stream for stream in streams if stream[0] == "bars"][:1]
    if not chosen:
        raise UsageError(f"{recording} has neither quotes nor trades nor bars; import some")
    rows = merge(*(_rows(catalogue, recording, stream) for stream in chosen), key=arrival)
    made = rows if ticks else chain.from_iterable(map(partial(_walk, instrument), rows))
    return (msgspec.structs.replace(row, instrument=instrument.id) for row in made)


def _rows(catalogue: Catalogue, recording: str, stream: Stream) -> Iterator[MarketEvent]:
    definition = catalogue.instrument(recording)
    for columns in catalogue.read(recording, *stream):
        for event in events_of(definition, columns):
            assert isinstance(event, QuoteTick | TradeTick | Bar), event
            yield event


def _walk(instrument: Instrument, bar: MarketEvent) -> Iterator[QuoteTick]:
    """Yield the quotes that stand for a bar, a quarter of its length apart."""
    assert isinstance(bar, Bar), bar
    ends = (bar.high, bar.low) if bar.high - bar.open < bar.open - bar.low else (bar.low, bar.high)
    step, size = (bar.ts_close - bar.ts_open) // 4, instrument.quantity(max(bar.volume / 4, 1.0))
    for number, price in enumerate((bar.open, *ends, bar.close)):
        ts = bar.ts_open + number * step
        bid = instrument.price(price, "down")
        ask = instrument.price(bid + instrument.tick_at(bid))
        yield QuoteTick(instrument.id, ts, ts, bid, ask, size, size)


def _some_price(instrument: Instrument) -> float:
    """Return a price for an instrument that nobody recorded: some thousand ticks."""
    return instrument.bands[0].tick * _TICKS / instrument.price_scale


def arrival(row: MarketEvent) -> int:
    """Return when a row came: what rows of several streams are merged by."""
    return row.ts_recv
