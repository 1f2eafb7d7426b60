"""The procedures of Binck's REST interface: lists in parts, instruments, orders, bars, news.

It sends nothing and keeps nothing; `venue` composes it with the session.
"""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from connectors.binck.codec import Codec, read
from connectors.binck.mapping import (
    INTERVALS,
    VENUE,
    Terms,
    market_text,
    market_time,
    matches,
    question_of,
    terms_of,
)
from connectors.binck.messages import (
    Account,
    AccountsAnswer,
    Balances,
    BalancesAnswer,
    CandlesAnswer,
    InstrumentsAnswer,
    ModifyOrder,
    NewOrder,
    NewsAnswer,
    NewsItem,
    Order,
    OrdersAnswer,
    Paging,
    Position,
    PositionsAnswer,
    Preview,
    PreviewAnswer,
    Transaction,
    TransactionsAnswer,
)
from connectors.frame.flow import Flow, fetch
from engine.bars.spec import BarSpec
from engine.errors import NotSent, OutcomeUnknown, UsageError, VenueError
from engine.model.market import Bar

T = TypeVar("T")
A = TypeVar("A", bound="PositionsAnswer | OrdersAnswer | TransactionsAnswer | InstrumentsAnswer")
PAGES_MAX = 100
_DAY = 86_400 * 1_000_000_000


def get(
    codec: Codec,
    path: str,
    answer_type: type[T],
    query: Mapping[str, str] | None = None,
) -> Flow[T]:
    """Ask one question and return its answer."""
    response = yield from fetch(codec.request("GET", path, query=query or {}))
    return read(response, answer_type)


def accounts(codec: Codec) -> Flow[tuple[Account, ...]]:
    """Return the accounts of the login, those that cannot trade included."""
    answer = yield from get(codec, "/accounts", AccountsAnswer)
    return answer.accounts_collection.accounts


def balances(codec: Codec, number: str) -> Flow[Balances]:
    """Return the money of an account."""
    answer = yield from get(codec, f"/accounts/{number}/balances", BalancesAnswer)
    return answer.balances_collection


def positions(codec: Codec, number: str) -> Flow[tuple[Position, ...]]:
    """Return the positions of an account, all parts of the list."""
    parts = yield from _parts(codec, f"/accounts/{number}/positions", PositionsAnswer, {})
    return tuple(each for part in parts for each in part.positions_collection.positions)


def orders(codec: Codec, number: str) -> Flow[tuple[Order, ...]]:
    """Return the active and recent orders of an account with their histories."""
    query = {"status": "all", "includeStatusHistory": "true"}
    parts = yield from _parts(codec, f"/accounts/{number}/orders", OrdersAnswer, query)
    return tuple(each for part in parts for each in part.orders_collection.orders)


def order(codec: Codec, number: str, order_number: int) -> Flow[tuple[Order, ...]]:
    """Return one order, as one row for each leg."""
    path = f"/accounts/{number}/orders/{order_number}"
    answer = yield from get(codec, path, OrdersAnswer, {"includeStatusHistory": "true"})
    return answer.orders_collection.orders


def transactions(
    codec: Codec, number: str, since: date, until: date
) -> Flow[tuple[Transaction, ...]]:
    """Return the bookings of an account between two days, both included."""
    query = {"fromDate": since.isoformat(), "toDate": until.isoformat()}
    parts = yield from _parts(codec, f"/accounts/{number}/transactions", TransactionsAnswer, query)
    return tuple(each for part in parts for each in part.transactions_collection.transactions)


def news(codec: Codec, number: str) -> Flow[tuple[NewsItem, ...]]:
    """Return the news of the last month, at most 250."""
    answer = yield from get(codec, "/news", NewsAnswer, {"accountNumber": number})
    return answer.news_collection.news


def instruments(codec: Codec, number: str, names: tuple[str, ...]) -> Flow[dict[str, Terms]]:
    """Return what today's ids and terms of the named instruments are; unknown ones are left out.

    Each name costs a request. Raises UsageError without names, for the venue lists only what is
    searched for, and for a symbol that is traded on several markets.
    """
    if not names:
        raise UsageError("Binck lists no instruments unless they are named; name those to trade")
    found: dict[str, Terms] = {}
    for name in names:
        symbol = name.rpartition(".")[0]
        query = {"accountNumber": number, "includeTickSizes": "true", **question_of(symbol)}
        answer = yield from get(codec, "/instruments", InstrumentsAnswer, query)
        rows = [row for row in answer.instruments_collection.instruments if matches(symbol, row)]
        if len(rows) > 1:
            choices = [f"{row.isincode}:{row.market_identification_code}.{VENUE}" for row in rows]
            raise UsageError(
                f"Binck trades {name} on several markets; write {' or '.join(choices)}"
            )
        if rows:
            found[name] = terms_of(name, rows[0])
    return found


def history(
    codec: Codec, number: str, terms: Terms, spec: str, span: tuple[int, int], zone: str
) -> Flow[tuple[Bar, ...]]:
    """Return complete bars with `start <= ts_open < end` of a span, oldest first."""
    if spec not in INTERVALS:
        raise UsageError(f"Binck makes no bars {spec}; choose one of {', '.join(INTERVALS)}")
    word, days = INTERVALS[spec]
    step = BarSpec.parse(spec).step_ns or _DAY
    start, end = span
    bars: dict[int, Bar] = {}
    since = start
    while since < end:
        until = min(end, since + days * _DAY)
        query = {
            "accountNumber": number,
            "fromDateTime": market_text(since, zone),
            "toDateTime": market_text(until, zone),
            "interval": word,
        }
        request = codec.request("GET", f"/quotes/{terms.id}/history", query=query)
        response = yield from fetch(request)
        now = response.ts_recv or end
        answer = read(response, CandlesAnswer)
        for each in answer.historical_quotes_collection.historical_quotes:
            opened = market_time(each.date_time, zone)
            if start <= opened < end and opened + step <= now:
                prices = each.first, each.high, each.low, each.last
                name = terms.instrument.id
                bars[opened] = Bar(name, spec, opened, opened + step, now, *prices, each.cum_vol)
        since = until
    return tuple(bars[ts] for ts in sorted(bars))


def preview(codec: Codec, path: str, order: NewOrder | ModifyOrder) -> Flow[Preview]:
    """Have an order judged. A preview places nothing, so without an answer it was not sent.

    Raises NotSent.
    """
    try:
        response = yield from fetch(codec.request("POST", f"{path}/preview", body=order))
        return read(response, PreviewAnswer).preview_order
    except OutcomeUnknown as fault:
        raise NotSent(f"the preview was not answered, so nothing was placed: {fault}") from None


def refusal(judged: Preview, *, confirms: bool) -> str:
    """Return why an order may not be placed after its preview, in the venue's words."""
    if not judged.order_can_be_registered:
        return "; ".join(judged.warnings_to_be_shown) or "the order cannot be registered"
    if judged.warnings_to_be_confirmed and not confirms:
        return "; ".join(judged.warnings_to_be_confirmed)
    return ""


def _parts(
    codec: Codec,
    path: str,
    answer_type: type[A],
    query: Mapping[str, str],
) -> Flow[tuple[A, ...]]:
    """Return all parts of a list; the venue itself says what to ask for next."""
    found: list[A] = []
    page = ""
    for _ in range(PAGES_MAX):
        response = yield from fetch(codec.request("GET", path, query=query, page=page))
        part = read(response, answer_type)
        found.append(part)
        paging: Paging = part.paging
        if not paging.next:
            return tuple(found)
        page = paging.next
    raise VenueError(f"Binck's list {path} has more than {PAGES_MAX} parts; ask for less")
