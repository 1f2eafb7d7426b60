"""Put the actions of a random flow to the simulated exchange."""

from backtest.exchange.core import Exchange
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick, TradeTick
from tests.exchange.flow import Action, Cancel, Quote, Replace, Submit, Trade

NAME = "XYZ.SIM"
XYZ = Instrument.define(NAME, tick="1", currency="USD")
NAN = float("nan")


def act(exchange: Exchange, action: Action, ts: int = 0) -> None:
    market = exchange.market(NAME)
    match action:
        case Quote(bid, bid_size, ask, ask_size):
            prices, sizes = map(_float, (bid, ask)), map(_float, (bid_size, ask_size))
            market.on_quote(QuoteTick(NAME, ts, ts, *prices, *sizes))
        case Trade(price, size, aggressor):
            market.on_trade(TradeTick(NAME, ts, ts, float(price), _float(size), aggressor))
        case Submit():
            exchange.submit(command(action, ts), ts)
        case Cancel(name):
            exchange.cancel(CancelOrder(name, "one", NAME, ts, 1), ts)
        case Replace(name, quantity, limit, stop):
            new = float(quantity), _maybe(limit), _maybe(stop)
            exchange.replace(ReplaceOrder(name, "one", NAME, ts, 1, *new), ts)


def command(action: Submit, ts: int = 0) -> SubmitOrder:
    return SubmitOrder(
        client_order_id=action.id,
        strategy="s",
        account=action.account,
        instrument=NAME,
        ts=ts,
        side=action.side,
        type=action.kind,
        quantity=float(action.quantity),
        price=_maybe(action.limit),
        stop=_maybe(action.stop),
        trail=_maybe(action.trail),
        time_in_force=TimeInForce(action.at_once or "gtc"),
        post_only=action.post_only,
        reduce_only=action.reduce_only,
    )


def _float(value: int | None) -> float:
    return NAN if value is None else float(value)


def _maybe(value: int | None) -> float | None:
    return None if value is None else float(value)
