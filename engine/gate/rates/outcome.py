"""What becomes of a command that is offered to the wait queue, as values.

Decides nothing.
"""

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from engine.gate.rates.path import RatePath
from engine.gate.rates.rule import CommandKind, Traffic

T = TypeVar("T")


class DropReason(StrEnum):
    """Name why a command is not sent, for machines to read."""

    RATE_LIMIT = "rate_limit"
    """It does not fit now and would not before its deadline."""
    DEADLINE = "deadline"
    """It waited, and its deadline passed."""
    QUEUE_FULL = "queue_full"
    """As many of its class of traffic wait as may."""
    TOO_MANY_ORDERS = "too_many_orders"
    """A list of more orders than a limit ever admits at once."""


class Offer(msgspec.Struct, Generic[T], frozen=True):
    """Hold a command that asks to be sent: `order` names it, `payload` is the caller's own.

    `deadline` is the last moment (ns) at which it may be admitted; that of the offer itself means
    now or not at all. `orders` is the length of a list of orders, which counts one by one.
    """

    order: str
    kind: CommandKind
    traffic: Traffic
    path: RatePath
    deadline: int
    payload: T
    orders: int = 1


class Admitted(msgspec.Struct, Generic[T], frozen=True):
    """Say that it is counted as sent and must leave by `leave_by`, else be given up unsent."""

    offer: Offer[T]
    leave_by: int
    superseded: tuple[Offer[T], ...] = ()


class Waits(msgspec.Struct, Generic[T], frozen=True):
    """Say that it waits for `rule`, at least until `ts`; longer when others are before it."""

    offer: Offer[T]
    ts: int
    rule: str
    superseded: tuple[Offer[T], ...] = ()


class Dropped(msgspec.Struct, Generic[T], frozen=True):
    """Say that it is not sent: why, for which rule, and from when (`ts`) it might have fitted."""

    offer: Offer[T]
    reason: DropReason
    rule: str
    ts: int
    superseded: tuple[Offer[T], ...] = ()


class Annulled(msgspec.Struct, Generic[T], frozen=True):
    """Say that a cancel met its order still waiting: neither is sent, nothing is counted."""

    offer: Offer[T]
    superseded: tuple[Offer[T], ...]


Outcome = Admitted[T] | Waits[T] | Dropped[T] | Annulled[T]
