"""Answer the questions of a connection: what is listed, what is held, what was.

Changes nothing. Lists come newest first and in pages, bars oldest first, as at the venue.
"""

from collections.abc import Callable
from typing import Any, Protocol

from google.protobuf.message import Message

from connectors.ctrader.mapping.bars import span_ns, spec_of, step_ns
from connectors.ctrader.mapping.scaling import PRICE_SCALE, milliseconds, nanoseconds
from connectors.ctrader.schema import (
    account_pb2,
    market_pb2,
    position_pb2,
    records_pb2,
    reference_pb2,
)
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import MONEY_DIGITS, Listing, account_number, category
from connectors.ctrader.simulator.positions import Position
from connectors.ctrader.simulator.ticks import Ticks, bars, differences
from connectors.ctrader.simulator.trading import Refusal
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.market import GeneratedMarket
from engine.model.instrument import Instrument
from engine.model.market import Bar

PAGE = 500
_WEEK_MS = 7 * 86_400_000


class Answers:
    """Answer requests about one account, or about none; raises Refusal for what cannot be.

    `find(type(request))` returns the function of a request, None where the venue has none.
    """

    def __init__(
        self,
        broker: SimulatedBroker,
        desk: Desk,
        listing: Listing,
        ticks: dict[str, Ticks],
        faults: FaultPlan,
    ) -> None:
        self._broker = broker
        self._desk = desk
        self._listing = listing
        self._ticks = ticks
        self._faults = faults
        self._prices: dict[str, float] = {}
        self._table: dict[type[Message], Callable[[Any, str], Message]] = {
            account_pb2.ProtoOATraderReq: self._trader,
            account_pb2.ProtoOAExpectedMarginReq: self._expected_margin,
            account_pb2.ProtoOAMarginCallListReq: self._margin_calls,
            account_pb2.ProtoOACashFlowHistoryListReq: self._cash_flow,
            reference_pb2.ProtoOAAssetListReq: self._assets,
            reference_pb2.ProtoOAAssetClassListReq: self._asset_classes,
            reference_pb2.ProtoOASymbolCategoryListReq: self._categories,
            reference_pb2.ProtoOASymbolsListReq: self._symbols,
            reference_pb2.ProtoOASymbolByIdReq: self._symbols_by_id,
            records_pb2.ProtoOAReconcileReq: self._reconcile,
            records_pb2.ProtoOAOrderListReq: self._orders,
            records_pb2.ProtoOAOrderDetailsReq: self._order_details,
            records_pb2.ProtoOADealListReq: self._deals,
            records_pb2.ProtoOAGetPositionUnrealizedPnLReq: self._open_profit,
            market_pb2.ProtoOAGetTrendbarsReq: self._bars,
            market_pb2.ProtoOAGetTickDataReq: self._tick_data,
        }

    def find(self, kind: type[Message]) -> Callable[[Any, str], Message] | None:
        """Return what answers a kind of request for an account."""
        return self._table.get(kind)

    def instrument(self, symbol_id: int) -> Instrument:
        """Return an instrument by its number; raises Refusal where there is none."""
        found = self._listing.instrument(symbol_id)
        if found is None:
            raise Refusal("SYMBOL_NOT_FOUND", f"Symbol not found with id {symbol_id}")
        return found

    # Reference data

    def _trader(self, _: account_pb2.ProtoOATraderReq, account: str) -> Message:
        terms, purse = self._broker.accounts[account].terms, self._desk.purses[account]
        return account_pb2.ProtoOATraderRes(
            ctidTraderAccountId=account_number(account),
            trader=self._listing.trader(terms, purse.balance, purse.version),
        )

    def _assets(self, _: reference_pb2.ProtoOAAssetListReq, account: str) -> Message:
        return reference_pb2.ProtoOAAssetListRes(
            ctidTraderAccountId=account_number(account), asset=self._listing.assets()
        )

    def _asset_classes(self, _: reference_pb2.ProtoOAAssetClassListReq, account: str) -> Message:
        names = ("Forex", "Contracts")
        return reference_pb2.ProtoOAAssetClassListRes(
            ctidTraderAccountId=account_number(account),
            assetClass=[
                reference_pb2.ProtoOAAssetClass(id=at, name=name)
                for at, name in enumerate(names, 1)
            ],
        )

    def _categories(self, _: reference_pb2.ProtoOASymbolCategoryListReq, account: str) -> Message:
        kinds = sorted({category(each) for each in self._listing.instruments.values()})
        return reference_pb2.ProtoOASymbolCategoryListRes(
            ctidTraderAccountId=account_number(account),
            symbolCategory=[
                reference_pb2.ProtoOASymbolCategory(
                    id=kind, assetClassId=kind, name=f"Group {kind}"
                )
                for kind in kinds
            ],
        )

    def _symbols(self, _: reference_pb2.ProtoOASymbolsListReq, account: str) -> Message:
        return reference_pb2.ProtoOASymbolsListRes(
            ctidTraderAccountId=account_number(account),
            symbol=[self._listing.light(each) for each in self._listing.instruments.values()],
        )

    def _symbols_by_id(self, request: reference_pb2.ProtoOASymbolByIdReq, account: str) -> Message:
        symbols = [self._listing.symbol(self.instrument(each)) for each in request.symbolId]
        return reference_pb2.ProtoOASymbolByIdRes(
            ctidTraderAccountId=account_number(account), symbol=symbols
        )

    # What is held

    def _reconcile(self, request: records_pb2.ProtoOAReconcileReq, account: str) -> Message:
        held = [each for each in self._held(account) if each.size]
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

    def _orders(self, request: records_pb2.ProtoOAOrderListReq, account: str) -> Message:
        orders = [self._desk.order(each) for each in self._broker.orders(account)]
        orders += [
            each.protection("ACCEPTED") for each in self._held(account) if each.protection_id
        ]
        span = _span(request, _order_time(orders))
        found = sorted(
            (order for order in orders if span[0] <= order.utcLastUpdateTimestamp <= span[1]),
            key=lambda order: (order.utcLastUpdateTimestamp, order.orderId),
            reverse=True,
        )
        if found and self._faults.strikes(Fault.STALE_LIST, "orders"):
            del found[0]
        return records_pb2.ProtoOAOrderListRes(
            ctidTraderAccountId=account_number(account),
            order=found[:PAGE],
            hasMore=len(found) > PAGE,
        )

    def _order_details(self, request: records_pb2.ProtoOAOrderDetailsReq, account: str) -> Message:
        order = self._broker.order(str(request.orderId))
        if order is None or order.account != account:
            raise Refusal("ORDER_NOT_FOUND", f"Order not found with id {request.orderId}")
        return records_pb2.ProtoOAOrderDetailsRes(
            ctidTraderAccountId=account_number(account),
            order=self._desk.order(order),
            deal=[deal for _, deal in self._desk.deals if deal.orderId == request.orderId],
        )

    def _deals(self, request: records_pb2.ProtoOADealListReq, account: str) -> Message:
        deals = [deal for owner, deal in self._desk.deals if owner == account]
        last = max((deal.executionTimestamp for deal in deals), default=0)
        span = _span(request, last)
        found = [each for each in deals if span[0] <= each.executionTimestamp <= span[1]][::-1]
        if found and self._faults.strikes(Fault.STALE_LIST, "deals"):
            del found[0]
        rows = min(PAGE, request.maxRows or PAGE)
        return records_pb2.ProtoOADealListRes(
            ctidTraderAccountId=account_number(account),
            deal=found[:rows],
            hasMore=len(found) > rows,
        )

    def _open_profit(
        self, _: records_pb2.ProtoOAGetPositionUnrealizedPnLReq, account: str
    ) -> Message:
        """Return profit at the price at which each position could be closed."""
        rows = []
        for position in self._held(account):
            quote = self._broker.tape.quotes.get(position.instrument)
            if not position.size or quote is None:
                continue
            price = quote.bid if position.size > 0 else quote.ask
            gross = round((price - position.price) * position.size * 10 ** (MONEY_DIGITS - 2))
            net = gross + position.commission
            rows.append(
                position_pb2.ProtoOAPositionUnrealizedPnL(
                    positionId=position.number, grossUnrealizedPnL=gross, netUnrealizedPnL=net
                )
            )
        return records_pb2.ProtoOAGetPositionUnrealizedPnLRes(
            ctidTraderAccountId=account_number(account),
            positionUnrealizedPnL=rows,
            moneyDigits=MONEY_DIGITS,
        )

    def _expected_margin(
        self, request: account_pb2.ProtoOAExpectedMarginReq, account: str
    ) -> Message:
        instrument = self.instrument(request.symbolId)
        price = self._broker.tape.mark(instrument.id)
        margins = [round(each * price * instrument.margin_initial) for each in request.volume]
        return account_pb2.ProtoOAExpectedMarginRes(
            ctidTraderAccountId=account_number(account),
            margin=[
                account_pb2.ProtoOAExpectedMargin(volume=each, buyMargin=margin, sellMargin=margin)
                for each, margin in zip(request.volume, margins, strict=True)
            ],
            moneyDigits=MONEY_DIGITS,
        )

    def _margin_calls(self, _: account_pb2.ProtoOAMarginCallListReq, account: str) -> Message:
        return account_pb2.ProtoOAMarginCallListRes(
            marginCall=[
                account_pb2.ProtoOAMarginCall(
                    marginCallType=f"MARGIN_LEVEL_THRESHOLD_{at}", marginLevelThreshold=level
                )
                for at, level in enumerate((100.0, 75.0, 50.0), 1)
            ]
        )

    def _cash_flow(self, _: account_pb2.ProtoOACashFlowHistoryListReq, account: str) -> Message:
        return account_pb2.ProtoOACashFlowHistoryListRes(
            ctidTraderAccountId=account_number(account)
        )

    # What was

    def _bars(self, request: market_pb2.ProtoOAGetTrendbarsReq, account: str) -> Message:
        instrument = self.instrument(request.symbolId)
        ticks = self._ticks[instrument.id]
        last = ticks.sides[1][-1][0] if ticks.sides[1] else 0
        start, end = _span(request, last, milliseconds(span_ns(request.period)))
        rows = min(PAGE, request.count or PAGE)
        found = bars(ticks.between(1, start, end), request.period)
        if len(found) <= rows:
            until = min(end, ticks.sides[1][0][0]) if ticks.sides[1] else end
            found = [*self._made_up(instrument, request.period, start, until), *found]
        return market_pb2.ProtoOAGetTrendbarsRes(
            ctidTraderAccountId=account_number(account),
            period=request.period,
            timestamp=end,
            trendbar=found[-rows:],
            symbolId=request.symbolId,
            hasMore=len(found) > rows,
        )

    def _made_up(
        self, instrument: Instrument, period: int, start: int, end: int
    ) -> list[market_pb2.ProtoOATrendbar]:
        """Return bars of before the first tick that was seen; any question gives equal answers."""
        step = milliseconds(step_ns(period))
        end = end // step * step
        first = max(start, end - (PAGE + 1) * step)
        price = self._prices.setdefault(instrument.id, self._first_price(instrument))
        market = GeneratedMarket(instrument=instrument, price=price)
        found = market.bars(spec_of(period), nanoseconds(first), nanoseconds(end))
        return [_wire_bar(bar) for bar in found]

    def _first_price(self, instrument: Instrument) -> float:
        ticks = self._ticks[instrument.id].sides[1]
        return ticks[0][1] / PRICE_SCALE if ticks else 1.0

    def _tick_data(self, request: market_pb2.ProtoOAGetTickDataReq, account: str) -> Message:
        instrument = self.instrument(request.symbolId)
        side = 1 if request.type == market_pb2.ProtoOAQuoteType.BID else -1
        ticks = self._ticks[instrument.id]
        last = ticks.sides[side][-1][0] if ticks.sides[side] else 0
        start, end = _span(request, last, _WEEK_MS)
        found = ticks.between(side, start, end)
        return market_pb2.ProtoOAGetTickDataRes(
            ctidTraderAccountId=account_number(account),
            tickData=differences(found[-PAGE:]),
            hasMore=len(found) > PAGE,
        )

    def _held(self, account: str) -> list[Position]:
        return [each for each in self._desk.positions.values() if each.account == account]


class _Spanned(Protocol):
    """Be a request with optional bounds of time."""

    fromTimestamp: int  # noqa: N815 - the venue's spelling
    toTimestamp: int  # noqa: N815 - the venue's spelling


def _span(request: _Spanned, last: int, longest_ms: int = _WEEK_MS) -> tuple[int, int]:
    """Return the bounds of a request in milliseconds; raises Refusal for a span that is too long.

    Without bounds it reaches as far as it may, to the last that there is.
    """
    end = request.toTimestamp or last
    start = request.fromTimestamp or end - longest_ms
    if start > end or end - start > longest_ms:
        raise Refusal("INCORRECT_BOUNDARIES", f"The span may not exceed {longest_ms} ms")
    return start, end


def _wire_bar(bar: Bar) -> market_pb2.ProtoOATrendbar:
    low, opened, high, closed = (
        round(each * PRICE_SCALE) for each in (bar.low, bar.open, bar.high, bar.close)
    )
    return market_pb2.ProtoOATrendbar(
        volume=round(bar.volume),
        low=low,
        deltaOpen=opened - low,
        deltaHigh=high - low,
        deltaClose=closed - low,
        utcTimestampInMinutes=milliseconds(bar.ts_open) // 60_000,
    )


def _order_time(orders: list[position_pb2.ProtoOAOrder]) -> int:
    return max((order.utcLastUpdateTimestamp for order in orders), default=0)
