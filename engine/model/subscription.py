"""What market data is asked for: an instrument and one kind of events of it.

Asks for nothing: connectors do, for whoever needs the data.
"""

from enum import StrEnum

import msgspec


class DataKind(StrEnum):
    """Name the kinds of market data that can be asked for, each one kind of event."""

    QUOTES = "quotes"
    TRADES = "trades"
    BOOK = "book"
    BARS = "bars"
    STATUS = "status"


class Subscription(msgspec.Struct, frozen=True, order=True):
    """Name one stream of market data: equal subscriptions are one.

    `depth` counts the levels of a book, 0 is as many as the venue gives; `spec` names the bars,
    such as `1m`. Other kinds leave both empty.
    """

    instrument: str
    kind: DataKind
    depth: int = 0
    spec: str = ""
