"""An instrument of the venue and how it is named, whichever service described it.

Decides nothing about trading it.
"""

import re

import msgspec

from connectors.alor_protocol.messages.graphql import InstrumentNode
from connectors.alor_protocol.messages.securities import Security

_NAME = re.compile(r"(?:([A-Z]{2,8}):)?([^:@]+?)(?:@(\w+))?")


class Key(msgspec.Struct, frozen=True):
    """Name an instrument in the venue's words; without a board the primary one is meant."""

    symbol: str
    exchange: str
    board: str | None = None


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what the engine has to know of an instrument.

    `tick_value` is the money that one tick of one contract is worth, for derivatives alone;
    `shown_units` how many units of currency a price is for.
    """

    symbol: str
    exchange: str
    board: str
    is_primary: bool
    market: str
    cfi: str
    lot: float
    tick: float
    tick_value: float
    face_value: float
    shown_units: float
    currency: str
    status: int | None


def of_security(row: Security) -> Listing | None:
    """Return the listing of an HTTP record; None when it has no tick or lot to trade by."""
    if not row.min_step or not row.lot_size:
        return None
    board = row.board or row.primary_board or ""
    return Listing(
        symbol=row.symbol,
        exchange=row.exchange,
        board=board,
        is_primary=board == (row.primary_board or board),
        market=row.market or "",
        cfi=row.cfi_code or "",
        lot=row.lot_size,
        tick=row.min_step,
        tick_value=row.price_step or 0.0,
        face_value=row.face_value or 0.0,
        shown_units=row.price_shown_units or 1.0,
        currency=row.currency or "",
        status=row.trading_status,
    )


def of_node(node: InstrumentNode) -> Listing | None:
    """Return the listing of a GraphQL node; None when it has no tick or lot to trade by."""
    basic, details = node.basic_information, node.trading_details
    if not details.min_step or not details.lot_size:
        return None
    return Listing(
        symbol=basic.symbol,
        exchange=basic.exchange,
        board=node.board_information.board,
        is_primary=node.board_information.is_primary_board,
        market=basic.market or "",
        cfi=node.financial_attributes.cfi_code,
        lot=details.lot_size,
        tick=details.min_step,
        tick_value=details.price_step,
        face_value=node.face_value or 0.0,
        shown_units=node.additional_information.price_shown_units or 1.0,
        currency=node.financial_attributes.currency or "",
        status=node.financial_attributes.trading_status,
    )


def key_of(name: str, exchange: str, board: str | None) -> Key:
    """Return what `[EXCHANGE:]SYMBOL[@BOARD]` names, filled up from the usual ones."""
    found = _NAME.fullmatch(name)
    if found is None:
        return Key(name, exchange, board)
    named_exchange, symbol, named_board = found.groups()
    return Key(symbol, named_exchange or exchange, named_board or board)


def name_of(listing: Listing, exchange: str, board: str | None) -> str:
    """Return the shortest name that `key_of` takes back to the listing."""
    prefix = "" if listing.exchange == exchange else f"{listing.exchange}:"
    usual = listing.is_primary if board is None else listing.board == board
    return f"{prefix}{listing.symbol}" + ("" if usual else f"@{listing.board}")
