"""Pages of instruments as the GraphQL service answers them.

Asks for what the instrument cache needs; the schema has much more.
"""

from typing import Any

import msgspec


class GraphQuery(msgspec.Struct, frozen=True):
    """Hold the body of a GraphQL request."""

    query: str
    variables: dict[str, Any] = {}


class BasicInformation(msgspec.Struct, frozen=True, rename="camel"):
    """Name an instrument."""

    symbol: str
    exchange: str = ""
    market: str | None = None
    short_name: str | None = None
    type: str | None = None


class BoardInformation(msgspec.Struct, frozen=True, rename="camel"):
    """Name the board of a row."""

    board: str
    is_primary_board: bool = True


class TradingDetails(msgspec.Struct, frozen=True, rename="camel"):
    """Give lot, tick, the worth of a tick and the last price."""

    lot_size: float
    min_step: float
    price_step: float = 0.0
    price: float = 0.0
    price_max: float = 0.0
    price_min: float = 0.0


class TradingPeriod(msgspec.Struct, frozen=True):
    """Give one of the nearest trading periods, UTC; either end may be open."""

    start: str | None = None
    finish: str | None = None


class FinancialAttributes(msgspec.Struct, frozen=True, rename="camel"):
    """Give kind, currency and trading status."""

    cfi_code: str = ""
    currency: str | None = None
    isin: str | None = None
    trading_status: int | None = None
    trading_periods: list[TradingPeriod] | None = None


class AdditionalInformation(msgspec.Struct, frozen=True, rename="camel"):
    """Give what prices refer to."""

    cancellation: str = ""
    price_multiplier: float = 1.0
    price_shown_units: float = 1.0


class InstrumentNode(msgspec.Struct, frozen=True, rename="camel"):
    """Describe one instrument; `face_value` is there for bonds alone."""

    basic_information: BasicInformation
    board_information: BoardInformation
    trading_details: TradingDetails
    financial_attributes: FinancialAttributes
    additional_information: AdditionalInformation = AdditionalInformation()
    face_value: float | None = None


class PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    """Say whether and after which cursor more follows."""

    has_next_page: bool
    end_cursor: str | None = None


class InstrumentsPage(msgspec.Struct, frozen=True, rename="camel"):
    """Hold one page of instruments and the size of all of them."""

    page_info: PageInfo
    nodes: list[InstrumentNode] = []
    total_count: int = 0


class InstrumentsData(msgspec.Struct, frozen=True):
    """Hold the answer to the query of this package."""

    instruments: InstrumentsPage | None = None


class GraphError(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say what the service did not like; `path` leads to the field, `extensions` hold a code."""

    message: str = ""
    path: list[str | int] = []
    extensions: dict[str, Any] = {}


class GraphAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold data, errors, or both."""

    data: InstrumentsData | None = None
    errors: list[GraphError] = []
