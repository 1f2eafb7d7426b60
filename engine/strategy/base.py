"""The class that strategies derive from: parameters, callbacks, orders, subscriptions and timers.

Blocks nowhere and sends nothing itself: every order is an intent that the gate decides once the
callback has returned.
"""

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

import msgspec

from engine.bars import BarSpec, Late
from engine.books.book import Book
from engine.clock import NANOSECONDS, from_datetime, to_datetime
from engine.errors import StrategyError
from engine.model.commands import Protection, Side, TimeInForce
from engine.model.decimals import LARGEST_UNITS
from engine.model.instrument import Instrument, Rounding
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import OrderReport
from engine.model.requests import Plain
from engine.orders.groups import Bracket, OneCancelsOther, exit_problem
from engine.orders.order import Order, Terms
from engine.strategy import leaving
from engine.strategy.accounts import AccountView, LegView, PositionView
from engine.strategy.callbacks import Callbacks
from engine.strategy.context import Context, Timer
from engine.strategy.host import TARGET, Host
from engine.strategy.options import side_of, time_in_force_of, wait_ns_of
from engine.strategy.parameters import read_parameters
from engine.timers import Cron, Interval
from engine.wakes import EveryEvent, Wake

GTC = TimeInForce.GTC
SHORTEST_TIMER_S = 0.001
"""The shortest interval of `Strategy.every`, in seconds."""

_BUY, _SELL = Side.BUY, Side.SELL
_ROUNDINGS = ("nearest", "down", "up", "refuse")


class Strategy(Callbacks):
    """Derive from this, annotate parameters, and write the callbacks you need.

    Callbacks are plain functions and must not block. Prices and quantities are floats, the double
    nearest to the decimal; times are integer nanoseconds UTC. Everything here is the same in
    backtest, replay, rehearsal, paper and live.
    """

    class State(msgspec.Struct):
        """Declare in a subclass what shall survive a restart; reach it as `self.state`."""

    state: ClassVar[Any]
    _context: Context
    _host: Host

    def __init_subclass__(cls) -> None:
        """Refuse a parameter whose name would hide something of the base class."""
        super().__init_subclass__()
        taken = {**vars(Callbacks), **vars(Strategy)}
        hidden = [name for name in inspect.get_annotations(cls) if name in taken]
        if hidden:
            msg = (
                f"{cls.__name__}.{hidden[0]} would hide Strategy.{hidden[0]}; give it another name"
            )
            raise StrategyError(msg)

    def __init__(self, **parameters: object) -> None:
        for name, value in read_parameters(type(self), parameters).items():
            setattr(self, name, value)
        self.state = self.State()  # type: ignore[misc] # declared ClassVar so that it is no parameter

    def bind(self, context: Context) -> None:
        """Connect to a running kernel; the engine does this before `on_start`."""
        self._context = context
        self._host = context.host

    # Time.

    @property
    def now(self) -> int:
        """Return engine time in nanoseconds UTC."""
        return self._context.kernel.clock.now

    @property
    def time(self) -> datetime:
        """Return engine time as an aware datetime (UTC, microseconds)."""
        return to_datetime(self._context.kernel.clock.now)

    def every(self, seconds: float, name: str = "") -> Timer:
        """Call `on_timer` every so many seconds, at multiples of them since the epoch."""
        if not seconds >= SHORTEST_TIMER_S:
            msg = f"every({seconds!r}) is too often; give {SHORTEST_TIMER_S} seconds or more"
            raise StrategyError(msg)
        return self._context.repeat(Interval(round(seconds * NANOSECONDS)), name)

    def at(self, when: int | datetime, name: str = "") -> Timer:
        """Call `on_timer` once at a time (nanoseconds UTC or aware datetime), at once if past."""
        return self._context.once(when if isinstance(when, int) else from_datetime(when), name)

    def cron(self, expression: str, timezone: str = "UTC", name: str = "") -> Timer:
        """Call `on_timer` at the local times of a five-field cron expression.

        `engine.timers.Cron` has the rules.
        """
        return self._context.repeat(Cron.parse(expression, timezone), name)

    def cancel_timer(self, timer: Timer) -> None:
        """Let a timer not fire any more; does nothing for one that is over."""
        self._context.cancel_timer(timer)

    # Market data.

    def subscribe_quotes(self, instrument: str, wake: Wake = EveryEvent()) -> None:  # noqa: B008 - frozen
        """Call `on_quote` with the quotes of an instrument; `wake` says on which."""
        self._context.subscribe_quotes(instrument, wake)

    def subscribe_trades(self, instrument: str, wake: Wake = EveryEvent()) -> None:  # noqa: B008 - frozen
        """Call `on_trade` with the public trades of an instrument; `wake` says on which."""
        self._context.subscribe_trades(instrument, wake)

    def subscribe_book(self, instrument: str, wake: Wake = EveryEvent()) -> None:  # noqa: B008 - frozen
        """Call `on_book` with the order book of an instrument; `wake` says on which changes."""
        self._context.subscribe_book(instrument, wake)

    def subscribe_bars(
        self, instrument: str, spec: str, *, warmup: int = 0, late: Late = "next"
    ) -> None:
        """Call `on_bar` with bars: `1m`, `1h`, `1d`, `100t` (ticks), `1000v` (volume), `1m@mid`.

        Recorded bars of that very length are used where there are any, else they are built from
        finer bars, trades or quotes. `warmup` bars from before the start are delivered first, while
        every order is denied.
        """
        if warmup < 0:
            msg = f"warmup = {warmup} bars of {instrument} cannot be; give 0 or more"
            raise StrategyError(msg)
        self._context.subscribe_bars(instrument, BarSpec.parse(spec), warmup, late)

    def request_bars(self, instrument: str, spec: str, count: int) -> int:
        """Ask for the last `count` bars closed before now; `on_history` gets them, oldest first.

        Returns the number of the request, which the answer repeats.
        """
        return self._context.request_bars(instrument, BarSpec.parse(spec), count)

    def run(self, function: Callable[..., Plain], *arguments: Any) -> int:  # noqa: ANN401 - its own
        """Call a slow function beside the engine, in a thread; `on_result` gets what it returns.

        That must be made of numbers, texts, booleans, None, lists and dictionaries with texts for
        keys, for the journal keeps it. Returns the number of the request, which the answer repeats.
        """
        return self._context.run(function, arguments)

    def quote(self, instrument: str) -> QuoteTick | None:
        """Return the last quote of an instrument, None before the first."""
        return self._host.market(instrument).quote

    def trade(self, instrument: str) -> TradeTick | None:
        """Return the last public trade of an instrument, None before the first."""
        return self._host.market(instrument).trade

    def book(self, instrument: str) -> Book | None:
        """Return the book of an instrument as it is now, None where none is fed."""
        return self._host.market(instrument).book

    def bar(self, instrument: str) -> Bar | None:
        """Return the last finished bar of an instrument, None before the first."""
        return self._host.market(instrument).bar

    def mark(self, instrument: str) -> float:
        """Return the reference price: uncrossed mid, else last trade, else last close, else NaN."""
        return self._host.market(instrument).mark()

    def definition(self, instrument: str) -> Instrument:
        """Return the definition of an instrument: tick, steps, currency, hours."""
        return self._host.market(instrument).instrument

    # Orders. Each returns its Order at once; what becomes of it arrives as events.

    def buy(
        self,
        instrument: str,
        quantity: float,
        price: float | None = None,
        **options: Any,  # noqa: ANN401 - those of submit
    ) -> Order:
        """Buy at the market, or with a limit `price`; takes every option of `submit`."""
        if options:
            return self.submit(instrument, _BUY, quantity, price, **options)
        return self._host.order(instrument, _BUY, quantity, price)

    def sell(
        self,
        instrument: str,
        quantity: float,
        price: float | None = None,
        **options: Any,  # noqa: ANN401 - those of submit
    ) -> Order:
        """Sell at the market, or with a limit `price`; takes every option of `submit`."""
        if options:
            return self.submit(instrument, _SELL, quantity, price, **options)
        return self._host.order(instrument, _SELL, quantity, price)

    def submit(  # noqa: PLR0913 - an order has this many options
        self,
        instrument: str,
        side: Side | str,
        quantity: float,
        price: float | None = None,
        *,
        stop: float | None = None,
        trail: float | None = None,
        time_in_force: TimeInForce | str = GTC,
        expires: int | datetime | None = None,
        post_only: bool = False,
        reduce_only: bool = False,
        position: LegView | None = None,
        protection: Protection | None = None,
        round: Rounding = "nearest",  # noqa: A002 - the word of the surface
        wait: float | None = None,
        tag: str = "",
    ) -> Order:
        """Submit an order; its type follows from the prices given.

        None: market. `price`: limit. `stop`: stop. Both: stop-limit. `trail` (a distance): trailing
        stop. `expires` makes it good till a date. The quantity is put on the grid downward, prices
        by `round`; the order keeps what was asked in `asked_price` and `asked_quantity`. `wait` is
        how many seconds it, and each change of it, may wait for its venue's limits; then it is
        denied rather than sent late. `position` is the one that the order reduces on a hedging
        account; without it, it opens another. `protection` are exits that live from the first fill:
        a hedging venue keeps them, else they are a bracket.
        """
        expire_ts = from_datetime(expires) if isinstance(expires, datetime) else expires
        life = time_in_force_of(time_in_force) if expire_ts is None else TimeInForce.GTD
        if round not in _ROUNDINGS:
            msg = f"round = {round!r} is none of {', '.join(_ROUNDINGS)}"
            raise StrategyError(msg)
        wait_ns = None if wait is None else wait_ns_of(wait)
        name = "" if position is None else position.id
        reduces = reduce_only or bool(name)
        terms = Terms(
            life, expire_ts, post_only, reduces, tag=tag, wait_ns=wait_ns, position_id=name
        )
        side = side_of(side)
        order = self._host.order(instrument, side, quantity, price, stop, trail, terms, round)
        return order if protection is None else leaving.protect_entry(self._host, order, protection)

    def replace(
        self,
        order: Order,
        quantity: float | None = None,
        price: float | None = None,
        stop: float | None = None,
    ) -> bool:
        """Change an order's total quantity, limit or trigger; return False if it is closed."""
        return self._host.replace(order, quantity, price, stop)

    def cancel(self, order: Order) -> bool:
        """Cancel an order; return False when it is closed already."""
        return self._host.cancel(order)

    def cancel_all(self, instrument: str | None = None) -> int:
        """Cancel this strategy's open orders (in one instrument); return how many are to go."""
        return sum(self.cancel(order) for order in self.orders(instrument))

    def close(self, position: str | LegView, quantity: float | None = None) -> Order | None:
        """Close this strategy's position in an instrument at the market; None if there is nothing.

        What is being closed already is left out. On a hedging account each position underneath is
        closed by its name, and the last order returned; one of `position(i).legs` closes that one
        alone, or `quantity` of it.
        """
        return leaving.close(self._host, position, quantity)

    def protect(
        self,
        position: str | LegView,
        *,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        trailing: bool = False,
    ) -> Order | None:
        """Set the exits that a hedging venue keeps at a position, or at each in an instrument.

        None takes one away. The order has no quantity; it is filled once the venue keeps them.
        """
        asked = Protection(stop_loss, take_profit, trailing=trailing)
        return leaving.protect(self._host, position, asked)

    def target_position(
        self, instrument: str, quantity: float, price: float | None = None
    ) -> Order | None:
        """Trade the difference between `quantity` (signed) and position plus working orders.

        Exits of brackets, which wait for a price, do not count as working. What is below the
        smallest order is left. Returns the order, or None when there is nothing to do. A target
        that is no number is denied, as any such order is.
        """
        route = self._host.route(instrument)
        scale = route.quantity_scale
        if not abs(quantity) * scale < LARGEST_UNITS:
            return self._host.order(instrument, _BUY, quantity, price, terms=TARGET)
        wanted = route.instrument.quantity_to_grid(abs(quantity))
        held = route.held.position.quantity + self._host.working(route)
        missing = (wanted if quantity > 0 else -wanted) - held
        units = abs(missing) - abs(missing) % route.instrument.quantity_step
        if units < route.quantity_min:
            return None
        return self._host.aim(route, _BUY if missing > 0 else _SELL, units, price)

    def bracket(
        self,
        instrument: str,
        side: Side,
        quantity: float,
        price: float | None = None,
        *,
        stop: float | None = None,
        stop_loss: float | None = None,
        take_profit: float | None = None,
        **options: Any,  # noqa: ANN401 - those of submit
    ) -> Bracket:
        """Submit an entry that a stop-loss and a take-profit protect from its first fill on.

        It is denied where an exit's price could not be sent, or has been reached already.
        """
        if stop_loss is None and take_profit is None:
            msg = "bracket() needs stop_loss, take_profit or both; use submit() for a bare order"
            raise StrategyError(msg)
        entry = self.submit(instrument, side, quantity, price, stop=stop, **options)
        entry.problem = entry.problem or exit_problem(entry, stop_loss, take_profit)
        return Bracket(self._host, entry, stop_loss, take_profit)

    def oco(
        self,
        instrument: str,
        side: Side,
        quantity: float,
        *,
        price: float,
        stop: float,
        **options: Any,  # noqa: ANN401 - those of submit
    ) -> OneCancelsOther:
        """Submit a limit at `price` and a stop at `stop` of which one cancels the other."""
        first = self.submit(instrument, side, quantity, price, **options)
        second = self.submit(instrument, side, quantity, stop=stop, **options)
        units = round(first.quantity * first.route.instrument.quantity_scale)
        return OneCancelsOther(self._host, first, second, units)

    # Reading.

    def position(self, instrument: str) -> PositionView:
        """Return this strategy's position in an instrument."""
        route = self._host.route(instrument)
        return PositionView(route.held, route.market, route.strategy)

    def orders(self, instrument: str | None = None) -> list[Order]:
        """Return this strategy's open orders (in one instrument), oldest first."""
        orders = self._host.open_orders.values()
        return [order for order in orders if instrument is None or order.instrument == instrument]

    def order(self, report: OrderReport | str) -> Order | None:
        """Return the order that a report (or a client order id) is about while it is remembered."""
        key = report if isinstance(report, str) else report.client_order_id
        return self._context.kernel.orders.orders.get(key)

    def account(self, of: str = "") -> AccountView:
        """Return an account of this strategy: its only one, one by id, or the one of an instrument.

        Raises StrategyError when it has several and `of` names none.
        """
        portfolio = self._context.kernel.portfolio
        return AccountView(portfolio, portfolio.accounts[self._host.account_of(of)])

    @property
    def parameters(self) -> Mapping[str, object]:
        """Return the values of this strategy's parameters."""
        return {name: getattr(self, name) for name in read_parameters(type(self), {})}
