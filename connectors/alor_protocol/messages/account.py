"""What belongs to a portfolio: orders, stop orders, trades and positions.

`..._units` are units of the instrument, `..._batch` lots; `volume` is money.
"""

import msgspec

from connectors.alor_protocol.messages.spelling import Spelled


class Iceberg(msgspec.Struct, frozen=True, gc=False):
    """Give what of an iceberg order shows."""

    creation_fixed_quantity: float | None = None
    creation_variance_quantity: float | None = None
    visible_quantity: float | None = None
    visible_quantity_batch: float | None = None
    visible_filled_quantity: float | None = None
    visible_filled_quantity_batch: float | None = None


class Order(msgspec.Struct, frozen=True, gc=False):
    """Give the whole state of an ordinary order; `filled...` are cumulative."""

    id: str | int
    symbol: str
    board: str | None = None
    broker_symbol: str | None = None
    portfolio: str = ""
    exchange: str = ""
    comment: str | None = None
    type: str = ""
    side: str = ""
    status: str = ""
    trans_time: str | None = None
    update_time: str | None = None
    end_time: str | None = None
    qty_units: float | None = None
    qty_batch: float | None = None
    qty: float | None = None
    filled_qty_units: float | None = None
    filled_qty_batch: float | None = None
    filled: float | None = None
    price: float | None = None
    existing: bool | None = None
    time_in_force: str | None = None
    iceberg: Iceberg | None = None
    volume: float | None = None


class StopOrder(msgspec.Struct, frozen=True, gc=False):
    """Give the whole state of a stop order; `exchange_order_id` names the order born of it."""

    id: str | int
    symbol: str
    exchange_order_id: str | int | None = None
    broker_symbol: str | None = None
    portfolio: str = ""
    exchange: str = ""
    comment: str | None = None
    board: str | None = None
    type: str = ""
    side: str = ""
    condition: str | None = None
    status: str = ""
    trans_time: str | None = None
    update_time: str | None = None
    end_time: str | None = None
    error: str | None = None
    qty_units: float | None = None
    qty_batch: float | None = None
    qty: float | None = None
    filled: float | None = None
    filled_qty_units: float | None = None
    filled_qty_batch: float | None = None
    price: float | None = None
    avg_price: float | None = None
    stop_price: float | None = None
    existing: bool | None = None
    time_in_force: str | None = None
    iceberg: Iceberg | None = None
    volume: float | None = None
    protecting_seconds: float | None = None


class LegacyStopOrder(msgspec.Struct, frozen=True, gc=False):
    """Give a stop order as the deprecated subscription tells it; `qty` is lots."""

    id: str | int
    symbol: str
    broker_symbol: str | None = None
    exchange: str = ""
    board: str | None = None
    type: str = ""
    stop_price: float | None = None
    side: str = ""
    status: str = ""
    end_time: str | None = None
    qty: float | None = None
    filled_qty_batch: float | None = None
    price: float | None = None
    existing: bool | None = None


class Repo(msgspec.Struct, frozen=True, gc=False):
    """Give what only repo trades have."""

    repo_rate: float | None = None
    ext_ref: str | None = None
    repo_term: float | None = None
    account: str | None = None
    trade_type_info: str | None = None
    value: float | None = None
    yield_: float | None = None


class Trade(msgspec.Struct, frozen=True, gc=False):
    """Give one execution of an order of ours."""

    id: str | int
    order_no: str | int = ""
    comment: str | None = None
    symbol: str = ""
    broker_symbol: str | None = None
    exchange: str = ""
    date: str | None = None
    board: str | None = None
    qty_units: float | None = None
    qty_batch: float | None = None
    qty: float | None = None
    price: float | None = None
    accrued_int: float | None = None
    side: str = ""
    existing: bool | None = None
    commission: float | None = None
    repo_specific_fields: Repo | None = None
    volume: float | None = None
    short_name: str | None = None
    currency: str | None = None
    settle_date: str | None = None


class Position(msgspec.Struct, frozen=True, gc=False):
    """Give a holding in units, negative when short; a row of currency is cash."""

    symbol: str
    volume: float | None = None
    current_volume: float | None = None
    broker_symbol: str | None = None
    portfolio: str = ""
    exchange: str = ""
    avg_price: float | None = None
    qty_units: float | None = None
    open_units: float | None = None
    lot_size: float | None = None
    short_name: str | None = None
    qty_t0: float | None = None
    qty_t1: float | None = None
    qty_t2: float | None = None
    qty_t_future: float | None = None
    qty_t0_batch: float | None = None
    qty_t1_batch: float | None = None
    qty_t2_batch: float | None = None
    qty_t_future_batch: float | None = None
    qty_batch: float | None = None
    open_qty_batch: float | None = None
    qty: float | None = None
    open: float | None = None
    daily_unrealised_pl: float | None = None
    unrealised_pl: float | None = None
    is_currency: bool | None = None
    existing: bool | None = None


ICEBERG = Spelled(
    Iceberg,
    slim={
        "creation_fixed_quantity": "cf",
        "creation_variance_quantity": "cv",
        "visible_quantity": "v",
        "visible_quantity_batch": "vb",
        "visible_filled_quantity": "vf",
        "visible_filled_quantity_batch": "vfb",
    },
)

_COMMON = {
    "id": "id",
    "symbol": "sym",
    "broker_symbol": "tic",
    "portfolio": "p",
    "exchange": "ex",
    "comment": "cmt",
    "board": "bd",
    "type": "t",
    "side": "s",
    "status": "st",
    "trans_time": "tt",
    "update_time": "ut",
    "end_time": "et",
    "qty_units": "q",
    "qty_batch": "qb",
    "filled_qty_units": "fq",
    "filled_qty_batch": "fqb",
    "price": "px",
    "existing": "h",
    "time_in_force": "tf",
    "iceberg": "i",
    "volume": "v",
}

ORDER = Spelled(Order, slim=_COMMON, simple_only=("qty", "filled"), nested={"iceberg": ICEBERG})

STOP_ORDER = Spelled(
    StopOrder,
    slim={
        **_COMMON,
        "exchange_order_id": "eid",
        "condition": "cnd",
        "error": "err",
        "avg_price": "pxavg",
        "stop_price": "pxs",
        "protecting_seconds": "psec",
    },
    simple={"avg_price": "avg_price"},
    simple_only=("qty", "filled"),
    nested={"iceberg": ICEBERG},
)

LEGACY_STOP_ORDER = Spelled(
    LegacyStopOrder,
    slim={
        "id": "id",
        "symbol": "symbol",
        "broker_symbol": "brokerSymbol",
        "exchange": "exchange",
        "board": "board",
        "type": "type",
        "stop_price": "stopPrice",
        "side": "side",
        "status": "status",
        "end_time": "endTime",
        "qty": "qty",
        "filled_qty_batch": "filledQtyBatch",
        "price": "price",
        "existing": "existing",
    },
)

REPO = Spelled(
    Repo,
    slim={
        "repo_rate": "r",
        "ext_ref": "exr",
        "repo_term": "tm",
        "account": "a",
        "trade_type_info": "t",
        "value": "v",
        "yield_": "y",
    },
)

TRADE = Spelled(
    Trade,
    slim={
        "id": "id",
        "order_no": "eid",
        "comment": "cmt",
        "symbol": "sym",
        "broker_symbol": "tic",
        "exchange": "ex",
        "date": "d",
        "board": "b",
        "qty_units": "q",
        "qty_batch": "qb",
        "price": "px",
        "accrued_int": "ai",
        "side": "s",
        "existing": "h",
        "commission": "cms",
        "repo_specific_fields": "r",
        "volume": "v",
    },
    simple={"order_no": "orderno"},
    heavy_only=("short_name", "currency", "settle_date"),
    nested={"repo_specific_fields": REPO},
)

POSITION = Spelled(
    Position,
    slim={
        "volume": "v",
        "current_volume": "cv",
        "symbol": "sym",
        "broker_symbol": "tic",
        "portfolio": "p",
        "exchange": "ex",
        "avg_price": "pxavg",
        "qty_units": "q",
        "open_units": "o",
        "lot_size": "lot",
        "short_name": "n",
        "qty_t0": "q0",
        "qty_t1": "q1",
        "qty_t2": "q2",
        "qty_t_future": "qf",
        "daily_unrealised_pl": "upd",
        "unrealised_pl": "up",
        "is_currency": "cur",
        "existing": "h",
    },
    simple_only=("qty_batch", "qty", "open"),
)
