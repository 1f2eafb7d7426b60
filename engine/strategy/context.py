"""What binds a strategy to its kernel: subscriptions, bars to build, timers and sessions.

Decides nothing about orders; those go through the host.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from engine.bars import BarBuilder, BarSpec, Late, make_builder
from engine.book_wakes import bind_book
from engine.errors import StrategyError
from engine.market_state import MarketState
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.requests import BarsRequested, Plain, WorkRequested
from engine.ports import HistoryPort, RequestPort
from engine.strategy.host import Host
from engine.strategy.state import HostState
from engine.timers import Cron, Interval, Phase
from engine.wakes import Wake, bind

if TYPE_CHECKING:
    from engine.kernel import Kernel
    from engine.strategy.base import Strategy

Streams = tuple[tuple[str, str | None], ...]
"""What a feed offers for an instrument: (kind, bar specification) pairs, kind one of quotes,
trades, bars, book, book_orders.
"""


class Timer:
    """Stand for a timer of a strategy: its name, and when it fires next (nanoseconds UTC)."""

    __slots__ = ("id", "name", "ts")

    def __init__(self, name: str, ts: int) -> None:
        self.name = name
        self.ts = ts
        self.id = 0

    def __repr__(self) -> str:
        """Return one readable line."""
        return f"<Timer {self.name!r} at {self.ts}>"


class SessionChange(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Say that an instrument's session opened or closed by its calendar."""

    instrument: str
    ts_event: int
    is_open: bool


class Context:
    """Carry out what a strategy asks for besides orders.

    `streams` tells what the feed offers for an instrument, `history` answers for warm-up. `needed`
    collects every (instrument, kind, spec) that must be fed for the subscriptions to work.
    """

    def __init__(
        self,
        kernel: "Kernel",
        host: Host,
        strategy: "Strategy",
        streams: Callable[[str], Streams],
        history: HistoryPort | None,
    ) -> None:
        self.kernel = kernel
        self.host = host
        self.needed: dict[tuple[str, str, str | None], None] = {}
        self._strategy = strategy
        self._streams = streams
        self._history = history
        self.wants_sessions = False
        self.wants_status = False
        self._statuses: dict[str, None] = {}
        self.short_warmups: list[tuple[str, str]] = []
        self._warmups: list[tuple[str, BarSpec, int]] = []
        self._sessions: set[str] = set()
        self._early: dict[object, Callable[[], None]] = {}
        self._requests = 0

    def start(self) -> None:
        """Set the strategy up and warm it up, where nothing must happen in between."""
        self.set_up()
        self.warm_up()

    def set_up(self) -> None:
        """Call `on_start`; what it subscribes to is then in `needed`."""
        self.kernel.call(self.host, _no_argument(self._strategy.on_start), None)

    def warm_up(self) -> None:
        """Deliver the bars from before now that the strategy asked for; then it runs."""
        host = self.host
        if self._is_stopped:
            return
        host.state = HostState.WARMING_UP
        for begin in self._early.values():
            begin()
        self._early.clear()
        for bar in self._warmup_bars():
            self.kernel.call(host, self._strategy.on_bar, bar)
            if self._is_stopped:
                return
        host.state = HostState.RUNNING

    @property
    def warmups(self) -> list[tuple[str, str, int]]:
        """Return what `warm_up` will deliver: (instrument, bar specification, count)."""
        return [(instrument, str(spec), count) for instrument, spec, count in self._warmups]

    @property
    def _is_stopped(self) -> bool:
        return self.host.state == HostState.STOPPED

    def finish(self) -> None:
        """Call `on_stop` of a strategy that is still running."""
        if self.host.state == HostState.RUNNING:
            self.kernel.call(self.host, _no_argument(self._strategy.on_stop), None)

    def subscribe_quotes(self, instrument: str, wake: Wake) -> None:
        """Subscribe `on_quote`."""
        market = self._subscribe(instrument, "quotes", None)
        call = bind(wake, market.instrument, self._strategy.on_quote, "quotes")
        if call is not None:
            self.kernel.bus.on_quotes(instrument, self.host, call)

    def subscribe_trades(self, instrument: str, wake: Wake) -> None:
        """Subscribe `on_trade`."""
        market = self._subscribe(instrument, "trades", None)
        call = bind(wake, market.instrument, self._strategy.on_trade, "trades")
        if call is not None:
            self.kernel.bus.on_trades(instrument, self.host, call)

    def subscribe_book(self, instrument: str, wake: Wake) -> None:
        """Subscribe `on_book`."""
        kind = choose_book(self._streams(instrument))
        market = self._subscribe(instrument, kind, None)
        call = bind_book(wake, market.instrument, self._strategy.on_book)
        if call is not None:
            self.kernel.bus.on_book(instrument, self.host, call)

    def subscribe_bars(self, instrument: str, spec: BarSpec, warmup: int, late: Late) -> None:
        """Subscribe `on_bar` to recorded bars of a specification, or to bars built from others."""
        market = self.host.market(instrument)
        found = choose_source(spec, self._streams(instrument))
        if found is None:
            listed = _listed(self._streams(instrument))
            msg = f"nothing recorded for {instrument} can make {spec} bars; it has: {listed}"
            raise StrategyError(msg)
        made, source = found
        self._subscribe(instrument, *source)
        if source == ("bars", str(made)):
            self.kernel.bus.on_bars(instrument, str(made), self.host, self._strategy.on_bar)
        else:
            self._build(market, made, source, late)
        if warmup:
            self._warmups.append((instrument, made, warmup))

    def once(self, ts: int, name: str) -> Timer:
        """Set a timer that fires once."""
        timer = Timer(name, ts)

        def begin() -> None:
            at = max(ts, self.kernel.clock.now)
            timer.id = self.kernel.timers.schedule(at, Phase.TIMER, lambda _ts: self._fire(timer))

        self._begin(timer, begin)
        return timer

    def repeat(self, schedule: Interval | Cron, name: str) -> Timer:
        """Set a timer that fires at every time of a schedule."""
        timer = Timer(name, schedule.next_after(self.kernel.clock.now))

        def fire(ts: int) -> None:
            timer.ts = schedule.next_after(ts)
            timer.id = self.kernel.timers.schedule(timer.ts, Phase.TIMER, fire)
            self._fire(timer)

        def begin() -> None:
            timer.ts = schedule.next_after(self.kernel.clock.now)
            timer.id = self.kernel.timers.schedule(timer.ts, Phase.TIMER, fire)

        self._begin(timer, begin)
        return timer

    def cancel_timer(self, timer: Timer) -> None:
        """Let a timer not fire any more."""
        if self._early.pop(timer, None) is None:
            self.kernel.timers.cancel(timer.id)

    def _begin(self, key: object, begin: Callable[[], None]) -> None:
        """Begin what depends on the time; what `on_start` asks for waits until that is settled."""
        if self.host.state == HostState.STARTING:
            self._early[key] = begin
        else:
            begin()

    def request_bars(self, instrument: str, spec: BarSpec, count: int) -> int:
        """Ask for bars from before now; see `Strategy.request_bars`."""
        port = self._request_port()
        if count < 1:
            raise StrategyError(f"request_bars() of {count} bars cannot be; ask for 1 or more")
        name = self.host.market(instrument).instrument.id
        number = self._requests = self._requests + 1

        def ask() -> None:
            now = self.kernel.clock.now
            request = BarsRequested(self.host.name, number, name, str(spec), count, now)
            self.kernel.decisions.append(request)
            port.fetch(request)

        self._begin(("request", number), ask)
        return number

    def run(self, function: Callable[..., Plain], arguments: tuple[object, ...]) -> int:
        """Ask for a function to be called; see `Strategy.run`."""
        port = self._request_port()
        number = self._requests = self._requests + 1
        name = getattr(function, "__qualname__", type(function).__name__)

        def ask() -> None:
            request = WorkRequested(self.host.name, number, name, self.kernel.clock.now)
            self.kernel.decisions.append(request)
            port.work(request, partial(function, *arguments))

        self._begin(("request", number), ask)
        return number

    def _request_port(self) -> RequestPort:
        port = self.kernel.requests
        if port is None:
            raise StrategyError("nobody answers requests here; run a backtest, or live")
        return port

    def _subscribe(self, instrument: str, kind: str, spec: str | None) -> MarketState:
        market = self.host.market(instrument)
        if (kind, spec) not in self._streams(instrument):
            listed = _listed(self._streams(instrument))
            raise StrategyError(f"no {kind} of {instrument} are recorded; it has: {listed}")
        self.needed[instrument, kind, spec] = None
        if self.wants_status and instrument not in self._statuses:
            self._statuses[instrument] = None
            self.kernel.bus.on_status(instrument, self.host, self._strategy.on_status)
        self._watch(market.instrument)
        return market

    def _build(
        self, market: MarketState, spec: BarSpec, source: tuple[str, str | None], late: Late
    ) -> None:
        builder = self._builder(market.instrument, spec, self._bar_step(market), late)
        bus, name = self.kernel.bus, market.instrument.id
        if source[0] == "trades":
            bus.on_trades(name, self.host, builder.on_trade)
        elif source[0] == "quotes":
            bus.on_quotes(name, self.host, builder.on_quote)
        else:
            bus.on_bars(name, str(source[1]), self.host, builder.on_bar)

    def _bar_step(self, market: MarketState) -> Callable[[Bar], None]:
        """Return what publishes bars built for this strategy: others build their own."""
        kernel, host, callback = self.kernel, self.host, self._strategy.on_bar

        def publish(bar: Bar) -> None:
            if host.state != HostState.STOPPED:
                kernel.clock.now = max(kernel.clock.now, bar.ts_recv)
                market.bar = bar
                kernel.call(host, callback, bar)

        return publish

    def _builder(
        self, instrument: Instrument, spec: BarSpec, publish: Callable[[Bar], None], late: Late
    ) -> BarBuilder:
        timers = self.kernel.timers

        def schedule(ts: int) -> None:
            timers.schedule(ts, Phase.BAR, builder.close_until)

        builder = make_builder(instrument, spec, publish, schedule, late)
        return builder

    def _warmup_bars(self) -> list[Bar]:
        found: list[Bar] = []
        for instrument, spec, count in self._warmups:
            bars = self._history_bars(instrument, str(spec), count)
            if len(bars) < count:
                text = f"{self.host.name} asked for {count} {spec} warm-up bars, got {len(bars)}"
                self.short_warmups.append((instrument, text))
            found.extend(bars)
        return sorted(found, key=_close_time)

    def _history_bars(self, instrument: str, spec: str, count: int) -> Sequence[Bar]:
        if self._history is None:
            return ()
        return self._history.bars(instrument, spec, count, self.kernel.clock.now)

    def _watch(self, instrument: Instrument) -> None:
        """Tell the strategy of openings and closings by the calendar, if it wants to know."""
        if (
            not self.wants_sessions
            or not instrument.calendar.sessions
            or instrument.id in self._sessions
        ):
            return
        self._sessions.add(instrument.id)

        def change(ts: int) -> None:
            self.kernel.timers.schedule(instrument.calendar.next_change(ts), Phase.TIMER, change)
            event = SessionChange(instrument.id, ts, instrument.calendar.is_open(ts))
            if self.host.state == HostState.RUNNING:
                self.kernel.call(self.host, self._strategy.on_session, event)

        def begin() -> None:
            first = instrument.calendar.next_change(self.kernel.clock.now)
            self.kernel.timers.schedule(first, Phase.TIMER, change)

        self._begin(instrument.id, begin)

    def _fire(self, timer: Timer) -> None:
        if self.host.state == HostState.RUNNING:
            self.kernel.call(self.host, self._strategy.on_timer, timer)


def choose_source(spec: BarSpec, offered: Streams) -> tuple[BarSpec, tuple[str, str | None]] | None:
    """Return what bars will be made, and the stream to make them from; None when nothing will do.

    The very bars where they are recorded; else the coarsest that divide them; else trades, or
    quotes where a price of quotes is asked for. Where bars of trades are asked for and only quotes
    are recorded, bars of the mid are made.
    """
    if ("bars", str(spec)) in offered:
        return spec, ("bars", str(spec))
    finer = [
        text
        for kind, text in offered
        if kind == "bars" and text is not None and spec.made_of(BarSpec.parse(text))
    ]
    if finer:
        return spec, ("bars", max(finer, key=_length))
    wanted = "trades" if spec.source == "trade" else "quotes"
    if (wanted, None) in offered:
        return spec, (wanted, None)
    if wanted == "trades" and spec.unit != "v" and ("quotes", None) in offered:
        return BarSpec(spec.step, spec.unit, "mid"), ("quotes", None)
    return None


def choose_book(offered: Streams) -> str:
    """Return which stream an instrument's book is made of: order by order where that is offered."""
    return "book_orders" if ("book_orders", None) in offered else "book"


def _length(text: str) -> int:
    spec = BarSpec.parse(text)
    return spec.step_ns or spec.step * 86_400_000_000_000


def _no_argument(callback: Callable[[], None]) -> Callable[[object], None]:
    return lambda _event: callback()


def _close_time(bar: Bar) -> int:
    return bar.ts_close


def _listed(streams: Streams) -> str:
    return (
        ", ".join(kind if spec is None else f"{kind}-{spec}" for kind, spec in streams) or "nothing"
    )
