"""One account: money by currency and netted positions by instrument.

Converts nothing between currencies by itself: the portfolio brings the rates.
"""

import msgspec

from engine.ledger.exact import ExactSum
from engine.ledger.position import Position
from engine.model.decimals import exact_decimal
from engine.model.instrument import Instrument


class AccountSpec(msgspec.Struct, frozen=True, kw_only=True):
    """Describe an account at the start: balances by currency; `leverage` divides initial margin.

    A `hedging` account has a position for each opening order, underneath the netted one.
    """

    id: str
    venue: str
    currency: str
    balances: dict[str, float]
    leverage: float = 1.0
    hedging: bool = False


class Account:
    """Keep the books of one account.

    `balances` is settled money: deposits, realised profit, fees and cash events. Equity is balances
    plus unrealised profit, so money and positions are conserved whatever kind of instrument is
    held. `single` is the balance where all money is in the account's own currency, else None.
    """

    __slots__ = (
        "balances",
        "currency",
        "fees",
        "hedging",
        "id",
        "leverage",
        "positions",
        "single",
        "spec",
        "venue",
    )

    def __init__(self, spec: AccountSpec) -> None:
        self.spec = spec
        self.id = spec.id
        self.venue = spec.venue
        self.currency = spec.currency
        self.leverage = spec.leverage
        self.hedging = spec.hedging
        self.balances = {
            currency: ExactSum(*exact_decimal(float(amount)))
            for currency, amount in spec.balances.items()
        }
        own = self.balances.setdefault(spec.currency, ExactSum())
        self.single = own if len(self.balances) == 1 else None
        self.fees: dict[str, ExactSum] = {}
        self.positions: dict[str, Position] = {}

    def restore(self, balances: dict[str, ExactSum], fees: dict[str, ExactSum]) -> None:
        """Take over money and fees by currency from an earlier run."""
        self.balances = balances
        own = balances.setdefault(self.currency, ExactSum())
        self.single = own if len(balances) == 1 else None
        self.fees = fees

    def position(self, instrument: Instrument) -> Position:
        """Return the account's position in an instrument, made flat at the first call."""
        found = self.positions.get(instrument.id)
        if found is None:
            found = self.positions[instrument.id] = Position(instrument)
        return found

    def settle(self, instrument: Instrument, profit: int, digits: int) -> None:
        """Add realised profit to the instrument's currency.

        It is in units of 10^-digits, before the contract multiplier.
        """
        units, multiplier_digits = instrument.multiplier_units
        self._balance(instrument.currency).add(profit * units, digits + multiplier_digits)

    def charge(self, currency: str, fee: float) -> None:
        """Take a fee (negative: give a rebate), read as a decimal of at most 15 digits."""
        balance = self._balance(currency)
        units, digits = balance.read(fee)
        balance.add(-units, digits)
        paid = self.fees.get(currency)
        if paid is None:
            paid = self.fees[currency] = ExactSum()
        paid.add(units, digits)

    def adjust(self, currency: str, amount: float) -> None:
        """Add money that no trade made: funding, swap, clearing, a transfer."""
        balance = self._balance(currency)
        units, digits = balance.read(amount)
        balance.add(units, digits)

    def _balance(self, currency: str) -> ExactSum:
        found = self.balances.get(currency)
        if found is None:
            found = self.balances[currency] = ExactSum()
            self.single = None
        return found
