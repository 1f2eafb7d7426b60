"""Answer for orders, deals and positions: what is held and what was.

Lists come newest first and in pages, as at the venue.
"""

from google.protobuf.message import Message

from connectors.ctrader.schema import records_pb2
from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOAOrder
from connectors.ctrader.simulator.answers.offsets import offsets
from connectors.ctrader.simulator.answers.spans import PAGE, Spanned, span
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import account_number
from connectors.ctrader.simulator.refusal import Refusal
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan


class RecordAnswers:
    """Answer from the desk's books; a stale list lacks what happened last."""

    def __init__(self, broker: SimulatedBroker, desk: Desk, faults: FaultPlan) -> None:
        self._broker = broker
        self._faults = faults
        self._desk = desk
        self._books = desk.books

    def reconcile(self, request: records_pb2.ProtoOAReconcileReq, account: str) -> Message:
        """Return all that is open and all that works; protection orders only where asked for."""
        held = list(self._books.held(account))
        orders = [
            self._desk.order(each) for each in self._broker.orders(account) if each.is_working
        ]
        if request.returnProtectionOrders:
            orders += [each.protection("ACCEPTED") for each in held if each.protection_id]
        return records_pb2.ProtoOAReconcileRes(
            ctidTraderAccountId=account_number(account),
            position=[each.message() for each in held],
            order=orders,
        )

    def orders(self, request: records_pb2.ProtoOAOrderListReq, account: str) -> Message:
        """Return the orders that changed in a span."""
        found, has_more = _page(self._orders(account), request)
        if found and self._faults.strikes(Fault.STALE_LIST, "orders"):
            found = found[1:]
        return records_pb2.ProtoOAOrderListRes(
            ctidTraderAccountId=account_number(account), order=found, hasMore=has_more
        )

    def orders_of_position(
        self, request: records_pb2.ProtoOAOrderListByPositionIdReq, account: str
    ) -> Message:
        """Return the orders of one position."""
        orders = [each for each in self._orders(account) if each.positionId == request.positionId]
        found, has_more = _page(orders, request)
        return records_pb2.ProtoOAOrderListByPositionIdRes(
            ctidTraderAccountId=account_number(account), order=found, hasMore=has_more
        )

    def order_details(self, request: records_pb2.ProtoOAOrderDetailsReq, account: str) -> Message:
        """Return an order and its deals."""
        for order in self._orders(account):
            if order.orderId == request.orderId:
                return records_pb2.ProtoOAOrderDetailsRes(
                    ctidTraderAccountId=account_number(account),
                    order=order,
                    deal=[each for each in self._deals(account) if each.orderId == order.orderId],
                )
        raise Refusal("ORDER_NOT_FOUND", f"Order not found with id {request.orderId}")

    def deals(self, request: records_pb2.ProtoOADealListReq, account: str) -> Message:
        """Return the deals of a span."""
        found, has_more = _page_of_deals(self._deals(account), request, request.maxRows or PAGE)
        if found and self._faults.strikes(Fault.STALE_LIST, "deals"):
            found = found[1:]
        return records_pb2.ProtoOADealListRes(
            ctidTraderAccountId=account_number(account), deal=found, hasMore=has_more
        )

    def deals_of_position(
        self, request: records_pb2.ProtoOADealListByPositionIdReq, account: str
    ) -> Message:
        """Return the deals of one position."""
        deals = [each for each in self._deals(account) if each.positionId == request.positionId]
        found, has_more = _page_of_deals(deals, request, PAGE)
        return records_pb2.ProtoOADealListByPositionIdRes(
            ctidTraderAccountId=account_number(account), deal=found, hasMore=has_more
        )

    def deal_offsets(self, request: records_pb2.ProtoOADealOffsetListReq, account: str) -> Message:
        """Return the deals that closed a deal, and those that it closed."""
        deals = self._deals(account)
        asked = next((each for each in deals if each.dealId == request.dealId), None)
        if asked is None:
            raise Refusal("ENTITY_NOT_FOUND", f"Deal not found with id {request.dealId}")
        offset_by, offsetting = offsets(
            [each for each in deals if each.positionId == asked.positionId], asked.dealId
        )
        return records_pb2.ProtoOADealOffsetListRes(
            ctidTraderAccountId=account_number(account), offsetBy=offset_by, offsetting=offsetting
        )

    def _orders(self, account: str) -> list[ProtoOAOrder]:
        orders = [self._desk.order(each) for each in self._broker.orders(account)]
        orders += [order for owner, order in self._books.past_protections if owner == account]
        return orders + [
            each.protection("ACCEPTED") for each in self._books.held(account) if each.protection_id
        ]

    def _deals(self, account: str) -> list[ProtoOADeal]:
        return [deal for owner, deal in self._books.deals if owner == account]


def _page(orders: list[ProtoOAOrder], request: Spanned) -> tuple[list[ProtoOAOrder], bool]:
    """Return the newest orders of a span, and whether there are more of them."""
    last = max((order.utcLastUpdateTimestamp for order in orders), default=0)
    start, end = span(request, last)
    found = sorted(
        (order for order in orders if start <= order.utcLastUpdateTimestamp <= end),
        key=lambda order: (order.utcLastUpdateTimestamp, order.orderId),
        reverse=True,
    )
    return found[:PAGE], len(found) > PAGE


def _page_of_deals(
    deals: list[ProtoOADeal], request: Spanned, most: int
) -> tuple[list[ProtoOADeal], bool]:
    last = max((deal.executionTimestamp for deal in deals), default=0)
    start, end = span(request, last)
    found = [each for each in deals if start <= each.executionTimestamp <= end][::-1]
    rows = min(PAGE, most)
    return found[:rows], len(found) > rows
