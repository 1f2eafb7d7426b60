"""The simulated exchange agrees with a slow, obvious one, and keeps its laws whatever happens."""

from collections.abc import Iterator
from itertools import chain
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from engine.model.commands import Side
from engine.model.reports import CashAdjusted, OrderFilled, OrderReplaced, OrderReport
from tests.exchange.driving import NAME, XYZ, act
from tests.exchange.flow import Action, Cancel, Flow, Quote, Replace, Submit, Trade
from tests.exchange.laws import Laws, Liquidity, best_first
from tests.property.reference_exchange import Order, ReferenceExchange, Told

SEEDS = st.integers(0, 2**32)
RULES = st.sampled_from(["touch", "through"])
TRIGGERS = st.sampled_from(["touch", "last"])
Rule = Literal["touch", "through"]
Trigger = Literal["touch", "last"]


def _flow(seed: int) -> Iterator[Action]:
    """Draw a flow that has trades only for a while and then quotes too."""
    flow = Flow(seed)
    return chain(flow.actions(40, quotes=False), flow.actions(260))


def _act_obviously(reference: ReferenceExchange, action: Action) -> None:
    match action:
        case Quote(bid, bid_size, ask, ask_size):
            reference.quote(bid, bid_size, ask, ask_size)
        case Trade(price, size, aggressor):
            reference.trade(price, size, aggressor)
        case Submit():
            reference.submit(
                Order(
                    id=action.id,
                    side=int(action.side),
                    quantity=action.quantity,
                    limit=action.limit,
                    stop=action.stop,
                    trail=action.trail,
                    at_once=action.at_once,
                    post_only=action.post_only,
                    reduce_only=action.reduce_only,
                    account=action.account,
                )
            )
        case Cancel(name):
            reference.cancel(name)
        case Replace(name, quantity, limit, stop):
            reference.replace(name, quantity, limit, stop)


def told(report: OrderReport | CashAdjusted) -> Told:
    assert isinstance(report, OrderReport)
    name = report.client_order_id
    if isinstance(report, OrderFilled):
        return "filled", name, int(report.quantity), int(report.price), str(report.liquidity)
    if isinstance(report, OrderReplaced):
        return "replaced", name, int(report.quantity)
    words = {
        "OrderAccepted": "accepted",
        "OrderRejected": "rejected",
        "OrderCanceled": "canceled",
        "OrderTriggered": "triggered",
        "CancelRejected": "refused",
        "ReplaceRejected": "refused",
    }
    return words[type(report).__name__], name


@settings(max_examples=60)
@given(seed=SEEDS, limit_fill=RULES, trigger=TRIGGERS)
def test_the_exchange_agrees_with_the_obvious_one(
    seed: int, limit_fill: Rule, trigger: Trigger
) -> None:
    reference = ReferenceExchange(through=limit_fill == "through", on_last=trigger == "last")
    models = ExchangeModels(fills="quotes", limit_fill=limit_fill, trigger=trigger)
    exchange = Exchange([XYZ], models)
    for action in _flow(seed):
        act(exchange, action)
        _act_obviously(reference, action)
        assert list(map(told, exchange.reports)) == reference.told, action
        exchange.reports.clear()
        reference.told.clear()


@given(seed=SEEDS, limit_fill=RULES, trigger=TRIGGERS)
def test_fills_keep_to_orders_positions_and_liquidity(
    seed: int, limit_fill: Rule, trigger: Trigger
) -> None:
    models = ExchangeModels(fills="quotes", limit_fill=limit_fill, trigger=trigger)
    exchange, laws, liquidity = Exchange([XYZ], models), Laws(), Liquidity()
    for action in _flow(seed):
        if isinstance(action, Submit):
            laws.submitted(action)
        if isinstance(action, Quote):
            liquidity.quoted(action)
        act(exchange, action)
        laws.check(exchange.reports)
        liquidity.check(action if isinstance(action, Trade) else None, exchange.reports)
        assert best_first(exchange.reports, Side.BUY)
        assert best_first(exchange.reports, Side.SELL)
        exchange.reports.clear()
    holdings = exchange.market(NAME).holdings.values()
    assert {h.account: h.size for h in holdings if h.size} == {
        account: size for account, size in laws.positions.items() if size
    }


@given(seed=SEEDS, limit_fill=RULES)
def test_the_same_flow_gives_the_same_reports(seed: int, limit_fill: Rule) -> None:
    exchanges = [Exchange([XYZ], ExchangeModels(fills="quotes", limit_fill=limit_fill))] * 2
    exchanges[1] = Exchange([XYZ], ExchangeModels(fills="quotes", limit_fill=limit_fill))
    for exchange in exchanges:
        for action in _flow(seed):
            act(exchange, action)
    assert exchanges[0].reports == exchanges[1].reports
