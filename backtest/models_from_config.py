"""Turn the exchange section of a configuration into the models of the simulated exchange.

Holds no rule of its own.
"""

from typing import cast

from backtest.exchange.fees import Fees
from backtest.exchange.models import ExchangeModels, FillRule
from backtest.exchange.slippage import BpsSlippage, NoSlippage, Slippage, TickSlippage
from backtest.venue import Latency
from engine.config.exchange import ExchangeRules, SlippageConfig


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
            digits=fees.digits,
        ),
        slippage=_slippage(rules.slippage),
        participation=rules.participation,
        sessions=rules.sessions,
    )


def latency_of(rules: ExchangeRules) -> Latency:
    """Return the latencies of an instrument's rules in nanoseconds."""
    latency = rules.latency_ms
    return Latency(
        order=round(latency.order * 1e6),
        cancel=round(latency.cancel * 1e6),
        response=round(latency.response * 1e6),
    )


def _slippage(chosen: SlippageConfig) -> Slippage:
    if chosen.ticks:
        return TickSlippage(round(chosen.ticks))
    return BpsSlippage(chosen.bps) if chosen.bps else NoSlippage()
