"""An instrument as the venue's lists describe it.

Says nothing of what it is to the engine; that is the mapping's business.
"""

import msgspec

from connectors.alor_protocol.messages.spelling import Spelled


class Security(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Describe an instrument on a board; `min_step` is the tick, `price_step` its worth in money.

    Fields that do not concern an instrument are missing or null.
    """

    symbol: str
    short_name: str | None = None
    description: str | None = None
    exchange: str = ""
    market: str | None = None
    type: str | None = None
    lot_size: float | None = None
    face_value: float | None = None
    cfi_code: str | None = None
    cancellation: str | None = None
    min_step: float | None = None
    round_to: int | None = None
    rating: float | None = None
    margin_buy: float | None = None
    margin_sell: float | None = None
    margin_rate: float | None = None
    price_step: float | None = None
    price_max: float | None = None
    price_min: float | None = None
    theor_price: float | None = None
    theor_price_limit: float | None = None
    volatility: float | None = None
    currency: str | None = None
    nominal_currency: str | None = None
    settlement_currency: str | None = None
    underlying_currency: str | None = None
    isin: str | None = None
    yield_: float | None = None
    board: str | None = None
    primary_board: str | None = None
    trading_status: int | None = None
    trading_status_info: str | None = None
    complex_product_category: str | None = None
    price_multiplier: float | None = None
    price_shown_units: float | None = None
    strike_price: float | None = None
    end_expiration: str | None = None
    fixed_spot_discount: float | None = None
    projected_spot_discount: float | None = None
    underlying_symbol: str | None = None
    option_side: str | None = None
    initial_margin_low_risk_long: float | None = None
    initial_margin_low_risk_short: float | None = None
    initial_margin_standard_risk_long: float | None = None
    initial_margin_standard_risk_short: float | None = None
    initial_margin_high_risk_long: float | None = None
    initial_margin_high_risk_short: float | None = None
    initial_margin_special_risk_long: float | None = None
    initial_margin_special_risk_short: float | None = None


class BoardDescription(msgspec.Struct, frozen=True):
    """Name a board of an exchange."""

    exchange: str
    code: str
    description: str | None = None


class MarketStatus(msgspec.Struct, frozen=True):
    """Say whether a market is open; the venue keeps it for old clients only."""

    code: str
    status: str


SECURITY = Spelled(
    Security,
    slim={
        "symbol": "sym",
        "short_name": "n",
        "description": "desc",
        "exchange": "ex",
        "type": "t",
        "lot_size": "lot",
        "face_value": "fv",
        "cfi_code": "cfi",
        "cancellation": "cncl",
        "min_step": "stp",
        "rating": "rt",
        "margin_buy": "mgb",
        "margin_sell": "mgs",
        "margin_rate": "mgrt",
        "price_step": "stppx",
        "price_max": "pxmx",
        "price_min": "pxmn",
        "theor_price": "pxt",
        "theor_price_limit": "pxtl",
        "volatility": "vl",
        "currency": "cur",
        "isin": "isin",
        "yield_": "yld",
        "board": "bd",
        "primary_board": "pbd",
        "trading_status": "st",
        "trading_status_info": "sti",
        "complex_product_category": "cpct",
        "price_multiplier": "pxmu",
        "price_shown_units": "pxu",
        "strike_price": "pxs",
        "end_expiration": "exp",
        "fixed_spot_discount": "fdis",
        "projected_spot_discount": "pdis",
        "underlying_symbol": "usym",
        "option_side": "osd",
    },
    simple={
        "short_name": "shortname",
        "lot_size": "lotsize",
        "face_value": "facevalue",
        "min_step": "minstep",
        "margin_buy": "marginbuy",
        "margin_sell": "marginsell",
        "margin_rate": "marginrate",
        "price_step": "pricestep",
        "primary_board": "primary_board",
        "isin": "ISIN",
    },
    heavy={"isin": "ISIN"},
    heavy_only=(
        "round_to",
        "nominal_currency",
        "settlement_currency",
        "underlying_currency",
        *(name for name in Security.__struct_fields__ if name.startswith("initial_margin")),
    ),
)
