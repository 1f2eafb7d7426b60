"""What can be read over HTTP: the market, the instruments, the portfolio.

Each is one request; instruments by GraphQL and history by pages stand in modules of their own.
"""

from typing import TypeVar

import msgspec

from connectors.alor_protocol.flows.http import address, read, read_list
from connectors.alor_protocol.mapping.listing import Key
from connectors.alor_protocol.messages import account, margins, market, risk
from connectors.alor_protocol.messages.replies import CurrencyPair
from connectors.alor_protocol.messages.securities import SECURITY, Security
from connectors.alor_protocol.messages.spelling import Format, Spelled
from connectors.alor_protocol.settings import Settings
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Flow

R = TypeVar("R", bound=msgspec.Struct)


class Reads:
    """Ask for records of one venue with the token of one login, in the format Slim.

    Only instruments come in Heavy: it alone tells their markets and all currencies.
    """

    def __init__(self, settings: Settings, login: Login) -> None:
        self._settings = settings
        self._login = login

    def time(self) -> Flow[int]:
        """Return the venue's clock in seconds; without a token it is 15 minutes behind."""
        return read(self._url("/time"), self._login.token, int)

    def currency_pairs(self) -> Flow[list[CurrencyPair]]:
        """Return the pairs of currencies and the instruments that trade them."""
        return read_list(self._url("/Securities/currencyPairs"), self._login.token, CurrencyPair)

    def boards(self, key: Key) -> Flow[list[str]]:
        """Return the boards on which an instrument trades."""
        path = f"/Securities/{key.exchange}/{key.symbol}/availableBoards"
        return read_list(self._url(path), self._login.token, str)

    def security(self, key: Key) -> Flow[list[Security]]:
        """Return the description of an instrument, in a list that is empty if it is unknown."""
        path = f"/Securities/{key.exchange}/{key.symbol}"
        url = self._url(path, instrumentGroup=key.board, format=Format.HEAVY)
        return read_list(url, self._login.token, SECURITY.of(Format.HEAVY), alone=True)

    def securities(self, exchange: str, limit: int, offset: int) -> Flow[list[Security]]:
        """Return a page of an exchange's instruments."""
        url = self._url(f"/Securities/{exchange}", limit=limit, offset=offset, format=Format.HEAVY)
        return read_list(url, self._login.token, SECURITY.of(Format.HEAVY))

    def search(self, text: str, exchange: str, limit: int) -> Flow[list[Security]]:
        """Return the instruments whose ticker holds a text, the most traded first."""
        url = self._url(
            "/Securities", query=text, exchange=exchange, limit=limit, format=Format.HEAVY
        )
        return read_list(url, self._login.token, SECURITY.of(Format.HEAVY))

    def quotes(self, keys: list[Key]) -> Flow[list[market.Quote]]:
        """Return the present quotes of instruments."""
        names = ",".join(f"{key.exchange}:{key.symbol}" for key in keys)
        return self._list(f"/Securities/{names}/quotes", market.QUOTE)

    def book(self, key: Key, depth: int) -> Flow[market.Book]:
        """Return the present order book."""
        url = self._url(
            f"/orderbooks/{key.exchange}/{key.symbol}",
            depth=depth,
            instrumentGroup=key.board,
            format=Format.SLIM,
        )
        return read(url, self._login.token, market.BOOK.of(Format.SLIM))

    def trades_of_today(self, key: Key, since_id: int, take: int) -> Flow[list[market.PublicTrade]]:
        """Return public trades of the session from an id on, oldest first."""
        return self._list(
            f"/Securities/{key.exchange}/{key.symbol}/alltrades",
            market.PUBLIC_TRADE,
            fromId=since_id,
            take=take,
            instrumentGroup=key.board,
        )

    def trades_of_the_past(
        self, key: Key, start: int, end: int, limit: int, offset: int
    ) -> Flow[market.PublicTradePage]:
        """Return a page of public trades of past sessions, between two times in seconds.

        The next page begins where `offset` and the rows add up to, until that is the total.
        """
        url = self._url(
            f"/Securities/{key.exchange}/{key.symbol}/alltrades/history",
            to=end,
            limit=limit,
            offset=offset,
            instrumentGroup=key.board,
            format=Format.SLIM,
            **{"from": start},
        )
        return read(url, self._login.token, market.PUBLIC_TRADE_PAGE.of(Format.SLIM))

    def nearest_future(self, exchange: str, base: str) -> Flow[market.Quote]:
        """Return the quote of the contract on a base, such as SI, that ends first."""
        path = f"/Securities/{exchange}/{base}/actualFuturesQuote"
        return self._one(path, market.QUOTE)

    def history_url(self, key: Key, length: str, start: int, end: int) -> str:
        """Return where the candles from `start` to `end` (seconds) are; a length is 60, or D."""
        return self._url(
            "/history",
            symbol=key.symbol,
            exchange=key.exchange,
            instrumentGroup=key.board,
            tf=length,
            to=end,
            format=Format.SLIM,
            **{"from": start},
        )

    def orders(self, portfolio: str) -> Flow[list[account.Order]]:
        """Return the orders of the trading day."""
        return self._list(f"{self._client(portfolio)}/orders", account.ORDER)

    def stop_orders(self, portfolio: str) -> Flow[list[account.StopOrder]]:
        """Return the stop orders."""
        return self._list(f"{self._client(portfolio)}/stoporders", account.STOP_ORDER)

    def order(self, portfolio: str, number: str) -> Flow[account.Order]:
        """Return one order of the trading day. Raises VenueError when there is none."""
        return self._one(f"{self._client(portfolio)}/orders/{number}", account.ORDER)

    def stop_order(self, portfolio: str, number: str) -> Flow[account.StopOrder]:
        """Return one stop order. Raises VenueError when there is none."""
        return self._one(f"{self._client(portfolio)}/stoporders/{number}", account.STOP_ORDER)

    def trades(self, portfolio: str) -> Flow[list[account.Trade]]:
        """Return the executions of the session."""
        return self._list(f"{self._client(portfolio)}/trades", account.TRADE)

    def positions(self, portfolio: str) -> Flow[list[account.Position]]:
        """Return holdings and cash."""
        return self._list(f"{self._client(portfolio)}/positions", account.POSITION)

    def position(self, portfolio: str, symbol: str) -> Flow[account.Position]:
        """Return the holding of one symbol. Raises VenueError when there is none."""
        return self._one(f"{self._client(portfolio)}/positions/{symbol}", account.POSITION)

    def summary_url(self, portfolio: str) -> str:
        """Return where the money figures are."""
        return self._url(f"{self._client(portfolio)}/summary", format=Format.SLIM)

    def derivatives_risk(self, portfolio: str) -> Flow[risk.DerivativesRisk]:
        """Return the money figures of a derivatives portfolio."""
        return self._one(f"{self._client(portfolio)}/fortsrisk", risk.DERIVATIVES_RISK)

    def risk(self, portfolio: str) -> Flow[risk.Risk]:
        """Return the risk figures."""
        return self._one(f"{self._client(portfolio)}/risk", risk.RISK)

    def risk_rates(self, category: int, exchange: str, ticker: str) -> Flow[margins.RiskRates]:
        """Return the rates that clients of a risk category have for an instrument, in percent."""
        url = self._url("/risk/rates", riskCategoryId=category, exchange=exchange, ticker=ticker)
        return read(url, self._login.token, margins.RiskRates)

    def estimate(self, asked: margins.EstimateRequest) -> Flow[margins.Estimate]:
        """Return what an order would cost, and how many lots could be bought and sold.

        Places nothing. Raises TokenRefused and VenueError as the other reads do.
        """
        settings, token = self._settings, self._login.token
        path = f"/commandapi/warptrans/{settings.trade_server}/v2/client/orders/estimate"
        url = f"{settings.hosts.api}{path}"
        return read(url, token, margins.Estimate, body=msgspec.json.encode(asked))

    def _client(self, portfolio: str) -> str:
        return f"/Clients/{self._settings.read_exchange(portfolio)}/{portfolio}"

    def _one(self, path: str, spelled: Spelled[R]) -> Flow[R]:
        return read(self._url(path, format=Format.SLIM), self._login.token, spelled.of(Format.SLIM))

    def _list(self, path: str, spelled: Spelled[R], **query: object) -> Flow[list[R]]:
        url = self._url(path, format=Format.SLIM, **query)
        return read_list(url, self._login.token, spelled.of(Format.SLIM))

    def _url(self, path: str, **query: object) -> str:
        return address(self._settings.hosts.api, f"/md/v2{path}", query)
