"""What an order would cost, how large it may be, and the risk rates behind that.

The venue computes all of it; the engine's gate has its own figures.
"""

import msgspec


class EstimateRequest(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """Ask what an order would cost; `lot_quantity` in lots, `budget` in money."""

    portfolio: str
    ticker: str
    exchange: str
    price: float | None = None
    lot_quantity: int | None = None
    budget: float | None = None
    board: str | None = None
    include_limit_orders: bool | None = None


class Estimate(msgspec.Struct, frozen=True, rename="camel"):
    """Give the largest quantities in lots, with leverage and without, and an order's cost."""

    portfolio: str
    ticker: str
    exchange: str
    board: str | None = None
    quantity_to_sell: float | None = None
    quantity_to_buy: float | None = None
    not_margin_quantity_to_sell: float | None = None
    not_margin_quantity_to_buy: float | None = None
    order_evaluation: float | None = None
    commission: float | None = None
    buy_price: float | None = None
    is_united_portfolio: bool | None = None


class RiskRate(msgspec.Struct, frozen=True, rename="camel"):
    """Give the rates of an instrument in percent: `rate_up` for shorts, `rate_down` for longs.

    `sgn_r` is 1 where the price moves with the underlying's, -1 against it, 0 without relation.
    """

    id: int
    instrument: str
    exchange: str
    risk_category_id: int
    security_risk_category_id: int | None = None
    asset_type: str | None = None
    underlying_asset: str | None = None
    set_name: str | None = None
    isin: str | None = None
    currency_code: str | None = None
    rate_up: float | None = None
    rate_down: float | None = None
    rate_symmetric: float | None = None
    is_short_sell_possible: bool | None = None
    is_marginal: bool | None = None
    set_rate: float | None = None
    sgn_r: int | None = None


class RiskRates(msgspec.Struct, frozen=True):
    """Hold one page of risk rates and the size of all of them."""

    rates: list[RiskRate] = msgspec.field(name="list")
    total: int = 0
