"""The words in which the simulated exchange refuses, rejects and cancels.

A program may compare with these; their spelling is part of the exchange's surface.
"""

DUPLICATE = "duplicate client order id"
EXPIRED = "expiry has passed"
HALTED = "trading is halted"
INSUFFICIENT_FUNDS = "insufficient funds"
NOT_ABOVE_FILLED = "quantity is not above what is filled"
NOT_AT_ONCE = "not filled at once"
NOT_WORKING = "order is not working"
NOTHING_LEFT = "nothing left to reduce"
NOTHING_TO_REDUCE = "nothing to reduce"
PRICE_INVALID = "price invalid"
QUANTITY_INVALID = "quantity invalid"
SELF_MATCH = "would meet an own order"
SESSION_CLOSED = "session closed"
STOP_INVALID = "stop invalid"
TRAIL_INVALID = "trail invalid"
UNKNOWN_ACCOUNT = "unknown account"
UNKNOWN_INSTRUMENT = "unknown instrument"
WOULD_TAKE = "post-only would take"
