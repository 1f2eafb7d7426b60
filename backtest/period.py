"""Settle a run's period and the instruments that its currencies need, before any row is read.

Reads metadata of the catalogue only.
"""

from collections.abc import Iterable, Sequence

from backtest.data_source import DataSource
from backtest.feed import Period
from engine.config.sections import RunConfig
from engine.errors import ConfigError
from engine.ledger.portfolio import find_path
from engine.market_state import MarketState
from engine.strategy.base import Strategy


def candidates(source: DataSource, strategies: Sequence[Strategy]) -> tuple[str, ...]:
    """Return the instruments that the strategies' parameters name; if none, all recorded ones."""
    named = {
        value: None
        for strategy in strategies
        for value in strategy.parameters.values()
        if isinstance(value, str) and "." in value and source.streams(value)
    }
    return tuple(named) or tuple(source.catalogue.instruments())


def recorded_period(run: RunConfig, source: DataSource, names: Iterable[str]) -> Period:
    """Return the configured period; an end that is open is that of the recordings of `names`.

    Raises ConfigError when there is nothing between start and end.
    """
    recordings = {source.recording(name) for name in names}
    rows = [row for row in source.catalogue.listing() if row.instrument in recordings]
    if not rows:
        msg = f"catalogue {source.catalogue.path} holds no data; run `lockstep data import` first"
        raise ConfigError(msg)
    first, last = min(row.first for row in rows), max(row.last for row in rows)
    start = first if run.start_ns is None else run.start_ns
    end = last + 1 if run.end_ns is None else run.end_ns
    if start > last or end <= first or start >= end:
        listed = ", ".join(sorted(recordings))
        msg = f"[run] start and end leave nothing of what is recorded for {listed}; widen them"
        raise ConfigError(msg)
    return Period(start, end)


def conversions(source: DataSource, traded: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the instruments whose prices turn currencies into those of accounts.

    `traded` are pairs of an instrument and the currency of an account that it is traded in. Raises
    ConfigError for a currency that nothing recorded turns into an account's.
    """
    needed: dict[str, None] = {}
    markets: list[MarketState] | None = None
    for name, currency in dict.fromkeys(traded):
        if source[name].currency == currency:
            continue
        markets = markets or [MarketState(source[each]) for each in source]
        path = find_path(source[name].currency, currency, markets)
        if path is None:
            msg = (
                f"{name} is priced in {source[name].currency}, the account is in {currency}, "
                "and no recorded instrument converts them; import one that has base and "
                "currency set"
            )
            raise ConfigError(msg)
        needed.update((market.instrument.id, None) for market, _ in path)
    return tuple(needed)
