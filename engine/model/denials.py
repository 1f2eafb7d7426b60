"""What each reason of a denial means, and what to do about it, in one line each.

The table in docs/gate.md is made of this one, and `lockstep why` prints from it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from engine.model.reports import DenialReason

_R = DenialReason

EXPLAINED: Mapping[DenialReason, tuple[str, str]] = MappingProxyType(
    {
        _R.WARMING_UP: (
            "the strategy was fed its warm-up bars",
            "wait for the first live bar",
        ),
        _R.STRATEGY_STOPPED: (
            "the strategy was stopped by a fault; only exits of its brackets pass",
            "mend the fault",
        ),
        _R.PRICE_OFF_GRID: (
            'the price is no multiple of the tick, and `round="refuse"` was asked for',
            "use `definition(i).price()`",
        ),
        _R.PRICE_INVALID: (
            "a price is NaN or infinite, or a limit lies outside `min_price` and `max_price`",
            "check the arithmetic behind it",
        ),
        _R.QUANTITY_TOO_SMALL: (
            "under the least quantity, or a change to no more than is filled",
            "ask for more, or cancel",
        ),
        _R.QUANTITY_TOO_LARGE: (
            "above the instrument's or the configured largest",
            "split the order",
        ),
        _R.ORDER_INVALID: (
            "a quantity that is no number from 0 up, or prices that the type does not take",
            "see [orders](orders.md)",
        ),
        _R.ORDER_VALUE: ("worth more than `max_order_value`", "a smaller order"),
        _R.POSITION_LIMIT: (
            "the worst case would be above `max_position`",
            "cancel what works, or ask for less",
        ),
        _R.GROSS_LIMIT: (
            "the worst case of the account would be above `max_gross`",
            "reduce elsewhere first",
        ),
        _R.OPEN_ORDERS: ("as many orders work as `max_open_orders` allows", "cancel one first"),
        _R.BUYING_POWER: (
            "more margin than the account has equity",
            "a smaller order, or `leverage`",
        ),
        _R.NO_REFERENCE: (
            "no price of the instrument yet, or of another one that is held",
            "subscribe to it; wait for the first quote, trade or bar",
        ),
        _R.NO_CURRENCY_RATE: (
            "nothing turns the instrument's currency into the account's, or not within `rate_age`",
            "import or subscribe to an instrument that does",
        ),
        _R.ORDER_CLOSED: ("a change or cancel of an order that is over", "nothing: it is over"),
        _R.REQUEST_IN_FLIGHT: (
            (
                "a change of an order that is not acknowledged yet or has a change or cancel on "
                "its way; or a second cancel"
            ),
            "wait for the answer",
        ),
        _R.NOTHING_TO_REDUCE: (
            "a reduce-only order, and the account holds nothing on the other side",
            "nothing: it is flat",
        ),
        _R.ALREADY_SENT: (
            "an order was to be sent a second time",
            "nothing: this is a guard of the engine",
        ),
        _R.INSTRUMENT_NOT_ALLOWED: (
            "the instrument is not in `instruments` of some scope",
            "let a person add it",
        ),
        _R.ORDER_TYPE_NOT_ALLOWED: (
            "the type of order is not in `order_types` of some scope",
            "use another type, or let a person add it",
        ),
        _R.SESSION_CLOSED: (
            "`only_open`, and the instrument's hours are over or its venue says that it is shut",
            "wait for the session",
        ),
        _R.PRICE_COLLAR: (
            "it could pay further beyond the reference than the collar lets it",
            "check the price; use a limit where the spread is wide",
        ),
        _R.STALE_REFERENCE: (
            "a collar, and every price of the instrument is too old",
            "wait for a quote or trade",
        ),
        _R.NET_LIMIT: (
            "the net worst case of the account would be above `max_net`",
            "reduce elsewhere first",
        ),
        _R.OPEN_VALUE: (
            "working orders would be worth more than `max_open_value`",
            "cancel some first",
        ),
        _R.DUPLICATE_ORDER: (
            "the same order was approved less than `duplicate_window` ago",
            "find the loop; a second order on purpose needs other terms",
        ),
        _R.SELF_MATCH: (
            "`prevent_self_match`, and it would trade with an own order of the account",
            "cancel that order, or ask for a price that does not reach it",
        ),
        _R.FEED_STALE: (
            "nothing came of the instrument for `feed_age`, or its feed fell silent",
            "wait for the feed",
        ),
        _R.FEED_GAPPED: ("the feed of the instrument lost messages", "wait until it is whole"),
        _R.BOOK_CROSSED: (
            "`feed_age` is set, and the bid is above the ask",
            "wait for a quote that can be",
        ),
        _R.MESSAGE_RATE: (
            "more orders, changes and cancels than `max_messages` in their window",
            "send less, or let it wait",
        ),
        _R.RATE_LIMIT: (
            "a [limit](rate-limits.md) of the venue is used up, and would be until too late",
            "send less, or let it wait longer",
        ),
        _R.RATE_DEADLINE: (
            "it waited for a limit of the venue, and its time passed",
            "ask again if it is still wanted",
        ),
        _R.RATE_QUEUE_FULL: ("as much waits for limits as may", "send less"),
        _R.SUPERSEDED: ("it waited, and a newer change of the order took its place", "nothing"),
        _R.WITHDRAWN: ("it waited, and was canceled before it was sent", "nothing"),
        _R.NOT_SUPPORTED: (
            "the venue takes no such command, or no such kind of order",
            "cancel the order and send a new one, or send a kind that the venue takes",
        ),
        _R.PAUSED: (
            "a person paused the firm, the account, the strategy or the instrument",
            "ask that person",
        ),
        _R.KILL_SWITCH: (
            "the kill switch of one of them is set",
            "find out why, then let a person clear it",
        ),
        _R.DAILY_LOSS: (
            "more was lost since the day began than `max_daily_loss`",
            "wait for the next day, or let a person clear it",
        ),
        _R.DRAWDOWN: (
            "the worth fell further from its peak than `max_drawdown`",
            "let a person clear it",
        ),
        _R.EXECUTION_THROTTLE: (
            "the strategy had more executions than `max_executions` in their window",
            "find the loop, then let a person enable the strategy",
        ),
        _R.LIMIT_BREACHED: (
            "a late fill took the position above its limit",
            "reduce it",
        ),
        _R.EXIT_UNKNOWN: (
            "only reducing, and an exit whose fate nobody knows may close the position already",
            "find out what became of it, or let a person override `exit_unknown`",
        ),
        _R.STORAGE: (
            "the journal cannot be written, or the disk is nearly full",
            "make room; after a failure start the bot anew",
        ),
    }
)
"""What was wrong, and what to do, for each reason in the order of the enumeration."""
