"""What executions of the history say of orders that no answer and no stream has named.

It asks for nothing, and decides of no order whose it is.
"""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from connectors.b2trader.messages import Execution, OrderItem


def filled_orders(
    executions: Iterable[Execution], markets: Mapping[str, str]
) -> Iterator[OrderItem]:
    """Yield, for each order with executions, the row of an order that filled just them.

    `markets` names the market of each order or position id; executions elsewhere are left out. The
    history tells neither the type nor the price that was asked for: the row has none.
    """
    parts: dict[str, list[Execution]] = {}
    for each in executions:
        parts.setdefault(each.order_id, []).append(each)
    for order_id, found in parts.items():
        market = markets.get(order_id) or markets.get(found[0].position_id)
        if market is not None:
            yield _row(order_id, market, found)


def _row(order_id: str, market: str, parts: list[Execution]) -> OrderItem:
    amount = sum((_exact(each.base_amount) for each in parts), Decimal(0))
    value = sum(_exact(each.base_amount) * _exact(each.execution_price) for each in parts)
    commissions = [one for each in parts for one in each.commissions]
    return OrderItem(
        order_id=order_id,
        market_id=market,
        side=parts[0].side,
        status="Completed",
        order_type="Market",
        requested_amount=str(amount),
        execution_price=str(value / amount),
        created_at=min(each.created_at for each in parts),
        updated_at=max(each.created_at for each in parts),
        commission_amount=str(sum(_exact(one.amount) for one in commissions)),
        commission_asset_id=commissions[0].asset_id if commissions else None,
    )


def _exact(number: str | float) -> Decimal:
    return Decimal(str(number))
