"""The way of one strategy's orders in one instrument, bound once so that no order looks it up.

Holds references only; the books it names belong to the portfolio.
"""

from engine.gate.limits import Limits
from engine.ledger.account import Account
from engine.market_state import MarketState
from engine.model.instrument import Instrument
from engine.orders.exposure import Exposure
from engine.ports import ExecutionPort


class Route:
    """Bind strategy, account and instrument to exposures, limits, market state and port."""

    __slots__ = (
        "account",
        "exposure",
        "held",
        "instrument",
        "limits",
        "market",
        "port",
        "strategy",
    )

    def __init__(
        self,
        strategy: str,
        account: Account,
        instrument: Instrument,
        held: Exposure,
        exposure: Exposure,
        limits: Limits,
        market: MarketState,
        port: ExecutionPort,
    ) -> None:
        self.strategy = strategy
        self.account = account
        self.instrument = instrument
        self.held = held
        self.exposure = exposure
        self.limits = limits
        self.market = market
        self.port = port
