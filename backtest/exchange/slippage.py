"""What taking liquidity costs beyond the price that was seen.

Never improves a price, and never decides whether an order fills.
"""

from typing import Protocol

import msgspec

from engine.errors import ValueRefused
from engine.model.instrument import Instrument


class SlippageModel(Protocol):
    """Make the price of a taker's fill worse, in units of 10^-price_digits of the instrument."""

    def worsen(self, instrument: Instrument, side: int, price: int) -> int:
        """Return the price after slippage, on the grid of ticks; `side` is +1 for a buyer."""


class NoSlippage(msgspec.Struct, frozen=True, tag="none", tag_field="model"):
    """Fill takers at the price that was seen."""

    def worsen(self, instrument: Instrument, side: int, price: int) -> int:
        """Return `price` as it is, on the grid or not."""
        return price


class TickSlippage(msgspec.Struct, frozen=True, tag="ticks", tag_field="model"):
    """Move a taker's price by a number of ticks against him."""

    ticks: int

    def __post_init__(self) -> None:
        if self.ticks < 0:
            raise ValueRefused(f"slippage of {self.ticks} ticks would help takers; give 0 or more")

    def worsen(self, instrument: Instrument, side: int, price: int) -> int:
        """Return `price` moved by `ticks` ticks of its band, then put on the grid."""
        scale = instrument.price_scale
        tick = round(instrument.tick_at(price / scale) * scale)
        return _on_grid(instrument, side, (price + side * self.ticks * tick) / scale)


class BpsSlippage(msgspec.Struct, frozen=True, tag="bps", tag_field="model"):
    """Move a taker's price by basis points (1/10,000) against him, outward to the grid."""

    bps: float

    def __post_init__(self) -> None:
        if not 0 <= self.bps < 10_000:
            raise ValueRefused(
                f"slippage of {self.bps} bps is no cost; give 0 or more, below 10000"
            )

    def worsen(self, instrument: Instrument, side: int, price: int) -> int:
        """Return `price` moved by `bps` of its magnitude, then put on the grid."""
        distance = abs(price) * self.bps / 10_000
        return _on_grid(instrument, side, (price + side * distance) / instrument.price_scale)


Slippage = NoSlippage | TickSlippage | BpsSlippage
"""The models that a configuration may name, by their field `model`."""


def _on_grid(instrument: Instrument, side: int, price: float) -> int:
    return instrument.price_to_grid(price, "up" if side > 0 else "down")
