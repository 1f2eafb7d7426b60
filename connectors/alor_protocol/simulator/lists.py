"""The lists of the venue over HTTP: what is asked for by a path of the market or of a portfolio.

Knows neither tokens nor commands.
"""

import re
from collections.abc import Callable
from typing import Any

from connectors.alor_protocol.messages import account, market, risk
from connectors.alor_protocol.messages.clusters import CLUSTER_HISTORY, ClusterHistory
from connectors.alor_protocol.messages.market import History
from connectors.alor_protocol.messages.securities import SECURITY
from connectors.alor_protocol.messages.spelling import Spelled
from connectors.alor_protocol.simulator.answers import json, many, number_of, one, seconds_of
from connectors.alor_protocol.simulator.ledger import DELAY_NS, Ledger
from connectors.alor_protocol.simulator.profile import Listed, Listings
from connectors.frame.http import Response

_SECOND = 1_000_000_000
_PAGE_MAX = 50_000
_EMPTY = Response(status=404)
_ROUTES = (
    (re.compile(r"/md/v2/securities", re.IGNORECASE), "search"),
    (re.compile(r"/md/v2/securities/currencypairs", re.IGNORECASE), "pairs"),
    (re.compile(r"/md/v2/securities/(\w+)", re.IGNORECASE), "securities"),
    (re.compile(r"/md/v2/securities/([^/]+)/quotes", re.IGNORECASE), "quotes"),
    (re.compile(r"/md/v2/securities/(\w+)/([^/]+)", re.IGNORECASE), "security"),
    (re.compile(r"/md/v2/securities/(\w+)/([^/]+)/availableboards", re.IGNORECASE), "boards"),
    (re.compile(r"/md/v2/securities/(\w+)/([^/]+)/alltrades", re.IGNORECASE), "trades"),
    (
        re.compile(r"/md/v2/securities/(\w+)/([^/]+)/alltrades/history", re.IGNORECASE),
        "past_trades",
    ),
    (re.compile(r"/md/v2/securities/(\w+)/([^/]+)/actualfuturesquote", re.IGNORECASE), "future"),
    (re.compile(r"/md/v2/history/cluster", re.IGNORECASE), "clusters"),
    (re.compile(r"/md/v2/orderbooks/(\w+)/([^/]+)", re.IGNORECASE), "book"),
    (re.compile(r"/md/v2/history", re.IGNORECASE), "history"),
)
_PUBLIC = ("search", "pairs", "quotes", "boards", "history")
_PORTFOLIO = re.compile(r"/md/v2/clients/(\w+)/([^/]+)/(\w+)(?:/([^/]+))?", re.IGNORECASE)
_FIGURES = ("summary", "risk", "fortsrisk")
_SINGLE = {"orders": "id", "stoporders": "id", "positions": "symbol"}

Query = dict[str, str]


class MarketLists:
    """Answer what is asked about the market."""

    def __init__(self, listings: Listings, ledger: Ledger) -> None:
        self._listings = listings
        self._ledger = ledger
        self._answers: dict[str, Callable[..., Response]] = {
            "search": self._search,
            "pairs": self._pairs,
            "securities": self._securities,
            "quotes": self._quotes,
            "security": self._security,
            "boards": self._boards,
            "trades": self._trades,
            "past_trades": self._past_trades,
            "future": self._future,
            "clusters": self._clusters,
            "book": self._book,
            "history": self._history,
        }

    def answer(self, path: str, query: Query, now: int, *, is_delayed: bool) -> Response:
        """Answer a path; without a token only what is public, 15 minutes old."""
        for pattern, name in _ROUTES:
            if (found := pattern.fullmatch(path)) is not None:
                if is_delayed and name not in _PUBLIC:
                    return Response(status=401)
                seen = now - DELAY_NS if is_delayed else None
                return self._answers[name](*found.groups(), query=query, now=now, seen=seen)
        return _EMPTY

    def _search(self, *, query: Query, now: int, seen: int | None) -> Response:
        wanted = query.get("query", "").casefold()
        found = [each for each in self._all() if wanted in each.key.symbol.casefold()]
        return self._described(found, query, 25)

    def _pairs(self, *, query: Query, now: int, seen: int | None) -> Response:
        return json(200, [])

    def _securities(self, exchange: str, *, query: Query, now: int, seen: int | None) -> Response:
        found = [each for each in self._all() if each.key.exchange == exchange.upper()]
        return self._described(found, query, len(found))

    def _described(self, found: list[Listed], query: Query, usual: int) -> Response:
        offset, limit = number_of(query, "offset", 0), number_of(query, "limit", usual)
        rows = [each.security(self._ledger.status(each)) for each in found]
        return many(rows[offset : offset + limit], SECURITY, query)

    def _security(
        self, exchange: str, symbol: str, *, query: Query, now: int, seen: int | None
    ) -> Response:
        listed = self._listings.find(exchange, symbol)
        if listed is None:
            return _EMPTY
        return one(listed.security(self._ledger.status(listed)), SECURITY, query)

    def _boards(
        self, exchange: str, symbol: str, *, query: Query, now: int, seen: int | None
    ) -> Response:
        listed = self._listings.find(exchange, symbol)
        return _EMPTY if listed is None else json(200, [listed.board])

    def _quotes(self, names: str, *, query: Query, now: int, seen: int | None) -> Response:
        pairs = [name.partition(":") for name in names.split(",")]
        found = [self._listings.find(exchange, symbol) for exchange, _, symbol in pairs]
        if None in found:
            return _EMPTY
        rows = [self._ledger.quote(each, delayed_to=seen) for each in found if each is not None]
        return many(rows, market.QUOTE, query)

    def _book(
        self, exchange: str, symbol: str, *, query: Query, now: int, seen: int | None
    ) -> Response:
        listed = self._listings.find(exchange, symbol)
        if listed is None:
            return _EMPTY
        depth = min(number_of(query, "depth", 20), 50)
        return one(self._ledger.book(listed, depth, existing=True), market.BOOK, query)

    def _trades(
        self, exchange: str, symbol: str, *, query: Query, now: int, seen: int | None
    ) -> Response:
        listed = self._listings.find(exchange, symbol)
        if listed is None:
            return _EMPTY
        since, take = number_of(query, "fromId", 0), number_of(query, "take", 5_000)
        rows = [row for row in self._ledger.public_trades(listed, 5_000) if row.id >= since]
        return many(rows[:take], market.PUBLIC_TRADE, query)

    def _past_trades(
        self, exchange: str, symbol: str, *, query: Query, now: int, seen: int | None
    ) -> Response:
        listed = self._listings.find(exchange, symbol)
        if listed is None:
            return _EMPTY
        limit, offset = number_of(query, "limit", 0), number_of(query, "offset", 0)
        if not 0 < limit <= _PAGE_MAX:
            return json(400, {"message": f"limit must be from 1 to {_PAGE_MAX}"})
        start, end = number_of(query, "from", 0), number_of(query, "to", now // _SECOND)
        rows = self._ledger.past.trades(listed, start, end, now)
        page = market.PublicTradePage(len(rows), rows[offset : offset + limit])
        return one(page, market.PUBLIC_TRADE_PAGE, query)

    def _future(
        self, exchange: str, base: str, *, query: Query, now: int, seen: int | None
    ) -> Response:
        listed = self._listings.nearest_future(exchange, base)
        return _EMPTY if listed is None else one(self._ledger.quote(listed), market.QUOTE, query)

    def _clusters(self, *, query: Query, now: int, seen: int | None) -> Response:
        listed = self._listings.find(query.get("exchange", ""), query.get("symbol", ""))
        length = seconds_of(query.get("tf", ""))
        if listed is None or length is None:
            return _EMPTY
        start, end = number_of(query, "from", 0), number_of(query, "to", now // _SECOND)
        found = self._ledger.clusters(listed, length, start)
        return one(
            ClusterHistory([each for each in found if each.timestamp <= end]),
            CLUSTER_HISTORY,
            query,
        )

    def _history(self, *, query: Query, now: int, seen: int | None) -> Response:
        listed = self._listings.find(query.get("exchange", ""), query.get("symbol", ""))
        length = seconds_of(query.get("tf", ""))
        if listed is None or length is None:
            return _EMPTY
        start, end = number_of(query, "from", 0), number_of(query, "to", 0)
        last = min(end, (now if seen is None else seen) // _SECOND)
        candles = self._ledger.past.candles(listed, length, start, last)
        following = -(-end // length) * length
        after = following if end < last else None
        return one(History(candles, after, start - length), market.HISTORY, query)

    def _all(self) -> list[Listed]:
        return list(self._listings.by_name.values())


class PortfolioLists:
    """Answer what is asked about a portfolio, to those whose token names it."""

    def __init__(self, ledger: Ledger, *, empty_is_404: bool) -> None:
        self._empty_is_404 = empty_is_404
        self._ledger = ledger
        self._lists: dict[str, tuple[Callable[[str], list[Any]], Spelled[Any]]] = {
            "orders": (ledger.orders, account.ORDER),
            "stoporders": (ledger.stop_orders, account.STOP_ORDER),
            "trades": (ledger.trades, account.TRADE),
            "positions": (ledger.positions, account.POSITION),
        }

    def answer(
        self, path: str, query: Query, portfolios: tuple[str, ...], token: str, now: int
    ) -> Response:
        """Answer a path under a portfolio."""
        if not token:
            return Response(status=401)
        found = _PORTFOLIO.fullmatch(path)
        if found is None:
            return _EMPTY
        _, portfolio, what, name = found.groups()
        if portfolio not in portfolios:
            return Response(status=403)
        what = what.casefold()
        if name is not None:
            return self._single(portfolio, what, name, query)
        if what in _FIGURES:
            return self._figures(portfolio, what, query, now)
        if what == "positions":
            with_cash = query.get("withoutCurrency") != "true"
            rows = self._ledger.positions(portfolio, with_cash=with_cash)
            return many(rows, account.POSITION, query)
        if what not in self._lists:
            return _EMPTY
        read, spelled = self._lists[what]
        listed = read(portfolio)
        is_nothing = not listed and self._empty_is_404
        return _EMPTY if is_nothing else many(listed, spelled, query)

    def _figures(self, portfolio: str, what: str, query: Query, now: int) -> Response:
        if what == "summary":
            return one(self._ledger.summary(portfolio), risk.SUMMARY, query)
        if what == "fortsrisk":
            return one(self._ledger.derivatives_risk(portfolio), risk.DERIVATIVES_RISK, query)
        return one(self._ledger.risk(portfolio, now), risk.RISK, query)

    def _single(self, portfolio: str, what: str, name: str, query: Query) -> Response:
        """Answer with the one row of a list that bears a number or a symbol."""
        field = _SINGLE.get(what)
        if field is None:
            return _EMPTY
        read, spelled = self._lists[what]
        for row in read(portfolio):
            if str(getattr(row, field)) == name:
                return one(row, spelled, query)
        return _EMPTY
