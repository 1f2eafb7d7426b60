"""Orders against quotes and trades."""

from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick
from engine.model.reports import OrderAccepted, OrderFilled

BTC = Instrument.define("BTC.SIM", tick="0.01", currency="USD")


def test_resting_buy_fills_at_its_own_price_when_the_ask_touches_it() -> None:
    exchange = Exchange([BTC], ExchangeModels(fills="quotes"))
    market = exchange.market("BTC.SIM")
    market.on_quote(QuoteTick("BTC.SIM", 1, 1, 99.0, 101.0, 5.0, 5.0))
    order = SubmitOrder("a", "s", "main", "BTC.SIM", 2, Side.BUY, OrderType.LIMIT, 2.0, 100.0)
    exchange.submit(order, 2)
    market.on_quote(QuoteTick("BTC.SIM", 3, 3, 99.0, 100.0, 5.0, 1.0))
    accepted, filled = exchange.reports
    assert isinstance(accepted, OrderAccepted)
    assert isinstance(filled, OrderFilled)
    assert (filled.price, filled.quantity) == (100.0, 1.0)
