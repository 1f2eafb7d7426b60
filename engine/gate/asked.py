"""Which rules are asked of an order under given limits, by the reasons they deny with.

Judges nothing; a test holds it to what `engine.gate.compose` puts together.
"""

from engine.gate.limits import INFINITE, UNLIMITED, FirmLimits, Limits
from engine.model.reports import DenialReason


def asked_always(limits: Limits) -> tuple[DenialReason, ...]:
    """Return the rules that every order meets, in order, after grid, size and states."""
    return _set(
        (limits.bounds_price, DenialReason.PRICE_INVALID),
        (limits.own_position < UNLIMITED, DenialReason.POSITION_LIMIT),
    )


def asked_of_entries(limits: Limits) -> tuple[DenialReason, ...]:
    """Return the rules that an entry meets after those, in order."""
    return _set(
        (not limits.may_trade, DenialReason.INSTRUMENT_NOT_ALLOWED),
        (limits.order_types is not None, DenialReason.ORDER_TYPE_NOT_ALLOWED),
        (limits.only_open, DenialReason.SESSION_CLOSED),
        (limits.feed_age < UNLIMITED, DenialReason.FEED_STALE),
        (limits.collar.is_set, DenialReason.PRICE_COLLAR),
        (limits.duplicate_window > 0, DenialReason.DUPLICATE_ORDER),
        (not limits.self_match, DenialReason.SELF_MATCH),
        (limits.open_orders < UNLIMITED, DenialReason.OPEN_ORDERS),
        (limits.own_open_orders < UNLIMITED, DenialReason.OPEN_ORDERS),
        *_asked_of_firm(limits.firm),
        (limits.loss.is_set, DenialReason.DAILY_LOSS),
        (limits.own_loss.is_set, DenialReason.DAILY_LOSS),
        (limits.rate_age < UNLIMITED, DenialReason.NO_CURRENCY_RATE),
        (limits.order_value < INFINITE, DenialReason.ORDER_VALUE),
        (limits.position < UNLIMITED, DenialReason.POSITION_LIMIT),
    )


def _asked_of_firm(firm: FirmLimits | None) -> tuple[tuple[bool, DenialReason], ...]:
    if firm is None:
        return ()
    return (
        (firm.open_orders < UNLIMITED, DenialReason.OPEN_ORDERS),
        (firm.position < UNLIMITED, DenialReason.POSITION_LIMIT),
        (firm.open_value < INFINITE, DenialReason.OPEN_VALUE),
        (firm.net < INFINITE, DenialReason.NET_LIMIT),
        (firm.gross < INFINITE, DenialReason.GROSS_LIMIT),
        (firm.loss.is_set, DenialReason.DAILY_LOSS),
    )


def asked_of_worth(limits: Limits) -> tuple[DenialReason, ...]:
    """Return what an entry's weight on its account is held against, in order."""
    return _set(
        (limits.open_value < INFINITE, DenialReason.OPEN_VALUE),
        (limits.net < INFINITE, DenialReason.NET_LIMIT),
        (limits.gross < INFINITE, DenialReason.GROSS_LIMIT),
        (True, DenialReason.BUYING_POWER),
    )


def asked_of_exits(limits: Limits) -> tuple[DenialReason, ...]:
    """Return the rules that an exit meets instead."""
    return _set((limits.exit_collar.is_set, DenialReason.PRICE_COLLAR))


def _set(*rules: tuple[bool, DenialReason]) -> tuple[DenialReason, ...]:
    return tuple(reason for is_set, reason in rules if is_set)
