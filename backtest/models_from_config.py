"""Turn the exchange section of a configuration into the models of the simulated exchange.

Holds no rule of its own.
"""

from pathlib import Path
from typing import cast

from backtest.exchange.cash import CashModel, Clearing, Funding, Swap
from backtest.exchange.fees import Fees
from backtest.exchange.models import ExchangeModels, FillRule
from backtest.exchange.queue import LogProbability, PowerProbability, QueueModel, RiskAverse
from backtest.exchange.slippage import BpsSlippage, NoSlippage, Slippage, TickSlippage
from backtest.latency import (
    Delay,
    ExponentialDelay,
    Latency,
    LogNormalDelay,
)
from backtest.latency_file import recorded_delays
from engine.config.exchange import (
    WEEKDAYS,
    ExchangeRules,
    LatencyConfig,
    QueueConfig,
    SlippageConfig,
)
from engine.model.zones import SECOND_NS


def models_of(rules: ExchangeRules, fills: str) -> ExchangeModels:
    """Return the models that an instrument's rules make, with the fill rule that was settled on."""
    fees = rules.fees
    return ExchangeModels(
        fills=cast("FillRule", fills),
        limit_fill=rules.limit_fill,
        trigger=rules.trigger,
        fees=Fees(
            maker_bps=fees.maker_bps,
            taker_bps=fees.taker_bps,
            maker_per_unit=fees.per_unit,
            taker_per_unit=fees.per_unit,
            minimum=fees.minimum,
            maximum=fees.maximum,
            per=fees.per,
            digits=fees.digits,
        ),
        slippage=_slippage(rules.slippage),
        participation=rules.participation,
        sessions=rules.sessions,
        cash=_cash(rules),
        queue=_queue(rules.queue),
        self_match=rules.self_match,
        amend=rules.amend,
    )


def latency_of(rules: ExchangeRules, seed: int) -> Latency:
    """Return the latencies of an instrument's rules; DataError for a file that holds none."""
    latency = rules.latency_ms
    if latency.model == "recorded":
        there, back = recorded_delays(Path(latency.file))
        return Latency(order=there, cancel=there, response=back)
    replace = latency.order if latency.replace is None else latency.replace
    order, changed, cancel, response = (
        _delay(latency, milliseconds, seed)
        for milliseconds in (latency.order, replace, latency.cancel, latency.response)
    )
    return Latency(order=order, cancel=cancel, response=response, replace=changed)


def _delay(latency: LatencyConfig, milliseconds: float, seed: int) -> Delay:
    around = round(milliseconds * 1e6)
    if latency.model == "exponential" and around:
        return ExponentialDelay(around, round(around * latency.minimum), seed)
    if latency.model == "lognormal" and around:
        return LogNormalDelay(around, latency.sigma, seed)
    return around


def _queue(chosen: QueueConfig) -> QueueModel:
    if chosen.model == "risk_averse":
        return RiskAverse()
    if chosen.model == "power":
        return PowerProbability(power=chosen.power, form=chosen.form)
    return LogProbability(form="whole" if chosen.form == "whole" else "share")


def _cash(rules: ExchangeRules) -> tuple[CashModel, ...]:
    models: list[CashModel] = []
    if (funding := rules.funding) is not None:
        every_s = funding.interval_ns // SECOND_NS
        models.append(Funding(rate=funding.rate_bps / 10_000, every_s=every_s))
    if (swap := rules.swap) is not None:
        triple = None if swap.triple == "none" else WEEKDAYS.index(swap.triple)
        models.append(
            Swap(
                long=swap.long,
                short=swap.short,
                time=swap.time,
                timezone=swap.timezone,
                days=_days(swap.days),
                triple=triple,
            )
        )
    if (clearing := rules.clearing) is not None:
        days = _days(clearing.days)
        models.append(Clearing(times=clearing.times, timezone=clearing.timezone, days=days))
    return tuple(models)


def _days(names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(WEEKDAYS.index(name) for name in names)


def _slippage(chosen: SlippageConfig) -> Slippage:
    if chosen.ticks:
        return TickSlippage(round(chosen.ticks))
    return BpsSlippage(chosen.bps) if chosen.bps else NoSlippage()
