"""Turn the exchange section of a configuration into the models of the simulated exchange.

Holds no rule of its own.
"""

from typing import cast

from backtest.exchange.cash import CashModel, Clearing, Funding, Swap
from backtest.exchange.fees import Fees
from backtest.exchange.models import ExchangeModels, FillRule
from backtest.exchange.queue import LogProbability, PowerProbability, QueueModel, RiskAverse
from backtest.exchange.slippage import BpsSlippage, NoSlippage, Slippage, TickSlippage
from backtest.venue import Latency
from engine.config.exchange import WEEKDAYS, ExchangeRules, QueueConfig, SlippageConfig
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


def latency_of(rules: ExchangeRules) -> Latency:
    """Return the latencies of an instrument's rules in nanoseconds."""
    latency = rules.latency_ms
    return Latency(
        order=round(latency.order * 1e6),
        cancel=round(latency.cancel * 1e6),
        response=round(latency.response * 1e6),
    )


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
