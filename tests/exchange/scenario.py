"""Scenarios of the simulated exchange in the words of the domain.

One line an action, what it led to behind an arrow:

    quote 99x5 101x5
    buy a 2 @ 100
    quote 99x5 100x1      -> a filled 1 @ 100 maker

Acceptance goes without saying. Bars last a minute; other lines move no time by themselves.
"""

from dataclasses import dataclass, field

from backtest.exchange.account import VenueAccount
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from engine.model.commands import (
    CancelOrder,
    OrderType,
    ReplaceOrder,
    Side,
    SubmitOrder,
    TimeInForce,
)
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import (
    CancelRejected,
    CashAdjusted,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
    ReplaceRejected,
)
from engine.model.zones import SECOND_NS

MINUTE = 60 * SECOND_NS
NAN = float("nan")
XYZ = Instrument.define("XYZ.SIM", tick="0.5", currency="USD", multiplier="10")


@dataclass
class Desk:
    """An exchange with one instrument, and the time; `do` takes one action and returns reports."""

    models: ExchangeModels
    instrument: Instrument = XYZ
    accounts: tuple[VenueAccount, ...] = ()
    ts: int = 0
    bars: int = 0
    requests: int = 0
    last_bar: Bar | None = None
    exchange: Exchange = field(init=False)

    def __post_init__(self) -> None:
        self.exchange = Exchange([self.instrument], self.models, accounts=self.accounts)
        self.market = self.exchange.market(self.instrument.id)

    def do(self, action: str) -> list[OrderReport | CashAdjusted]:
        word, *rest = action.split()
        getattr(self, f"_{word}")(rest)
        taken = list(self.exchange.reports)
        self.exchange.reports.clear()
        return taken

    def _at(self, words: list[str]) -> None:
        self.ts = int(words[0])

    def _quote(self, words: list[str]) -> None:
        (bid, bid_size), (ask, ask_size) = map(_level, words)
        name = self.instrument.id
        self.market.on_quote(QuoteTick(name, self.ts, self.ts, bid, ask, bid_size, ask_size))

    def _trade(self, words: list[str]) -> None:
        price, size = _level(words[0])
        aggressor = {"buy": 1, "sell": -1}[words[1]] if len(words) > 1 else 0
        self.market.on_trade(
            TradeTick(self.instrument.id, self.ts, self.ts, price, size, aggressor)
        )

    def _open(self, words: list[str]) -> None:
        price, volume = _level(words[0])
        self.market.on_open(self.bars * MINUTE, price, volume)

    def _bar(self, words: list[str]) -> None:
        first, high, low, last = map(float, words[:4])
        volume = float(words[4]) if len(words) > 4 else 1_000.0
        start, end = self.bars * MINUTE, (self.bars + 1) * MINUTE
        name = self.instrument.id
        bar = Bar(name, "1m", start, end, end, first, high, low, last, volume)
        self.bars += 1
        self.ts, self.last_bar = end, bar
        self.market.on_bar(bar)

    def _again(self, words: list[str]) -> None:
        assert self.last_bar is not None
        self.market.again_in_bar(self.last_bar)

    def _buy(self, words: list[str]) -> None:
        self._submit(Side.BUY, words)

    def _sell(self, words: list[str]) -> None:
        self._submit(Side.SELL, words)

    def _submit(self, side: Side, words: list[str]) -> None:
        options = _options(words[2:])
        price, stop, trail = (_number(options, word) for word in ("@", "stop", "trail"))
        kinds = {
            (False, False): OrderType.MARKET,
            (True, False): OrderType.LIMIT,
            (False, True): OrderType.STOP,
            (True, True): OrderType.STOP_LIMIT,
        }
        kind = kinds[price is not None, stop is not None]
        if trail is not None:
            kind = OrderType.TRAILING_STOP
        lives = [word for word in ("ioc", "fok", "day", "gtd") if word in options]
        command = SubmitOrder(
            client_order_id=words[0],
            strategy="strategy",
            account=options.get("account", "main"),
            instrument=options.get("in", self.instrument.id),
            ts=int(options.get("sent", self.ts)),
            side=side,
            type=kind,
            quantity=float(words[1]),
            price=price,
            stop=stop,
            trail=trail,
            time_in_force=TimeInForce(lives[0]) if lives else TimeInForce.GTC,
            expire_ts=int(options["gtd"]) if "gtd" in options else None,
            post_only="post" in options,
            reduce_only="reduce" in options,
        )
        self.exchange.submit(command, self.ts)

    def _cancel(self, words: list[str]) -> None:
        self.requests += 1
        name = _options(words[1:]).get("in", self.instrument.id)
        command = CancelOrder(words[0], "main", name, self.ts, self.requests)
        self.exchange.cancel(command, self.ts)

    def _replace(self, words: list[str]) -> None:
        self.requests += 1
        options = _options(words[2:])
        command = ReplaceOrder(
            client_order_id=words[0],
            account="main",
            instrument=options.get("in", self.instrument.id),
            ts=self.ts,
            request=self.requests,
            quantity=float(words[1]),
            price=_number(options, "@"),
            stop=_number(options, "stop"),
        )
        self.exchange.replace(command, self.ts)

    def _expire(self, words: list[str]) -> None:
        self.ts = int(words[0])
        self.exchange.expire(self.ts)

    def _settle(self, words: list[str]) -> None:
        self.ts = int(words[0])
        self.exchange.settle(self.ts)


def play(script: str, desk: Desk) -> None:
    """Take the actions of a script one by one and hold each to what it says it leads to.

    What comes after `...` is not looked at.
    """
    for number, line in enumerate(script.strip().splitlines(), start=1):
        action, _, expected = line.partition("->")
        wanted = [text.strip() for text in expected.split(";") if text.strip()]
        said = [text for text in map(words_of, desk.do(action)) if text]
        if wanted and wanted[-1] == "...":
            said[len(wanted) - 1 :] = ["..."]
        assert said == wanted, f"line {number}: {line.strip()}"


def words_of(report: OrderReport | CashAdjusted) -> str:
    """Return a report in the words of a script; empty for an acceptance."""
    match report:
        case CashAdjusted():
            return f"{report.account} {report.reason} {report.amount:g}"
        case OrderAccepted():
            return ""
        case OrderFilled():
            fee = f" fee {report.fee:g}" if report.fee else ""
            what = f"filled {report.quantity:g} @ {report.price:g} {report.liquidity}{fee}"
        case OrderCanceled():
            what = f"canceled: {report.reason}" if report.reason else "canceled"
        case OrderReplaced():
            price = "" if report.price is None else f" @ {report.price:g}"
            stop = "" if report.stop is None else f" stop {report.stop:g}"
            what = f"replaced {report.quantity:g}{price}{stop}"
        case CancelRejected() | ReplaceRejected():
            what = f"refused: {report.reason}"
        case OrderRejected():
            what = f"rejected: {report.reason}"
        case _:
            what = {OrderTriggered: "triggered", OrderExpired: "expired"}[type(report)]
    return f"{report.client_order_id} {what}"


def _level(word: str) -> tuple[float, float]:
    """Read PRICExSIZE; `-` is an empty side, a missing size is unknown."""
    price, _, size = word.partition("x")
    return (NAN if price == "-" else float(price)), float(size) if size else NAN


def _options(words: list[str]) -> dict[str, str]:
    """Read words into a mapping; the bare ones stand for themselves."""
    options, rest = {}, list(words)
    while rest:
        word = rest.pop(0)
        bare = word in ("ioc", "fok", "day", "post", "reduce")
        options[word] = "" if bare else rest.pop(0)
    return options


def _number(options: dict[str, str], word: str) -> float | None:
    return float(options[word]) if word in options else None
