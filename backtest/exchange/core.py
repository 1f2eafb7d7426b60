"""The simulated exchange: it routes commands to the markets of its instruments.

Owns no time: rows, commands and expiries come in the order in which the caller brings them.
"""

from collections.abc import Iterable, Mapping

from backtest.exchange import reasons
from backtest.exchange.account import VenueAccount
from backtest.exchange.bar_path import PathMarket
from backtest.exchange.bar_range import RangeMarket
from backtest.exchange.blotter import Blotter
from backtest.exchange.book_market import BookMarket
from backtest.exchange.expiries import Expiries
from backtest.exchange.hedged import HedgedPositions
from backtest.exchange.market import Market
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order_book_market import OrderBookMarket
from backtest.exchange.quote_market import QuoteMarket
from backtest.exchange.settlement import Settlement
from engine.errors import ValueRefused
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    ReplaceOrder,
    SetProtection,
    SubmitOrder,
    TimeInForce,
)
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.zones import NEVER

_DAY = TimeInForce.DAY
_GTD = TimeInForce.GTD
_MARKETS: dict[str, type[Market]] = {
    "quotes": QuoteMarket,
    "next_open": RangeMarket,
    "close": RangeMarket,
    "ohlc_path": PathMarket,
    "book": BookMarket,
    "book_orders": OrderBookMarket,
}


class Exchange:
    """Match orders in any number of instruments, with no latency of its own.

    The caller feeds rows to the markets, calls `expire` when `next_expiry` is reached and `settle`
    when `next_cash` is, and hands in commands; at one time rows come first, then expiries and cash,
    then commands. What happened is appended to `reports`: take it out and `clear()` the list, which
    is the same one for ever. Reports of a row carry its times, those of a command the `ts` it came
    with.

    `by_instrument` gives single instruments models of their own. With `accounts`, orders need one
    of them and are rejected when it does not cover them. The accounts in `hedging` have a position
    for each order that names none, and close those that they name; ids of positions begin with
    `prefix`. Raises ValueRefused when `by_instrument`
    names an instrument that is not there.
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        models: ExchangeModels,
        by_instrument: Mapping[str, ExchangeModels] | None = None,
        accounts: Iterable[VenueAccount] = (),
        hedging: Iterable[str] = (),
        prefix: str = "",
    ) -> None:
        self._blotter = Blotter()
        names = frozenset(hedging)
        self._hedged = HedgedPositions(names, prefix, self._blotter, self.submit)
        self.reports = self._blotter.reports
        self._expiries = Expiries()
        self.next_expiry = NEVER
        self._settlement = Settlement(self._blotter)
        self._accounts = {account.id: account for account in accounts}
        self._markets: dict[str, Market] = {}
        own = dict(by_instrument or {})
        for instrument in instruments:
            self.list(instrument, own.pop(instrument.id, models))
        if own:
            name = next(iter(own))
            raise ValueRefused(f"models name unknown instrument {name!r}; correct its id")

    def list(self, instrument: Instrument, models: ExchangeModels) -> Market:
        """Start a market for an instrument; raises ValueRefused when there is one already."""
        if instrument.id in self._markets:
            raise ValueRefused(f"the exchange lists {instrument.id} already; list it once")
        kind = _MARKETS[models.fills]
        market = kind(instrument, models, self._blotter, self._accounts)
        self._markets[instrument.id] = market
        self._settlement.add(market)
        return market

    def market(self, instrument: str) -> Market:
        """Return an instrument's market, whose entry points stay the same for the whole run.

        Raises ValueRefused for an instrument that the exchange does not list.
        """
        found = self._markets.get(instrument)
        if found is None:
            raise ValueRefused(f"the exchange does not list {instrument!r}; give it the instrument")
        return found

    def row(self, event: QuoteTick | TradeTick | Bar) -> None:
        """Match working orders against a row of the market, for callers that bind no market."""
        market = self.market(event.instrument)
        if isinstance(event, QuoteTick):
            market.on_quote(event)
        elif isinstance(event, TradeTick):
            market.on_trade(event)
        else:
            market.on_bar(event)

    def submit(self, command: SubmitOrder, ts: int) -> None:
        """Take a new order at `ts`: it is accepted and matched, or rejected with a reason."""
        market = self._markets.get(command.instrument)
        if market is None:
            self._blotter.ts_event = self._blotter.ts_recv = ts
            self._blotter.rejected(command, reasons.UNKNOWN_INSTRUMENT)
            return
        if command.account in self._hedged.names:
            command = self._hedged.named(market, command)
        order = market.submit(command, ts)
        life = command.time_in_force
        if (life is _DAY or life is _GTD) and order is not None and order.id in market.orders:
            self._expiries.add(order, market, ts)
            self.next_expiry = self._expiries.next_due

    def close(self, command: ClosePosition, ts: int) -> None:
        """Close a position, or a part, at the market; rejected where there is no such position."""
        self._hedged.close(self._markets.get(command.instrument), command, ts)

    def protect(self, command: SetProtection, ts: int) -> None:
        """Set the exits of a position; rejected where there is no such position."""
        self._hedged.protect(self._markets.get(command.instrument), command, ts)

    @property
    def hedges(self) -> bool:
        """Say whether any account has a position for each opening order."""
        return bool(self._hedged.names)

    def keep_exits(self) -> None:
        """Put the exits that came with entries which the reports say to have filled."""
        if self._hedged.entries:
            self._hedged.keep(self.market)

    def replace(self, command: ReplaceOrder, ts: int) -> None:
        """Change a working order in place at `ts`, or refuse; see `Market.replace`."""
        market = self._markets.get(command.instrument)
        if market is None:
            self._refuse(command, ts)
        else:
            market.replace(command, ts)

    def cancel(self, command: CancelOrder, ts: int) -> None:
        """Take a working order out at `ts`, or refuse when it does not work."""
        market = self._markets.get(command.instrument)
        if market is None:
            self._refuse(command, ts)
        else:
            market.cancel(command, ts)

    def expire(self, ts: int) -> None:
        """End every DAY and GTD order whose time is up at `ts`, in the order of those times.

        An order still takes part in rows at the very time it expires: they come before this call.
        """
        for order, market in self._expiries.due(ts):
            market.expire(order, ts)
        self.next_expiry = self._expiries.next_due

    @property
    def next_cash(self) -> int:
        """Return when cash falls due next; any time at all until the first call of `settle`."""
        return self._settlement.next_due

    def settle(self, ts: int) -> None:
        """Pay the cash that positions bring and that is due at `ts`; the first call pays nothing.

        It starts the schedules, so call it once at the beginning of a run.
        """
        self._settlement.pay(ts)

    def _refuse(self, command: ReplaceOrder | CancelOrder, ts: int) -> None:
        self._blotter.ts_event = self._blotter.ts_recv = ts
        self._blotter.refused(command, reasons.UNKNOWN_INSTRUMENT)
