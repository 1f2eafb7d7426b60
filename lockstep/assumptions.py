"""Say in plain sentences what a simulated run assumed, from the rules it really ran with.

A sentence stands here for every rule that makes a backtest differ from the market.
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from engine.config.exchange import ExchangeRules
from engine.config.sections import Config

if TYPE_CHECKING:
    from backtest.run import Outcome

_FILLS = {
    "next_open": "market orders fill at the open of the next bar",
    "close": "market orders fill at the close of the bar that led to them",
    "ohlc_path": "market orders fill at the next open, others along open, extremes and close",
    "quotes": "orders fill against recorded quotes and trades, up to the sizes seen",
    "book": "orders fill against the recorded book by level and against trades, nothing used twice",
    "book_orders": "orders fill against the recorded book order by order, nothing used twice",
}
_QUEUES = {
    "risk_averse": "cancels are taken to be behind own orders while there is room",
    "power": "cancels fall ahead of own orders or behind by a power of the sizes there",
    "log": "cancels fall ahead of own orders or behind by a logarithm of the sizes there",
}
_BOOKS = ("book", "book_orders")
_BARS = ("next_open", "close", "ohlc_path")


def assumptions_of(config: Config, outcome: "Outcome") -> list[str]:
    """Return the assumptions of a run, one sentence each."""
    sentences: list[str] = []
    for name, rule in outcome.rules.items():
        rules = config.exchange.rules(name)
        sentences.append(f"{name}: {_FILLS[rule]}; {_limits(rules, rule)}.")
        sentences.append(f"{name}: {_costs(rules)}; {_latency(rules)}.")
        if rule in _BARS:
            sentences.append(
                f"{name}: inside a bar the worst order of prices is assumed, fills are reported at "
                "its close, and reactions to them meet the same bar without latency."
            )
            if rules.latency_ms.order:
                sentences.append(
                    f"{name}: a market order on its way when a bar opens fills at that open, "
                    "unless the bar is over when it arrives."
                )
    sentences.append(_impact(outcome.rules.values()))
    seconds = outcome.equity_interval_ns // 1_000_000_000
    sentences.append(
        f"Equity is sampled every {_span(seconds)}; a drawdown between two samples is not seen."
    )
    sentences += [f"{name}: {fewer}." for name, fewer in outcome.warmups]
    return sentences


def _impact(rules: Collection[str]) -> str:
    """Say what own orders do not change, and who is before them."""
    alone = "Own orders do not move the market"
    if all(rule in _BOOKS for rule in rules):
        return f"{alone}."
    before = "no place in a queue is modelled: a resting order that is reached fills before all"
    where = "" if not any(rule in _BOOKS for rule in rules) else ", except where books fill orders"
    return f"{alone}, and {before} others{where}."


def _limits(rules: ExchangeRules, rule: str) -> str:
    if rule in _BOOKS:
        place = "limits fill from their place in the queue"
        models = _QUEUES[rules.queue.model] if rule == "book" else "which is exact"
        return f"{place}, {models}{_part(rules)}, stops watch the {rules.trigger}"
    touch = "on touch" if rules.limit_fill == "touch" else "only when traded through"
    watched = "" if rule in _BARS else f", stops watch the {rules.trigger}"
    return f"limits fill {touch}{_part(rules)}{watched}"


def _part(rules: ExchangeRules) -> str:
    share = rules.participation
    return "" if share is None else f", at most {share:.0%} of what trades"


def _costs(rules: ExchangeRules) -> str:
    fees, slippage = rules.fees, rules.slippage
    parts = [
        f"{value:g} {words}"
        for value, words in (
            (fees.taker_bps, "bps taker"),
            (fees.maker_bps, "bps maker"),
            (fees.per_unit, "a unit"),
            (fees.minimum, "at least"),
        )
        if value
    ]
    slip = f"{slippage.ticks:g} ticks" if slippage.ticks else f"{slippage.bps:g} bps"
    slipping = f"takers slip {slip}" if slippage.ticks or slippage.bps else "no slippage"
    return f"fees {', '.join(parts) or 'none'}; {slipping}"


def _latency(rules: ExchangeRules) -> str:
    latency = rules.latency_ms
    parts = [
        f"{name} {value:g} ms"
        for name, value in (
            ("order", latency.order),
            ("replace", latency.replace),
            ("cancel", latency.cancel),
            ("response", latency.response),
            ("feed", latency.feed),
        )
        if value
    ]
    drawn = "" if latency.model == "constant" else f" ({latency.model})"
    clocks = ", the exchange on the venue's clock" if rules.clock == "venue" else ""
    return f"latency {', '.join(parts) or latency.file or 'none'}{drawn}{clocks}"


def _span(seconds: int) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            count = seconds // size
            return word if count == 1 else f"{count} {word}s"
    return "second" if seconds == 1 else f"{seconds} seconds"
