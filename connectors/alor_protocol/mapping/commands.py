"""Commands of the venue from commands of the engine: units become lots, kinds become opcodes.

Sends nothing, and gives every command an id that is never used again.
"""

import re
from types import MappingProxyType

from connectors.alor_protocol.mapping.instruments import Traded
from connectors.alor_protocol.messages.requests import InstrumentKey, OrderRequest, User
from connectors.alor_protocol.settings import Settings
from engine.errors import ValueRefused
from engine.model.commands import CancelOrder, OrderType, ReplaceOrder, Side, SubmitOrder
from engine.model.commands import TimeInForce as Tif

KINDS = MappingProxyType(
    {
        OrderType.MARKET: "market",
        OrderType.LIMIT: "limit",
        OrderType.STOP: "stop",
        OrderType.STOP_LIMIT: "stopLimit",
    }
)
"""The venue's word for each type of order that it has."""

LIVES = MappingProxyType(
    {
        Tif.DAY: "oneday",
        Tif.IOC: "immediateorcancel",
        Tif.FOK: "fillorkill",
        Tif.GTC: "goodtillcancelled",
    }
)
"""The venue's word for each time in force; the reference documents the last for derivatives only.
"""

_COMMENT = re.compile(r"(\w+-\d+-\d+)(?:/\d+)?", re.ASCII)
_SIDES = {Side.BUY: "buy", Side.SELL: "sell"}


def comment_of(client_order_id: str, request: int = 0) -> str:
    """Return the comment by which an order, or its replacement, is known again."""
    return f"{client_order_id}/{request}" if request else client_order_id


def client_order_id_of(comment: str | None) -> str:
    """Return the client order id in a comment; empty when another program wrote it."""
    found = _COMMENT.fullmatch(comment or "")
    return found.group(1) if found else ""


def is_conditional(kind: OrderType) -> bool:
    """Say whether orders of a type wait for a trigger, with numbers and a stream of their own."""
    return kind in (OrderType.STOP, OrderType.STOP_LIMIT)


def submit(
    command: SubmitOrder, traded: Traded, portfolio: str, settings: Settings
) -> OrderRequest:
    """Return the command that places an order. Raises ValueRefused for what the venue lacks."""
    kind = KINDS.get(command.type)
    if kind is None:
        raise ValueRefused(f"{settings.venue} has no {command.type} orders; use another type")
    conditional = is_conditional(command.type)
    return OrderRequest(
        opcode=f"create:{kind}",
        guid=command.client_order_id,
        side=_SIDES[command.side],
        quantity=traded.lots(command.quantity),
        price=command.price,
        condition=_condition(command.side) if conditional else None,
        trigger_price=command.stop,
        stop_end_unix_time=_stop_end(command) if conditional else None,
        instrument=_instrument(traded),
        comment=comment_of(command.client_order_id),
        user=User(portfolio),
        time_in_force=None if command.type is OrderType.STOP else _life(command, settings),
        allow_margin=settings.allow_margin,
        check_duplicates=settings.check_duplicates,
    )


def replace(
    command: ReplaceOrder,
    placed: SubmitOrder,
    number: str,
    remaining: float,
    traded: Traded,
    portfolio: str,
    settings: Settings,
) -> OrderRequest:
    """Return the command that puts a new order for `remaining` units in the place of `number`."""
    conditional = is_conditional(placed.type)
    return OrderRequest(
        opcode=f"update:{KINDS[placed.type]}",
        guid=f"{command.client_order_id}/{command.request}",
        order_id=number,
        side=_SIDES[placed.side],
        quantity=traded.lots(remaining),
        price=placed.price if command.price is None else command.price,
        condition=_condition(placed.side) if conditional else None,
        trigger_price=placed.stop if command.stop is None else command.stop,
        stop_end_unix_time=_stop_end(placed) if conditional else None,
        instrument=_instrument(traded),
        comment=comment_of(command.client_order_id, command.request),
        user=User(portfolio),
        time_in_force=_life(placed, settings) if placed.type is OrderType.STOP_LIMIT else None,
        allow_margin=settings.allow_margin,
        check_duplicates=settings.check_duplicates,
    )


def cancel(
    command: CancelOrder, kind: OrderType, number: str, traded: Traded, portfolio: str
) -> OrderRequest:
    """Return the command that takes an order out."""
    return OrderRequest(
        opcode=f"delete:{KINDS[kind]}",
        guid=f"{command.client_order_id}/{command.request}",
        order_id=number,
        exchange=traded.key.exchange,
        user=User(portfolio),
        check_duplicates=True,
    )


def _instrument(traded: Traded) -> InstrumentKey:
    key = traded.key
    return InstrumentKey(key.symbol, key.exchange, key.board)


def _condition(side: Side) -> str:
    return "MoreOrEqual" if side is Side.BUY else "LessOrEqual"


def _stop_end(command: SubmitOrder) -> int:
    return 0 if command.expire_ts is None else command.expire_ts // 1_000_000_000


def _life(command: SubmitOrder, settings: Settings) -> str:
    if command.post_only:
        return "bookorcancel"
    life = LIVES.get(command.time_in_force)
    if life is None:
        raise ValueRefused(
            f"{settings.venue} has no orders that are good {command.time_in_force}; use day or gtc"
        )
    return life
