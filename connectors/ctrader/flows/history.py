"""Ask for recorded bars and ticks, in pieces that the venue answers.

Keeps nothing; what is still forming is left out.
"""

from collections.abc import Iterator
from itertools import accumulate
from math import nan
from operator import itemgetter

from connectors.ctrader.directory import Account, Listed
from connectors.ctrader.flows.question import Asker
from connectors.ctrader.mapping.bars import historical_bar, opening, recorded_period_of, span_ns
from connectors.ctrader.mapping.scaling import milliseconds, nanoseconds, price
from connectors.ctrader.schema.market_pb2 import (
    ProtoOAGetTickDataReq,
    ProtoOAGetTickDataRes,
    ProtoOAGetTrendbarsReq,
    ProtoOAGetTrendbarsRes,
    ProtoOAQuoteType,
    ProtoOATickData,
    ProtoOATrendbar,
    ProtoOATrendbarPeriod,
)
from connectors.frame.flow import Flow
from engine.errors import VenueError
from engine.model.market import Bar, QuoteTick

TICK_SPAN_NS = 7 * 86_400 * 10**9
PAGES_MAX = 10_000
"""Questions for one span; a venue that never comes to its end is given up."""

_END = (-1, 0, 0.0)

Tick = tuple[int, int]
"""Time in milliseconds and price in 10^-5."""


def bars(
    asker: Asker, account: Account, listed: Listed, spec: str, start: int, end: int
) -> Flow[tuple[Bar, ...]]:
    """Return the complete bars with `start <= ts_open < end`, oldest first.

    Raises UsageError for bars that the venue does not make.
    """
    period = recorded_period_of(spec)
    found: dict[int, ProtoOATrendbar] = {}
    for low, high in _spans(start, end, span_ns(period)):
        yield from _bars_of_span(asker, account, listed, period, (low, high), found)
    now, name, starts = asker.ts_recv, listed.instrument.id, sorted(found)
    made = (
        historical_bar(found[ts], period, name, now, following)
        for ts, following in zip(starts, [*starts[1:], None], strict=True)
    )
    return tuple(bar for bar in made if start <= bar.ts_open < end and bar.ts_close <= now)


def _bars_of_span(
    asker: Asker,
    account: Account,
    listed: Listed,
    period: ProtoOATrendbarPeriod,
    span: tuple[int, int],
    found: dict[int, ProtoOATrendbar],
) -> Flow[None]:
    """Add the bars of a span; an answer with more to come is continued before its oldest bar."""
    start, until = span
    for _ in range(PAGES_MAX):
        request = ProtoOAGetTrendbarsReq(
            ctidTraderAccountId=account.id,
            symbolId=listed.symbol_id,
            period=period,
            fromTimestamp=milliseconds(start),
            toTimestamp=milliseconds(until),
        )
        answer = yield from asker.ask(request, ProtoOAGetTrendbarsRes)
        opened = {opening(bar, period): bar for bar in answer.trendbar}
        found.update(opened)
        oldest = min(opened, default=until)
        if not answer.hasMore or oldest <= start:
            return
        if oldest >= until:
            break
        until = oldest
    raise VenueError(f"bars of {listed.instrument.id} do not end; ask for a shorter span")


def ticks(
    asker: Asker, account: Account, listed: Listed, side: int, span: tuple[int, int]
) -> Flow[list[tuple[int, float]]]:
    """Return (time in ns, price) of every change of one side with `start <= time < end`.

    `side` is +1 for bids, -1 for asks. Oldest first. Two ticks of one time and price are one:
    pages overlap, and the wire gives ticks no number.
    """
    start, end = span
    found: dict[Tick, None] = {}
    for low, high in _spans(start, end, TICK_SPAN_NS):
        page: dict[Tick, None] = {}
        yield from _ticks_of_span(asker, account, listed, side, (low, high), page)
        found.update(dict.fromkeys(reversed(page)))
    return [
        (nanoseconds(ts), price(units)) for ts, units in found if start <= nanoseconds(ts) < end
    ]


def quotes(
    asker: Asker, account: Account, listed: Listed, span: tuple[int, int]
) -> Flow[tuple[QuoteTick, ...]]:
    """Return quotes of both sides' ticks with `span[0] <= time < span[1]`, oldest first.

    The venue records each side by itself. What both change in one millisecond is one quote.
    """
    bids = yield from ticks(asker, account, listed, 1, span)
    asks = yield from ticks(asker, account, listed, -1, span)
    sides = ((1, bids), (-1, asks))
    both = [(ts, side, value) for side, rows in sides for ts, value in rows]
    merged = sorted(both, key=itemgetter(0))
    name, touch, found = listed.instrument.id, {1: nan, -1: nan}, []
    for (ts, side, value), (after, other, _) in zip(merged, [*merged[1:], _END], strict=True):
        touch[side] = value
        if (ts, side) == (after, other) or ts != after:
            found.append(QuoteTick(name, ts, ts, touch[1], touch[-1], nan, nan))
    return tuple(found)


def _ticks_of_span(
    asker: Asker,
    account: Account,
    listed: Listed,
    side: int,
    span: tuple[int, int],
    found: dict[Tick, None],
) -> Flow[None]:
    """Add the ticks of a span, newest first."""
    start, until = milliseconds(span[0]), milliseconds(span[1] - 1)
    for _ in range(PAGES_MAX):
        request = ProtoOAGetTickDataReq(
            ctidTraderAccountId=account.id,
            symbolId=listed.symbol_id,
            type=ProtoOAQuoteType.BID if side > 0 else ProtoOAQuoteType.ASK,
            fromTimestamp=start,
            toTimestamp=until,
        )
        answer = yield from asker.ask(request, ProtoOAGetTickDataRes)
        rows = undone(list(answer.tickData))
        before = len(found)
        found.update(dict.fromkeys(rows))
        if not answer.hasMore or not rows:
            return
        oldest = rows[-1][0]
        until = oldest if len(found) > before and oldest < until else oldest - 1
        if until < start:
            return
    raise VenueError(f"ticks of {listed.instrument.id} do not end; ask for a shorter span")


def undone(rows: list[ProtoOATickData]) -> list[Tick]:
    """Return times and prices of an answer, whose rows after the first are differences."""
    times = accumulate(row.timestamp for row in rows)
    prices = accumulate(row.tick for row in rows)
    return list(zip(times, prices, strict=True))


def _spans(start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    for at in range(start, end, longest):
        yield at, min(at + longest, end)
