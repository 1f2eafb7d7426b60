"""The orders and positions of one login as the venue last told them, and whose each order is.

Decides nothing: the engine's order table does. It is kept because an amend must repeat what it
keeps, and a protected position the level that is not changed.
"""

from connectors.ctrader.schema.position_pb2 import (
    ProtoOAOrder,
    ProtoOAOrderStatus,
    ProtoOAOrderType,
    ProtoOAPosition,
)

ORDERS_MAX = 50_000
"""Orders that are remembered; then the oldest that no longer work are forgotten."""

_WORKING = ProtoOAOrderStatus.ORDER_STATUS_ACCEPTED


class TradingState:
    """Find the venue's orders by our ids, our ids by the venue's, and positions by theirs."""

    def __init__(self) -> None:
        self._orders: dict[int, ProtoOAOrder] = {}
        self._clients: dict[int, str] = {}
        self._ids: dict[str, int] = {}
        self._positions: dict[int, ProtoOAPosition] = {}
        self._owners: dict[int, int] = {}

    def claim(self, order_id: int, client_order_id: str) -> None:
        """Note that the venue's order is the one that we sent under an id of ours."""
        self._clients[order_id] = client_order_id
        self._ids[client_order_id] = order_id

    def note(self, order: ProtoOAOrder) -> None:
        """Keep an order as it now is, and whose it is: by the id that it carries if by no other.

        The id of an order that the venue itself made says nothing, and an id that is another
        order's already does not move.
        """
        self._orders[order.orderId] = order
        own = order.clientOrderId
        is_ours = order.orderType != ProtoOAOrderType.STOP_LOSS_TAKE_PROFIT and own != ""
        if is_ours and order.orderId not in self._clients and own not in self._ids:
            self.claim(order.orderId, own)
        if len(self._orders) > ORDERS_MAX:
            self._forget()

    def place(self, account_id: int, position: ProtoOAPosition) -> None:
        """Keep a position of an account as it now is; one of no volume is forgotten."""
        if position.tradeData.volume:
            self._positions[position.positionId] = position
            self._owners[position.positionId] = account_id
        else:
            self._positions.pop(position.positionId, None)
            self._owners.pop(position.positionId, None)

    def client_of(self, order_id: int) -> str:
        """Return our id of an order, empty when it is not ours."""
        return self._clients.get(order_id, "")

    def order(self, client_order_id: str) -> ProtoOAOrder | None:
        """Return the order that the venue made of ours, None before it said so."""
        order_id = self._ids.get(client_order_id)
        return None if order_id is None else self._orders.get(order_id)

    def position(self, position_id: int) -> ProtoOAPosition | None:
        """Return an open position."""
        return self._positions.get(position_id)

    def positions_of(self, account_id: int) -> list[ProtoOAPosition]:
        """Return the open positions of an account."""
        owned = self._owners.items()
        return [self._positions[number] for number, owner in owned if owner == account_id]

    def to_reduce(
        self, account_id: int, symbol_id: int, trade_side: int, volume: int
    ) -> ProtoOAPosition | None:
        """Return the oldest position that an order of this side and volume can reduce, if any."""
        for number, position in self._positions.items():
            data = position.tradeData
            is_other = data.symbolId == symbol_id and data.tradeSide != trade_side
            if is_other and data.volume >= volume and self._owners[number] == account_id:
                return position
        return None

    def _forget(self) -> None:
        """Forget the older half of the orders that no longer work."""
        closed = [key for key, each in self._orders.items() if each.orderStatus != _WORKING]
        for order_id in closed[: ORDERS_MAX // 2]:
            del self._orders[order_id]
            client = self._clients.pop(order_id, None)
            if client is not None:
                del self._ids[client]
