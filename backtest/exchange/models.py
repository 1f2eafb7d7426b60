"""What a user may choose about the simulated exchange, as one struct.

Holds no state and does no matching.
"""

from typing import Literal

import msgspec

from backtest.exchange.cash import CashModel
from backtest.exchange.fees import Fees
from backtest.exchange.queue import QueueModel, RiskAverse
from backtest.exchange.slippage import NoSlippage, Slippage
from engine.errors import ValueRefused

FillRule = Literal["next_open", "close", "ohlc_path", "quotes", "book", "book_orders"]
"""Which rows fill orders: the three rules for bars, quotes and trades, or a book."""
SelfMatch = Literal["ignore", "cancel_arriving", "cancel_resting", "cancel_both"]


class ExchangeModels(msgspec.Struct, frozen=True, kw_only=True):
    """Choose how an instrument is matched and what it costs.

    `fills` names the rows that fill orders. `limit_fill` says whether a price that only touches a
    resting limit fills it (`touch`) or must go beyond it (`through`). `trigger` says whether stops
    watch the touch or the last trade (bars have but one price). `participation` is the largest
    fraction of a bar's volume, or of a size seen, that own orders may take together; None is no
    bound. With `sessions` orders are rejected and nothing fills while the instrument's calendar is
    closed. `cash` are the payments that positions bring.

    For books: `queue` says how an order moves up in a level, `self_match` what happens when orders
    of one account would meet each other, `amend` whether a smaller quantity keeps the place. Raises
    ValueRefused for what cannot be.
    """

    fills: FillRule = "next_open"
    limit_fill: Literal["touch", "through"] = "touch"
    trigger: Literal["touch", "last"] = "touch"
    fees: Fees = Fees()
    slippage: Slippage = NoSlippage()
    participation: float | None = None
    sessions: bool = False
    cash: tuple[CashModel, ...] = ()
    queue: QueueModel = RiskAverse()
    self_match: SelfMatch = "ignore"
    amend: Literal["keeps", "loses"] = "keeps"

    def __post_init__(self) -> None:
        share = self.participation
        if share is not None and not 0 < share <= 1:
            raise ValueRefused(f"participation is {share}; give a fraction above 0, at most 1")
