"""What tells one venue of this protocol from another, and every choice the reference leaves open.

Holds no secret and no state.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

import msgspec

from engine.gate.rates import VenueRates

_SECOND_NS = 1_000_000_000


class Hosts(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the addresses of one environment; `graphql` is None where there is no such service."""

    api: str
    stream: str
    orders: str
    oauth: str
    graphql: str | None = None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one venue's configuration; defaults follow the reference, and all can be changed.

    `portfolios` maps the engine's accounts to the venue's portfolios. `boards` says which trading
    hours a board has. Times are nanoseconds, `frequency_ms` is how often a book or quote may come.
    """

    venue: str
    hosts: Hosts
    rates: VenueRates
    exchange: str
    board: str | None = None
    currency: str = "RUB"
    portfolios: Mapping[str, str] = MappingProxyType({})
    order_channel: Literal["socket", "http"] = "socket"
    trade_server: str = "TRADE"
    check_duplicates: bool = True
    allow_margin: bool | None = None
    frequency_ms: int = 10
    book_depth_max: int = 50
    trade_backlog: int = 100
    stream_ping_ns: int = 5 * _SECOND_NS
    orders_ping_ns: int = 10 * _SECOND_NS
    answer_ns: int = 10 * _SECOND_NS
    bar_grace_ns: int = 2 * _SECOND_NS
    page_size: int = 1_000
    history_span_ns: int = 90 * 86_400 * _SECOND_NS
    token_share: float = 1 / 3
    """The part of a token's life after which it is renewed."""

    def read_exchange(self, portfolio: str) -> str:
        """Return the exchange by which a portfolio is read: united accounts have one of their own.

        The letter is the venue's habit: `E...` is a united account.
        """
        return "UNITED" if portfolio.startswith("E") else self.exchange
