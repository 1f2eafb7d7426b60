"""Limits of a firm add its accounts up: exposure, losses, orders, in one currency."""

import pytest

from engine.config.risk import LimitsConfig, RiskConfig
from engine.gate.asked import asked_of_entries
from engine.gate.compose import Rulebook
from engine.gate.limits import Limits, limits_of
from engine.ledger.account import AccountSpec
from engine.model.instrument import Instrument
from engine.model.risk import FIRM, Cause, LatchSet
from engine.orders.order import Order
from tests.unit.rig import Probe, Rig

ABC = Instrument.define("ABC.SIM", tick="0.01", currency="USD", margin_initial=0.1)
EURO = Instrument.define("ABC.EUX", tick="0.01", currency="EUR", margin_initial=0.1)
EURUSD = Instrument.define("EURUSD.SIM", tick="0.0001", currency="USD", base="EUR")


class Firm:
    """Two accounts in two currencies, each with a strategy."""

    def __init__(self, *, hedging: bool = False, **limits: float) -> None:
        self.risk = RiskConfig(firm=LimitsConfig(**limits), currency="USD")  # type: ignore[arg-type] # by name
        accounts = [
            AccountSpec(id="us", venue="SIM", currency="USD", balances={"USD": 1e6}),
            AccountSpec(
                id="eu", venue="EUX", currency="EUR", balances={"EUR": 1e6}, hedging=hedging
            ),
        ]
        self.rig = Rig(
            Probe(),
            Probe(),
            instruments=(ABC, EURO, EURUSD),
            accounts=accounts,
            trades=("us", "eu"),
        )
        self.rig.kernel._limits = self._limits
        self.rig.trade(100.0, ABC)
        self.rig.trade(100.0, EURO)

    def _limits(self, strategy: str, account: str, instrument: Instrument) -> Limits:
        return limits_of(self.risk, strategy, account, instrument, "USD")

    def rate(self, level: float = 1.25) -> None:
        self.rig.trade(level, EURUSD)

    def ask(self, instrument: Instrument, size: float) -> str:
        """Buy, or sell what is negative; return why not, or `ok`."""
        order = self.order(instrument, size)
        return order.reason or "ok"

    def order(self, instrument: Instrument, size: float) -> Order:
        side = "buy" if size > 0 else "sell"
        return self.rig.do(lambda probe: probe.submit(instrument.id, side, abs(size)))


def test_gross_value_adds_up_the_accounts_in_the_currency_of_the_firm() -> None:
    firm = Firm(max_gross=10_000)
    firm.rate()
    assert firm.ask(ABC, 50) == "ok"
    assert firm.ask(EURO, 41) == "gross_limit"
    assert firm.ask(EURO, -40) == "ok"
    assert firm.ask(ABC, 1) == "gross_limit"


def test_net_value_lets_one_account_hedge_the_other() -> None:
    firm = Firm(max_net=5_000)
    firm.rate()
    long = firm.order(ABC, 50)
    assert firm.ask(EURO, 1) == "net_limit"
    firm.rig.fill(long, 50, 100.0)
    assert firm.ask(EURO, -80) == "ok"
    assert firm.ask(EURO, -1) == "net_limit"


def test_value_of_working_orders_adds_up() -> None:
    firm = Firm(max_open_value=10_000)
    firm.rate()
    assert firm.ask(ABC, 50) == "ok"
    assert firm.ask(EURO, 41) == "open_value"
    assert firm.ask(EURO, 40) == "ok"


def test_missing_rate_denies_as_soon_as_the_other_account_holds_anything() -> None:
    firm = Firm(max_gross=10_000)
    assert firm.ask(ABC, 10) == "ok"
    assert firm.ask(EURO, 1) == "no_currency_rate"
    firm.rate()
    assert firm.ask(EURO, 1) == "ok"


@pytest.mark.parametrize("limit", ["max_position", "max_open_orders"])
def test_one_instrument_in_one_account_counts_for_that_account(limit: str) -> None:
    firm = Firm(hedging=False, **{limit: 2})
    assert [firm.ask(ABC, 1), firm.ask(ABC, 1)] == ["ok", "ok"]
    assert firm.ask(ABC, 1) == limit.removeprefix("max_").replace("position", "position_limit")
    assert firm.ask(EURO, 1) == "ok"


def test_loss_of_all_accounts_holds_the_firm_back() -> None:
    firm = Firm(max_daily_loss=1_000)
    firm.rate()
    firm.rig.fill(firm.order(ABC, 50), 50, 100.0)
    firm.rig.fill(firm.order(EURO, 40), 40, 100.0)
    firm.rig.trade(88.0, ABC)
    assert firm.ask(ABC, 1) == "ok"
    firm.rig.trade(90.0, EURO)
    latched = [each for each in firm.rig.kernel.decisions if isinstance(each, LatchSet)]
    assert [(each.scope, each.cause) for each in latched] == [(FIRM, Cause.DAILY_LOSS)]
    assert firm.ask(EURO, 1) == "daily_loss"


def test_worth_that_is_not_known_denies() -> None:
    assert Firm(max_daily_loss=1_000).ask(ABC, 1) == "no_reference"


def test_both_sides_of_a_hedging_account_count() -> None:
    firm = Firm(hedging=True, max_gross=10_000)
    firm.rate(1.0)
    firm.rig.fill(firm.order(EURO, 40), 40, 100.0, position_id="P1")
    firm.rig.fill(firm.order(EURO, -40), 40, 100.0, position_id="P2")
    assert firm.ask(ABC, 21) == "gross_limit"
    assert firm.ask(ABC, 20) == "ok"


def test_one_account_meets_the_limits_of_the_firm_as_its_own() -> None:
    risk = RiskConfig(firm=LimitsConfig(max_gross=10_000, max_position=5))
    alone, several = (limits_of(risk, "one", "us", ABC, firm) for firm in ("", "USD"))
    assert (alone.gross, alone.position, alone.firm) == (10_000, 5, None)
    assert several.firm is not None
    assert (several.firm.gross, several.firm.position) == (10_000, 5)
    assert several.gross == float("inf")


def test_rules_that_are_told_are_those_that_are_asked() -> None:
    firm = Firm(
        max_gross=1, max_net=1, max_open_value=1, max_position=1, max_open_orders=1,
        max_daily_loss=1,
    )  # fmt: skip
    route = firm.rig.kernel.route("one", "us", ABC.id)
    composed = Rulebook(firm.rig.kernel).compose(route).entry
    assert [each.reason for each in composed] == list(asked_of_entries(route.limits))
