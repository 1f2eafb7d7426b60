"""The lists of the venue over HTTP: what is asked for by a path of the market or of a portfolio.

Knows neither tokens nor commands.
"""

import re
from collections.abc import Callable
from math import isnan
from typing import Any

from connectors.alor_protocol.messages import account, market, risk
from connectors.alor_protocol.messages.market import History
from connectors.alor_protocol.messages.securities import SECURITY
from connectors.alor_protocol.messages.spelling import Spelled
from connectors.alor_protocol.simulator import records
from connectors.alor_protocol.simulator.answers import json, many, number_of, one, seconds_of
from connectors.alor_protocol.simulator.ledger import DELAY_NS, Ledger
from connectors.alor_protocol.simulator.profile import Listed, Listings
from connectors.frame.http import Response
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.market import GeneratedMarket
from engine.bars.spec import BarSpec

_SECOND = 1_000_000_000
_BARS_MAX = 50_000
_PRICE_USUAL = 100.0
_EMPTY = Response(status=404)
_ROUTES = (
    (re.compile(r"/md/v2/securities", re.IGNORECASE), "search"),
    (re.compile(r"/md/v2/securities/currencypairs", re.IGNORECASE), "pairs"),
    (re.compile(r"/md/v2/securities/(\w+)", re.IGNORECASE), "securities"),
    (re.compile(r"/md/v2/securities/([^/]+)/quotes", re.IGNORECASE), "quotes"),
    (re.compile(r"/md/v2/securities/(\w+)/([^/]+)", re.IGNORECASE), "security"),
    (re.compile(r"/md/v2/securities/(\w+)/([^/]+)/availableboards", re.IGNORECASE), "boards"),
    (re.compile(r"/md/v2/securities/(\w+)/([^/]+)/alltrades", re.IGNORECASE), "trades"),
    (re.compile(r"/md/v2/orderbooks/(\w+)/([^/]+)", re.IGNORECASE), "book"),
    (re.compile(r"/md/v2/history", re.IGNORECASE), "history"),
)
_PUBLIC = ("search", "pairs", "quotes", "boards", "history")
_PORTFOLIO = re.compile(r"/md/v2/clients/(\w+)/([^/]+)/(\w+)", re.IGNORECASE)

Query = dict[str, str]


class MarketLists:
    """Answer what is asked about the market.

    History is generated: equal questions get equal bars, which say nothing about any market.
    """

    def __init__(
        self, broker: SimulatedBroker, listings: Listings, ledger: Ledger, seed: int
    ) -> None:
        self._broker = broker
        self._listings = listings
        self._ledger = ledger
        self._seed = seed
        self._prices: dict[str, float] = {}
        self._answers: dict[str, Callable[..., Response]] = {
            "search": self._search,
            "pairs": self._pairs,
            "securities": self._securities,
            "quotes": self._quotes,
            "security": self._security,
            "boards": self._boards,
            "trades": self._trades,
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

    def _history(self, *, query: Query, now: int, seen: int | None) -> Response:
        listed = self._listings.find(query.get("exchange", ""), query.get("symbol", ""))
        length = seconds_of(query.get("tf", ""))
        if listed is None or length is None:
            return _EMPTY
        start, end = number_of(query, "from", 0), number_of(query, "to", 0)
        last = min(end, (now if seen is None else seen) // _SECOND)
        first = max(start, last - _BARS_MAX * length)
        price = self._price_of(listed)
        generated = GeneratedMarket(instrument=listed.instrument, price=price, seed=self._seed)
        spec = str(BarSpec.parse(f"{length}s"))
        bars = generated.bars(spec, first * _SECOND, max(first, last) * _SECOND)
        candles = [records.candle_record(bar, listed) for bar in bars]
        following = -(-end // length) * length
        after = following if end < last else None
        return one(History(candles, after, start - length), market.HISTORY, query)

    def _price_of(self, listed: Listed) -> float:
        """Return the price around which history is generated; it stays the same for a session."""
        name = listed.instrument.id
        if name not in self._prices:
            mark = self._broker.tape.mark(name)
            self._prices[name] = listed.instrument.price(_PRICE_USUAL if isnan(mark) else mark)
        return self._prices[name]

    def _all(self) -> list[Listed]:
        return list(self._listings.by_name.values())


class PortfolioLists:
    """Answer what is asked about a portfolio, to those whose token names it."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def answer(
        self, path: str, query: Query, portfolios: tuple[str, ...], token: str, now: int
    ) -> Response:
        """Answer a path under a portfolio."""
        if not token:
            return Response(status=401)
        found = _PORTFOLIO.fullmatch(path)
        if found is None:
            return _EMPTY
        _, portfolio, what = found.groups()
        if portfolio not in portfolios:
            return Response(status=403)
        ledger, what = self._ledger, what.casefold()
        if what == "summary":
            return one(ledger.summary(portfolio), risk.SUMMARY, query)
        if what == "risk":
            return one(ledger.risk(portfolio, now), risk.RISK, query)
        if what == "positions":
            with_cash = query.get("withoutCurrency") != "true"
            return many(ledger.positions(portfolio, with_cash=with_cash), account.POSITION, query)
        lists: dict[str, tuple[Callable[[str], list[Any]], Spelled[Any]]] = {
            "orders": (ledger.orders, account.ORDER),
            "stoporders": (ledger.stop_orders, account.STOP_ORDER),
            "trades": (ledger.trades, account.TRADE),
        }
        if what not in lists:
            return _EMPTY
        read, spelled = lists[what]
        rows = read(portfolio)
        return many(rows, spelled, query) if rows else _EMPTY
