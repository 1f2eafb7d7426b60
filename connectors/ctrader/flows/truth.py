"""Ask for everything that an account has, and put it in the engine's words.

Draws no conclusion from what is absent.
"""

from collections.abc import Callable
from typing import TypeVar

from connectors.ctrader.directory import Account, Directory
from connectors.ctrader.flows.question import Asker
from connectors.ctrader.mapping.money import trader_balance, used_margin
from connectors.ctrader.mapping.records import (
    fill,
    is_protection,
    order_record,
    order_time,
    position_record,
)
from connectors.ctrader.mapping.scaling import milliseconds, nanoseconds
from connectors.ctrader.mapping.symbols import VENUE
from connectors.ctrader.schema.account_pb2 import ProtoOATraderReq, ProtoOATraderRes
from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOAOrder
from connectors.ctrader.schema.records_pb2 import (
    ProtoOADealListReq,
    ProtoOADealListRes,
    ProtoOAOrderListReq,
    ProtoOAOrderListRes,
    ProtoOAReconcileReq,
    ProtoOAReconcileRes,
)
from connectors.ctrader.trading_state import TradingState
from connectors.frame.flow import Flow
from engine.errors import VenueError
from engine.model.truth import VenueTruth

SPAN_NS = 7 * 86_400 * 10**9
"""How far back orders and deals are asked for: the longest that every release answers."""

PAGES_MAX = 50
ROWS = 1_000
"""Deals of one page; the pages of orders are as long as the venue likes."""

R = TypeVar("R")


def resync(
    asker: Asker, account: Account, directory: Directory, state: TradingState, now: int
) -> Flow[VenueTruth]:
    """Return orders, fills, positions and balance; fills and closed orders of the last week.

    Protection orders are asked for too, because they may fill; they are told as the exits of their
    positions, for they are no orders that anybody could change.
    """
    since = now - SPAN_NS
    past = yield from _orders(asker, account, since, now)
    deals = yield from _deals(asker, account, since, now)
    request = ProtoOAReconcileReq(ctidTraderAccountId=account.id, returnProtectionOrders=True)
    held = yield from asker.ask(request, ProtoOAReconcileRes)
    asked = ProtoOATraderReq(ctidTraderAccountId=account.id)
    trader = (yield from asker.ask(asked, ProtoOATraderRes)).trader
    orders = {order.orderId: order for order in (*past, *held.order)}
    for order in orders.values():
        state.note(order)
    for position in held.position:
        state.place(account.id, position)
    margin = used_margin(held.position, account)
    ts_recv = asker.ts_recv
    clients = {deal.orderId: state.client_of(deal.orderId) for deal in deals}
    fills = [fill(deal, account, directory, clients[deal.orderId], ts_recv) for deal in deals]
    told = (each for each in orders.values() if not is_protection(each))
    rows = [order_record(each, account, directory, state) for each in told]
    positions = [position_record(each, account, directory, ts_recv) for each in held.position]
    return VenueTruth(
        venue=VENUE,
        account=account.name,
        ts_asked=now,
        ts_recv=ts_recv,
        orders=tuple(row for row in rows if row is not None),
        fills=tuple(each for each in fills if each is not None),
        fills_since=since,
        positions=tuple(each for each in positions if each is not None),
        balances=(trader_balance(trader, account, margin, ts_recv),),
    )


def _orders(asker: Asker, account: Account, start: int, end: int) -> Flow[list[ProtoOAOrder]]:
    """Return the orders that changed in a span, oldest first."""

    def page(until: int) -> Flow[tuple[list[ProtoOAOrder], bool]]:
        request = ProtoOAOrderListReq(
            ctidTraderAccountId=account.id,
            fromTimestamp=milliseconds(start),
            toTimestamp=milliseconds(until),
        )
        answer = yield from asker.ask(request, ProtoOAOrderListRes)
        return list(answer.order), answer.hasMore

    return (yield from _backwards(page, _order_key, order_time, end))


def _deals(asker: Asker, account: Account, start: int, end: int) -> Flow[list[ProtoOADeal]]:
    """Return the deals of a span, oldest first."""

    def page(until: int) -> Flow[tuple[list[ProtoOADeal], bool]]:
        request = ProtoOADealListReq(
            ctidTraderAccountId=account.id,
            fromTimestamp=milliseconds(start),
            toTimestamp=milliseconds(until),
            maxRows=ROWS,
        )
        answer = yield from asker.ask(request, ProtoOADealListRes)
        return list(answer.deal), answer.hasMore

    return (yield from _backwards(page, _deal_key, _deal_time, end))


def _backwards(
    page: Callable[[int], Flow[tuple[list[R], bool]]],
    key: Callable[[R], int],
    time: Callable[[R], int],
    end: int,
) -> Flow[list[R]]:
    """Collect pages that come newest first; return each row once, oldest first.

    There is no cursor: the next page ends where the last one began. Raises VenueError when a page
    brings nothing new though there is said to be more.
    """
    found: dict[int, R] = {}
    for _ in range(PAGES_MAX):
        rows, has_more = yield from page(end)
        new = [row for row in rows if key(row) not in found]
        found.update((key(row), row) for row in new)
        if not has_more:
            return sorted(found.values(), key=time)
        if not new:
            break
        end = min(map(time, rows))
    raise VenueError(f"a list of the account does not end within {PAGES_MAX} pages")


def _order_key(order: ProtoOAOrder) -> int:
    return order.orderId


def _deal_key(deal: ProtoOADeal) -> int:
    return deal.dealId


def _deal_time(deal: ProtoOADeal) -> int:
    return nanoseconds(deal.executionTimestamp)
