"""A backtest: strategies over a recording, the simulated exchange behind the same kernel as live.

Reads no configuration file and draws no report; see `lockstep.running` for the whole.
"""

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import msgspec

from backtest.catalogue.columns import Stream
from backtest.data_source import DataSource
from backtest.exchange.account import VenueAccount
from backtest.exchange.core import Exchange
from backtest.feed import Feed, Period, basis
from backtest.limited_venue import make_venue
from backtest.models_from_config import latency_of, models_of
from backtest.period import candidates, conversions, recorded_period
from backtest.recording import Recorder
from backtest.requests import RecordedAnswers
from backtest.scan.scan import Scan, walk_rows
from backtest.venue import SimulatedVenue
from engine.assembly import make_kernel, rates_of
from engine.config.sections import Config
from engine.errors import ConfigError
from engine.gate.rates import VenueRates
from engine.kernel import Kernel
from engine.model.identifiers import OrderIds
from engine.model.risk import LatchSet
from engine.orders.order import Order
from engine.strategy.attach import Bound, attach
from engine.strategy.context import Context
from engine.strategy.state import HostState

Progress = Callable[[float], None]
"""Told the part of the period that is done, 0 to 1."""

NO_LIMITS: Mapping[str, VenueRates] = MappingProxyType({})
"""No venue has any limit."""

SAMPLES = 10_000
SAMPLES_MAX = 1_000_000
_YOUNG_MAX = 50_000
_INTERVALS = (1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400)


class Fault(msgspec.Struct, frozen=True):
    """Tell of a strategy that was stopped: its name and the exception that did it."""

    strategy: str
    error: str
    cause: BaseException | None


class Outcome(msgspec.Struct, frozen=True):
    """Hold what a run came to, beside the tables in its folder; `run_s` is the loop's wall time."""

    events: int
    orders: int
    denied: int
    fills: int
    digest: str
    period: Period
    run_s: float
    faults: tuple[Fault, ...]
    denials: dict[str, int]
    waits: dict[str, int]
    latched: tuple[LatchSet, ...]
    open_orders: tuple[Order, ...]
    kernel: Kernel
    rules: Mapping[str, str]
    streams: Mapping[str, tuple[Stream, ...]]
    warmups: tuple[tuple[str, str], ...]
    equity_interval_ns: int


class Backtest:
    """Set up a run of `strategies`, a (name, accounts, strategy) each, in the order given.

    `shipped` are the limits on requests that venues are known to have, by name.
    """

    def __init__(
        self,
        config: Config,
        source: DataSource,
        strategies: list[Bound],
        shipped: Mapping[str, VenueRates] = NO_LIMITS,
    ) -> None:
        self._config = config
        self._source = source
        self._strategies = strategies
        self._rules: dict[str, str] = {}
        self._streams: dict[str, tuple[Stream, ...]] = {}
        self._contexts: list[Context] = []
        run = config.run
        ports: dict[str, SimulatedVenue] = {}
        rates = rates_of(config, shipped, assume_empty=True)
        self.kernel = make_kernel(config, source, ports, OrderIds("b", 0), rates)
        self.kernel.requests = RecordedAnswers(
            self.kernel, source, round(run.request_delay_ms * 1e6)
        )
        self._exchange = Exchange(
            (),
            models_of(config.exchange, "next_open"),
            accounts=self._venue_accounts(),
            hedging=config.hedging(),
        )
        limited = {
            account.id: shipped.get(account.venue) or rates.venues.get(account.venue)
            for account in config.accounts
        }
        self._venue = make_venue(
            self.kernel,
            self._exchange,
            lambda name: latency_of(config.exchange.rules(name), run.seed),
            {account: found for account, found in limited.items() if found is not None},
        )
        ports.update((account.id, self._venue) for account in config.accounts)

    def run(self, folder: Path | None = None, progress: Progress | None = None) -> Outcome:
        """Run from start to end; write the run's tables and decision log into `folder`, if given.

        Raises StrategyError or ConfigError for what cannot be run as asked.
        """
        strategies = [strategy for _, _, strategy in self._strategies]
        run, kernel, source = self._config.run, self.kernel, self._source
        kernel.clock.now = recorded_period(run, source, candidates(source, strategies)).start
        contexts = self._contexts = [
            attach(kernel, strategy, name, accounts, source.streams, source)
            for name, accounts, strategy in self._strategies
        ]
        for context in contexts:
            context.set_up()
        asked = [name for context in contexts for name, _, _ in context.needed]
        period = recorded_period(run, source, asked or candidates(source, strategies))
        kernel.clock.now = period.start
        interval = run.equity_interval_ns or sample_interval(period)
        if (period.end - period.start) // interval > SAMPLES_MAX:
            msg = f"run.equity_interval = {run.equity_interval} gives too many samples; lengthen it"
            raise ConfigError(msg)
        feed = self._feed(contexts, period)
        recorder = Recorder(kernel, folder, interval)
        for context in contexts:
            context.warm_up()
        self._venue.start(period.start)
        recorder.start(period.start)
        begun = time.perf_counter()
        with rare_collections():
            events = self._walk(feed, recorder, period, progress)
        run_s = time.perf_counter() - begun
        for context in contexts:
            context.finish()
        digest = recorder.finish(period.end)
        return self._outcome(recorder, events, digest, period, run_s, interval)

    def _feed(self, contexts: list[Context], period: Period) -> Feed:
        """Ask for the streams that strategies subscribed to, the exchange or rates need."""
        source, config = self._source, self._config
        wanted: dict[str, dict[tuple[str, str | None], None]] = {}
        for context in contexts:
            for name, kind, spec in context.needed:
                wanted.setdefault(name, {})[kind, spec] = None
        for name in conversions(source, self._traded(wanted)):
            wanted.setdefault(name, {})
        feed = Feed(source, self.kernel, self._venue, period)
        for name, streams in wanted.items():
            rules = config.exchange.rules(name)
            offered = source.streams(name)
            rule, matched = basis(name, rules.fills, offered)
            self._rules[name] = rule
            self.kernel.bus.market(name)
            self._exchange.list(source[name], models_of(rules, rule))
            states = [stream for stream in offered if stream[0] == "status"]
            both = dict.fromkeys((*matched, *streams, *states))
            delay = round(rules.latency_ms.feed * 1e6)
            self._streams[name] = tuple(stream for stream in offered if stream in both)
            order_delay = round(rules.latency_ms.order * 1e6)
            clock = rules.clock == "venue"
            feed.add(name, self._streams[name], matched, delay, order_delay, venue_clock=clock)
        return feed

    def _traded(self, wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield (instrument, currency) for the accounts that what is wanted may be traded in.

        A strategy with a limit on its loss counts all that it trades in its first account.
        """
        accounts, limits = self.kernel.portfolio.accounts, self._config.risk.strategy
        for name in wanted:
            for context in self._contexts:
                host = context.host
                account = host.account_at(self._source[name].venue)
                if account is not None:
                    yield name, accounts[account].currency
                    yield name, self._config.firm_currency() or accounts[account].currency
                    if host.name in limits and limits[host.name].bounds_loss:
                        yield name, accounts[host.accounts[0]].currency

    def _walk(
        self, feed: Feed, recorder: Recorder, period: Period, progress: Progress | None
    ) -> int:
        """Walk the recording."""
        events = 0
        length = max(1, period.end - period.start)
        walk = Scan(self._venue, self.kernel).walk if self._config.run.scan_ahead else walk_rows
        for batch in feed.replay().batches():
            walk(batch)
            events += len(batch)
            recorder.flush()
            if progress is not None:
                progress((batch.end - period.start) / length)
        self._venue.advance(period.end)
        return events

    def _venue_accounts(self) -> list[VenueAccount]:
        """Return the accounts that the exchange checks itself; none where it is told not to."""
        if not self._config.exchange.check_margin:
            return []
        return [
            VenueAccount(
                account.id,
                account.currency,
                account.starting_balances().get(account.currency, 0.0),
                leverage=account.leverage,
                rate=self._rate,
            )
            for account in self._config.accounts
        ]

    def _rate(self, currency: str, into: str) -> float:
        rate = self.kernel.portfolio.rate(currency, into)
        return float("nan") if rate is None else rate

    def _outcome(
        self,
        recorder: Recorder,
        events: int,
        digest: str,
        period: Period,
        run_s: float,
        interval: int,
    ) -> Outcome:
        kernel = self.kernel
        hosts = kernel.hosts.values()
        denials: dict[str, int] = {}
        for host in hosts:
            for reason, count in host.denials.items():
                denials[str(reason)] = denials.get(str(reason), 0) + count
        return Outcome(
            events=events,
            orders=recorder.tables.orders,
            denied=recorder.tables.denied,
            fills=recorder.tables.fills,
            digest=digest,
            period=period,
            run_s=run_s,
            faults=tuple(
                Fault(host.name, host.fault, host.error)
                for host in hosts
                if host.state == HostState.STOPPED
            ),
            denials=dict(sorted(denials.items())),
            waits=dict(sorted(kernel.pacing.waits.items())),
            latched=kernel.control.latches.all(),
            open_orders=tuple(o for o in kernel.orders.orders.values() if o.is_open),
            kernel=kernel,
            rules=self._rules,
            streams=self._streams,
            warmups=tuple(each for context in self._contexts for each in context.short_warmups),
            equity_interval_ns=interval,
        )


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector look less often, and only at what is made meanwhile.

    The engine makes no cycles for each event, so there is little to find; a strategy may.
    """
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_YOUNG_MAX, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def sample_interval(period: Period) -> int:
    """Return the shortest round interval that samples a period at most SAMPLES times, in ns."""
    seconds = (period.end - period.start) / 1e9
    chosen = next((step for step in _INTERVALS if seconds / step <= SAMPLES), _INTERVALS[-1])
    return chosen * 1_000_000_000
