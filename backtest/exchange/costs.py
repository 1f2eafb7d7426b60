"""What an instrument's models make of a fill: its fee and, for a taker, its price.

Changes nothing about an order but what it has paid.
"""

from backtest.exchange.grid import Grid
from backtest.exchange.models import ExchangeModels
from backtest.exchange.order import Order
from backtest.exchange.slippage import NoSlippage
from engine.model.instrument import Instrument
from engine.model.reports import Liquidity


class Costs:
    """Apply the fee and slippage models of one instrument."""

    __slots__ = ("_fees", "_grid", "_instrument", "_slippage", "free", "slips")

    def __init__(self, instrument: Instrument, models: ExchangeModels, grid: Grid) -> None:
        self._instrument = instrument
        self._fees = models.fees
        self._slippage = models.slippage
        self._grid = grid
        self.free = models.fees.free
        self.slips = not isinstance(models.slippage, NoSlippage)

    def fee(self, order: Order, quantity: float, price: float, liquidity: Liquidity) -> float:
        """Return what a fill costs, bounded per fill or with all fills of the order together."""
        fees = self._fees
        notional = abs(price) * quantity * self._instrument.point_value
        raw = fees.raw(liquidity, notional, quantity)
        if fees.per == "fill":
            return fees.bounded(raw)
        order.fee_raw += raw
        total = fees.bounded(order.fee_raw)
        fee = fees.rounded(total - order.fee_charged)
        order.fee_charged = total
        return fee

    def worsened(self, order: Order, price: float) -> float:
        """Return a taker's price after slippage, never beyond his limit."""
        side, grid = order.side, self._grid
        units = self._slippage.worsen(self._instrument, side, grid.nearest(price))
        slipped = units / grid.price_scale
        return min(slipped, order.limit) if side > 0 else max(slipped, order.limit)
