"""What becomes of differences to the venue, and when something counts as proven.

Applies nothing.
"""

from typing import Literal

import msgspec

Foreign = Literal["adopt", "quarantine"]


class ReconcilePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Say what becomes of what the books do not explain.

    `adopt` takes a foreign order or position into the books, `quarantine` leaves it out and says
    so. A difference counts once `polls` answers in a row have shown it; an order is absent once
    that many, each asked for `settle_ns` after the order was sent, do not list it.
    `client_order_ids` says whether the venue keeps ours.
    """

    orders: Foreign = "adopt"
    positions: Foreign = "adopt"
    balances: Literal["adopt", "ignore"] = "adopt"
    polls: int = 3
    settle_ns: int = 2_000_000_000
    client_order_ids: bool = True
