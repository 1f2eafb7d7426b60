"""One change of a book in the integers of its instrument, as recordings hold it.

Carries no instrument and no floats: who reads a stream knows the first and nobody needs the others.
"""

import msgspec


class BookRow(msgspec.Struct, frozen=True, gc=False):
    """Set the size of one price level: a BookDelta in units of the instrument.

    `side` is +1 for a bid, -1 for an ask, 0 for a row that names no level; size 0 removes one.
    """

    ts_event: int
    ts_recv: int
    sequence: int
    flags: int
    side: int
    price: int
    size: int


class BookOrderRow(msgspec.Struct, frozen=True, gc=False):
    """Change one resting order: a BookOrderDelta in units of the instrument."""

    ts_event: int
    ts_recv: int
    sequence: int
    flags: int
    action: int
    order_id: int
    side: int
    price: int
    size: int
