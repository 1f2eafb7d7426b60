"""The tables of an order's life: what a venue order becomes, and what its status is called.

Only positive evidence from the venue closes an order: a timeout, a disconnect or an empty list
never does.
"""

from enum import IntEnum, StrEnum


class Life(IntEnum):
    """Name the states of a venue order. A partial fill is a quantity, not a state."""

    SENT = 0
    UNKNOWN = 1
    WORKING = 2
    FILLED = 3
    CANCELED = 4
    EXPIRED = 5
    REJECTED = 6
    LOST = 7


class Evidence(IntEnum):
    """Name what can be learned about a venue order, in the order of the table's columns."""

    ACKNOWLEDGED = 0
    FILLED = 1
    AMENDED = 2
    REJECTED = 3
    CANCELED = 4
    EXPIRED = 5
    TIMED_OUT = 6
    ABSENT = 7


class Request(IntEnum):
    """Name the request in flight for a venue order; the unsure ones timed out without an answer."""

    NONE = 0
    CANCEL = 1
    AMEND = 2
    CANCEL_UNSURE = 3
    AMEND_UNSURE = 4


class Status(StrEnum):
    """Name an order's state as strategies see it, in FIX words.

    It is derived from the tables and the filled quantity.
    """

    PENDING_NEW = "pending_new"
    DENIED = "denied"
    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    PENDING_CANCEL = "pending_cancel"
    PENDING_REPLACE = "pending_replace"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    LOST = "lost"


_S, _U, _W, _F, _C, _E, _R, _L = Life
_STALE = None

NEXT: tuple[tuple[Life | None, ...], ...] = (
    # ack     fill amended reject  cancel  expire  timeout absent
    (_W, _W, _W, _R, _C, _E, _U, _S),  # SENT
    (_W, _W, _W, _R, _C, _E, _U, _L),  # UNKNOWN
    (_STALE, _W, _W, _R, _C, _E, _W, _W),  # WORKING
    (_STALE, _F, _W, _STALE, _F, _F, _F, _F),  # FILLED
    (_STALE, _C, _STALE, _STALE, _STALE, _STALE, _C, _C),  # CANCELED
    (_STALE, _E, _STALE, _STALE, _STALE, _STALE, _E, _E),  # EXPIRED
    (_STALE, _R, _STALE, _STALE, _STALE, _STALE, _R, _R),  # REJECTED
    (_W, _W, _STALE, _R, _C, _E, _L, _L),  # LOST
)
"""`NEXT[life][evidence]`: the life that follows; None says that the evidence is stale and only
counted.
"""

CLOSED = (False, False, False, True, True, True, True, True)
"""`CLOSED[life]`: nothing more is expected, though late evidence is still taken."""

STATUS = (
    Status.PENDING_NEW,
    Status.UNKNOWN,
    Status.NEW,
    Status.FILLED,
    Status.CANCELED,
    Status.EXPIRED,
    Status.REJECTED,
    Status.LOST,
)
"""`STATUS[life]`: the status of an order without fills or requests in flight."""
