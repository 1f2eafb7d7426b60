"""What a fill costs.

Knows no order and keeps no sums: what an order has paid so far is handed in.
"""

from decimal import Decimal
from math import inf, isfinite
from typing import Literal

import msgspec

from engine.errors import ValueRefused
from engine.model.decimals import round_15
from engine.model.reports import Liquidity

_MAKER = Liquidity.MAKER


class Fees(msgspec.Struct, frozen=True, kw_only=True):
    """Charge fills by the side of liquidity they were on.

    A raw charge is `notional * bps / 10,000 + quantity * per_unit`, where notional is
    |price| * quantity * multiplier; a negative rate is a rebate. `minimum` and `maximum` bound
    what is charged `per` fill or per order (all its fills together); they bound charges only,
    never a rebate or a fill that costs nothing. Every charge is rounded to 15 significant digits,
    and to `digits` decimal places (ties to even) only when that is given. Raises ValueRefused for
    fees that cannot be.
    """

    maker_bps: float = 0.0
    taker_bps: float = 0.0
    maker_per_unit: float = 0.0
    taker_per_unit: float = 0.0
    minimum: float = 0.0
    maximum: float | None = None
    per: Literal["fill", "order"] = "fill"
    digits: int | None = None

    def __post_init__(self) -> None:
        rates = (self.maker_bps, self.taker_bps, self.maker_per_unit, self.taker_per_unit)
        highest = inf if self.maximum is None else self.maximum
        if not (all(map(isfinite, rates)) and 0 <= self.minimum <= highest):
            raise ValueRefused(
                f"fees {rates} from {self.minimum} to {highest} cannot be charged; "
                "give finite rates and 0 <= minimum <= maximum"
            )
        if self.digits is not None and self.digits < 0:
            raise ValueRefused(f"fees cannot have {self.digits} decimal places; give 0 or more")

    @property
    def free(self) -> bool:
        """Return whether no fill is ever charged."""
        rates = (self.maker_bps, self.taker_bps, self.maker_per_unit, self.taker_per_unit)
        return not any(rates)

    def raw(self, liquidity: Liquidity, notional: float, quantity: float) -> float:
        """Return the charge before bounds and rounding."""
        if liquidity is _MAKER:
            return notional * self.maker_bps / 10_000 + quantity * self.maker_per_unit
        return notional * self.taker_bps / 10_000 + quantity * self.taker_per_unit

    def bounded(self, raw: float) -> float:
        """Return a charge, of a fill or of an order so far, within its bounds and rounded."""
        if raw > 0.0:
            raw = max(raw, self.minimum)
            if self.maximum is not None:
                raw = min(raw, self.maximum)
        return self.rounded(raw)

    def rounded(self, money: float) -> float:
        """Return money with 15 significant digits, and `digits` decimal places if configured."""
        if self.digits is None:
            return round_15(money)
        return float(round(Decimal(repr(money)), self.digits))
