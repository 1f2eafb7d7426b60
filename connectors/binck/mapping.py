"""Between the words of Binck and those of the engine: instruments, orders, statuses, times.

It is pure. A symbol is the venue's (`INGA.BINCK`), or ISIN and market (`NL0011821202:XAMS.BINCK`);
the venue's own ids may change over night and are never kept.
"""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum, auto
from types import MappingProxyType

import msgspec

from connectors.binck.messages import Instrument as WireInstrument
from connectors.binck.messages import Leg, NewOrder, OptionLegs
from connectors.frame.iso_time import from_iso, to_iso
from engine.errors import NotSent, UsageError
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from engine.model.instrument import AssetClass, Instrument
from engine.model.zones import instant, local_time, time_zone

VENUE = "BINCK"
REFERENCE_MAX = 40

SIDES: Mapping[str, Side] = MappingProxyType({"buy": Side.BUY, "sell": Side.SELL})
SIDE_WORDS = MappingProxyType({side: word for word, side in SIDES.items()})
TYPES: Mapping[str, OrderType] = MappingProxyType(
    {
        "limit": OrderType.LIMIT,
        "market": OrderType.MARKET,
        "stop": OrderType.STOP,
        "stopLimit": OrderType.STOP_LIMIT,
    }
)
TYPE_WORDS = MappingProxyType({kind: word for word, kind in TYPES.items()})
DURATIONS: Mapping[TimeInForce, str] = MappingProxyType(
    {
        TimeInForce.DAY: "day",
        TimeInForce.GTC: "goodTillCancelled",
        TimeInForce.GTD: "goodTillDate",
    }
)


class Change(Enum):
    """Name what a status says about an order."""

    WORKING = auto()
    EXECUTED = auto()
    AMENDED = auto()
    CANCELED = auto()
    EXPIRED = auto()
    REFUSED = auto()
    AMEND_REFUSED = auto()
    CANCEL_REFUSED = auto()


CHANGES: Mapping[str, Change] = MappingProxyType(
    {
        "placed": Change.WORKING,
        "placementConfirmed": Change.WORKING,
        "partiallyExecuted": Change.EXECUTED,
        "executed": Change.EXECUTED,
        "remainderExecuted": Change.EXECUTED,
        "modificationRequested": Change.WORKING,
        "modified": Change.AMENDED,
        "modificationRefused": Change.AMEND_REFUSED,
        "cancelationRequested": Change.WORKING,
        "cancelationRefused": Change.CANCEL_REFUSED,
        "canceled": Change.CANCELED,
        "remainderCanceled": Change.CANCELED,
        "expired": Change.EXPIRED,
        "remainderExpired": Change.EXPIRED,
        "refused": Change.REFUSED,
    }
)
"""The statuses of the REST interface; that of the hub is only a sign to ask for the order."""

FULLY_EXECUTED = ("executed", "remainderExecuted")

INTERVALS: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        "1m": ("oneMinute", 5),
        "5m": ("fiveMinutes", 20),
        "10m": ("tenMinutes", 20),
        "15m": ("fifteenMinutes", 60),
        "1h": ("oneHour", 120),
        "1d": ("oneDay", 3650),
        "1w": ("oneWeek", 3650),
    }
)
"""The bars that the venue makes: its word, and how many days one question may span."""

_KINDS = {"option": "option", "future": "future", "srd": "srd"}
_ASSETS = {
    "equity": AssetClass.EQUITY,
    "tracker": AssetClass.EQUITY,
    "bond": AssetClass.BOND,
    "future": AssetClass.FUTURE,
    "index": AssetClass.INDEX,
}


class Terms(msgspec.Struct, frozen=True):
    """Hold what orders and quotes of an instrument need to know, for today."""

    id: str
    kind: str
    can_modify: bool
    instrument: Instrument


class Directory:
    """Know today's ids of the instruments that were asked for; `learned_on` is the day (UTC)."""

    def __init__(self) -> None:
        self.learned_on: date | None = None
        self._by_name: dict[str, Terms] = {}
        self._by_id: dict[str, Terms] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the instruments that are known."""
        return tuple(self._by_name)

    def learn(self, found: Mapping[str, Terms], now: int) -> bool:
        """Take in what instruments are called today; return whether an id has changed."""
        changed = any(
            name in self._by_name and self._by_name[name].id != terms.id
            for name, terms in found.items()
        )
        self._by_name.update(found)
        self._by_id = {terms.id: terms for terms in self._by_name.values()}
        self.learned_on = day_of(now)
        return changed

    def of_instrument(self, name: str) -> Terms:
        """Return what is known of an instrument. Raises UsageError when it was never listed."""
        terms = self._by_name.get(name)
        if terms is None:
            raise UsageError(
                f"Binck does not list {name}; write its symbol, or ISIN:MARKET, before .{VENUE}"
            )
        return terms

    def of_id(self, instrument_id: str) -> Terms | None:
        """Return what is known of today's id; None when nobody asked for it."""
        return self._by_id.get(instrument_id)


def day_of(now: int) -> date:
    """Return the day (UTC) of a moment."""
    return local_time(now, time_zone("UTC")).date()


def terms_of(name: str, wire: WireInstrument) -> Terms:
    """Return an instrument under the name it was asked for by. Raises ValueRefused."""
    steps = wire.tick_size_collection.tick_sizes if wire.tick_size_collection else ()
    tick = 10.0**-wire.price_decimals
    table: list[tuple[str | float, str | float]] = [(step.start, step.size) for step in steps]
    size = wire.derivatives_info.contract_size if wire.derivatives_info else None
    instrument = Instrument.define(
        name,
        tick=table or f"{tick:.{wire.price_decimals}f}",
        price_digits=wire.price_decimals,
        currency=wire.currency,
        multiplier="1" if size is None else size,
        asset=_ASSETS.get(wire.type, AssetClass.OTHER),
    )
    kind = _KINDS.get(wire.type, "cash")
    return Terms(wire.id, kind, wire.has_order_modifications, instrument)


def matches(symbol: str, wire: WireInstrument) -> bool:
    """Say whether a symbol of ours names an instrument of the venue."""
    isin, colon, market = symbol.partition(":")
    if colon:
        return (wire.isincode, wire.market_identification_code) == (isin, market)
    return symbol in (wire.symbol, wire.ticker_symbol)


def question_of(symbol: str) -> dict[str, str]:
    """Return the query that finds an instrument by its symbol."""
    isin, colon, market = symbol.partition(":")
    return {"isin": isin, "mic": market} if colon else {"searchText": symbol}


def new_order(command: SubmitOrder, terms: Terms) -> NewOrder:
    """Return the order to ask for. Raises NotSent for what the venue cannot do."""
    if command.type not in TYPE_WORDS or command.time_in_force not in DURATIONS:
        raise NotSent(
            f"Binck has no {command.type} order with time in force {command.time_in_force}"
        )
    if command.quantity != int(command.quantity) or command.post_only or command.reduce_only:
        raise NotSent("Binck takes whole quantities, and neither post-only nor reduce-only orders")
    if len(command.client_order_id) > REFERENCE_MAX:
        raise NotSent(f"Binck takes references of at most {REFERENCE_MAX} characters")
    leg = Leg(side=SIDE_WORDS[command.side], instrument_id=terms.id)
    expiry = command.expire_ts if command.time_in_force is TimeInForce.GTD else None
    return NewOrder(
        type=TYPE_WORDS[command.type],
        quantity=int(command.quantity),
        duration=DURATIONS[command.time_in_force],
        reference_id=command.client_order_id,
        expiration_date=None if expiry is None else f"{to_iso(expiry)[:10]}T00:00:00Z",
        limit_price=command.price,
        stop_price=command.stop,
        cash=leg if terms.kind == "cash" else None,
        option=OptionLegs(leg1=leg) if terms.kind == "option" else None,
        future=leg if terms.kind == "future" else None,
        srd=leg if terms.kind == "srd" else None,
    )


def market_time(text: str, zone: str) -> int:
    """Return a time that the market's own clock shows as nanoseconds UTC.

    The letter behind it is not to be trusted: the venue puts a Z to local times.
    """
    wall = datetime.fromisoformat(text[:19])
    seconds = wall.hour * 3600 + wall.minute * 60 + wall.second
    return instant(wall.date(), seconds, time_zone(zone))


def market_text(ts: int, zone: str) -> str:
    """Return a moment as the market's own clock shows it."""
    return local_time(ts, time_zone(zone)).isoformat(timespec="seconds")[:19]


def nanoseconds(text: str) -> int:
    """Return a time of orders and hub messages, which are UTC."""
    return from_iso(text)
