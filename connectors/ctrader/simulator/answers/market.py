"""Answer for bars and ticks: those that were seen, and bars made up of before.

Bars come oldest first and ticks newest first, as at the venue.
"""

from google.protobuf.message import Message

from connectors.ctrader.mapping.scaling import PRICE_SCALE, milliseconds, nanoseconds
from connectors.ctrader.schema import market_pb2
from connectors.ctrader.simulator.answers.spans import PAGE, WEEK_MS, span
from connectors.ctrader.simulator.listing import Listing, account_number
from connectors.ctrader.simulator.periods import length, longest_span, offset_of, start_of
from connectors.ctrader.simulator.ticks import Ticks, bars, differences
from connectors.simulation.market import GeneratedMarket
from engine.model.instrument import Instrument
from engine.model.market import Bar


class MarketAnswers:
    """Answer from the ticks of each instrument, by name."""

    def __init__(self, listing: Listing, ticks: dict[str, Ticks]) -> None:
        self._listing = listing
        self._ticks = ticks
        self._prices: dict[str, float] = {}

    def bars(self, request: market_pb2.ProtoOAGetTrendbarsReq, account: str) -> Message:
        """Return bid bars, counted back from the end of the span."""
        instrument = self._listing.known(request.symbolId)
        ticks = self._ticks[instrument.id]
        last = ticks.sides[1][-1][0] if ticks.sides[1] else 0
        start, end = span(request, last, longest_span(request.period))
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
        """Return bars of before the first tick that was seen; any question gives equal answers.

        There are none of months, which differ in length.
        """
        if period == market_pb2.ProtoOATrendbarPeriod.MN1:
            return []
        step, shift = length(period), offset_of(period)
        end = start_of(end, period)
        first = max(start, end - (PAGE + 1) * step)
        price = self._prices.setdefault(instrument.id, self._first_price(instrument))
        market = GeneratedMarket(instrument=instrument, price=price)
        spec = f"{step // 60_000}m"
        found = market.bars(spec, nanoseconds(first - shift), nanoseconds(end - shift))
        return [_wire_bar(bar, shift) for bar in found]

    def _first_price(self, instrument: Instrument) -> float:
        ticks = self._ticks[instrument.id].sides[1]
        return ticks[0][1] / PRICE_SCALE if ticks else 1.0

    def ticks(self, request: market_pb2.ProtoOAGetTickDataReq, account: str) -> Message:
        """Return the changes of one side."""
        instrument = self._listing.known(request.symbolId)
        side = 1 if request.type == market_pb2.ProtoOAQuoteType.BID else -1
        ticks = self._ticks[instrument.id]
        last = ticks.sides[side][-1][0] if ticks.sides[side] else 0
        start, end = span(request, last, WEEK_MS)
        found = ticks.between(side, start, end)
        return market_pb2.ProtoOAGetTickDataRes(
            ctidTraderAccountId=account_number(account),
            tickData=differences(found[-PAGE:]),
            hasMore=len(found) > PAGE,
        )


def _wire_bar(bar: Bar, shift: int) -> market_pb2.ProtoOATrendbar:
    low, opened, high, closed = (
        round(each * PRICE_SCALE) for each in (bar.low, bar.open, bar.high, bar.close)
    )
    return market_pb2.ProtoOATrendbar(
        volume=round(bar.volume),
        low=low,
        deltaOpen=opened - low,
        deltaHigh=high - low,
        deltaClose=closed - low,
        utcTimestampInMinutes=(milliseconds(bar.ts_open) + shift) // 60_000,
    )
