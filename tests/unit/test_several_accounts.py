"""One strategy that trades at two venues: every order and position in the account it has there."""

from collections.abc import Callable

import pytest

from engine.control import views
from engine.errors import StrategyError
from engine.gate.limits import Limits, LossLimits
from engine.ledger.account import AccountSpec
from engine.model.adjustments import PositionAdjusted
from engine.model.instrument import Instrument
from engine.model.risk import FIRM, Flatten
from engine.recovery import adjusting
from engine.recovery.restore import restore, take_snapshot
from tests.unit.rig import ABC, NAN, Probe, Rig

FAR = Instrument.define("FAR.OTHER", tick="0.01", currency="EUR")
LOST = Instrument.define("LOST.THIRD", tick="0.01", currency="USD")
EURUSD = Instrument.define("EURUSD.OTHER", tick="0.0001", currency="USD", base="EUR")
HERE = AccountSpec(id="here", venue="SIM", currency="USD", balances={"USD": 1_000_000})
THERE = AccountSpec(id="there", venue="OTHER", currency="EUR", balances={"EUR": 1_000_000})
THIRD = AccountSpec(id="third", venue="THIRD", currency="USD", balances={"USD": 1_000_000})


def rig(probe: Probe | None = None, *, limits: Limits = Limits(), flatten: bool = False) -> Rig:  # noqa: B008 - frozen
    made = Rig(
        probe or Probe(),
        limits=limits,
        instruments=(ABC, FAR, LOST, EURUSD),
        accounts=(HERE, THERE, THIRD),
        trades=("here", "there"),
        flatten_on_error=flatten,
    )
    for instrument in (ABC, FAR, LOST):
        made.quote(10.0, 10.0, instrument)
    made.quote(1.2, 1.2, EURUSD)
    return made


def held_at_both(made: Rig) -> Rig:
    for name, account, quantity in ((ABC.id, "here", 5), (FAR.id, "there", -3)):
        order = made.do(lambda probe, n=name, q=quantity: probe.target_position(n, q))  # type: ignore[misc] # bound at once
        assert order is not None
        made.fill(order, abs(quantity), 10.0, account=account)
    return made


def test_order_goes_to_the_account_at_its_instruments_venue() -> None:
    made = held_at_both(rig())
    sent = [(each.instrument, each.account) for each in made.wire.orders]
    assert sent == [("ABC.SIM", "here"), ("FAR.OTHER", "there")]
    accounts = made.kernel.portfolio.accounts
    held = {name: account.positions for name, account in accounts.items()}
    sizes = {name: [each.size for each in found.values()] for name, found in held.items()}
    assert sizes == {"here": [5.0], "there": [-3.0], "third": []}
    assert [made.probe.position(each.id).quantity for each in (ABC, FAR)] == [5.0, -3.0]


@pytest.mark.parametrize(
    "act",
    [
        lambda probe: probe.buy(LOST.id, 1),
        lambda probe: probe.target_position(LOST.id, 1),
        lambda probe: probe.position(LOST.id),
    ],
)
def test_trading_where_there_is_no_account_stops_the_strategy(
    act: Callable[[Probe], object],
) -> None:
    probe = Probe(act=lambda probe, _event: act(probe))
    made = rig(probe)
    probe.subscribe_quotes(LOST.id)
    made.quote(10.0, 10.1, LOST)
    (stop,) = made.stops
    assert stop.error.startswith(
        "StrategyError: strategy one has no account at THIRD, where LOST.THIRD is traded; "
        "add one to its `accounts`, beside here, there"
    )
    assert made.wire.sent == []


def test_market_of_a_venue_without_account_is_heard_and_read() -> None:
    made = rig(Probe(start=lambda probe: probe.subscribe_quotes(LOST.id)))
    made.quote(20.0, 21.0, LOST)
    quote = made.probe.quote(LOST.id)
    assert quote is not None
    assert made.probe.heard[-1] == quote
    assert (made.probe.mark(LOST.id), made.probe.definition(LOST.id)) == (20.5, LOST)


def test_only_account_serves_venues_where_the_run_has_none() -> None:
    made = Rig(Probe(), instruments=(ABC, LOST), accounts=(HERE, THERE))
    made.quote(10.0, 10.1, LOST)
    made.do(lambda probe: probe.buy(LOST.id, 1))
    assert [each.account for each in made.wire.orders] == ["here"]


def test_only_account_serves_no_venue_of_another_account() -> None:
    made = Rig(Probe(), instruments=(ABC, FAR), accounts=(HERE, THERE))
    with pytest.raises(StrategyError, match="no account at OTHER, where"):
        made.probe.buy(FAR.id, 1)


def test_account_is_named_by_id_or_instrument() -> None:
    probe = held_at_both(rig()).probe
    named = [probe.account(of) for of in ("here", "there", ABC.id, FAR.id)]
    assert [each.id for each in named] == ["here", "there", "here", "there"]
    assert [each.currency for each in named] == ["USD", "EUR", "USD", "EUR"]
    with pytest.raises(StrategyError, match="several accounts; name one of here, there, or an"):
        probe.account()
    with pytest.raises(StrategyError, match="no account at THIRD"):
        probe.account(LOST.id)


def test_flatten_closes_at_every_venue() -> None:
    made = held_at_both(rig())
    before = len(made.wire.orders)
    made.kernel.process(Flatten(FIRM, "ops", "enough", made.now))
    closing = [(each.account, each.side.name, each.quantity) for each in made.wire.orders[before:]]
    assert closing == [("here", "SELL", 5.0), ("there", "BUY", 3.0)]


def test_failing_strategy_is_closed_at_every_venue() -> None:
    made = held_at_both(rig(flatten=True))
    before = len(made.wire.orders)
    made.probe.act = lambda _probe, _event: 1 / 0
    made.probe.subscribe_quotes(ABC.id)
    made.quote(10.0, 10.1)
    closing = [(each.account, each.quantity) for each in made.wire.orders[before:]]
    assert closing == [("here", 5.0), ("there", 3.0)]


def test_loss_of_a_strategy_adds_up_its_accounts_in_the_firsts_currency() -> None:
    limits = Limits(own_loss=LossLimits(daily=10.0))
    made = held_at_both(rig(limits=limits))
    made.quote(12.5, 12.5, FAR)  # a loss of 7.5 EUR, which is 9 USD
    assert not made.kernel.control.latches
    made.quote(12.9, 12.9, FAR)  # 8.7 EUR are 10.44 USD
    (latch,) = made.kernel.control.latches.all()
    assert (latch.scope.name, latch.cause.value) == ("one", "daily_loss")


def test_restored_books_are_those_of_each_account() -> None:
    made = held_at_both(rig())
    working = [made.do(lambda probe, n=name: probe.buy(n, 1, 9.0)) for name in (ABC.id, FAR.id)]  # type: ignore[misc] # bound at once
    made.accept(*working)
    fresh = rig()
    restore(fresh.kernel, take_snapshot(made.kernel, {}))
    orders = [(each.account, each.instrument) for each in fresh.probe.orders()]
    assert orders == [("here", "ABC.SIM"), ("there", "FAR.OTHER")]
    assert [fresh.probe.position(each.id).quantity for each in (ABC, FAR)] == [5.0, -3.0]


def test_adjustment_of_any_of_its_accounts_is_told() -> None:
    told: list[object] = []
    made = rig()
    made.kernel.hosts["one"].calls[PositionAdjusted] = told.append
    adjusting.listen(made.kernel)
    for account, name in (("here", ABC.id), ("there", FAR.id), ("third", LOST.id)):
        about = {"id": "x", "account": account, "instrument": name, "reason": "test"}
        times = {"ts_event": made.now, "ts_recv": made.now}
        moved = {"before": 0.0, "after": 1.0, "price": NAN}
        made.kernel.process(PositionAdjusted(**about, **times, **moved))  # type: ignore[arg-type] # its fields
    assert [each.account for each in told if isinstance(each, PositionAdjusted)] == [
        "here",
        "there",
    ]


def test_operators_see_all_accounts_of_a_strategy() -> None:
    (status,) = views.strategies(held_at_both(rig()).kernel)
    assert (status.name, status.accounts) == ("one", ("here", "there"))
