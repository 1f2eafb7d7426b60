"""Between the words of B2TRADER and those of the engine: markets, amounts, orders, times.

It is pure. A symbol is the venue's market id (`cfd.eur_chf.B2TRADER`), quantities are in units of
the base asset everywhere, and lots exist on the wire alone.
"""

from collections.abc import Mapping
from decimal import Decimal
from math import isfinite
from types import MappingProxyType

import msgspec

from connectors.b2trader.messages import Market, Number, Position
from connectors.b2trader.names import Names
from connectors.frame.iso_time import from_iso, to_iso
from engine.errors import NotSent, UsageError, VenueError
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from engine.model.instrument import AssetClass, Instrument
from engine.model.truth import PositionRecord, Standing

VENUE = "B2TRADER"

SIDES: Mapping[str, Side] = MappingProxyType({"Buy": Side.BUY, "Sell": Side.SELL})
SIDE_WORDS = MappingProxyType({side: word for word, side in SIDES.items()})
STANDINGS: Mapping[str, Standing] = MappingProxyType(
    {
        "Started": Standing.WORKING,
        "Pending": Standing.WORKING,
        "Working": Standing.WORKING,
        "WaitingForActivation": Standing.WORKING,
        "Activated": Standing.WORKING,
        "Completed": Standing.FILLED,
        "Cancelled": Standing.CANCELED,
        "Expired": Standing.EXPIRED,
        "Rejected": Standing.REJECTED,
    }
)
TIMES_IN_FORCE: Mapping[TimeInForce, str] = MappingProxyType(
    {
        TimeInForce.GTC: "Gtc",
        TimeInForce.DAY: "Day",
        TimeInForce.IOC: "Ioc",
        TimeInForce.FOK: "Fok",
        TimeInForce.GTD: "Gtd",
    }
)
STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)
_TYPE_WORDS: Mapping[OrderType, str] = MappingProxyType(
    {
        OrderType.MARKET: "Market",
        OrderType.LIMIT: "Limit",
        OrderType.STOP: "Market",
        OrderType.STOP_LIMIT: "Limit",
    }
)
TIMESCALES: Mapping[str, str] = MappingProxyType(
    {"1m": "1m", "5m": "5m", "15m": "15m", "30m": "30m", "1h": "1h", "4h": "4h", "12h": "12h"}
    | {"1d": "1d", "1w": "1w"}
)
"""The bars that the venue makes, by the engine's names."""


class MarketTerms(msgspec.Struct, frozen=True):
    """Hold what orders of a market need to know: its kind, its lot, its instrument."""

    id: str
    kind: str
    lot: str
    instrument: Instrument

    @property
    def is_spot(self) -> bool:
        """Say whether amounts go over the wire in base units instead of lots."""
        return self.kind == "spot"

    def lots(self, quantity: float) -> str:
        """Return base units as the decimal of lots that the wire takes."""
        return plain(exact(quantity) / Decimal(self.lot))

    def units(self, lots: Number) -> float:
        """Return lots as base units."""
        return finite(str(Decimal(str(lots)) * Decimal(self.lot)))


class Directory:
    """Know the markets that were asked for; instruments and markets find each other here."""

    def __init__(self) -> None:
        self._markets: dict[str, MarketTerms] = {}

    def add(self, terms: MarketTerms) -> None:
        """Learn a market, or learn it anew."""
        self._markets[terms.id] = terms

    def of_instrument(self, instrument: str) -> MarketTerms:
        """Return the market of an instrument. Raises UsageError when it was never listed."""
        symbol, _, _ = instrument.rpartition(".")
        terms = self._markets.get(symbol)
        if terms is None:
            raise UsageError(
                f"B2TRADER does not list {instrument}; use the venue's market id as symbol, such "
                "as cfd.eur_chf.B2TRADER"
            )
        return terms

    @property
    def spot(self) -> tuple[str, ...]:
        """Return the instruments that are held as money: the venue lists no positions of them."""
        return tuple(each.instrument.id for each in self._markets.values() if each.is_spot)

    def of_market(self, market: str) -> MarketTerms | None:
        """Return a market by the venue's id; None when nobody asked for it."""
        return self._markets.get(market)


def exact(value: float) -> Decimal:
    """Return the decimal that a canonical float stands for."""
    return Decimal(repr(value))


def plain(value: Decimal) -> str:
    """Return a decimal as the wire takes it: without exponent, without zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def finite(value: Number) -> float:
    """Return a decimal of the wire as a canonical float. Raises ValueError for what is none."""
    found = float(value)
    if not isfinite(found):
        raise ValueError(f"{value!r} is no finite decimal")
    return found


def number(value: Number | None) -> float | None:
    """Return a decimal of the wire that may be absent."""
    return None if value is None else finite(value)


def nanoseconds(text: str | None, otherwise: int) -> int:
    """Return a time of the wire, or `otherwise` where there is none."""
    return from_iso(text) if text else otherwise


def market_terms(market: Market, row: Mapping[str, object], names: Names) -> MarketTerms:
    """Return an instrument of a market; `row` is the same market with all its properties.

    Raises VenueError for a market that cannot be traded with what it says.
    """
    kind = market.market_id.partition(".")[0]
    if kind == "spot":
        lot, step = "1", plain(Decimal(1).scaleb(-(market.amount_scale or 0)))
        smallest, largest = market.min_amount, market.max_base_amount
    else:
        lot = str(_needed(market, row, names, "lot_size_field"))
        step = _in_units(_needed(market, row, names, "lot_step_field"), lot)
        smallest = _in_units(_needed(market, row, names, "lot_min_field"), lot)
        most = row.get(names["lot_max_field"])
        largest = None if most is None else _in_units(str(most), lot)
    instrument = Instrument.define(
        f"{market.market_id}.{VENUE}",
        tick=plain(Decimal(1).scaleb(-market.price_scale)),
        currency=market.quote_asset_id.upper(),
        base=market.base_asset_id.upper(),
        quantity_step=step,
        quantity_min=None if smallest is None else str(smallest),
        quantity_max=None if largest is None else str(largest),
        lot=lot,
        asset=AssetClass.CFD if kind == "cfd" else AssetClass.CRYPTO,
    )
    return MarketTerms(market.market_id, kind, lot, instrument)


def _needed(market: Market, row: Mapping[str, object], names: Names, key: str) -> str:
    value = row.get(names[key])
    if value is None:
        raise VenueError(
            f"B2TRADER's market {market.market_id} has no {names[key]!r}; name the right property "
            f"with names.{key} in the configuration"
        )
    return str(value)


def _in_units(lots: str, lot: str) -> str:
    return plain(Decimal(lots) * Decimal(lot))


def order_body(command: SubmitOrder, terms: MarketTerms, leverage: int) -> dict[str, object]:
    """Return the body that places an order. Raises NotSent for what the venue cannot do."""
    if command.type not in _TYPE_WORDS or command.post_only:
        raise NotSent(f"B2TRADER has no {command.type} order with these terms")
    market_now = command.type in (OrderType.MARKET, OrderType.STOP)
    resting = command.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK)
    in_force = TimeInForce.IOC if market_now and resting else command.time_in_force
    order: dict[str, object] = {
        "marketId": terms.id,
        "side": SIDE_WORDS[command.side],
        "orderType": _TYPE_WORDS[command.type],
        "timeInForce": TIMES_IN_FORCE[in_force],
    }
    if terms.is_spot:
        order["requestedAmount"] = plain(exact(command.quantity))
    else:
        order["requestedLotAmount"] = terms.lots(command.quantity)
        order["leverage"] = leverage
    if command.price is not None:
        order["requestedPrice"] = plain(exact(command.price))
    if command.stop is not None:
        order["activationPrice"] = plain(exact(command.stop))
    if in_force is TimeInForce.GTD and command.expire_ts is not None:
        order["cancellationDate"] = to_iso(command.expire_ts)
    return {"order": order}


def position_record(
    position: Position, terms: MarketTerms, account: str, now: int, *, hedging: bool
) -> PositionRecord:
    """Return a position in base units; one that is not open any more has quantity 0."""
    units = terms.units(position.position_lot_amount) if position.status == "Open" else 0.0
    stop, take = position.stop_loss, position.take_profit
    return PositionRecord(
        account=account,
        instrument=terms.instrument.id,
        quantity=units * SIDES[position.side],
        average_price=number(position.open_price),
        position_id=position.position_id if hedging else "",
        stop_loss=None if stop is None else number(stop.price),
        take_profit=None if take is None else number(take.price),
        ts_event=nanoseconds(position.updated_at, now),
        ts_recv=now,
    )
